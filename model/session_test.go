package model

import (
	"context"
	"errors"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/record"
)

// runtimeLibrary finds the library as a user's first run does: nothing is installed by hand.
func runtimeLibrary(t testing.TB) Library {
	t.Helper()
	if runtimeOnce.lib.Path == "" {
		runtimeOnce.Do(func() {
			runtimeOnce.lib, runtimeOnce.err = FindLibrary(context.Background(), LibraryOptions{Path: os.Getenv(runtimeVariable), Announce: os.Stderr})
		})
	}
	if runtimeOnce.err != nil {
		t.Skipf("no ONNX Runtime: %v", runtimeOnce.err)
	}
	return runtimeOnce.lib
}

var runtimeOnce struct {
	sync.Once
	lib Library
	err error
}

// runnerOf opens a model on the CPU and makes a runner of it.
func runnerOf(t testing.TB, path string, change ...func(*Options)) (Session, Runner) {
	t.Helper()
	o := DefaultOptions()
	o.Path, o.Device = path, "cpu"
	for _, c := range change {
		c(&o)
	}
	s, err := Open(context.Background(), runtimeLibrary(t), o)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.NewRunner()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(r.Close(), s.Close()); err != nil {
			t.Error(err)
		}
	})
	return s, r
}

// predict fills the input with v(i) and runs.
func predict(t testing.TB, r Runner, shape []int64, v func(i int) float32) Prediction {
	t.Helper()
	in, err := r.Input(shape)
	if err != nil {
		t.Fatal(err)
	}
	for i := range in {
		in[i] = v(i)
	}
	p, err := r.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestLogitsOfManySizes runs one dynamic model on changing sizes: learned, guessed and repeated shapes must agree with the
// closed form z_o = (o+1)·Σ_i (i+1)·x_i.
func TestLogitsOfManySizes(t *testing.T) {
	s, r := runnerOf(t, conv(3, 2, -1).save(t))
	for round, size := range [][2]int64{{4, 4}, {4, 4}, {5, 7}, {4, 4}, {9, 3}, {1, 1}} {
		n := int(size[0] * size[1])
		x := func(i int) float32 { return float32(i%n) + float32(round) }
		p := predict(t, r, []int64{1, 3, size[0], size[1]}, x)
		if p.Kind != KindLogits || p.Channels != 2 || p.Height != int(size[0]) || p.Width != int(size[1]) || len(p.Logits) != 2*n {
			t.Fatalf("round %d: %+v", round, p)
		}
		for i := range n {
			if want := 6 * x(i); p.Logits[i] != want || p.Logits[n+i] != 2*want {
				t.Fatalf("round %d, pixel %d: %v and %v, want %v and %v", round, i, p.Logits[i], p.Logits[n+i], want, 2*want)
			}
		}
	}
	if got := s.Placement(); got.Source != "profile" || got.TimeShare[cpuProvider] != 1 || got.Nodes[cpuProvider] != len(got.Node) ||
		!slices.ContainsFunc(got.Node, func(n record.Node) bool { return n.Operator == "Conv" }) {
		t.Errorf("placement %+v", got)
	}
}

// TestStrideIsLearned runs a model whose output is half its input's size: a guess of equal sizes would be refused.
func TestStrideIsLearned(t *testing.T) {
	spec := conv(1, 2, -1)
	spec.nodes = [][]byte{nodeOf("Conv", []string{"image", "w"}, []string{"out"}, intsAttr("strides", 2, 2))}
	_, r := runnerOf(t, spec.save(t))
	for _, size := range []int64{1, 2, 8, 8, 10} {
		p := predict(t, r, []int64{1, 1, size, size}, func(int) float32 { return 3 })
		if p.Height != int(size+1)/2 || p.Logits[0] != 3 || p.Logits[len(p.Logits)-1] != 6 {
			t.Errorf("size %d: %+v", size, p)
		}
	}
}

// TestProbabilities holds the decoder against the logits that the probabilities came from, up to what softmax forgets.
func TestProbabilities(t *testing.T) {
	_, soft := runnerOf(t, conv(1, 3, 2, nodeOf("Softmax", []string{"z"}, []string{"out"}, intAttr("axis", 1))).save(t))
	for range 2 { // automatic and preallocated output
		p := predict(t, soft, []int64{1, 1, 2, 2}, func(i int) float32 { return float32(i) })
		for i := range 4 {
			x := float64(i) // logits x, 2x, 3x
			lse := math.Log(math.Exp(x) + math.Exp(2*x) + math.Exp(3*x))
			for c := range 3 {
				if got, want := float64(p.Logits[4*c+i]), float64(c+1)*x-lse; math.Abs(got-want) > 1e-5 {
					t.Errorf("softmax, pixel %d, class %d: %v, want %v", i, c, got, want)
				}
			}
		}
	}
	_, sig := runnerOf(t, conv(1, 1, 2, nodeOf("Sigmoid", []string{"z"}, []string{"out"})).save(t))
	p := predict(t, sig, []int64{1, 1, 2, 2}, func(i int) float32 { return []float32{0, -5, 5, -200}[i] })
	for i, want := range []float64{0, -5, 5, math.Log(smallestNormal)} {
		if math.Abs(float64(p.Logits[i])-want) > 1e-3 {
			t.Errorf("sigmoid, pixel %d: %v, want %v", i, p.Logits[i], want)
		}
	}
}

func TestNotANumberIsPassedOn(t *testing.T) {
	nan := float32(math.NaN())
	for _, op := range []string{"Sigmoid", "Identity"} {
		_, r := runnerOf(t, conv(1, 1, 2, nodeOf(op, []string{"z"}, []string{"out"})).save(t))
		p := predict(t, r, []int64{1, 1, 2, 2}, func(i int) float32 { return nan })
		if p.Logits[0] == p.Logits[0] {
			t.Errorf("%s: %v", op, p.Logits)
		}
	}
}

func TestInputShapes(t *testing.T) {
	_, r := runnerOf(t, conv(3, 2, 8).save(t))
	for name, shape := range map[string][]int64{
		"rank": {3, 8, 8}, "channels": {1, 4, 8, 8}, "size": {1, 3, 8, 9}, "zero": {1, 3, 0, 8}, "negative": {1, 3, -8, 8},
	} {
		if _, err := r.Input(shape); err == nil || !strings.Contains(err.Error(), `"image"`) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := r.Run(context.Background()); err == nil || !strings.Contains(err.Error(), "no input") {
		t.Errorf("no input: %v", err)
	}
	_, free := runnerOf(t, conv(3, 2, -1).save(t))
	if _, err := free.Input([]int64{1, 3, 60000, 60000}); err == nil || fault.KindOf(err) != fault.Data {
		t.Errorf("huge: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	external := conv(3, 2, 8)
	external.tensors = [][]byte{join(intField(1, 2), intField(1, 3), intField(1, 1), intField(1, 1), intField(2, 1), textField(8, "w"),
		bytesField(13, join(textField(1, "location"), textField(2, "weights.bin"))), intField(14, 1))}
	ints := conv(3, 2, 8)
	ints.inputs = [][]byte{valueInfo("image", 2, []int64{1, 3, 8, 8})}
	two := conv(3, 2, 8)
	two.inputs = append(two.inputs, valueInfo("depth", 1, []int64{1, 1}))
	none := conv(3, 2, 8)
	none.inputs = nil
	unknown := conv(3, 2, 8)
	unknown.nodes = [][]byte{nodeOf("NoSuchOperator", []string{"image", "w"}, []string{"out"})}
	text := t.TempDir() + "/text.onnx"
	if err := os.WriteFile(text, []byte("not a model"), 0o644); err != nil {
		t.Fatal(err)
	}
	keep := func(*Options) {}
	for name, c := range map[string]struct {
		path   string
		change func(*Options)
		kind   fault.Kind
		want   string
	}{
		"missing":           {"absent.onnx", keep, fault.Usage, "absent.onnx"},
		"text":              {text, keep, fault.Runtime, "text.onnx"},
		"external data":     {external.save(t), keep, fault.Runtime, "weights.bin"},
		"integer input":     {ints.save(t), keep, fault.Runtime, "uint8"},
		"two inputs":        {two.save(t), keep, fault.Usage, "model.inputs.depth"},
		"no input":          {none.save(t), keep, fault.Runtime, "no input"},
		"unknown operator":  {unknown.save(t), func(o *Options) { o.Kind = KindLogits; o.Layout = NCHW }, fault.Runtime, "NoSuchOperator"},
		"unknown kind":      {conv(3, 2, 8, nodeOf("Relu", []string{"z"}, []string{"out"})).save(t), keep, fault.Usage, "model.kind"},
		"no such output":    {conv(3, 2, 8).save(t), func(o *Options) { o.Output = "ouT" }, fault.Usage, `did you mean "out"?`},
		"no cuda":           {conv(3, 2, 8).save(t), func(o *Options) { o.Device = "cuda" }, fault.Runtime, "CUDA"},
		"no tensorrt":       {conv(3, 2, 8).save(t), func(o *Options) { o.Device = "tensorrt" }, fault.Runtime, "tensorrt"},
		"an invalid option": {conv(3, 2, 8).save(t), func(o *Options) { o.Kind = "x" }, fault.Usage, "model.kind"},
	} {
		t.Run(name, func(t *testing.T) {
			lib := runtimeLibrary(t)
			o := DefaultOptions()
			o.Path = c.path
			c.change(&o)
			s, err := Open(context.Background(), lib, o)
			if err == nil && strings.HasPrefix(name, "no ") && o.Device != "auto" {
				s.Close()
				t.Skip("this machine has a GPU")
			}
			if err == nil || fault.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.want) {
				t.Errorf("kind %v: %v", fault.KindOf(err), err)
			}
		})
	}
}

// TestFourChannels opens a model that wants four channels: its signature says so, and the dataset's reader refuses it.
func TestFourChannels(t *testing.T) {
	s, _ := runnerOf(t, conv(4, 2, 8).save(t))
	if got := s.Signature().Channels; got != 4 {
		t.Errorf("%d channels", got)
	}
}

func TestFallbackAndShapesFromTheRuntime(t *testing.T) {
	noShape := conv(3, 2, -1)
	noShape.outputs = [][]byte{valueInfo("out", 1, nil)}
	s, r := runnerOf(t, noShape.save(t), func(o *Options) { o.Device, o.AllowFallback = "cuda", true })
	if sig := s.Signature(); sig.Classes != 2 || sig.OutputLayout != NCHW {
		t.Errorf("%+v", sig)
	}
	if p := predict(t, r, []int64{1, 3, 4, 4}, func(int) float32 { return 1 }); p.Logits[0] != 6 {
		t.Errorf("%v", p.Logits[0])
	}
}

func TestARunThatFails(t *testing.T) {
	spec := conv(1, 2, -1)
	spec.nodes = append(spec.nodes[:0], nodeOf("Conv", []string{"image", "w"}, []string{"z"}), nodeOf("Conv", []string{"image", "w"}, []string{"y"}, intsAttr("strides", 2, 2)),
		nodeOf("Add", []string{"z", "y"}, []string{"out"}))
	_, r := runnerOf(t, spec.save(t))
	if _, err := r.Input([]int64{1, 1, 6, 6}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Run(context.Background()); err == nil || fault.KindOf(err) != fault.Runtime || !strings.Contains(err.Error(), "[1 1 6 6]") {
		t.Errorf("%v", err)
	}
}

// TestCancel ends runs by their context: before they start, and while they run; the next run is not touched.
func TestCancel(t *testing.T) {
	chain := conv(3, 8, -1, nodeOf("Relu", []string{"z"}, []string{name("r", 0)}))
	const layers = 300
	for i := range layers {
		to := "out"
		if i < layers-1 {
			to = name("r", i+1)
		}
		chain.nodes = append(chain.nodes, nodeOf("Conv", []string{name("r", i), "k"}, []string{to}))
	}
	chain.tensors = append(chain.tensors, floats("k", []int64{8, 8, 1, 1}, make([]float32, 64)...))
	_, r := runnerOf(t, chain.save(t))
	if _, err := r.Input([]int64{1, 3, 256, 256}); err != nil {
		t.Fatal(err)
	}
	done, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := r.Run(done); err != context.Canceled {
		t.Errorf("cancelled before: %v", err)
	}
	for range 2 { // learning and preallocated
		running, cancel := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		wg.Go(cancel)
		if _, err := r.Run(running); err != nil && err != context.Canceled {
			t.Errorf("cancelled during: %v", err)
		}
		wg.Wait()
		if _, err := r.Run(context.Background()); err != nil {
			t.Errorf("after: %v", err)
		}
	}
}

func name(prefix string, i int) string {
	return prefix + string(rune('a'+i/26)) + string(rune('a'+i%26))
}

// TestRunnersAtOnce runs four runners of one session at the same time on different inputs.
func TestRunnersAtOnce(t *testing.T) {
	s, _ := runnerOf(t, conv(3, 2, -1).save(t))
	var wg sync.WaitGroup
	for k := range 4 {
		r, err := s.NewRunner()
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			defer r.Close()
			for i := range 20 {
				size := int64(8 + (i+k)%5)
				in, err := r.Input([]int64{1, 3, size, size})
				if err != nil {
					t.Error(err)
					return
				}
				for j := range in {
					in[j] = float32(k)
				}
				p, err := r.Run(context.Background())
				if err != nil || p.Logits[0] != float32(6*k) || p.Logits[len(p.Logits)-1] != float32(12*k) {
					t.Errorf("runner %d: %v %v", k, p.Logits[0], err)
				}
			}
		})
	}
	wg.Wait()
}

func TestAnotherLibraryIsRefused(t *testing.T) {
	lib := runtimeLibrary(t)
	if err := startRuntime(lib); err != nil {
		t.Fatal(err)
	}
	if v := loadedVersion(); v != lib.Version {
		t.Errorf("loaded %q, found %q", v, lib.Version)
	}
	if err := startRuntime(Library{Path: "/elsewhere/lib.so"}); err == nil || !strings.Contains(err.Error(), "already loaded") {
		t.Errorf("%v", err)
	}
}

func TestProfileOfARun(t *testing.T) {
	s, _ := runnerOf(t, conv(3, 2, 8).save(t))
	if p := s.Placement(); p.Source != "profile" || p.Nodes[cpuProvider] < 1 { // of a fixed size, without a run
		t.Errorf("%+v", p)
	}
	dynamic, _ := runnerOf(t, conv(3, 2, -1).save(t))
	if p := dynamic.Placement(); p.Source != "assumed" || p.Why == "" || p.Nodes[cpuProvider] != 1 {
		t.Errorf("nothing was run: %+v", p)
	}
	if err := readProfile([]byte("[{"), nil); err == nil {
		t.Error("half a profile was read")
	}
	if _, err := readProfiles(t.TempDir()); err == nil {
		t.Error("an empty folder held a profile")
	}
}
