package model

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"maps"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// preluOf is a model of one PRelu with a slope a channel.
func preluOf(slopes ...float32) spec {
	ch := int64(len(slopes))
	return spec{
		nodes:   [][]byte{nodeOf("PRelu", []string{"image", "slope"}, []string{"out"})},
		tensors: [][]byte{floats("slope", []int64{ch, 1, 1}, slopes...)},
		inputs:  [][]byte{valueInfo("image", 1, []int64{-1, ch, -1, -1})},
		outputs: [][]byte{valueInfo("out", 1, []int64{-1, ch, -1, -1})},
	}
}

// rewrittenFile is the model rewritten; nil where it stays as it is.
func rewrittenFile(t *testing.T, s spec) (*File, map[string]int) {
	t.Helper()
	text, count, err := rewriteONNX(bytes.NewReader(s.bytes()), int64(len(s.bytes())))
	if err != nil {
		t.Fatal(err)
	}
	if text == nil {
		return nil, count
	}
	f, err := DecodeONNX(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	return f, count
}

// TestRewrittenOperators: which operators stand in PRelu's place, and when it stays.
func TestRewrittenOperators(t *testing.T) {
	opset7, fromConstant, outside := preluOf(.25), preluOf(.25), preluOf(.25)
	opset7.opset = 7
	fromConstant.nodes = append([][]byte{nodeOf("Identity", []string{"slope"}, []string{"copied"})}, nodeOf("PRelu", []string{"image", "copied"}, []string{"out"}))
	outside.tensors = append(outside.tensors, join(intField(2, 1), textField(8, "w"), bytesField(13, join(textField(1, "location"), textField(2, "w.bin"))), intField(14, 1)))
	sparse, taken, twofold := preluOf(.25), preluOf(.25), preluOf(.25)
	sparse.sparse = [][]byte{bytesField(1, floats("other", []int64{1}, 1))}
	taken.tensors = append(taken.tensors, floats(madeNames+"1", nil, 1))
	twofold.tensors[0] = join(twofold.tensors[0], bytesField(9, make([]byte, 4)))
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	for name, c := range map[string]struct {
		spec spec
		want []string
	}{
		"at most 1":              {preluOf(.25, 1, -3), []string{"Mul", "Max"}},
		"above 1":                {preluOf(.25, 1.5), []string{"Min", "Mul", "Relu", "Add"}},
		"0":                      {preluOf(0), []string{"Min", "Mul", "Relu", "Add"}},
		"infinite":               {preluOf(.25, inf), nil},
		"NaN":                    {preluOf(nan), nil},
		"before Max broadcasts":  {opset7, nil},
		"computed slopes":        {fromConstant, nil},
		"weights in other files": {outside, nil},
		"sparse weights":         {sparse, nil},
		"a name such as ours":    {taken, nil},
		"too many raw_data":      {twofold, nil},
		"no such operator":       {conv(3, 2, 8), nil},
	} {
		f, count := rewrittenFile(t, c.spec)
		if c.want == nil {
			if f != nil || len(count) != 0 {
				t.Errorf("%s: was rewritten: %v", name, count)
			}
			continue
		}
		var ops []string
		for _, n := range f.Nodes {
			ops = append(ops, n.Op)
		}
		if !slices.Equal(ops, c.want) || !maps.Equal(count, map[string]int{"PRelu": 1}) {
			t.Errorf("%s: %v (%v), want %v", name, ops, count, c.want)
		}
	}
}

// TestUnnamedOperators: operators without names, or with the same, are rewritten each, and ONNX Runtime takes them.
func TestUnnamedOperators(t *testing.T) {
	s := preluOf(.25, 2)
	s.nodes = [][]byte{nodeOf("PRelu", []string{"image", "slope"}, []string{"p"}), nodeOf("PRelu", []string{"p", "slope"}, []string{"out"})}
	session, r := runnerOf(t, s.save(t), func(o *Options) { o.Layout, o.Kind = NCHW, KindLogits })
	if n := session.(Rewritten).Rewritten(); n["PRelu"] != 2 {
		t.Errorf("rewritten: %v", n)
	}
	p := predict(t, r, []int64{1, 2, 2, 2}, func(i int) float32 { return float32(i) - 4 })
	if want := []float32{-.25, -.1875, -.125, -.0625, 0, 1, 2, 3}; !slices.Equal(p.Logits, want) { // x/16 where x < 0; x above
		t.Errorf("%v, want %v", p.Logits, want)
	}
}

// TestRestIsCopied: all of the file but the operators that are replaced is as it was.
func TestRestIsCopied(t *testing.T) {
	s := conv(3, 2, -1, nodeOf("PRelu", []string{"z", "slope"}, []string{"p"}), nodeOf("Sigmoid", []string{"p"}, []string{"out"}))
	s.tensors = append(s.tensors, floats("slope", []int64{2, 1, 1}, 2, .5))
	before := s.file(t)
	after, _ := rewrittenFile(t, s)
	if after.Parameters != before.Parameters+1 || len(after.Nodes) != len(before.Nodes)+3 { // the scalar 0, and four for one
		t.Errorf("%d parameters, %d nodes; were %d, %d", after.Parameters, len(after.Nodes), before.Parameters, len(before.Nodes))
	}
	if after.Producer != before.Producer || after.Opset != before.Opset || !maps.Equal(after.Metadata, before.Metadata) || after.Inputs[0].Name != "image" || after.Outputs[0].Name != "out" {
		t.Errorf("%+v", after)
	}
}

// sameNumber says whether two results are one number: NaN equals NaN, and 0 equals −0.
func sameNumber(a, b float32) bool { return a == b || a != a && b != b }

// TestRewrittenNumbers runs PRelu as the file has it and rewritten, over numbers of every kind. Both are ONNX Runtime's:
// tolerance none.
func TestRewrittenNumbers(t *testing.T) {
	slopes := []float32{.25, 1, -.7, -3, 1e-30, -1e-45, math.SmallestNonzeroFloat32, .99999994}
	for name, list := range map[string][]float32{"max": slopes, "add": append([]float32{0, 1.5, 3e38, -3e38}, slopes...)} {
		path := preluOf(list...).save(t)
		asIs, plain := runnerOf(t, path, func(o *Options) { o.Layout, o.Kind, o.Rewrite = NCHW, KindLogits, false })
		other, fast := runnerOf(t, path, func(o *Options) { o.Layout, o.Kind = NCHW, KindLogits })
		if n := asIs.(Rewritten).Rewritten(); n != nil {
			t.Fatalf("rewritten without being asked: %v", n)
		}
		if n := other.(Rewritten).Rewritten(); n["PRelu"] != 1 {
			t.Fatalf("rewritten: %v", n)
		}
		r := rand.New(rand.NewPCG(1, 2))
		value := func(i int) float32 {
			switch special := []float32{0, float32(math.Copysign(0, -1)), float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN()), 1e-45, -1e-45, 3.4e38, -3.4e38}; {
			case i%64 < len(special):
				return special[i%64]
			case i%2 == 0:
				return math.Float32frombits(r.Uint32()) // of every magnitude
			}
			return float32(r.NormFloat64())
		}
		shape := []int64{1, int64(len(list)), 37, 41}
		values := make([]float32, product(shape))
		for i := range values {
			values[i] = value(i)
		}
		want := slices.Clone(predict(t, plain, shape, func(i int) float32 { return values[i] }).Logits)
		got := predict(t, fast, shape, func(i int) float32 { return values[i] }).Logits
		wrong := 0
		for i := range want {
			if !sameNumber(got[i], want[i]) {
				if wrong++; wrong < 5 {
					t.Errorf("%s: slope %g of %g: %g, ONNX Runtime's PRelu gives %g", name, list[i/(37*41)], values[i], got[i], want[i])
				}
			}
		}
	}
}

// TestRewrittenMaterial runs every real model that has such operators both ways.
func TestRewrittenMaterial(t *testing.T) {
	root := filepath.Dir(material(t, "README.md"))
	models := 0
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".onnx" {
			return err
		}
		text, count, err := rewritten(path)
		if err != nil || text == nil {
			return err
		}
		o := DefaultOptions()
		o.Path, o.Device, o.Rewrite = path, "cpu", false
		s, err := Open(context.Background(), runtimeLibrary(t), o)
		if err != nil {
			return err
		}
		asIs, err := s.NewRunner()
		if err != nil {
			return err
		}
		defer func() { _ = errors.Join(asIs.Close(), s.Close()) }()
		other, fast := runnerOf(t, path)
		if n := other.(Rewritten).Rewritten(); !maps.Equal(n, count) {
			t.Errorf("%s: %v is rewritten, want %v", filepath.Base(path), n, count)
		}
		shape := s.Signature().warmUpShape()
		values := rand.New(rand.NewPCG(3, 4))
		in := make([]float32, product(shape))
		for i := range in {
			in[i] = float32(values.NormFloat64())
		}
		want := predict(t, asIs, shape, func(i int) float32 { return in[i] })
		got := predict(t, fast, shape, func(i int) float32 { return in[i] })
		if !slices.EqualFunc(got.Logits, want.Logits, sameNumber) || !slices.Equal(got.Labels, want.Labels) {
			t.Errorf("%s: other numbers rewritten", filepath.Base(path))
		}
		models++
		return nil
	})
	if err != nil || models < 8 {
		t.Errorf("%d models rewritten: %v", models, err)
	}
}

// FuzzRewrite: whatever can be read can be rewritten, and read again.
func FuzzRewrite(f *testing.F) {
	f.Add(preluOf(.25, -1).bytes())
	f.Add(preluOf(0, 2).bytes())
	twice := conv(3, 2, 8, nodeOf("PRelu", []string{"z", "slope"}, []string{"p"}), nodeOf("PRelu", []string{"p", "slope"}, []string{"out"}))
	twice.tensors = append(twice.tensors, floats("slope", []int64{2, 1, 1}, 2, .5))
	f.Add(twice.bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		text, count, err := rewriteONNX(bytes.NewReader(data), int64(len(data)))
		if err != nil || text == nil {
			return
		}
		before, err := DecodeONNX(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		after, err := DecodeONNX(bytes.NewReader(text), int64(len(text)))
		if err != nil {
			t.Fatalf("the rewritten file cannot be read: %v", err)
		}
		if n := len(after.Nodes) - len(before.Nodes); n < count["PRelu"] || n > 3*count["PRelu"] {
			t.Errorf("%d nodes more for %v", n, count)
		}
		made := map[string]bool{}
		for _, node := range after.Nodes {
			if strings.HasPrefix(node.Name, madeNames) {
				if made[node.Name] {
					t.Errorf("two nodes are called %q", node.Name)
				}
				made[node.Name] = true
			}
		}
	})
}
