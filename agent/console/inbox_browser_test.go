package console

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"recado/agent"
	"recado/agent/channel/channeltest"
	"recado/agent/inbox"
	"recado/agent/inbox/store"
	"recado/agent/staff"
	"recado/agent/staff/stafftest"
)

// deskTab is an open page and what its console said.
type deskTab struct {
	*testing.T
	ctx  context.Context
	d    *desk
	said *tabLog
}

// tabLog is what a page's console said.
type tabLog struct {
	mu    sync.Mutex
	lines []string
}

// in is the same page, for a part of the test.
func (p *deskTab) in(t *testing.T) *deskTab { return &deskTab{T: t, ctx: p.ctx, d: p.d, said: p.said} }

func (d *desk) open(t *testing.T, browser context.Context, h *hand, path string) *deskTab {
	t.Helper()
	p := &deskTab{T: t, d: d, said: &tabLog{}}
	ctx := channeltest.Tab(t, browser, chromedp.WithListener(p.said.note))
	p.ctx = ctx
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: "recado-staff", Value: h.token, URL: d.http.URL + "/staff"}); err != nil {
		t.Fatal(err)
	}
	lang := h.lang
	if lang == "" {
		lang = "en-US"
	}
	if _, err := chromedp.Call(ctx, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: "Recado test", AcceptLanguage: lang}); err != nil {
		t.Fatal(err)
	}
	p.screen(1280, "light")
	p.to(path)
	return p
}

func (p *deskTab) to(path string) {
	p.Helper()
	p.do(chromedp.Navigate(p.d.http.URL+path), chromedp.WaitReady(`html[data-inbox="ready"]`))
}

func (p *deskTab) screen(width int64, scheme string) {
	p.Helper()
	if _, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}}); err != nil {
		p.Fatal(err)
	}
	p.do(chromedp.EmulateViewport(width, 900))
}

func (l *tabLog) note(event any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch e := event.(type) {
	case *log.EventEntryAdded:
		l.lines = append(l.lines, e.Entry.Text+" "+e.Entry.URL)
	case *runtime.EventConsoleAPICalled:
		l.lines = append(l.lines, string(e.Type))
	case *runtime.EventExceptionThrown:
		l.lines = append(l.lines, e.ExceptionDetails.Text)
	}
}

// clean fails where the console said anything but what is expected.
func (p *deskTab) clean(but ...string) {
	p.Helper()
	p.said.mu.Lock()
	defer p.said.mu.Unlock()
	but = append(but, "Autofocus processing") // of a dialog that is closed
next:
	for _, line := range p.said.lines {
		for _, b := range but {
			if strings.Contains(line, b) {
				continue next
			}
		}
		p.Errorf("the console says %q", line)
	}
	p.said.lines = nil
}

func (p *deskTab) do(actions ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, 30*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		p.Fatalf("%v%s", err, p.state())
	}
}

// state is what a test that fails shows of the page.
func (p *deskTab) state() string {
	text, err := channeltest.Value(p.ctx, `location.href + "\n" + document.body.innerText.slice(0, 3000)`)
	if err != nil {
		text = err.Error()
	}
	p.said.mu.Lock()
	defer p.said.mu.Unlock()
	return fmt.Sprintf("\nconsole: %q\npage: %s", p.said.lines, text)
}

func (p *deskTab) eval(js string) string {
	p.Helper()
	out, err := channeltest.Value(p.ctx, js)
	if err != nil {
		p.Fatal(err)
	}
	return out
}

func (p *deskTab) want(js, want string) {
	p.Helper()
	if got := p.eval(js); got != want {
		p.Errorf("%s is %q, want %q", js, got, want)
	}
}

func (p *deskTab) await(js string) {
	p.Helper()
	if err := channeltest.Await(p.ctx, js); err != nil {
		p.Fatalf("%v%s", err, p.state())
	}
}

// key presses a key that writes nothing: a shortcut, that the page takes
// before it becomes a character.
func (p *deskTab) key(keys ...string) {
	p.Helper()
	for _, k := range keys {
		for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeRawKeyDown, input.DispatchKeyEventTypeKeyUp} {
			if _, err := chromedp.Call(p.ctx, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: kind, Key: k}); err != nil {
				p.Fatal(err)
			}
		}
	}
}

func (p *deskTab) press(keys ...string) {
	p.Helper()
	for _, k := range keys {
		p.do(chromedp.KeyEvent(k))
	}
}

func (p *deskTab) shot(name string) {
	p.Helper()
	dir := os.Getenv("RECADO_SCREENSHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		p.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600); err != nil {
		p.Fatal(err)
	}
}

// busy tells a morning's cases, and gives some of them to people.
func (d *desk) busy(t *testing.T, ana, ben *hand) {
	t.Helper()
	say := func(ago time.Duration, texts ...string) []agent.Message {
		var all []agent.Message
		from := []agent.From{agent.Patient, agent.Assistant}
		for i, text := range texts {
			m := agent.Message{From: from[(len(texts)-1-i)%2], Text: text, At: time.Now().Add(time.Minute/2 - ago).UTC()}
			if i < len(texts)-1 {
				m.At = m.At.Add(-time.Duration(len(texts)-i) * time.Minute)
			}
			all = append(all, m)
		}
		return all
	}
	kinds := []story{
		{Priority: agent.PriorityEmergency, Rules: []string{"corazon.pecho"}, Intents: []string{"medical_emergency"}, Disposition: agent.Emergency, Channel: agent.WhatsApp, Ago: 3 * time.Minute,
			Text: say(3*time.Minute, "Buenos días, ¿a qué hora abren hoy?", "Hoy abrimos de 8:00 a. m. a 6:00 p. m.", "Es que mi papá tiene una opresión en el pecho desde anoche y está sudando frío")},
		{Priority: agent.PriorityUrgent, Rules: []string{"gate.unexplained"}, Intents: []string{"symptom"}, Language: "en", Ago: 22 * time.Minute},
		{Priority: agent.PriorityRoutine, Rules: []string{"medication.ran_out", "symptom.i_have"}, Intents: []string{"medication"}, Language: "en", Ago: 50 * time.Minute},
		{Priority: agent.PriorityRoutine, Rules: []string{"es.symptom.duele"}, Intents: []string{"symptom", "booking"}, Channel: agent.Web, Ago: 75 * time.Minute},
		{Priority: agent.PriorityRequest, Rules: []string{"policy.request"}, Intents: []string{"human"}, Disposition: agent.Human, Language: "en", Channel: agent.WhatsApp, Ago: 20 * time.Minute},
		{Priority: agent.PriorityRoutine, Rules: []string{"results.status"}, Intents: []string{"results"}, Language: "en", Ago: 3 * time.Hour},
		{Priority: agent.PriorityRequest, Rules: []string{"policy.request"}, Intents: []string{"callback"}, Ago: 65 * time.Minute},
		{Priority: agent.PriorityUrgent, Rules: []string{"policy.too_long"}, Intents: nil, Ago: 5 * time.Minute, Channel: agent.Web},
		{Priority: agent.PriorityRoutine, Rules: []string{"billing.mine"}, Intents: []string{"billing"}, Language: "en", Ago: 100 * time.Minute},
		{Priority: agent.PriorityRoutine, Rules: []string{"attachment.image"}, Intents: []string{"attachment"}, Attachments: []string{"image"}, Ago: 12 * time.Minute},
	}
	for i := range 40 {
		s := kinds[i%len(kinds)]
		s.Conversation = 100 + i
		if i >= len(kinds) {
			if s.Priority == agent.PriorityEmergency {
				s.Priority, s.Rules, s.Intents, s.Disposition = agent.PriorityRoutine, []string{"condition.pregnant"}, []string{"condition"}, agent.Escalate
			}
			s.Ago += time.Duration(i*4) * time.Minute
		}
		s.BadSeal = i == 13
		d.tell(t, s)
	}
	for i := range 40 {
		c := d.filed(t, 100+i, 1)
		var err error
		switch {
		case i%10 == 2:
			_, err = d.inbox.Claim(t.Context(), deskClinic, c.ID, inbox.Actor{Person: ana.ID})
		case i%10 == 5 || i%10 == 8:
			_, err = d.inbox.Claim(t.Context(), deskClinic, c.ID, inbox.Actor{Person: ben.ID})
		case i%10 == 9 && i > 10:
			if _, err = d.inbox.Claim(t.Context(), deskClinic, c.ID, inbox.Actor{Person: ben.ID}); err == nil {
				_, err = d.inbox.Resolve(t.Context(), deskClinic, c.ID, inbox.Actor{Person: ben.ID}, inbox.Outcomes[i%len(inbox.Outcomes)])
			}
		}
		stafftest.Must(t, err)
	}
}

// look is a screen and its colours.
type look struct {
	width  int64
	scheme string
}

// looks are what pages are checked in; with screenshots all of them.
func looks(i int) []look {
	all := []look{{1280, "light"}, {320, "dark"}, {320, "light"}, {1280, "dark"}, {768, "light"}}
	if os.Getenv("RECADO_SCREENSHOTS") != "" {
		return all
	}
	return [][]look{all[:2], all[2:4]}[i]
}

func TestPagesAreAccessibleAndFitEveryScreen(t *testing.T) {
	t.Parallel()
	checker := channeltest.Axe(t)
	browser := channeltest.SharedBrowser(t)
	d := newDesk(t)
	d.filing(t)
	ana, ben := d.person(t, "Ana Ruiz", staff.Staff), d.person(t, "Benito Salas", staff.Staff)
	d.person(t, "Rosa Leal", staff.Reader)
	empty := d.open(t, browser, ana, "/staff/"+deskClinic)
	empty.await(`document.getElementById("live").dataset.state === "live"`)
	empty.shot("en-1280-light-empty")
	empty.screen(320, "dark")
	empty.fits()
	empty.shot("en-320-dark-empty")
	empty.screen(1280, "light")
	empty.accessible(checker, "empty queue")
	d.busy(t, ana, ben)

	chest := d.filed(t, 100, 1)
	mine := d.filed(t, 102, 1)
	stafftest.Must(t, func() error {
		a := inbox.Actor{Person: ana.ID}
		if _, err := d.inbox.Claim(t.Context(), deskClinic, chest.ID, a); err != nil {
			return err
		}
		if _, err := d.inbox.Note(t.Context(), deskClinic, chest.ID, a, store.NewEntryID(), "Su hija contestó; ya van en camino al hospital Ben Taub. Llamar otra vez a las 11."); err != nil {
			return err
		}
		if _, err := d.inbox.Write(t.Context(), deskClinic, chest.ID, a, store.NewEntryID(), "Por favor no espere: llame al 911. ¿Hay alguien con él en este momento?"); err != nil {
			return err
		}
		_, err := d.inbox.Said(t.Context(), deskClinic, chest.ID, store.NewEntryID(), "Sí, mi hermana. Ya llamamos.", agent.PriorityUrgent)
		return err
	}())
	broken := d.filed(t, 113, 1)
	for i, lang := range []string{"en", "es"} {
		shown := looks(i)
		ana.lang = map[string]string{"en": "en-US", "es": "es-MX"}[lang]
		p := d.open(t, browser, ana, "/staff/"+deskClinic)
		each := func(what string, then func()) {
			for _, s := range shown {
				p.screen(s.width, s.scheme)
				name := fmt.Sprintf("%s-%d-%s-%s", lang, s.width, s.scheme, what)
				p.fits()
				p.shot(name)
				p.accessible(checker, name)
			}
			if then != nil {
				then()
			}
			p.screen(1280, "light")
		}
		p.await(`document.getElementById("live").dataset.state === "live"`)
		each("queue", nil)
		p.eval(`document.querySelector(".filters").open = true`)
		each("filters", nil)
		p.to("/staff/" + deskClinic + "?state=claimed&held=me")
		p.eval(`document.querySelector(".filters").open = true`)
		each("mine", nil)
		p.to(casePath(deskClinic, mine.ID))
		each("case", nil)
		p.to(casePath(deskClinic, chest.ID))
		p.do(chromedp.Click("#do-open"))
		p.await(`document.querySelectorAll(".talk .say").length >= 5`)
		p.eval(`document.querySelector("input[name=key]").click()`)
		each("opened", nil)
		p.to(casePath(deskClinic, broken.ID))
		each("fault", nil)
		p.to("/staff/" + deskClinic + "/numbers")
		each("numbers", nil)
		p.do(chromedp.Click("#alerts-open"))
		each("alerts", nil)
		p.eval(`document.getElementById("alerts").close()`)
		p.press("?")
		p.await(`document.getElementById("keys").open`)
		each("keys", nil)
		p.to("/staff/" + deskClinic + "?find=" + url.QueryEscape("ZZZ-ZZZ"))
		each("notfound", nil)
		p.clean()
	}
}
