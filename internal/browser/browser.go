// Package browser opens a report in headless Chromium, for tests.
package browser

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// ErrNoBrowser says that no Chromium or Chrome is installed.
var ErrNoBrowser = errors.New("no chromium or chrome on the PATH")

// Page is an open page and what it complained about.
type Page struct {
	Ctx      context.Context
	cancel   []context.CancelFunc
	scheme   string // dark or light
	mu       sync.Mutex
	problems []string
}

// Open opens a file in a window of the given width, in the dark or light scheme, and waits for what the page does when it
// is open and the browser has time.
func Open(ctx context.Context, file string, width int, scheme string) (*Page, error) {
	binary := find()
	if binary == "" {
		return nil, ErrNoBrowser
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(binary), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("blink-settings", "preferredColorScheme="+map[string]string{"dark": "0", "light": "1"}[scheme]), chromedp.WindowSize(width, 1000))
	ctx, timeout := context.WithTimeout(ctx, 90*time.Second)
	ctx, allocator := chromedp.NewExecAllocator(ctx, options...)
	ctx, tab := chromedp.NewContext(ctx)
	p := &Page{Ctx: ctx, scheme: scheme, cancel: []context.CancelFunc{tab, allocator, timeout}}
	err := chromedp.Listen(ctx, p.listen)
	if err == nil {
		err = chromedp.Do(ctx, chromedp.EmulateViewport(int64(width), 1000), chromedp.Navigate("file://"+file), chromedp.WaitReady("body"))
	}
	if err == nil {
		_, err = Eval[bool](p, rest)
	}
	if err != nil {
		p.Close()
		return nil, fmt.Errorf("opening %s in %s: %w", file, binary, err)
	}
	return p, nil
}

// rest is fulfilled after the load event, and after what was to be done when idle then.
const rest = `new Promise((done) => {
	const idle = () => requestIdleCallback(() => done(true));
	if (document.readyState === "complete") idle(); else window.addEventListener("load", idle);
})`

func find() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// listen notes console errors, exceptions and requests that leave the file.
func (p *Page) listen(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			p.problems = append(p.problems, fmt.Sprintf("console %s: %v", e.Type, e.Args))
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			p.problems = append(p.problems, fmt.Sprintf("log of %s: %s", e.Entry.Source, e.Entry.Text))
		}
	case *runtime.EventExceptionThrown:
		p.problems = append(p.problems, "exception: "+e.ExceptionDetails.Text)
	case *network.EventRequestWillBeSent:
		if u := e.Request.URL; !strings.HasPrefix(u, "file:") && !strings.HasPrefix(u, "data:") {
			p.problems = append(p.problems, "request: "+u)
		}
	}
}

// Problems returns what the page complained about so far.
func (p *Page) Problems() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.problems)
}

// Eval evaluates JavaScript in a page; the value of a promise is waited for.
func Eval[T any](p *Page, script string) (T, error) {
	return chromedp.Run(p.Ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
}

// Screenshot returns the whole page as PNG.
func (p *Page) Screenshot() ([]byte, error) {
	if err := p.layOutAll(); err != nil {
		return nil, err
	}
	return chromedp.Run(p.Ctx, chromedp.FullScreenshot(100))
}

// layOutAll lays out what the page leaves until it is scrolled to, so that a picture beyond the window has its real height.
func (p *Page) layOutAll() error {
	_, err := Eval[bool](p, `(() => {const s = document.createElement("style"); s.textContent = "* {content-visibility: visible !important}"; document.head.append(s); return document.body.offsetHeight > 0})()`)
	return err
}

// Close closes the browser.
func (p *Page) Close() {
	for _, cancel := range p.cancel {
		cancel()
	}
}
