package webchat

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"recado/agent/channel/channeltest"
)

// silent swallows what streams write while it is on, as a network does that
// nobody closed.
type silent struct {
	next http.Handler
	on   atomic.Bool
}

func (s *silent) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/events") {
		w = swallowing{w, &s.on}
	}
	s.next.ServeHTTP(w, r)
}

type swallowing struct {
	http.ResponseWriter
	on *atomic.Bool
}

func (w swallowing) Write(data []byte) (int, error) {
	if w.on.Load() {
		return len(data), nil
	}
	return w.ResponseWriter.Write(data)
}

func (w swallowing) Flush() { _ = http.NewResponseController(w.ResponseWriter).Flush() }

func TestAPageNoticesAConnectionThatWentSilent(t *testing.T) {
	browser := channeltest.SharedBrowser(t)
	r := newRoom(t, func(c *Config) { c.Heartbeat = 100 * time.Millisecond })
	network := &silent{next: r.handler}
	r.serve(t, network)
	p := r.open(t, browser, "en-US", 390, 760, false)
	p.do(chromedp.SendKeys("#text", "hello\r"))
	p.await(`document.querySelector(".dots") !== null`)
	e, _ := r.lastEvent(t)
	network.on.Store(true)
	p.await(`document.getElementById("state").textContent.includes("Reconnecting")`)
	r.reply(t, e.Of(), "t1", "swallowed on its way")
	network.on.Store(false)
	p.await(`document.querySelectorAll("#messages .clinic").length === 1 && document.getElementById("state").textContent === ""`)
	for range 2 {
		r.reply(t, e.Of(), "t2", "the same, twice")
	}
	r.reply(t, e.Of(), "t3", "and another")
	p.await(`[...document.querySelectorAll("#messages .clinic .words")].map((w) => w.textContent).join("|") === "swallowed on its way|the same, twice|and another"`)
	p.clean()
}
