package console

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"recado/agent"
	"recado/agent/channel/channeltest"
	"recado/agent/inbox"
	"recado/agent/inbox/store"
	"recado/agent/staff"
	"recado/agent/staff/stafftest"
)

// away are lines of the console while the server is away, or refuses.
var away = []string{"Failed to load resource", "net::ERR", "EventSource"}

func TestThePageLivesAndSaysWhenItDoesNot(t *testing.T) {
	t.Parallel()
	browser := channeltest.SharedBrowser(t)
	d := newDesk(t)
	d.filing(t)
	ana, ben := d.person(t, "Ana Ruiz", staff.Staff), d.person(t, "Ben Salas", staff.Staff)
	d.tell(t, story{Conversation: 1})
	c := d.filed(t, 1, 1)
	p := d.open(t, browser, ana, "/staff/"+deskClinic)
	p.await(`document.getElementById("live").dataset.state === "live"`)
	whole := t

	t.Run("what comes shows up by itself, and the focus stays", func(t *testing.T) {
		p := p.in(t)
		p.key("j")
		p.want(`document.activeElement.closest("[data-case]").dataset.case`, c.ID)
		p.eval(`document.getElementById("find").value = "K7"`)
		d.tell(t, story{Conversation: 2, Priority: agent.PriorityEmergency, Rules: []string{"corazon.pecho"}, Intents: []string{"medical_emergency"}})
		p.await(`document.querySelectorAll("[data-case]").length === 2`)
		p.want(`document.querySelector("[data-case] h3").textContent.trim()`, "Chest or heart")
		p.want(`document.activeElement.closest("[data-case]").dataset.case`, c.ID)
		p.want(`document.getElementById("find").value`, "K7")
		p.await(`document.title.startsWith("(2 !)")`)
		p.want(`document.querySelector("link[rel=icon]").getAttribute("href")`, "/staff/badge?n=2&pressing=1")
		p.want(`document.getElementById("count").textContent`, "2")
		// Somebody takes it: the row says who has it.
		_, err := d.inbox.Claim(t.Context(), deskClinic, c.ID, inbox.Actor{Person: ben.ID})
		stafftest.Must(t, err)
		p.await(`document.querySelector('[data-case="` + c.ID + `"]').textContent.includes("Ben Salas")`)
		p.want(`document.activeElement.closest("[data-case]").dataset.case`, c.ID)
		p.await(`document.title.startsWith("(1 !)")`)
		_, err = d.inbox.Release(t.Context(), deskClinic, c.ID, inbox.Actor{Person: ben.ID})
		stafftest.Must(t, err)
	})

	t.Run("what is typed and opened survives, and who was faster is named", func(t *testing.T) {
		p := p.in(t)
		p.to(casePath(deskClinic, c.ID))
		p.do(chromedp.Click("#do-open"))
		p.await(`document.querySelector(".talk .say.patient") !== null`)
		p.do(chromedp.SendKeys("#note-text", "a medias"))
		_, err := d.inbox.Note(t.Context(), deskClinic, c.ID, inbox.Actor{Person: ben.ID}, store.NewEntryID(), "de Ben")
		stafftest.Must(t, err)
		p.await(`document.querySelector(".timeline").textContent.includes("Ben Salas wrote a note")`)
		p.want(`document.getElementById("note-text").value`, "a medias")
		p.want(`document.activeElement.id`, "note-text")
		p.want(`document.querySelectorAll(".talk .say.patient").length > 0`, "true")
		p.do(chromedp.SendKeys("#note-text", " y más"))
		p.want(`document.getElementById("note-text").value`, "a medias y más")

		// Ben takes it, and before this page hears of it Ana does.
		p.eval(holdAnswers)
		went(t, ben.post(casePath(deskClinic, c.ID)+"/claim", nil), "claim")
		p.do(chromedp.Click("#do-claim"))
		p.await(`document.getElementById("problem") !== null`)
		p.want(`document.getElementById("problem").textContent.includes("Ben Salas took this case")`, "true")
		p.want(`document.activeElement.id`, "problem")
		p.want(`document.getElementById("note-text").value`, "a medias y más")
		p.want(`document.getElementById("do-claim") === null`, "true")
		p.want(`document.querySelectorAll(".talk .say.patient").length > 0`, "true")
		// The page hears of it, and goes on showing what she is told and typed.
		p.eval(`letGo()`)
		p.want(`import(document.querySelector("script[src*='inbox.js']").src).then(inbox => inbox.refresh())`, "true")
		p.want(`document.querySelectorAll(".case-cols").length`, "1")
		p.want(`document.getElementById("problem") !== null`, "true")
		p.want(`document.querySelector("#note form[data-orphan], #note[data-orphan]") === null`, "true")
		p.do(chromedp.Click("#note button"))
		p.await(`document.querySelector("main > .notice.good")?.textContent.includes("Only staff see it")`)
		p.want(`document.getElementById("note-text").value`, "")
		p.want(`location.pathname + location.search`, casePath(deskClinic, c.ID))
		went(t, ben.post(casePath(deskClinic, c.ID)+"/release", nil), "release")
		p.await(`document.getElementById("do-claim") !== null`)
		p.clean("409")
	})

	t.Run("a form that no longer fits keeps its words", func(t *testing.T) {
		p := p.in(t)
		p.do(chromedp.Click("#do-claim"))
		p.await(`document.getElementById("write-text") !== null`)
		p.do(chromedp.SendKeys("#write-text", "Estimada señora"))
		went(t, ben.post(casePath(deskClinic, c.ID)+"/claim", form("over", "1")), "claim")
		p.await(`document.querySelector("form[data-orphan] #write-text") !== null`)
		p.want(`document.getElementById("write-text").value`, "Estimada señora")
		p.want(`document.querySelector("form[data-orphan]").textContent.includes("so that you can copy it")`, "true")
		p.want(`document.querySelector(".state-line").textContent.includes("Ben Salas")`, "true")
		went(t, ben.post(casePath(deskClinic, c.ID)+"/release", nil), "release")
		p.clean()
	})

	t.Run("an answer that is older than what the person did changes nothing", func(t *testing.T) {
		p := p.in(t)
		p.to(casePath(deskClinic, c.ID))
		// The next answer to a refresh is held back until she has taken the case.
		p.eval(holdAnswers)
		p.eval(`dispatchEvent(new Event("online"))`)
		p.await(`window.held === true`)
		p.do(chromedp.Click("#do-claim"))
		p.await(`document.querySelector(".state-line.mine") !== null`)
		p.eval(`(() => {
			window.flickered = false;
			new MutationObserver(() => { if (!document.querySelector(".state-line.mine")) window.flickered = true; }).observe(document.getElementById("board"), {childList: true, subtree: true, attributes: true});
			window.letGo();
		})()`)
		p.await(`document.documentElement.dataset.inbox === "ready"`)
		p.eval(`fetch("/staff/session").then(r => r.status)`)
		p.want(`window.flickered`, "false")
		went(t, ana.post(casePath(deskClinic, c.ID)+"/release", nil), "release")
		p.clean()
	})

	t.Run("stale within 20 s, and back by itself", func(t *testing.T) {
		p := p.in(t)
		p.to("/staff/" + deskClinic)
		p.await(`document.getElementById("live").dataset.state === "live"`)
		d.stop()
		gone := time.Now()
		p.await(`document.getElementById("live").dataset.state === "stale"`)
		if took := time.Since(gone); took > 20*time.Second {
			t.Errorf("stale after %s", took)
		}
		p.want(`/^Stale since \d+:\d\d.[AP]M$/.test(document.getElementById("live").textContent) + " " + document.getElementById("stale").hidden`, "true false")
		p.shot("en-1280-light-stale")
		p.screen(320, "dark")
		p.fits()
		p.shot("en-320-dark-stale")
		p.screen(1280, "light")
		d.tell(t, story{Conversation: 3, Rules: []string{"results.mine"}, Intents: []string{"results"}})
		d.filed(t, 3, 1)
		d.start(whole)
		p.await(`document.getElementById("live").dataset.state === "live" && document.querySelectorAll("[data-case]").length === 3`)
		p.want(`document.getElementById("stale").hidden`, "true")
		p.clean(away...)
	})

	t.Run("who is signed out sees nothing any more", func(t *testing.T) {
		p := p.in(t)
		p.to(casePath(deskClinic, c.ID))
		p.do(chromedp.Click("#do-open"))
		p.await(`document.querySelector(".talk .say.patient") !== null`)
		stafftest.Must(t, d.SignOut(t.Context(), ana.token))
		p.eval(`dispatchEvent(new Event("online"))`)
		p.await(`location.pathname === "/staff/sign-in"`)
		p.want(`document.body.textContent.includes("`+deskCanary+`")`, "false")
	})
}

func TestByKeyboardAlone(t *testing.T) {
	browser := channeltest.SharedBrowser(t)
	d := newDesk(t)
	d.filing(t)
	ana := d.person(t, "Ana Ruiz", staff.Staff)
	d.tell(t, story{Conversation: 1}, story{Conversation: 2, Priority: agent.PriorityUrgent, Rules: []string{"gate.unexplained"}})
	first, second := d.filed(t, 2, 1), d.filed(t, 1, 1)
	p := d.open(t, browser, ana, "/staff/"+deskClinic)
	at := func() string { return p.eval(`document.activeElement.closest("[data-case]")?.dataset.case`) }
	p.key("j", "j")
	if at() != second.ID {
		t.Errorf("j j is at %s", at())
	}
	p.key("k")
	if at() != first.ID {
		t.Errorf("k is at %s", at())
	}
	p.key("?")
	p.await(`document.getElementById("keys").open`)
	p.key("j") // a dialog is open
	p.press(kb.Escape)
	p.await(`!document.getElementById("keys").open`)
	p.key("/")
	p.want(`document.activeElement.id`, "find")
	p.press("j", "?")
	p.want(`document.activeElement.value + document.getElementById("keys").open`, "j?false")
	p.eval(`document.activeElement.value = ""`)
	p.press(kb.Escape)
	p.key("k") // from where one was
	p.press(kb.Enter)
	p.await(`location.pathname === "` + casePath(deskClinic, first.ID) + `" && document.documentElement.dataset.inbox === "ready"`)

	p.key("c")
	p.await(`document.querySelector(".state-line.mine") !== null`)
	p.key("o")
	p.await(`document.querySelector(".talk .say.patient") !== null`)
	p.key("n")
	p.want(`document.activeElement.id`, "note-text")
	p.do(chromedp.SendKeys("#note-text", "cj?e"))
	p.press(kb.Tab, kb.Enter)
	p.await(`document.querySelector("main > .notice.good")?.textContent.includes("kept")`)
	p.press(kb.Escape)
	p.key("p")
	p.want(`document.activeElement.id`, "write-text")
	p.press(kb.Escape)
	p.key("r")
	p.want(`document.activeElement.name`, "key")
	p.key("e")
	p.want(`document.activeElement.name`, "outcome")
	p.press(kb.ArrowDown, kb.Tab, kb.Enter)
	p.await(`document.querySelector(".state-line.resolved") !== null`)
	got := d.now(t, first)
	if got.State != inbox.Resolved || got.Round.Outcome != inbox.Called {
		t.Errorf("the case is %s, %s", got.State, got.Round.Outcome)
	}
	entries, err := d.inbox.Thread(t.Context(), deskClinic, first.Conversation)
	stafftest.Must(t, err)
	if len(entries) != 1 || entries[0].Text != "cj?e" {
		t.Errorf("the note is %+v", entries)
	}
	p.key("g", "q")
	p.await(`location.pathname === "/staff/` + deskClinic + `" && document.documentElement.dataset.inbox === "ready"`)

	// The switch turns them off, for good.
	p.do(chromedp.Click("#keys-open"), chromedp.Click("#keys-switch"))
	p.press(kb.Escape)
	p.key("j")
	p.want(`document.querySelector("[data-case].at") === null`, "true")
	p.to("/staff/" + deskClinic)
	p.key("j")
	p.want(`document.querySelector("[data-case].at") === null`, "true")
	p.clean()
}

func TestWhatRingsStopsWhenSomebodyTakesIt(t *testing.T) {
	t.Parallel()
	browser := channeltest.SharedBrowser(t)
	d := newDesk(t)
	d.filing(t)
	ana := d.person(t, "Ana Ruiz", staff.Staff)
	p := d.open(t, browser, ana, "/staff/"+deskClinic)
	rung := func() string { return p.eval(`document.documentElement.dataset.rung || "0"`) }
	d.tell(t, story{Conversation: 1, Priority: agent.PriorityEmergency, Rules: []string{"corazon.pecho"}})
	c := d.filed(t, 1, 1)
	p.await(`document.title.startsWith("(1 !)")`)
	if rung() != "0" {
		t.Error("it rings although nobody turned the sound on")
	}
	p.do(chromedp.Click("#alerts-open"), chromedp.Click("#alert-sound"))
	p.await(`Number(document.documentElement.dataset.rung) >= 1`)
	p.press(kb.Escape)
	// Again, while nobody takes it.
	p.await(`Number(document.documentElement.dataset.rung) >= 2`)
	_, err := d.inbox.Claim(t.Context(), deskClinic, c.ID, inbox.Actor{Person: ana.ID})
	stafftest.Must(t, err)
	p.await(`!document.title.startsWith("(")`)
	p.want(`document.querySelector("link[rel=icon]").getAttribute("href")`, "/staff/assets/icon.svg")
	for _, text := range []string{p.eval(`document.title`), p.eval(`JSON.stringify(document.getElementById("stream").dataset)`), p.eval(`JSON.stringify(document.getElementById("pulse").dataset)`)} {
		if strings.Contains(text, deskCanary) || strings.Contains(text, c.Conversation) {
			t.Errorf("an alert tells %s", text)
		}
	}
	p.want(`Object.keys(localStorage).filter(k => k.includes("`+ana.ID+`")).length > 0`, "true")
	p.clean()
}

// holdAnswers holds the answers to refreshes back until letGo is called;
// window.held tells of the first one.
const holdAnswers = `(() => {
	const real = XMLHttpRequest.prototype.send, late = [];
	let open = false;
	window.letGo = () => { open = true; XMLHttpRequest.prototype.send = real; for (const f of late) f(); };
	XMLHttpRequest.prototype.send = function (body) {
		if (body) return real.call(this, body);
		const then = this.onload;
		this.onload = () => { // one that is asked before letGo may be answered after it
			if (open) return then.call(this);
			late.push(() => then.call(this));
			window.held = true;
		};
		return real.call(this, body);
	};
})()`
