package secrets_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"recado/agent/clinic/secrets"
)

// kept is a file of secrets with what is in use of it.
type kept struct {
	*secrets.File
	path  string
	now   secrets.Book
	taken int
	wrote int
	no    error // what a book is refused with; nil for none
}

func newKept(t *testing.T, content string) *kept {
	t.Helper()
	k := &kept{path: filepath.Join(t.TempDir(), "secrets.yaml")}
	k.write(t, content)
	k.File = secrets.NewFile(k.path)
	if err := k.look(); err != nil {
		t.Fatal(err)
	}
	return k
}

func (k *kept) take(b secrets.Book) error {
	if k.no != nil {
		return k.no
	}
	k.now = b
	k.taken++
	return nil
}

func (k *kept) look() error { return k.Look(k.take) }

// twice looks as often as a change takes.
func (k *kept) twice() error {
	_ = k.look()
	return k.look()
}

// write replaces the file with one of another time.
func (k *kept) write(t *testing.T, content string) {
	t.Helper()
	must(t, os.WriteFile(k.path+".new", []byte(content), 0o600))
	k.wrote++
	at := time.Now().Add(time.Duration(k.wrote) * time.Minute)
	must(t, os.Chtimes(k.path+".new", at, at))
	must(t, os.Rename(k.path+".new", k.path))
}

func (k *kept) wantToken(t *testing.T, want string) {
	t.Helper()
	if got := k.now["harbor"].WhatsApp.Token; got != want {
		t.Errorf("in use is %q, want %q", got, want)
	}
}

func harbor(token string) string { return "harbor:\n  whatsapp: {token: " + token + "}\n" }

func TestSecretsCountOnceTwoLooksSawTheSame(t *testing.T) {
	k := newKept(t, harbor("one"))
	k.wantToken(t, "one")
	k.write(t, harbor("two"))
	if err := k.look(); err != nil {
		t.Error(err)
	}
	k.wantToken(t, "one")
	k.write(t, harbor("three"))
	if err := k.look(); err != nil {
		t.Error(err)
	}
	k.wantToken(t, "one")
	if err := k.look(); err != nil {
		t.Error(err)
	}
	k.wantToken(t, "three")
	if err := k.twice(); err != nil || k.taken != 2 {
		t.Errorf("taken %d times: %v", k.taken, err)
	}
}

func TestTheLastGoodSecretsStayWhereAFileIsBad(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, k *kept){
		"a mistake":    func(t *testing.T, k *kept) { k.write(t, harbor("'hush hush'")) },
		"half a file":  func(t *testing.T, k *kept) { k.write(t, "harbor:\n  whatsapp: {token: hu") },
		"nothing":      func(t *testing.T, k *kept) { k.write(t, "") },
		"a comment":    func(t *testing.T, k *kept) { k.write(t, "# later\n") },
		"refused":      func(t *testing.T, k *kept) { k.no = errors.New("no"); k.write(t, harbor("hush")) },
		"open to all":  func(t *testing.T, k *kept) { must(t, os.Chmod(k.path, 0o644)) },
		"not readable": func(t *testing.T, k *kept) { must(t, os.Remove(k.path)); must(t, os.Mkdir(k.path, 0o700)) },
		"gone":         func(t *testing.T, k *kept) { must(t, os.Remove(k.path)) },
	} {
		t.Run(name, func(t *testing.T) {
			k := newKept(t, harbor("one"))
			spoil(t, k)
			if err := k.look(); err != nil {
				t.Errorf("a look is enough to call it bad: %v", err)
			}
			for range 3 {
				if err := k.look(); err == nil || strings.Contains(err.Error(), "hush") {
					t.Errorf("error %v", err)
				}
				k.wantToken(t, "one")
			}
			k.no = nil
			_ = os.Remove(k.path)
			k.write(t, harbor("two"))
			if err := k.twice(); err != nil {
				t.Error(err)
			}
			k.wantToken(t, "two")
		})
	}
}

// The mode alone changes: neither time nor size tells of it.
func TestAFileThatIsClosedAgainIsGoodAgain(t *testing.T) {
	k := newKept(t, harbor("one"))
	must(t, os.Chmod(k.path, 0o644))
	if err := k.twice(); !errors.Is(err, secrets.ErrOpen) {
		t.Errorf("error %v", err)
	}
	must(t, os.Chmod(k.path, 0o600))
	if err := k.twice(); err != nil {
		t.Error(err)
	}
}

func TestTheFirstLookTakesTheFileAsItIs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secrets.yaml")
	take := func(secrets.Book) error { return nil }
	if err := secrets.NewFile(path).Look(take); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	must(t, os.WriteFile(path, secrets.Sample(), 0o600))
	if err := secrets.NewFile(path).Look(take); err != nil {
		t.Errorf("a file without secrets: %v", err)
	}
}

func TestWatchingTellsEachMistakeOnceAndTakesWhatFollowsIt(t *testing.T) {
	k := newKept(t, harbor("one"))
	ctx, stop := context.WithCancel(t.Context())
	tokens, told, done := make(chan string, 8), make(chan error, 8), make(chan struct{})
	take := func(b secrets.Book) error { tokens <- b["harbor"].WhatsApp.Token; return nil }
	go func() { defer close(done); k.Watch(ctx, time.Millisecond, take, func(err error) { told <- err }) }()
	k.write(t, harbor("'hush hush'"))
	if err := receive(t, told); !strings.Contains(err.Error(), "harbor.whatsapp.token") {
		t.Error(err)
	}
	k.write(t, harbor("two"))
	if got := receive(t, tokens); got != "two" {
		t.Errorf("token %q is taken", got)
	}
	stop()
	<-done
	if len(told) > 0 {
		t.Errorf("told again: %v", <-told)
	}
}

func receive[T any](t *testing.T, from chan T) (got T) {
	t.Helper()
	select {
	case got = <-from:
	case <-time.After(10 * time.Second):
		t.Fatal("nothing comes")
	}
	return got
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
