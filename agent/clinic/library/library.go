package library

import (
	"cmp"
	"crypto/sha256"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"

	"recado/agent/clinic"
)

// Document is one profile as it is stored.
type Document struct {
	// Name is what the source calls it, such as its file's name. It stands in
	// problems, and a change of a document keeps it.
	Name string
	Raw  []byte // YAML; not changed after it was given to Update
}

type sum [sha256.Size]byte

// contents are the sums of documents by the bytes that they are of: those of a
// thousand documents that did not change need not be reckoned at each change of
// one.
type contents map[*byte]sum

// of is the sum of d, as it was reckoned before where it is the same bytes.
func (known contents) of(d Document) (*byte, sum) {
	if len(d.Raw) == 0 {
		return nil, sum(sha256.Sum256(nil))
	}
	at := unsafe.SliceData(d.Raw)
	if s, ok := known[at]; ok {
		return at, s
	}
	return at, sum(sha256.Sum256(d.Raw))
}

// Config is what a library needs. Every field has a default.
type Config struct {
	// Options check profiles beyond the file itself, such as their texts'
	// keys. Default to none.
	Options []clinic.Option
	// Log gets the problems of profiles that are refused, a line each. A
	// profile holds nothing of a patient. Defaults to none.
	Log *zap.Logger
	// Meters is where figures go: profiles served, and refused. Defaults to
	// nowhere.
	Meters metric.MeterProvider
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
}

// Library is the clinics of a deployment. Reading waits for nothing; it is
// safe for use by many goroutines.
type Library struct {
	cfg    Config
	now    atomic.Pointer[Snapshot]
	meters *meters

	mu      sync.Mutex // held while a change is taken in
	refused map[string]refusal
	known   contents // of the last Update
	changed []func(*Snapshot)

	trouble troubles
}

// refusal is a document that is not served, so that it is told of once.
type refusal struct {
	sum sum
	err error
}

// New returns a library without clinics.
func New(cfg Config) (*Library, error) {
	if cfg.Log == nil {
		cfg.Log = zap.NewNop()
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	l := &Library{cfg: cfg, refused: map[string]refusal{}}
	l.now.Store(&Snapshot{served: map[string]served{}, byID: map[string]*clinic.Profile{}, held: map[claim]string{}})
	var err error
	l.meters, err = newMeters(cfg.Meters, l)
	return l, err
}

// Now is the clinics at this moment. Who answers one patient takes it once.
func (l *Library) Now() *Snapshot { return l.now.Load() }

// OnChange calls f with every snapshot that follows, one after the other,
// before Update returns.
func (l *Library) OnChange(f func(*Snapshot)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.changed = append(l.changed, f)
}

// Update makes all the documents that there are the clinics to serve, and
// returns what was refused, by name. A document that did not change keeps its
// profile, the same pointer.
func (l *Library) Update(documents []Document) map[string]error {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := l.Now()
	var all []*candidate
	refused, known := map[string]refusal{}, contents{}
	for _, d := range documents {
		c := &candidate{name: d.Name}
		if good, ok := before.served[d.Name]; ok {
			c.good = &good
		}
		at, s := l.known.of(d)
		known[at] = s
		switch told, again := l.refused[d.Name]; {
		case c.good != nil && c.good.sum == s:
		case again && told.sum == s && !isTaken(told.err): // it is as bad as it was
			refused[d.Name] = told
		default:
			p, err := clinic.Parse(d.Name, d.Raw, l.cfg.Options...)
			if err != nil {
				refused[d.Name] = refusal{s, err}
				break
			}
			c.next = &served{p, s}
		}
		all = append(all, c)
	}
	after, taken := arrange(all)
	for name, t := range taken {
		refused[name] = t
	}
	l.note(before, after, refused)
	l.refused, l.known = refused, known
	l.trouble.refuse(refused, l.cfg.Now())
	l.now.Store(after)
	if changed(before, after) {
		for _, f := range l.changed {
			f(after)
		}
	}
	errs := map[string]error{}
	for name, r := range refused {
		errs[name] = r.err
	}
	return errs
}

func changed(before, after *Snapshot) bool {
	if len(before.served) != len(after.served) {
		return true
	}
	for name, s := range after.served {
		if before.served[name] != s {
			return true
		}
	}
	return false
}

// note tells of what was refused since the last time, and of what changed.
func (l *Library) note(before, after *Snapshot, refused map[string]refusal) {
	names := make([]string, 0, len(refused))
	for name, r := range refused {
		if told, again := l.refused[name]; !again || told.sum != r.sum || told.err.Error() != r.err.Error() {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		l.meters.refuse(refused[name].err)
		message := "a clinic's profile is refused: the clinic stays unknown, and what its patients write goes to staff"
		if _, ok := after.served[name]; ok {
			message = "a clinic's profile is refused: the last good one is served on"
		}
		for _, problem := range problems(refused[name].err) {
			l.cfg.Log.Error(message, zap.String("profile", name), zap.String("problem", problem))
		}
	}
	var fresh, gone []string
	for name, s := range after.served {
		if before.served[name] != s {
			fresh = append(fresh, s.profile.ID)
		}
	}
	for id := range before.byID {
		if after.byID[id] == nil {
			gone = append(gone, id)
		}
	}
	if len(fresh) > 0 {
		l.meters.load(len(fresh))
		slices.SortFunc(fresh, cmp.Compare[string])
		l.cfg.Log.Info("clinics' profiles are in use", zap.Int("count", len(fresh)), zap.Strings("clinics", begin(fresh)))
	}
	slices.Sort(gone)
	for _, id := range gone {
		l.cfg.Log.Error("a clinic's profile is gone: the clinic is unknown now, and what its patients write goes to staff", zap.String("clinic", id))
	}
}

// begin is as much of a list as a log line holds.
func begin(all []string) []string { return all[:min(len(all), 20)] }

func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
