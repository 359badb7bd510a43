package browser

import (
	"context"
	_ "embed" // of the inspection
	"errors"
	"fmt"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Keys for Press.
const (
	Tab, Enter, Space, Escape = kb.Tab, kb.Enter, " ", kb.Escape
	Left, Right, Up, Down     = kb.ArrowLeft, kb.ArrowRight, kb.ArrowUp, kb.ArrowDown
)

// Press presses keys one after the other, on whatever has the focus.
func (p *Page) Press(keys ...string) error {
	for _, k := range keys {
		if err := chromedp.Do(p.Ctx, chromedp.KeyEvent(k)); err != nil {
			return err
		}
	}
	return nil
}

//go:embed inspect.js
var inspection string

// Faults inspects the page as it is laid out now, and says what a reader could not use: text of little contrast, a page
// that scrolls sideways, content beside its box, ids that stand twice, fields and pictures without a name.
func (p *Page) Faults() ([]string, error) { return Eval[[]string](p, inspection) }

// Stops presses Tab until the focus leaves the page, and returns what had it, in order. A stop that does not show that it
// has the focus, or is not seen, is a fault. It ends after limit stops.
func (p *Page) Stops(limit int) (stops, faults []string, err error) {
	if _, err := Eval[bool](p, `(() => {if (document.activeElement) document.activeElement.blur(); window.scrollTo(0, 0); return true})()`); err != nil {
		return nil, nil, err
	}
	for range limit {
		if err := p.Press(Tab); err != nil {
			return nil, nil, err
		}
		at, err := Eval[[]string](p, focused)
		if err != nil || len(at) == 0 {
			return stops, faults, err
		}
		stops = append(stops, at[0])
		faults = append(faults, at[1:]...)
	}
	return stops, append(faults, fmt.Sprintf("the focus is still on the page after %d stops", limit)), nil
}

// focused says what has the focus, then what is wrong with that; nothing where it is the page.
const focused = `(() => {
	const e = document.activeElement;
	if (!e || e === document.body || e === document.documentElement) return [];
	const name = e.id ? "#" + e.id : e.tagName.toLowerCase() + " " + (e.getAttribute("aria-label") || e.textContent).trim().slice(0, 40);
	const style = getComputedStyle(e), box = e.getBoundingClientRect(), out = [name];
	if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 1) out.push(name + " does not show that it has the focus");
	if (box.width === 0 || box.height === 0) out.push(name + " has the focus and is not seen");
	return out;
})()`

// View lays the page out for a window of the given width, in the dark or light scheme.
func (p *Page) View(width int, scheme string) error {
	p.scheme = scheme
	return chromedp.Do(p.Ctx, chromedp.EmulateViewport(int64(width), 1000), p.media(""))
}

// media makes the page be shown on the screen (""), or as it is printed ("print"), in the scheme that it has.
func (p *Page) media(kind string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		features := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: p.scheme}}
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: kind, Features: features})
		return err
	})
}

// paperWidth is that of A4 less margins of 1 cm, in CSS pixels.
const paperWidth = 718

// Printed lays the page out as it is printed on A4 upright, calls check, and goes back to the screen.
func (p *Page) Printed(check func() error) error {
	if err := chromedp.Do(p.Ctx, chromedp.EmulateViewport(paperWidth, 1000), p.media("print")); err != nil {
		return err
	}
	return errors.Join(check(), chromedp.Do(p.Ctx, p.media("")))
}

// PDF prints the page, with its backgrounds, on A4.
func (p *Page) PDF() ([]byte, error) {
	return chromedp.Run(p.Ctx, chromedp.PrintToPDF(chromedp.PDFPaper(chromedp.PaperA4), chromedp.PDFPrintBackground()))
}

// Picture returns a part of the page as PNG: from the top of the first element that the selector finds, at the page's left.
func (p *Page) Picture(selector string, width, height int) ([]byte, error) {
	if err := p.layOutAll(); err != nil {
		return nil, err
	}
	y, err := Eval[float64](p, `Math.max(0, document.querySelector("`+selector+`").getBoundingClientRect().top + window.scrollY - 16)`)
	if err != nil {
		return nil, err
	}
	return chromedp.Run(p.Ctx, func(ctx context.Context, t *chromedp.Target) ([]byte, error) {
		beyond := true
		clip := &page.Viewport{Y: y, Width: float64(width), Height: float64(height), Scale: 1}
		r, err := cdp.Call(ctx, t, page.CaptureScreenshot, page.CaptureScreenshotParams{Clip: clip, CaptureBeyondViewport: &beyond})
		return r.Data, err
	})
}
