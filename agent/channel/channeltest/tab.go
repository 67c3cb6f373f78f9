package channeltest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

const (
	// tabTime bounds what a test does with one tab, so that a page which
	// never answers fails the test where it waits and not the whole package.
	tabTime = 2 * time.Minute
	// patience is what a page may take to come to a state on a busy machine.
	patience = 45 * time.Second
	// answerTime is what one question to a page may take before it is asked
	// again: Chromium can drop the answer to one that meets a navigation.
	answerTime = 5 * time.Second
)

// Tab opens a tab in a browser, with cookies and storage of its own, until the
// test ends. What is asked of it after two minutes fails.
func Tab(t testing.TB, browser context.Context, options ...chromedp.ContextOption) context.Context {
	t.Helper()
	ctx, end := context.WithTimeout(browser, tabTime)
	t.Cleanup(end)
	tab, leave := chromedp.NewContext(ctx, append(options, chromedp.WithNewBrowserContext())...)
	t.Cleanup(leave)
	if err := chromedp.Do(tab); err != nil {
		t.Fatal("open a tab: ", err)
	}
	return tab
}

// Await waits until an expression is true in the page of a tab, also while the
// page goes on to another one. Its error is the last that a page gave, or says
// that the expression stayed false.
func Await(tab context.Context, expression string, options ...chromedp.EvaluateOption) error {
	ctx, cancel := context.WithTimeout(tab, patience)
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	var last error
	for {
		once, done := context.WithTimeout(ctx, answerTime)
		yes, err := chromedp.Run(once, chromedp.Evaluate[bool]("Boolean("+expression+")", options...))
		done()
		switch {
		case yes && err == nil:
			return nil
		case ctx.Err() != nil && last != nil:
			return fmt.Errorf("waiting for %s: %w", expression, last)
		case ctx.Err() != nil:
			return fmt.Errorf("waiting for %s: still false: %w", expression, ctx.Err())
		}
		last = err
		select {
		case <-again.C:
		case <-ctx.Done():
		}
	}
}

// Value returns what an expression is in the page of a tab, as text; of a
// promise, what it becomes.
func Value(tab context.Context, expression string, options ...chromedp.EvaluateOption) (string, error) {
	ctx, cancel := context.WithTimeout(tab, patience)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string]("(async () => String(await ("+expression+")))()", append(options, chromedp.EvalAwaitPromise)...))
	if err != nil {
		return "", fmt.Errorf("evaluating %s: %w", expression, err)
	}
	return text, nil
}
