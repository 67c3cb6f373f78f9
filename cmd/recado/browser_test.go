package main

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"recado/agent/channel/channeltest"
)

// TestThePatientIsAnsweredOnTheChatPage plays the patient on the page that
// `recado dev` serves. With RECADO_SCREENSHOTS set to a folder it leaves
// pictures there.
func TestThePatientIsAnsweredOnTheChatPage(t *testing.T) {
	r := startDev(t)
	ctx := channeltest.Browser(t)
	do := func(actions ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		if err := chromedp.Do(ctx, actions...); err != nil {
			t.Fatalf("%v\n%s", err, r.output)
		}
	}
	// without motion, so that pictures show what is there
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-reduced-motion", Value: "reduce"},
	}}); err != nil {
		t.Fatal(err)
	}
	do(chromedp.EmulateViewport(430, 920), chromedp.Navigate(r.base+"/chat"), chromedp.WaitReady(`html[data-ready="yes"]`))
	for i, q := range questions {
		replies := `document.querySelectorAll("#messages .clinic").length === ` + strconv.Itoa(i+1)
		do(chromedp.SendKeys("#text", q.text+"\r"),
			chromedp.Poll[chromedp.Void](replies, chromedp.WithPollingInterval(20*time.Millisecond), chromedp.WithPollingTimeout(patience)))
		// the typing dots end with the reply
		do(chromedp.Poll[chromedp.Void](`document.querySelector(".dots") === null`, chromedp.WithPollingInterval(20*time.Millisecond), chromedp.WithPollingTimeout(5*time.Second)))
		text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`[...document.querySelectorAll("#messages .clinic")].at(-1).textContent`))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(strings.ToLower(text), strings.ToLower(q.want)) || strings.Contains(strings.ToLower(text), q.not) {
			t.Errorf("%q is answered by %q: want %q in it and %q not", q.text, text, q.want, q.not)
		}
		if dir := os.Getenv("RECADO_SCREENSHOTS"); dir != "" {
			png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "chat-"+strconv.Itoa(i+1)+".png"), png, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}
