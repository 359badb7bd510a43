package model

import (
	"context"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/segmetry/segmetry/internal/fault"
)

// int64s is a TensorProto of int64 values.
func int64s(name string, values ...int64) []byte {
	var raw []byte
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(v)) //nolint:gosec // the bits
	}
	return join(intField(1, int64(len(values))), intField(2, 7), textField(8, name), bytesField(9, raw))
}

// fickle is a model of two classes that gives as many channels as its largest input value says, at most four.
func fickle() spec {
	s := conv(1, 4, -1)
	s.nodes = [][]byte{
		nodeOf("Conv", []string{"image", "w"}, []string{"z"}),
		nodeOf("ReduceMax", []string{"image"}, []string{"m"}, intAttr("keepdims", 1)),
		nodeOf("Cast", []string{"m"}, []string{"n"}, intAttr("to", 7)),
		nodeOf("Reshape", []string{"n", "one"}, []string{"end"}),
		nodeOf("Slice", []string{"z", "zero", "end", "one"}, []string{"out"}),
	}
	s.tensors = append(s.tensors, int64s("one", 1), int64s("zero", 0))
	s.outputs = [][]byte{valueInfo("out", 1, []int64{-1, 2, -1, -1})}
	return s
}

// TestShapesOtherThanPromised: an output of another number of classes than the file states is that image's error, with
// name and shapes; the images before and after it are not touched.
func TestShapesOtherThanPromised(t *testing.T) {
	_, r := runnerOf(t, fickle().save(t), func(o *Options) { o.Kind = KindLogits })
	for _, channels := range []int{2, 3, 2, 1, 2} {
		in, err := r.Input([]int64{1, 1, 4, 4})
		if err != nil {
			t.Fatal(err)
		}
		for i := range in {
			in[i] = float32(channels)
		}
		p, err := r.Run(context.Background())
		if channels == 2 {
			if err != nil || p.Channels != 2 || p.Logits[16] != 4 {
				t.Errorf("2 channels: %+v, %v", p, err)
			}
			continue
		}
		if err == nil || fault.KindOf(err) != fault.Runtime || !strings.Contains(err.Error(), `"out"`) || !strings.Contains(err.Error(), "[1 "+string(rune('0'+channels))+" 4 4]") || !strings.Contains(err.Error(), "2") {
			t.Errorf("%d channels: %v", channels, err)
		}
	}
}

// TestAFailingModel: a real model that loads and fails at run gives one clear error.
func TestAFailingModel(t *testing.T) {
	path := material(t, "models/bodypix_mnv1_050_s8.onnx")
	_, r := runnerOf(t, path, func(o *Options) { o.Output, o.Kind, o.Activation = "segments", KindLogits, Sigmoid })
	in, err := r.Input([]int64{1, 3, 256, 256})
	if err != nil {
		t.Fatal(err)
	}
	clear(in)
	for range 2 {
		_, err = r.Run(context.Background())
		if err == nil || fault.KindOf(err) != fault.Runtime || !strings.Contains(err.Error(), `"segments"`) || !strings.Contains(err.Error(), "[1 3 256 256]") {
			t.Errorf("%v", err)
		}
	}
}

// TestCancelInTheMiddle ends runs of a slow model on one thread a short while after they began: whole, in windows, and in
// several views. The model is real; a whole run of it takes 0.3 s and more here, the windows and views several seconds.
func TestCancelInTheMiddle(t *testing.T) {
	path := material(t, "models/espnetv2_s2.0_city_1024x512.onnx")
	open, _ := runnerOf(t, path, func(o *Options) { o.Threads = 1 })
	windows, err := Slide(open, SlideOptions{Stride: [2]int{256, 512}})
	if err != nil {
		t.Fatal(err)
	}
	views, err := Augment(open, AugmentOptions{Flip: []string{FlipNone, FlipHorizontal, FlipVertical}})
	if err != nil {
		t.Fatal(err)
	}
	both, err := Augment(windows, AugmentOptions{Flip: []string{FlipNone, FlipHorizontal}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		s     Session
		shape []int64
		stop  time.Duration
	}{
		{"whole", open, []int64{1, 3, 512, 1024}, 40 * time.Millisecond},
		{"windows", windows, []int64{1, 3, 1536, 2048}, 700 * time.Millisecond},
		{"views", views, []int64{1, 3, 512, 1024}, 400 * time.Millisecond},
		{"windows of views", both, []int64{1, 3, 1024, 2048}, 700 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := c.s.NewRunner()
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			in, err := r.Input(c.shape)
			if err != nil {
				t.Fatal(err)
			}
			clear(in)
			ctx, cancel := context.WithCancel(context.Background())
			var asked time.Time
			timer := time.AfterFunc(c.stop, func() { asked = time.Now(); cancel() })
			defer timer.Stop()
			_, err = r.Run(ctx)
			if !errors.Is(err, context.Canceled) {
				t.Fatalf("%v: it was not stopped while it ran", err)
			}
			if late := time.Since(asked); late > time.Second {
				t.Errorf("it ended %v after it was asked to", late)
			} else {
				t.Logf("it ended %v after it was asked to", late)
			}
		})
	}
}
