package answer

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"recado/agent/clinic"
	"recado/agent/language"
	"recado/locales"
)

// Fixed is a text that depends on nothing the patient asked, with the
// standard arguments.
func Fixed(key string, p *clinic.Profile, now time.Time) locales.Message {
	return locales.Message{Key: key, Args: indexOf(p).standard(p, now, 0)}
}

// RenderFixed renders what Fixed returns. A text of the catalogue that
// depends on the clinic alone is rendered once.
func RenderFixed(c *locales.Catalogue, lang language.Language, key string, p *clinic.Profile, now time.Time) (string, error) {
	x := indexOf(p)
	render := func() (string, error) {
		return c.Render(lang, p, locales.Message{Key: key, Args: x.standard(p, now, 0)})
	}
	if _, own := p.OwnQuiet(key, lang); own {
		return render()
	}
	id := textKey{c, lang, key}
	known, ok := x.texts.get(id)
	if known.timeless {
		return known.text, nil
	}
	text, err := render()
	if !ok && err == nil {
		x.texts.keep(id, fixedText{text, timeless(c.Placeholders(lang, key))})
	}
	return text, err
}

// timeless reports whether none of the arguments changes while a profile is
// in use.
func timeless(placeholders []string) bool {
	return !slices.ContainsFunc(placeholders, func(name string) bool { return !slices.Contains(facts, name) })
}

// texts are the fixed texts of one clinic. Reading them waits for nothing.
type texts struct {
	known   atomic.Pointer[map[textKey]fixedText]
	writing sync.Mutex
}

type textKey struct {
	catalogue *locales.Catalogue
	lang      language.Language
	key       string
}

type fixedText struct {
	text     string // of use where it is timeless
	timeless bool
}

func (t *texts) get(id textKey) (fixedText, bool) {
	known := t.known.Load()
	if known == nil {
		return fixedText{}, false
	}
	text, ok := (*known)[id]
	return text, ok
}

func (t *texts) keep(id textKey, text fixedText) {
	t.writing.Lock()
	defer t.writing.Unlock()
	more := map[textKey]fixedText{}
	if known := t.known.Load(); known != nil {
		more = maps.Clone(*known)
	}
	more[id] = text
	t.known.Store(&more)
}
