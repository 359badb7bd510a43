package model

import (
	"context"
	"fmt"
	"math"
	"runtime/debug"
	"slices"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/pass"
)

// SlideOptions say how a model is slid over pictures larger than its window. Sizes are [height, width] of the model's
// input, after preprocessing.
type SlideOptions struct {
	CropSize [2]int // of a window; zeros take the model's fixed size
	Stride   [2]int // from window to window; zeros take three quarters of the window
	Blend    string // BlendConstant or BlendGaussian; "" means constant
	Batch    int    // windows of a row that go into the model at a time; 0: the model's fixed batch, or one where it takes any
}

// How windows that overlap are put together: logits are averaged, each window alike, or each pixel by how near it is to
// its window's middle.
const (
	BlendConstant = "constant"
	BlendGaussian = "gaussian"
)

// spread is the Gaussian's standard deviation as a share of the window, as MONAI's sliding_window_inference has it.
const spread = 0.125

// slide is a session that runs another one window by window.
type slide struct {
	Session
	crop, stride [2]int
	gaussian     bool
	batch        int
}

// Slide makes a session that takes pictures of any size and runs s over windows of them. Windows lie a stride apart, and
// the last of a row or column is moved back to end at the border, as mmsegmentation's slide mode has it; where a picture is
// smaller than the window, the window is the picture. Window outputs of another size are brought to their window's
// bilinearly before they are averaged. An option that does not fit the model is a usage error.
func Slide(s Session, o SlideOptions) (Session, error) {
	sig := s.Signature()
	w := &slide{Session: s, crop: o.CropSize, stride: o.Stride, gaussian: o.Blend == BlendGaussian, batch: o.Batch}
	if w.batch == 0 {
		w.batch = max(1, sig.Images())
	}
	if most := sig.Images(); w.batch < 0 || most > 0 && w.batch > most {
		return nil, fault.Usagef("inference.batch is %d; the model takes %d windows at a time", o.Batch, max(1, most))
	}
	if sig.Kind == KindLabels {
		return nil, fault.Usagef("inference.mode slide: label maps of overlapping windows cannot be averaged; export the model with its logits, or use mode whole")
	}
	for axis, fixed := range [2]int{sig.Height, sig.Width} {
		if w.crop[axis] == 0 {
			w.crop[axis] = fixed
		}
		if w.stride[axis] == 0 {
			w.stride[axis] = max(1, w.crop[axis]*3/4)
		}
		name := [2]string{"height", "width"}[axis]
		switch {
		case w.crop[axis] <= 0:
			return nil, fault.Usagef("inference.crop_size: the model takes any %s; say [height, width] of the window", name)
		case fixed > 0 && w.crop[axis] != fixed:
			return nil, fault.Usagef("inference.crop_size: the window's %s is %d, the model's input is fixed at %d", name, w.crop[axis], fixed)
		case w.stride[axis] < 0 || w.stride[axis] > w.crop[axis]:
			return nil, fault.Usagef("inference.stride: the step along the %s is %d; expected 1 to the window's %d", name, w.stride[axis], w.crop[axis])
		}
	}
	if o.Blend != "" && o.Blend != BlendConstant && o.Blend != BlendGaussian {
		return nil, fault.Usagef("inference.blend is %q; expected %s or %s", o.Blend, BlendConstant, BlendGaussian)
	}
	return w, nil
}

// Signature is the model's, but for the size: any will do, one picture at a time.
func (w *slide) Signature() Signature {
	sig := w.Session.Signature()
	sig.Height, sig.Width, sig.Batch = 0, 0, 1
	return sig
}

func (w *slide) NewRunner() (Runner, error) {
	inner, err := w.Session.NewRunner()
	if err != nil {
		return nil, err
	}
	return &slideRunner{slide: w, inner: inner}, nil
}

// slideRunner holds one worker's picture and its logits. Buffers only grow.
type slideRunner struct {
	slide     *slide
	inner     Runner
	input     []float32 // where the picture came by Input
	fill      func(top, left, height, width int, dst []float32)
	channels  int
	size      [2]int // height and width of the picture
	original  [2]int // the same before preprocessing, zeros where that was not said
	band      band
	ctx       context.Context // of the picture at work: its logits may be made after Stream has returned
	resized   []float32
	upsampler pass.Upsampler
	axes      [2][]interval
}

// interval is one window along an axis, with the share that it has in each of its pixels. The shares of all windows of a
// pixel add up to 1; a window's share in a pixel of the plane is the product of both axes'.
type interval struct {
	start  int
	shares []float32
}

// Input implements Runner: it takes pictures of any size.
func (r *slideRunner) Input(shape []int64) ([]float32, error) {
	if err := r.Tiles(shape, r.cut); err != nil {
		return nil, err
	}
	r.input = grown(r.input, int(product(shape)))
	return r.input, nil
}

// cut copies a window out of the input.
func (r *slideRunner) cut(top, left, height, width int, dst []float32) {
	for c := range r.channels {
		for y := range height {
			from := (c*r.size[0]+top+y)*r.size[1] + left
			copy(dst[(c*height+y)*width:][:width], r.input[from:][:width])
		}
	}
}

// Tiles implements Tiler.
func (r *slideRunner) Tiles(shape []int64, fill func(top, left, height, width int, dst []float32)) error {
	if _, err := r.slide.Signature().checkInput(shape); err != nil {
		return err
	}
	size := [2]int{int(shape[2]), int(shape[3])}
	if size != r.size {
		for axis, length := range size {
			if fixed := r.slide.fixed(axis); fixed > length {
				return fault.Dataf("the input is %d×%d, smaller than the model's fixed %d×%d: give preprocess.size, or another fit", shape[3], shape[2], r.slide.fixed(1), r.slide.fixed(0))
			}
			r.axes[axis] = spans(length, min(length, r.slide.crop[axis]), r.slide.stride[axis], r.slide.gaussian)
		}
	}
	r.channels, r.size, r.fill = int(shape[1]), size, fill
	return nil
}

func (w *slide) fixed(axis int) int {
	sig := w.Session.Signature()
	return [2]int{sig.Height, sig.Width}[axis]
}

func grown(x []float32, n int) []float32 {
	if cap(x) < n {
		if n > large {
			debug.FreeOSMemory() // what decoding the picture left behind
		}
		return make([]float32, n)
	}
	return x[:n]
}

// large is a buffer of 256 MiB.
const large = 64 << 20

// spans lays windows of a size over an axis.
func spans(length, size, stride int, gaussian bool) []interval {
	profile := make([]float64, size)
	for i := range profile {
		if profile[i] = 1; gaussian {
			d := (float64(i) - float64(size-1)/2) / (spread * float64(size))
			profile[i] = math.Exp(-d * d / 2)
		}
	}
	total := make([]float64, length)
	count := (max(length-size, 0)+stride-1)/stride + 1
	list := make([]interval, count)
	for k := range list {
		list[k].start = min(k*stride, length-size)
		for i, x := range profile {
			total[list[k].start+i] += x
		}
	}
	for k := range list {
		s := &list[k]
		s.shares = make([]float32, size)
		for i, x := range profile {
			s.shares[i] = float32(x / total[s.start+i])
		}
	}
	return list
}

// Run implements Runner: it runs every window and averages the logits.
func (r *slideRunner) Run(ctx context.Context) (Prediction, error) {
	p, err := r.begin(ctx, r.size[0])
	for err == nil && r.band.end < r.size[0] {
		err = r.nextRow(0)
	}
	p.Logits = r.band.sum
	return p, err
}

// Stream implements Streamer: a row of windows is run when its logits are asked for, and forgotten when they were read.
func (r *slideRunner) Stream(ctx context.Context) (Prediction, error) {
	p, err := r.begin(ctx, min(r.size[0], len(r.axes[0][0].shares)+spare))
	p.Rows = r
	return p, err
}

// spare is how many rows of a band may wait to be read, beside those of the windows at work, before it grows.
const spare = 4

// begin runs the first row of windows, with room for some rows of logits.
func (r *slideRunner) begin(ctx context.Context, rows int) (Prediction, error) {
	if r.size[0] == 0 {
		return Prediction{}, fault.Runtimef("running the model: no input was set")
	}
	r.ctx = ctx
	r.band.reset(rows, r.size[1])
	if err := r.nextRow(0); err != nil {
		return Prediction{}, err
	}
	return Prediction{Kind: KindLogits, Channels: r.band.planes, Height: r.size[0], Width: r.size[1]}, nil
}

// Need implements pass.Rows.
func (r *slideRunner) Need(first, last int) (pass.Part, error) {
	for last >= r.band.end {
		if err := r.nextRow(first); err != nil {
			return pass.Part{}, err
		}
	}
	return pass.Part{Data: r.band.sum, Top: r.band.top, End: r.band.end, Stride: r.band.rows}, nil
}

// nextRow runs the next row of windows. Logits before row first are needed no more.
func (r *slideRunner) nextRow(first int) error {
	k, list := r.band.next, r.axes[0]
	rows := list[k]
	r.band.move(min(first, rows.start), rows.start+len(rows.shares))
	for columns := range slices.Chunk(r.axes[1], r.slide.batch) {
		all, err := r.windows(r.ctx, rows, columns)
		if err != nil {
			return err
		}
		if err := r.band.fits(all.Channels); err != nil {
			return err
		}
		for i, c := range columns {
			r.band.add(r.sized(all.Image(i), rows, c), rows, c)
		}
	}
	r.band.next++
	if r.band.end = r.size[0]; r.band.next < len(list) {
		r.band.end = list[r.band.next].start
	}
	return nil
}

// windows runs the model on some windows of a row at once.
func (r *slideRunner) windows(ctx context.Context, rows interval, columns []interval) (Prediction, error) {
	height, width := len(rows.shares), len(columns[0].shares)
	if s, ok := r.inner.(Sized); ok && r.original[0] > 0 { // a window's own size before preprocessing
		s.Original(max(1, height*r.original[0]/r.size[0]), max(1, width*r.original[1]/r.size[1]))
	}
	dst, err := r.inner.Input([]int64{int64(len(columns)), int64(r.channels), int64(height), int64(width)})
	if err != nil {
		return Prediction{}, err
	}
	one := r.channels * height * width
	for i, c := range columns {
		r.fill(rows.start, c.start, height, width, dst[i*one:][:one])
	}
	p, err := r.inner.Run(ctx)
	if err == nil && p.images() != len(columns) {
		err = fault.Runtimef("%d windows went in, and the logits of %d came out", len(columns), p.images())
	}
	if err != nil && ctx.Err() == nil {
		err = fmt.Errorf("window at row %d, column %d: %w", rows.start, columns[0].start, err)
	}
	return p, err
}

// sized brings one window's logits to its size.
func (r *slideRunner) sized(p Prediction, rows, columns interval) Prediction {
	height, width := len(rows.shares), len(columns.shares)
	if p.Height == height && p.Width == width {
		return p
	}
	r.resized = grown(r.resized, p.Channels*height*width)
	r.upsampler.Resize(r.resized, pass.Scores{Data: p.Logits, Channels: p.Channels, Height: p.Height, Width: p.Width}, height, width)
	p.Logits, p.Height, p.Width = r.resized, height, width
	return p
}

// Original implements Sized.
func (r *slideRunner) Original(height, width int) { r.original = [2]int{height, width} }

// Close implements Runner.
func (r *slideRunner) Close() error {
	r.input, r.band, r.resized = nil, band{}, nil
	return r.inner.Close()
}
