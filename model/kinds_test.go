package model

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/segmetry/segmetry/internal/fault"
)

// The models here are made of one 1×1 convolution, z_o = (o+1)·Σ_i (i+1)·x_i, and what the test adds: every expected number
// is that closed form.

// ramp is the input of the tests: small numbers that differ in every element.
func ramp(i int) float32 { return float32(i%23)/8 - 1 }

// sumOf is Σ_i (i+1)·x_i at a pixel of a picture of c channels whose first element is number at.
func sumOf(at, c, plane, pixel int, x func(int) float32) float32 {
	sum := float32(0)
	for i := range c {
		sum += float32(i+1) * x(at+i*plane+pixel)
	}
	return sum
}

// checkScores holds logits of two channels against f of the closed form, within a tolerance.
func checkScores(t *testing.T, p Prediction, channels int, x func(int) float32, tolerance float64, f func(class int, z float32) float32) {
	t.Helper()
	plane := p.Height * p.Width
	for n := range p.images() {
		for c := range p.Channels {
			for i := range plane {
				want := f(c, float32(c+1)*sumOf(n*channels*plane, channels, plane, i, x))
				if got := p.Logits[(n*p.Channels+c)*plane+i]; math.Abs(float64(got-want)) > tolerance {
					t.Fatalf("picture %d, class %d, pixel %d: %v, want %v", n, c, i, got, want)
				}
			}
		}
	}
}

func same(_ int, z float32) float32 { return z }

// TestWithoutBatch: models without a batch axis, channels first and last, and one-channel outputs without a channel axis.
func TestWithoutBatch(t *testing.T) {
	front := integers("front", 7, []int64{1}, 0)
	chw := conv(3, 2, 8)
	chw.tensors = append(chw.tensors, front)
	chw.nodes = [][]byte{nodeOf("Unsqueeze", []string{"image", "front"}, []string{"x"}), nodeOf("Conv", []string{"x", "w"}, []string{"y"}), nodeOf("Squeeze", []string{"y", "front"}, []string{"out"})}
	chw.inputs, chw.outputs = [][]byte{valueInfo("image", 1, []int64{3, 8, 6})}, [][]byte{valueInfo("out", 1, []int64{2, 8, 6})}
	hwc := chw
	hwc.nodes = [][]byte{nodeOf("Transpose", []string{"image"}, []string{"t"}, intsAttr("perm", 2, 0, 1)), nodeOf("Unsqueeze", []string{"t", "front"}, []string{"x"}),
		nodeOf("Conv", []string{"x", "w"}, []string{"y"}), nodeOf("Squeeze", []string{"y", "front"}, []string{"s"}), nodeOf("Transpose", []string{"s"}, []string{"out"}, intsAttr("perm", 1, 2, 0))}
	hwc.inputs, hwc.outputs = [][]byte{valueInfo("image", 1, []int64{8, 6, 3})}, [][]byte{valueInfo("out", 1, []int64{8, 6, 2})}
	onlyIn := conv(3, 2, 8)
	onlyIn.tensors = chw.tensors
	onlyIn.nodes = [][]byte{nodeOf("Unsqueeze", []string{"image", "front"}, []string{"x"}), nodeOf("Conv", []string{"x", "w"}, []string{"out"})}
	onlyIn.inputs, onlyIn.outputs = chw.inputs, [][]byte{valueInfo("out", 1, []int64{1, 2, 8, 6})}
	squeezed := conv(3, 1, 8)
	squeezed.tensors = append(squeezed.tensors, integers("one", 7, []int64{1}, 1))
	squeezed.nodes = append(squeezed.nodes[:0:0], nodeOf("Conv", []string{"image", "w"}, []string{"y"}), nodeOf("Squeeze", []string{"y", "one"}, []string{"out"}))
	squeezed.inputs, squeezed.outputs = [][]byte{valueInfo("image", 1, []int64{-1, 3, 8, 6})}, [][]byte{valueInfo("out", 1, []int64{-1, 8, 6})}
	for name, c := range map[string]struct {
		spec        spec
		layout, out string
		classes     int
	}{"chw": {chw, CHW, CHW, 2}, "hwc": {hwc, HWC, HWC, 2}, "chw to nchw": {onlyIn, CHW, NCHW, 2}, "squeezed channel": {squeezed, NCHW, NHW, 1}} {
		t.Run(name, func(t *testing.T) {
			s, r := runnerOf(t, c.spec.save(t))
			sig := s.Signature()
			if sig.Layout != c.layout || sig.OutputLayout != c.out || sig.Kind != KindLogits || sig.Classes != c.classes || sig.Channels != 3 || sig.Height != 8 || sig.Width != 6 {
				t.Fatalf("%+v", sig)
			}
			for range 2 { // automatic and preallocated output
				p := predict(t, r, []int64{1, 3, 8, 6}, ramp)
				if p.Height != 8 || p.Width != 6 || p.Channels != c.classes {
					t.Fatalf("%d×%d×%d", p.Channels, p.Height, p.Width)
				}
				checkScores(t, p, 3, ramp, 1e-5, same)
			}
			if _, err := r.Input([]int64{2, 3, 8, 6}); (err == nil) != (name == "squeezed channel") {
				t.Errorf("two pictures: %v", err)
			}
		})
	}
}

// quantisedTail adds a QuantizeLinear to uint8 at the end.
func quantisedTail(s spec, from string, scale float32, zero int64) spec {
	s.nodes = append(s.nodes, nodeOf("QuantizeLinear", []string{from, "scale", "zero"}, []string{"out"}))
	s.tensors = append(s.tensors, floats("scale", nil, scale), integers("zero", 2, nil, zero))
	s.outputs = [][]byte{valueInfo("out", 2, []int64{-1, 2, 8, 8})}
	return s
}

// TestQuantisedOutputs: integer scores stand for scale·(element − zero point), read from the graph or given.
func TestQuantisedOutputs(t *testing.T) {
	const scale, zero = 0.25, 100
	quantised := func(_ int, z float32) float32 {
		q := math.RoundToEven(float64(z/scale)) + zero
		return float32(scale * (max(0, min(255, q)) - zero))
	}
	logits := quantisedTail(conv(3, 2, 8, nodeOf("Identity", []string{"z"}, []string{"y"})), "y", scale, zero)
	s, r := runnerOf(t, logits.save(t))
	if sig := s.Signature(); sig.Kind != KindLogits || sig.OutputQuantised != (Quantised{scale, zero}) || sig.Activation != Softmax {
		t.Fatalf("%+v", sig)
	}
	checkScores(t, predict(t, r, []int64{1, 3, 8, 8}, ramp), 3, ramp, 1e-6, quantised)

	_, r = runnerOf(t, logits.save(t), func(o *Options) { o.OutputScale, o.OutputZeroPoint = 2*scale, zero })
	checkScores(t, predict(t, r, []int64{1, 3, 8, 8}, ramp), 3, ramp, 1e-6, func(c int, z float32) float32 { return 2 * quantised(c, z) })

	sigmoid := quantisedTail(conv(3, 2, 8, nodeOf("Sigmoid", []string{"z"}, []string{"y"})), "y", 1.0/256, 0)
	s, r = runnerOf(t, sigmoid.save(t))
	if sig := s.Signature(); sig.Kind != KindProbabilities || sig.Activation != Sigmoid {
		t.Fatalf("%+v", sig)
	}
	checkScores(t, predict(t, r, []int64{1, 3, 8, 8}, ramp), 3, ramp, 1e-4, func(_ int, z float32) float32 {
		p := min(255, math.RoundToEven(256/(1+math.Exp(-float64(z))))) / 256
		return float32(logOf(p) - logOf(1-p))
	})

	plain := conv(3, 2, 8, nodeOf("Cast", []string{"z"}, []string{"out"}, intAttr("to", 2)))
	plain.outputs = logits.outputs
	o := DefaultOptions()
	o.Path, o.Kind = plain.save(t), KindLogits
	if _, err := Open(t.Context(), runtimeLibrary(t), o); err == nil || fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "model.output_scale") {
		t.Errorf("integer scores without a scale: %v", err)
	}
}

// TestQuantisedInput: an input that feeds a DequantizeLinear is given round(x/scale) + zero point.
func TestQuantisedInput(t *testing.T) {
	m := conv(3, 2, 8)
	m.nodes = [][]byte{nodeOf("DequantizeLinear", []string{"image", "scale", "zero"}, []string{"x"}), nodeOf("Conv", []string{"x", "w"}, []string{"out"})}
	m.tensors = append(m.tensors, floats("scale", nil, 0.125), integers("zero", 3, nil, -3))
	m.inputs = [][]byte{valueInfo("image", 3, []int64{-1, 3, 8, 8})}
	s, r := runnerOf(t, m.save(t))
	if sig := s.Signature(); sig.InputQuantised != (Quantised{0.125, -3}) || sig.IntegerInput || sig.Layout != NCHW {
		t.Fatalf("%+v", sig)
	}
	checkScores(t, predict(t, r, []int64{1, 3, 8, 8}, ramp), 3, ramp, 1e-5, same) // ramp's steps are eighths: nothing is lost

	m.tensors[1], m.tensors[2] = floats("scale", nil, 1), integers("zero", 3, nil, -128)
	if sig, err := ReadSignature(m.file(t), DefaultOptions()); err != nil || !sig.IntegerInput {
		t.Errorf("an input that reaches 255 takes pixels as they are: %+v, %v", sig, err)
	}
	o := DefaultOptions()
	o.InputScale = 2
	if _, err := ReadSignature(conv(3, 2, 8).file(t), o); err == nil || fault.KindOf(err) != fault.Usage {
		t.Errorf("a scale for a float input: %v", err)
	}
}

// sized is a model that adds size [1, 2] to its two classes and multiplies them by scale [1, 2].
func sized(size, scale string) spec {
	m := conv(3, 2, -1)
	m.tensors = append(m.tensors, integers("four", 7, []int64{4}, 1, 2, 1, 1))
	m.nodes = [][]byte{nodeOf("Conv", []string{"image", "w"}, []string{"y"}), nodeOf("Reshape", []string{size, "four"}, []string{"a"}), nodeOf("Reshape", []string{scale, "four"}, []string{"b"}),
		nodeOf("Add", []string{"y", "a"}, []string{"s"}), nodeOf("Mul", []string{"s", "b"}, []string{"out"})}
	m.inputs = append(m.inputs, valueInfo(size, 1, []int64{1, 2}), valueInfo(scale, 1, []int64{1, 2}))
	return m
}

// TestSizeInputs: size and scale inputs are filled by the names of PaddleDetection, or as the options say.
func TestSizeInputs(t *testing.T) {
	kind := func(o *Options) { o.Kind = KindLogits }
	for name, c := range map[string]struct {
		spec        spec
		options     map[string]Feed
		size, scale [2]float32
		sure        bool
	}{
		"by rule":      {sized("im_shape", "scale_factor"), nil, [2]float32{4, 6}, [2]float32{2, 0.5}, true},
		"original":     {sized("orig_size", "scale_factor"), nil, [2]float32{2, 12}, [2]float32{2, 0.5}, true},
		"name alone":   {sized("image_shape", "scale_factor"), nil, [2]float32{4, 6}, [2]float32{2, 0.5}, false},
		"by options":   {sized("a_thing", "b_thing"), map[string]Feed{"a_thing": {Word: FeedOriginalSize}, "b_thing": {Numbers: []float64{3, 5}}}, [2]float32{2, 12}, [2]float32{3, 5}, true},
		"one number":   {sized("im_shape", "b_thing"), map[string]Feed{"b_thing": {Numbers: []float64{7}}}, [2]float32{4, 6}, [2]float32{7, 7}, true},
		"options win":  {sized("im_shape", "scale_factor"), map[string]Feed{"im_shape": {Numbers: []float64{0}}}, [2]float32{}, [2]float32{2, 0.5}, true},
		"scale word":   {sized("im_shape", "b_thing"), map[string]Feed{"b_thing": {Word: FeedScale}}, [2]float32{4, 6}, [2]float32{2, 0.5}, true},
		"image's size": {sized("b_thing", "scale_factor"), map[string]Feed{"b_thing": {Word: FeedImageSize}}, [2]float32{4, 6}, [2]float32{2, 0.5}, true},
	} {
		t.Run(name, func(t *testing.T) {
			s, r := runnerOf(t, c.spec.save(t), kind, func(o *Options) { o.Inputs = c.options })
			sig := s.Signature()
			if sure := !slices.ContainsFunc(sig.Clues, func(c Clue) bool { return c.Doubt }); sure != c.sure {
				t.Errorf("sure is %v: %q", sure, sig.Evidence)
			}
			for _, times := range []int{1, 2} { // the same input again, of a picture of another size
				r.(Sized).Original(2*times, 12*times)
				size, scale := c.size, c.scale
				if times == 2 {
					for i := range 2 {
						if size[i] == [2]float32{2, 12}[i] {
							size[i] *= 2
						}
						if scale[i] == [2]float32{2, 0.5}[i] {
							scale[i] /= 2
						}
					}
				}
				p := predict(t, r, []int64{1, 3, 4, 6}, ramp)
				checkScores(t, p, 3, ramp, 1e-4, func(k int, z float32) float32 { return (z + size[k]) * scale[k] })
			}
		})
	}
	for want, inputs := range map[string]map[string]Feed{
		`did you mean "im_shape"?`: {"im_shap": {Word: FeedImageSize}},
		"is the image":             {"image": {Word: FeedImageSize}},
		"gives 3 numbers":          {"im_shape": {Numbers: []float64{1, 2, 3}}},
	} {
		o := DefaultOptions()
		o.Inputs = inputs
		if _, err := ReadSignature(sized("im_shape", "scale_factor").file(t), o); err == nil || fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v; want %q", inputs, err, want)
		}
	}
}

// TestScalarInput: an input without axes takes one number.
func TestScalarInput(t *testing.T) {
	m := conv(3, 2, 8, nodeOf("Mul", []string{"z", "gain"}, []string{"out"}))
	m.inputs = append(m.inputs, valueInfo("gain", 1, []int64{}))
	_, r := runnerOf(t, m.save(t), func(o *Options) { o.Kind = KindLogits; o.Inputs = map[string]Feed{"gain": {Numbers: []float64{3}}} })
	checkScores(t, predict(t, r, []int64{1, 3, 8, 8}, ramp), 3, ramp, 1e-5, func(_ int, z float32) float32 { return 3 * z })
}

// TestFloatLabels: an argmax that is cast to float32 is a label map.
func TestFloatLabels(t *testing.T) {
	m := conv(3, 2, 8, nodeOf("ArgMax", []string{"z"}, []string{"a"}, intAttr("axis", 1), intAttr("keepdims", 0)), nodeOf("Cast", []string{"a"}, []string{"out"}, intAttr("to", 1)))
	m.outputs = [][]byte{valueInfo("out", 1, []int64{-1, 8, 8})}
	s, r := runnerOf(t, m.save(t))
	if sig := s.Signature(); sig.Kind != KindLabels || sig.Classes != 2 {
		t.Fatalf("%+v", sig)
	}
	p := predict(t, r, []int64{2, 3, 8, 8}, ramp)
	if p.Images != 2 || p.Height != 8 || len(p.Labels) != 128 {
		t.Fatalf("%d pictures of %d rows, %d labels", p.Images, p.Height, len(p.Labels))
	}
	for i, label := range p.Labels {
		if want := sumOf(i/64*192, 3, 64, i%64, ramp) > 0; (label == 1) != want {
			t.Fatalf("pixel %d: %d", i, label)
		}
	}
}

// TestSeveralOutputs: names decide in doubt, and never between alike ones.
func TestSeveralOutputs(t *testing.T) {
	with := func(names ...string) spec {
		m := conv(3, 2, 8)
		m.nodes, m.outputs = nil, nil
		for _, n := range names {
			m.nodes = append(m.nodes, nodeOf("Conv", []string{"image", "w"}, []string{n}))
			m.outputs = append(m.outputs, valueInfo(n, 1, []int64{-1, 2, 8, 8}))
		}
		return m
	}
	for want, names := range map[string][]string{"out": {"out", "aux"}, "logits": {"features", "logits", "edges"}, "main_out": {"aux_1", "main_out", "aux_2"}, "": {"a", "b"}} {
		sig, err := ReadSignature(with(names...).file(t), DefaultOptions())
		if err != nil || sig.Output != want || sig.sure(aboutOutput) || !strings.Contains(strings.Join(sig.about(aboutOutput), ""), "model.output") {
			t.Errorf("%q: %q, %v: %q", names, sig.Output, err, sig.Evidence)
		}
	}
}

// TestSmallOutputs: outputs of a quarter and a sixteenth of the input, in half precision too, where the size must be found
// before the run.
func TestSmallOutputs(t *testing.T) {
	for _, stride := range []int64{4, 16} {
		for _, half := range []bool{false, true} {
			m := conv(3, 2, -1)
			m.nodes = [][]byte{nodeOf("Conv", []string{"image", "w"}, []string{"out"}, intsAttr("strides", stride, stride))}
			if half {
				m.nodes = [][]byte{nodeOf("Conv", []string{"image", "w"}, []string{"y"}, intsAttr("strides", stride, stride)), nodeOf("Cast", []string{"y"}, []string{"out"}, intAttr("to", 10))}
				m.outputs = [][]byte{valueInfo("out", 10, []int64{-1, 2, -1, -1})}
			}
			_, r := runnerOf(t, m.save(t))
			for range 2 {
				p := predict(t, r, []int64{1, 3, 64, 32}, func(i int) float32 { return float32(i / 2048) })
				if p.Height != int(64/stride) || p.Width != int(32/stride) || p.Logits[0] != 8 || p.Logits[len(p.Logits)-1] != 16 {
					t.Errorf("stride %d, half %v: %d×%d, %v", stride, half, p.Height, p.Width, p.Logits[0])
				}
			}
		}
	}
}

// TestBatches: several pictures in one run give what each gives alone, to the bit: where the batch axis is free, where it
// is fixed (and filled up), and for other types and layouts.
func TestBatches(t *testing.T) {
	last := func(batch int64) spec {
		m := conv(3, 2, 8)
		m.nodes = [][]byte{nodeOf("Cast", []string{"image"}, []string{"f"}, intAttr("to", 1)), nodeOf("Transpose", []string{"f"}, []string{"x"}, intsAttr("perm", 0, 3, 1, 2)),
			nodeOf("Conv", []string{"x", "w"}, []string{"y"}), nodeOf("Transpose", []string{"y"}, []string{"out"}, intsAttr("perm", 0, 2, 3, 1))}
		m.inputs, m.outputs = [][]byte{valueInfo("image", 2, []int64{batch, 8, 6, 3})}, [][]byte{valueInfo("out", 1, []int64{batch, 8, 6, 2})}
		return m
	}
	first := func(batch int64) spec {
		m := conv(3, 2, 8)
		m.inputs, m.outputs = [][]byte{valueInfo("image", 1, []int64{batch, 3, 8, 6})}, [][]byte{valueInfo("out", 1, []int64{batch, 2, 8, 6})}
		return m
	}
	x := func(i int) float32 { return float32((i*i + 3*i) % 200) }
	for name, m := range map[string]spec{"free": first(-1), "four": first(4), "free, uint8, last": last(-1), "four, uint8, last": last(4)} {
		t.Run(name, func(t *testing.T) {
			_, r := runnerOf(t, m.save(t))
			for _, n := range []int64{3, 4, 1, 2} {
				p := predict(t, r, []int64{n, 3, 8, 6}, x)
				if p.Images != int(n) || len(p.Logits) != int(n)*2*48 {
					t.Fatalf("%d pictures in, %d out, %d logits", n, p.Images, len(p.Logits))
				}
				all := slices.Clone(p.Logits)
				checkScores(t, p, 3, x, 1e-3, same)
				for i := range int(n) {
					one := predict(t, r, []int64{1, 3, 8, 6}, func(k int) float32 { return x(i*144 + k) })
					if !slices.Equal(one.Logits, all[i*96:][:96]) {
						t.Errorf("picture %d of %d differs from itself alone", i, n)
					}
				}
			}
			if _, err := r.Input([]int64{5, 3, 8, 6}); (err == nil) == strings.HasPrefix(name, "four") {
				t.Errorf("five pictures: %v", err)
			}
		})
	}
}
