package library

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func write(t *testing.T, dir, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
		t.Fatal(err)
	}
}

// look looks and takes in what changed.
func (s *shelf) look(t *testing.T, f *Folder) (changed bool) {
	t.Helper()
	all, changed, err := f.Look()
	if err != nil {
		t.Fatal(err)
	}
	if changed {
		s.Update(all)
	}
	return changed
}

func TestAFolderIsReadWithoutWhatIsNoProfile(t *testing.T) {
	dir, s := t.TempDir(), newShelf(t)
	write(t, dir, "a.yaml", profile("harbor"))
	write(t, dir, "b.yml", profile("oak"))
	for _, name := range []string{".c.yaml", "_d.yaml", "notes.txt", "e.yaml~"} {
		write(t, dir, name, profile("nobody"))
	}
	if err := os.Mkdir(filepath.Join(dir, "f.yaml"), 0o755); err != nil {
		t.Fatal(err)
	}
	refused, err := NewFolder(dir).Load(s.Library)
	if err != nil || len(refused) > 0 {
		t.Fatal(refused, err)
	}
	wantIDs(t, s.Now(), "harbor", "oak")
}

func TestAFileAloneIsAFolderOfOne(t *testing.T) {
	dir, s := t.TempDir(), newShelf(t)
	write(t, dir, "clinic", profile("harbor"))
	write(t, dir, "other.yaml", profile("oak"))
	f := NewFolder(filepath.Join(dir, "clinic"))
	if _, err := f.Load(s.Library); err != nil {
		t.Fatal(err)
	}
	wantIDs(t, s.Now(), "harbor")
	write(t, dir, "clinic", profile("harbor", sms1))
	s.look(t, f)
	s.look(t, f)
	if _, ok := s.Now().SMS("17135550101"); !ok {
		t.Error("its change is not seen")
	}
}

// A file that is half written may be a whole profile by chance.
func TestAChangeCountsOnceTwoLooksSawTheSame(t *testing.T) {
	dir, s := t.TempDir(), newShelf(t)
	write(t, dir, "a.yaml", profile("harbor"))
	f := NewFolder(dir)
	s.look(t, f)
	write(t, dir, "a.yaml", profile("harbor", sms1))
	if s.look(t, f) {
		t.Error("a change counts at the first look")
	}
	write(t, dir, "a.yaml", profile("harbor", sms1, web1)) // it was not the end of it
	if s.look(t, f) {
		t.Error("a file that changes still counts")
	}
	if !s.look(t, f) {
		t.Error("a change that stayed does not count")
	}
	if _, ok := s.Now().Web("widget-one"); !ok {
		t.Error("the end of the change is not served")
	}
	if s.look(t, f) {
		t.Error("no change counts as one")
	}
}

func TestAChangeOfTheSameSizeIsSeenByItsTime(t *testing.T) {
	dir, s := t.TempDir(), newShelf(t)
	write(t, dir, "a.yaml", profile("harbor"))
	f := NewFolder(dir)
	s.look(t, f)
	other := bytes.Replace(profile("harbor"), []byte("0142"), []byte("0143"), 1)
	write(t, dir, "a.yaml", other)
	later := time.Now().Add(time.Minute)
	if err := os.Chtimes(filepath.Join(dir, "a.yaml"), later, later); err != nil {
		t.Fatal(err)
	}
	s.look(t, f)
	s.look(t, f)
	if p, _ := s.Now().Profile("harbor"); !strings.Contains(p.Phone, "0143") {
		t.Error("a change of the same size is not seen")
	}
}

// Editors remove a file before they write it anew.
func TestAFileIsGoneOnceTwoLooksMissedIt(t *testing.T) {
	dir, s := t.TempDir(), newShelf(t)
	write(t, dir, "a.yaml", profile("harbor"))
	write(t, dir, "b.yaml", profile("oak"))
	f := NewFolder(dir)
	s.look(t, f)
	remove := func() {
		if err := os.Remove(filepath.Join(dir, "a.yaml")); err != nil {
			t.Fatal(err)
		}
	}
	remove()
	s.look(t, f)
	wantIDs(t, s.Now(), "harbor", "oak")
	write(t, dir, "a.yaml", profile("harbor"))
	s.look(t, f)
	s.look(t, f)
	wantIDs(t, s.Now(), "harbor", "oak")
	remove()
	s.look(t, f)
	wantIDs(t, s.Now(), "harbor", "oak")
	s.look(t, f)
	wantIDs(t, s.Now(), "oak")
}

func TestAFolderThatIsEmptyOrGoneChangesNothing(t *testing.T) {
	dir, s := filepath.Join(t.TempDir(), "clinics"), newShelf(t)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := NewFolder(dir).Load(s.Library); err == nil || !strings.Contains(err.Error(), "holds no file") {
		t.Errorf("an empty folder at the start: %v", err)
	}
	write(t, dir, "a.yaml", profile("harbor"))
	f := NewFolder(dir)
	s.look(t, f)
	for range 3 {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		if _, changed, err := f.Look(); err == nil || changed {
			t.Errorf("a folder that is gone: changed %t, %v", changed, err)
		}
	}
	wantIDs(t, s.Now(), "harbor")
}

func TestAFileThatIsTooLargeIsRefused(t *testing.T) {
	dir, s := t.TempDir(), newShelf(t)
	write(t, dir, "a.yaml", bytes.Repeat([]byte("# x\n"), 300_000))
	write(t, dir, "b.yaml", profile("oak"))
	refused, err := NewFolder(dir).Load(s.Library)
	if err != nil || refused["a.yaml"] == nil || !strings.Contains(refused["a.yaml"].Error(), "larger than 1 MB") {
		t.Errorf("%v, %v", refused, err)
	}
}

func TestWatchingTakesChangesInUntilItsContextEnds(t *testing.T) {
	dir, s := t.TempDir(), newShelf(t)
	write(t, dir, "a.yaml", profile("harbor"))
	f := NewFolder(dir)
	if _, err := f.Load(s.Library); err != nil {
		t.Fatal(err)
	}
	heard := make(chan int, 8)
	s.OnChange(func(now *Snapshot) { heard <- now.Len() })
	done := make(chan struct{})
	go func() { defer close(done); f.Watch(t.Context(), s.Library, time.Millisecond) }()
	t.Cleanup(func() { <-done })
	write(t, dir, "b.yaml", profile("oak"))
	select {
	case n := <-heard:
		if n != 2 {
			t.Errorf("%d clinics", n)
		}
	case <-time.After(10 * time.Second):
		t.Error("a new profile is not seen")
	}
}
