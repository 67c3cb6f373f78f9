package doctor

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"recado/agent/vault"
)

func TestTheExitStatusIsThatOfTheWorstResult(t *testing.T) {
	t.Parallel()
	of := func(all ...Status) int {
		var r Report
		for _, s := range all {
			r.Results = append(r.Results, Result{Status: s})
		}
		return r.Exit()
	}
	for _, c := range []struct{ got, want int }{
		{of(), 0}, {of(OK, Skip), 0}, {of(OK, Warn, Skip), 1}, {of(Warn, Fail, OK), 2},
	} {
		if c.got != c.want {
			t.Errorf("exit status %d, want %d", c.got, c.want)
		}
	}
}

func TestAReportKeepsTheOrderOfItsChecksAndSaysWhatToDo(t *testing.T) {
	t.Parallel()
	first := make(chan struct{})
	r := Run(t.Context(),
		func(context.Context) []Result {
			<-first
			return []Result{{Part: "a", Check: "x", Status: Fail, Found: "bad", Do: "mend it"}}
		},
		func(context.Context) []Result {
			close(first)
			return []Result{{Part: "b", Check: "y", Status: OK, Found: "well", Do: "nothing"}}
		},
	)
	var out bytes.Buffer
	if err := r.WriteText(&out); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	if strings.Index(text, "a\n") > strings.Index(text, "b\n") || !strings.Contains(text, "-> mend it") || strings.Contains(text, "nothing") || !strings.Contains(text, "1 ok, 0 warn, 1 fail") {
		t.Errorf("report is\n%s", text)
	}
}

func TestAClockIsJudgedByHowWellItCouldBeMeasured(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		off, slack time.Duration
		want       Status
	}{
		{100 * time.Millisecond, time.Millisecond, OK}, {-5 * time.Second, time.Millisecond, Warn}, {time.Minute, time.Second, Fail}, {3 * time.Second, 4 * time.Second, OK},
	} {
		l := &list{}
		difference(l, "clock", "NATS", c.off, c.slack)
		if got := l.all[0].Status; got != c.want {
			t.Errorf("%s within %s: %s, want %s", c.off, c.slack, got, c.want)
		}
	}
}

func TestSealingForAnOlderKeyIsAWarning(t *testing.T) {
	t.Parallel()
	var private []string
	var public []vault.PublicKey
	for range 2 {
		key, err := vault.NewPrivateKey()
		if err != nil {
			t.Fatal(err)
		}
		text, err := key.Text()
		if err != nil {
			t.Fatal(err)
		}
		private, public = append(private, text), append(public, key.Public())
	}
	box := vault.NewBoxKey()
	for _, c := range []struct {
		keys  Keys
		check string
		want  Status
	}{
		{Keys{Public: public[0].String(), Private: private}, "sealing", OK},
		{Keys{Public: public[1].String(), Private: private}, "sealing", Warn},
		{Keys{Public: public[1].String(), Private: private[:1]}, "sealing", Fail},
		{Keys{Public: public[1].String()}, "sealing", Skip},
		{Keys{Session: box, Address: box}, "keys", Warn},
		{Keys{}, "keys", Skip},
	} {
		found := false
		for _, r := range c.keys.Check(t.Context()) {
			found = found || r.Check == c.check && r.Status == c.want
			for _, secret := range append(private, box) {
				if strings.Contains(r.Found+r.Do, secret) {
					t.Error("a key is told")
				}
			}
		}
		if !found {
			t.Errorf("%s: not %s: %+v", c.check, c.want, c.keys.Check(t.Context()))
		}
	}
}

func TestSizesAreToldAsPeopleReadThem(t *testing.T) {
	t.Parallel()
	for n, want := range map[uint64]string{0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 5 << 30: "5.0 GiB"} {
		if got := size(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
	for used, want := range map[uint64]Status{10: OK, 85: Warn, 99: Fail} {
		l := &list{}
		usage(l, "disk", used, 100)
		if l.all[0].Status != want {
			t.Errorf("%d%%: %s", used, l.all[0].Status)
		}
	}
}
