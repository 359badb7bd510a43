package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress shows how far a run is: a bar on a terminal, a plain line now and then elsewhere.
type progress struct {
	app   *app
	bar   *progressbar.ProgressBar
	total int
	done  int
	start time.Time
	last  time.Time
}

// lineEvery is how often a plain line is written.
const lineEvery = 10 * time.Second

func (a *app) newProgress(total int) *progress {
	now := time.Now()
	p := &progress{app: a, total: total, start: now, last: now}
	if !a.quiet && a.logFormat == "text" && isTerminal(a.stderr) {
		p.bar = progressbar.NewOptions(max(1, total), progressbar.OptionSetWriter(a.stderr), progressbar.OptionSetDescription("images"),
			progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("images"),
			progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
	}
	return p
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

func (p *progress) add() {
	p.done++
	if p.bar != nil {
		_ = p.bar.Add(1) // a bar that cannot be drawn is no reason to stop
		return
	}
	if now := time.Now(); now.Sub(p.last) >= lineEvery {
		p.last = now
		rate := float64(p.done) / now.Sub(p.start).Seconds()
		left := time.Duration(float64(p.total-p.done)/rate) * time.Second
		p.app.log.Info("progress", "images", p.done, "of", p.total, "images_per_s", fmt.Sprintf("%.1f", rate), "left", left.String())
	}
}

func (p *progress) finish() {
	if p.bar != nil {
		_ = p.bar.Finish() // as above
	}
}
