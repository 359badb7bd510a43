package model

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/segmetry/segmetry/internal/fault"
)

func TestReadONNX(t *testing.T) {
	f := conv(3, 2, -1).file(t)
	if f.IRVersion != 8 || f.Opset != 17 || f.Producer != "test" || f.ProducerVersion != "1.0" || f.GraphName != "graph" {
		t.Errorf("header: %+v", f)
	}
	if f.Metadata["author"] != "test" || f.Parameters != 6 || f.InitializerBytes != 24 || f.OperatorCount() != 1 {
		t.Errorf("metadata %v, parameters %d, bytes %d", f.Metadata, f.Parameters, f.InitializerBytes)
	}
	in := f.Inputs[0]
	if in.Name != "image" || in.Type != "float32" || !slices.Equal(in.Shape(), []int64{-1, 3, -1, -1}) || in.Dims[0].Symbol != "d" {
		t.Errorf("input %+v", in)
	}
}

func TestInitializersRepeatedAsInputs(t *testing.T) {
	s := conv(3, 2, 8)
	s.ir = 3
	s.inputs = append(s.inputs, valueInfo("w", 1, []int64{2, 3, 1, 1}))
	if f := s.file(t); len(f.Inputs) != 1 || f.Inputs[0].Name != "image" {
		t.Errorf("inputs %+v", f.Inputs)
	}
}

func TestReadONNXOfBadFiles(t *testing.T) {
	whole := conv(3, 2, 8).bytes()
	noOutput := conv(3, 2, 8)
	noOutput.outputs = nil
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"empty":      {nil, "empty"},
		"text":       {[]byte("not a model"), "is not an ONNX model"},
		"truncated":  {whole[:len(whole)/2], "cut short"},
		"zeros":      {make([]byte, 100), "is not an ONNX model"},
		"no graph":   {intField(1, 8), "no graph"},
		"no outputs": {noOutput.bytes(), "no outputs"},
		"png":        {[]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), "is not an ONNX model"},
	} {
		path := filepath.Join(t.TempDir(), "bad.onnx")
		if err := os.WriteFile(path, c.data, 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := ReadONNX(path)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "bad.onnx") || fault.KindOf(err) != fault.Runtime {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, path := range []string{filepath.Join(t.TempDir(), "absent.onnx"), t.TempDir()} {
		if _, err := ReadONNX(path); err == nil || fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestExternalData(t *testing.T) {
	for name, c := range map[string]struct{ location, want string }{
		"missing": {"weights.bin", "weights.bin"},
		"outside": {"../weights.bin", "outside its own folder"},
	} {
		s := conv(3, 2, 8)
		s.tensors = [][]byte{join(intField(1, 2), intField(1, 3), intField(1, 1), intField(1, 1), intField(2, 1), textField(8, "w"),
			bytesField(13, join(textField(1, "location"), textField(2, c.location))), intField(14, 1))}
		f := s.file(t)
		if f.Parameters != 6 {
			t.Errorf("%s: %d parameters", name, f.Parameters)
		}
		err := f.CheckExternalData()
		if err == nil || !strings.Contains(err.Error(), c.want) || fault.KindOf(err) != fault.Runtime {
			t.Errorf("%s: %v", name, err)
		}
	}
	f := conv(3, 2, 8).file(t)
	if err := f.CheckExternalData(); err != nil {
		t.Error(err)
	}
}

func TestSubgraphsAreCounted(t *testing.T) {
	body := join(bytesField(1, nodeOf("Relu", []string{"a"}, []string{"b"})), bytesField(5, floats("k", []int64{2}, 1, 2)))
	s := conv(3, 2, 8)
	s.nodes = append(s.nodes, nodeOf("If", []string{"c"}, []string{"d"}, bytesField(5, join(textField(1, "then_branch"), bytesField(6, body)))))
	f := s.file(t)
	if f.Subgraphs != 1 || f.Parameters != 8 || f.OperatorCount() != 3 {
		t.Errorf("subgraphs %d, parameters %d, operators %d", f.Subgraphs, f.Parameters, f.OperatorCount())
	}
	deep := body
	for range maxNesting + 1 {
		deep = bytesField(1, nodeOf("If", nil, nil, bytesField(5, bytesField(6, deep))))
	}
	s.nodes[1] = nodeOf("If", nil, nil, bytesField(5, bytesField(6, deep)))
	if _, err := DecodeONNX(bytes.NewReader(s.bytes()), int64(len(s.bytes()))); err == nil || !strings.Contains(err.Error(), "deep") {
		t.Errorf("nested too deep: %v", err)
	}
}

// TestMaterialFiles holds the reader against what the models' exporters print: parameters and opsets.
func TestMaterialFiles(t *testing.T) {
	for name, want := range map[string][2]int64{
		"nuclei/models/nuclei3_dyn_logits.onnx": {58095, 17}, "models/espnet_camvid_argmax.onnx": {358089, 11},
		"models/bodypix_mnv1_050_s16.onnx": {604964, 8}, "models/models__prisma_seg__prisma_nchw.onnx": {923057, 7},
	} {
		f, err := ReadONNX(material(t, name))
		if err != nil {
			t.Fatal(err)
		}
		if f.Parameters != want[0] || f.Opset != want[1] {
			t.Errorf("%s: %d parameters, opset %d, want %v", name, f.Parameters, f.Opset, want)
		}
	}
}

// material is a file of the reference material beside the checkout; the test skips where it is absent.
func material(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join("..", "..", "shared", "material", filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no reference material beside the checkout: %v", err)
	}
	return path
}

func FuzzReadONNX(f *testing.F) {
	f.Add(conv(3, 2, 8).bytes())
	f.Add(conv(1, 1, -1, nodeOf("Sigmoid", []string{"z"}, []string{"out"})).bytes())
	f.Add(conv(3, 4, 8, nodeOf("Transpose", []string{"z"}, []string{"out"}, intsAttr("perm", 0, 2, 3, 1))).bytes())
	f.Add(conv(3, 4, 8, nodeOf("Concat", []string{"z", "z", "out"}, []string{"out"})).bytes())
	f.Add(quantisedTail(conv(3, 2, 8, nodeOf("Sigmoid", []string{"z"}, []string{"y"})), "y", 0.5, 3).bytes())
	f.Add(sized("im_shape", "image_scale").bytes())
	f.Add(join(conv(3, 2, 8).bytes(), bytesField(7, bytesField(1, nodeOf("Squeeze", []string{"out"}, []string{"out"}, intsAttr("axes", 1))))))
	f.Add([]byte("not a model"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := DecodeONNX(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		sig, err := ReadSignature(file, DefaultOptions())
		if err == nil {
			i := describeFile(file)
			i.conclude(sig)
			i.sum(sig)
			_ = i.WriteConfig(&bytes.Buffer{})
		}
		_ = file.CheckExternalData()
	})
}
