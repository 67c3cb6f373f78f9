package booking_test

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"recado/agent"
	"recado/agent/clinic"
	"recado/agent/schedule"
	"recado/agent/schedule/memory"
)

var update = flag.Bool("update", false, "write what Recado says into testdata/*.txt, to be read before it is kept")

var shipped = sync.OnceValues(func() (*agent.Agent, error) { return agent.New() })

func newAgent(t testing.TB) *agent.Agent {
	t.Helper()
	a, err := shipped()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// talk is one conversation with a book that can be disturbed.
type talk struct {
	t       testing.TB
	agent   *agent.Agent
	profile *clinic.Profile
	book    *memory.Book
	faulty  *faulty
	now     time.Time
	session agent.Session
	events  int
	choices []agent.Choice
}

func newTalk(t testing.TB, profile *clinic.Profile, now time.Time) *talk {
	k := &talk{t: t, agent: newAgent(t), profile: profile, now: now, session: agent.Session{V: agent.Version}}
	k.book = memory.New(profile, func() time.Time { return k.now })
	k.faulty = &faulty{whole: k.book}
	return k
}

// bookable is the sample clinic with a book of its own. What is worked out
// once for a profile is worked out once for all tests.
var bookable = sync.OnceValue(func() *clinic.Profile {
	p := clinic.Sample()
	p.Booking.Kind = clinic.BookEmbedded
	return p
})

// small is a clinic of one place and one kind of visit: nothing has to be
// asked before times are offered.
var small = sync.OnceValue(func() *clinic.Profile {
	p := clinic.Sample()
	p.Booking.Kind = clinic.BookEmbedded
	p.Location, p.Booking.Visits = p.Location[:1], p.Booking.Visits[1:]
	return p
})

func (k *talk) event(kind agent.Kind, text string) agent.Event {
	k.events++
	return agent.Event{
		V: agent.Version, ID: "e" + strconv.Itoa(k.events), Clinic: k.profile.ID, Channel: agent.SMS, Conversation: "patient00001",
		At: k.now, Kind: kind, Text: text,
	}
}

// decide decides without committing.
func (k *talk) decide(events ...agent.Event) agent.Decision {
	k.t.Helper()
	d, err := k.agent.Decide(context.Background(), agent.Turn{Events: events, Session: k.session, Clinic: k.profile, Now: k.now, Book: k.offers()})
	if err != nil {
		k.t.Fatal(err)
	}
	return d
}

// offers is the clinic's book; nil where it has but a link.
func (k *talk) offers() schedule.Schedule {
	if k.profile.Booking.Kind != clinic.BookEmbedded {
		return nil
	}
	return k.faulty
}

func (k *talk) commit(d agent.Decision) agent.Decision {
	k.session, k.choices = d.Session, nil
	for _, r := range d.Replies {
		if len(r.Choices) > 0 {
			k.choices = r.Choices
		}
	}
	return d
}

func (k *talk) say(texts ...string) agent.Decision {
	k.t.Helper()
	var events []agent.Event
	for _, text := range texts {
		events = append(events, k.event(agent.KindText, text))
	}
	return k.commit(k.decide(events...))
}

func (k *talk) tap(c agent.Choice) agent.Decision {
	k.t.Helper()
	e := k.event(agent.KindButton, c.Title)
	e.Button = c.ID
	return k.commit(k.decide(e))
}

func (k *talk) owner() schedule.Owner {
	return schedule.Owner{Clinic: k.profile.ID, Channel: string(agent.SMS), Conversation: "patient00001"}
}

func (k *talk) bookings() []schedule.Booking {
	k.t.Helper()
	all, err := k.book.Bookings(context.Background(), k.owner())
	if err != nil {
		k.t.Fatal(err)
	}
	return all
}

// takeAway books the time of a choice for others, with everybody who has it.
func (k *talk) takeAway(n int) {
	k.t.Helper()
	ctx, d := context.Background(), k.session.Booking
	at := d.Held
	if len(d.Offered) >= n && at.ID == "" {
		at = d.Offered[n-1]
	}
	all, err := k.book.Open(ctx, schedule.Query{Visit: at.Visit, From: at.Start, To: at.Start.Add(time.Minute), Limit: 99})
	if err != nil {
		k.t.Fatal(err)
	}
	for i, slot := range all {
		rival := schedule.Owner{Clinic: k.profile.ID, Channel: "sms", Conversation: fmt.Sprintf("rival%06d", 100*k.events+i)}
		hold, err := k.book.Hold(ctx, rival, slot.ID, 1)
		if err != nil {
			k.t.Fatal(err)
		}
		if _, err := k.book.Book(ctx, rival, hold.ID, false); err != nil {
			k.t.Fatal(err)
		}
	}
}

// whole is a book under a name that hides none of its methods.
type whole = memory.Book

// faulty is a book that can be away.
type faulty struct {
	*whole
	down  bool
	lost  bool // what Book does is done, and its answer lost
	mute  bool // after that nothing is answered
	asks  bool // staff alone book
	calls int
}

// Can implements schedule.Schedule.
func (f *faulty) Can() schedule.Capabilities {
	if f.asks {
		return schedule.Capabilities{Requests: true}
	}
	return f.whole.Can()
}

// Request implements schedule.Requester.
func (f *faulty) Request(context.Context, schedule.Owner, schedule.Query, bool) (schedule.Booking, error) {
	if f.down {
		return schedule.Booking{}, f.err()
	}
	return schedule.Booking{Ref: "K7Q2MP", State: schedule.Requested}, nil
}

func (f *faulty) err() error {
	f.calls++
	if f.asks {
		return fmt.Errorf("staff alone book: %w", schedule.ErrUnsupported)
	}
	if f.down {
		return fmt.Errorf("no route: %w", schedule.ErrUnavailable)
	}
	return nil
}

func (f *faulty) Open(ctx context.Context, q schedule.Query) ([]schedule.Slot, error) {
	if err := f.err(); err != nil {
		return nil, err
	}
	return f.whole.Open(ctx, q)
}

func (f *faulty) Hold(ctx context.Context, o schedule.Owner, slot string, seats int) (schedule.Hold, error) {
	if err := f.err(); err != nil {
		return schedule.Hold{}, err
	}
	return f.whole.Hold(ctx, o, slot, seats)
}

func (f *faulty) Book(ctx context.Context, o schedule.Owner, hold string, isNew bool) (schedule.Booking, error) {
	b, err := f.whole.Book(ctx, o, hold, isNew)
	if f.lost {
		f.down = f.mute
		return schedule.Booking{}, fmt.Errorf("no answer: %w", schedule.ErrUnavailable)
	}
	return b, err
}

func (f *faulty) Bookings(ctx context.Context, o schedule.Owner) ([]schedule.Booking, error) {
	if err := f.err(); err != nil && !f.asks {
		return nil, err
	}
	return f.whole.Bookings(ctx, o)
}

// TestConversationsGoAsTheyAreWrittenDown plays every file of testdata. A line
// that begins with and: belongs to the turn of the one above. Other lines set
// the scene: at, clinic, wait, tap, rival, book, staff, photo, booked.
func TestConversationsGoAsTheyAreWrittenDown(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) < 30 {
		t.Fatalf("%d conversations, want 30 and more: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) { play(t, file) })
	}
}

func play(t *testing.T, file string) {
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got := perform(t, raw)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(got, raw) {
		t.Errorf("%s: Recado says something else:\n%s", file, got)
	}
}

// perform plays a script and returns it with what Recado said.
func perform(t *testing.T, raw []byte) []byte {
	zone, err := time.LoadLocation("America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	k := newTalk(t, bookable(), time.Date(2026, 11, 25, 10, 0, 0, 0, zone))
	var out bytes.Buffer
	var burst []string
	answer := func() {
		if len(burst) > 0 {
			record(&out, k.say(burst...))
			burst = nil
		}
	}
	lines := bufio.NewScanner(bytes.NewReader(raw))
	for lines.Scan() {
		line := lines.Text()
		name, value, _ := strings.Cut(line, ": ")
		if name != "and" {
			if strings.HasPrefix(line, "recado:") || strings.HasPrefix(line, "    ") {
				continue
			}
			answer()
		}
		fmt.Fprintln(&out, line)
		switch name {
		case "patient", "and":
			burst = append(burst, value)
		case "at":
			if k.now, err = time.ParseInLocation("2006-01-02 15:04", value, zone); err != nil {
				t.Fatal(err)
			}
		case "clinic":
			now := k.now
			k = newTalk(t, map[string]*clinic.Profile{"small": small(), "sample": bookable(), "link": clinic.Sample()}[value], now)
		case "wait":
			d, err := time.ParseDuration(value)
			if err != nil {
				t.Fatal(err)
			}
			k.now = k.now.Add(d)
		case "tap":
			n, err := strconv.Atoi(value)
			if err != nil || n > len(k.choices) {
				t.Fatalf("tap %s: there are %d choices", value, len(k.choices))
			}
			record(&out, k.tap(k.choices[n-1]))
		case "rival":
			n, err := strconv.Atoi(value)
			if err != nil || n > len(k.choices) {
				t.Fatalf("rival %s: there are %d choices", value, len(k.choices))
			}
			k.takeAway(n)
		case "book":
			k.faulty.down, k.faulty.asks = value == "away", value == "staff alone"
		case "staff":
			k.session.Owner = map[string]string{"takes over": "maria", "gives back": ""}[value]
		case "photo":
			e := k.event(agent.KindAttachment, "")
			e.Attachment = "image"
			record(&out, k.commit(k.decide(e)))
		case "booked":
			if n := len(k.bookings()); value != strconv.Itoa(n) {
				t.Errorf("%d bookings, want %s", n, value)
			}
		}
	}
	answer()
	return out.Bytes()
}

// record writes a decision under the patient's words.
func record(out *bytes.Buffer, d agent.Decision) {
	head := "recado:"
	if d.Disposition != agent.Answer {
		head += " (" + string(d.Disposition) + ")"
	}
	if d.Escalation != nil && d.Disposition == agent.Answer {
		head += " (and staff)"
	}
	fmt.Fprintln(out, head)
	for _, line := range strings.Split(d.Text(), "\n") {
		if line != "" {
			fmt.Fprintln(out, "    "+line)
		}
	}
	n := 0
	for _, r := range d.Replies {
		for _, c := range r.Choices {
			n++
			fmt.Fprintf(out, "    %d. %s", n, c.Title)
			if c.Detail != "" {
				fmt.Fprintf(out, " (%s)", c.Detail)
			}
			fmt.Fprintln(out)
		}
	}
}
