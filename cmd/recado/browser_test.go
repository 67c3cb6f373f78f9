package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"recado/agent/session/redistest"
)

// browser starts Chromium, or skips the test where it is not installed.
func browser(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv(redistest.Require) == "1" {
			t.Fatalf("chromium is not in PATH and %s=1: install it (Debian: apt-get install chromium)", redistest.Require)
		}
		t.Skip("chromium is not in PATH")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.WSURLReadTimeout(40*time.Second),
	)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(cancel)
	ctx, stop := chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(stop)
	ctx, leave := chromedp.NewContext(ctx)
	t.Cleanup(leave)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal("start chromium: ", err)
	}
	return ctx
}

// TestThePatientIsAnsweredOnTheChatPage plays the patient on the page that
// `recado dev` serves. With RECADO_SCREENSHOTS set to a folder it leaves
// pictures there.
func TestThePatientIsAnsweredOnTheChatPage(t *testing.T) {
	r := startDev(t)
	ctx := browser(t)
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
