package channeltest

import (
	"context"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"recado/agent/session/redistest"
)

// browserTime bounds what a test does with its browser.
const browserTime = 3 * time.Minute

// Browser starts Chromium without a window until the test ends. Where none is
// installed the test is skipped, or fails with redistest.Require set to 1.
func Browser(t testing.TB) context.Context {
	t.Helper()
	path := browserPath(t)
	ctx, cancel := context.WithTimeout(t.Context(), browserTime)
	t.Cleanup(cancel)
	ctx, stop, err := startBrowser(ctx, path, t.TempDir())
	t.Cleanup(stop)
	if err != nil {
		t.Fatal("start chromium: ", err)
	}
	return ctx
}

// shared is the browser of SharedBrowser.
var shared struct {
	sync.Mutex
	ctx    context.Context
	stop   func()
	folder string
}

// SharedBrowser is Browser for packages with several such tests: it starts one
// for all of them, which Main ends. Tests open tabs of their own in it, with
// chromedp.WithNewBrowserContext.
func SharedBrowser(t testing.TB) context.Context {
	t.Helper()
	path := browserPath(t)
	shared.Lock()
	defer shared.Unlock()
	if shared.ctx != nil {
		return shared.ctx
	}
	var err error
	if shared.folder, err = os.MkdirTemp("", "recado-browser-"); err != nil {
		t.Fatal(err)
	}
	ctx, stop, err := startBrowser(context.Background(), path, shared.folder)
	shared.stop = stop
	if err != nil {
		t.Fatal("start chromium: ", err)
	}
	shared.ctx = ctx
	return ctx
}

// Main runs the tests of a package that uses SharedBrowser, for its TestMain.
func Main(m *testing.M) (code int) {
	code = m.Run()
	shared.Lock()
	defer shared.Unlock()
	if shared.stop != nil {
		shared.stop()
	}
	if shared.folder != "" {
		os.RemoveAll(shared.folder)
	}
	return code
}

func browserPath(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			return found
		}
	}
	if os.Getenv(redistest.Require) == "1" {
		t.Fatalf("chromium is not in PATH and %s=1: install it (Debian: apt-get install chromium)", redistest.Require)
	}
	t.Skip("chromium is not in PATH")
	return ""
}

func startBrowser(ctx context.Context, path, folder string) (_ context.Context, stop func(), err error) {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(folder),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.WSURLReadTimeout(40*time.Second),
	)
	ctx, end := chromedp.NewExecAllocator(ctx, options...)
	ctx, leave := chromedp.NewContext(ctx)
	return ctx, func() { leave(); end() }, chromedp.Do(ctx)
}
