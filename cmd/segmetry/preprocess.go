package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/segmetry/segmetry/dataset"
	"github.com/segmetry/segmetry/internal/config"
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/npy"
)

// preprocessKeys are the flags of preprocess that are keys of the preprocess section; lists are comma-separated.
var preprocessKeys = []struct{ flag, help string }{
	{"preset", "torchvision, mmseg, timm, smp, nnunet or keras"},
	{"size", "`height,width`"}, {"fit", "stretch, short, long, rescale, letterbox or none"}, {"max-size", "the long side's limit with fit short"},
	{"crop", "`height,width` of the middle that is kept"}, {"pad-multiple", "number"}, {"pad-mode", "edge, constant, reflect or symmetric"}, {"pad-value", "one number a channel, or one"},
	{"normalize", "fixed or image"}, {"interpolation", "`mode`, such as pil_bilinear or cv_linear"},
	{"orientation", "ignore or apply (EXIF)"}, {"decode", "auto, go or turbo"}, {"convert", "pil or cv"}, {"color", "rgb, bgr or gray"}, {"scale", "number or ratio, such as 1/255"},
	{"mean", "one number a channel, or one"}, {"std", "one number a channel, or one"}, {"post-scale", "number"},
}

func (a *app) preprocessCommand() *cobra.Command {
	var out, dtype, layout string
	var mask bool
	c := &cobra.Command{
		Use: "preprocess IMAGE [CONFIG.yaml]", Short: "Write the very tensor that the model would see", Args: cobra.RangeArgs(1, 2),
		Long:    "Write a picture's input tensor as .npy (float32, C,H,W), to hold against training code. With --dtype uint8: the picture before scaling. With --mask: a label image, values kept, resized by a nearest convention. A .npy file of floats (C,H,W) is resized as torch resizes tensors. docs/preprocess.md lists the modes and presets.",
		Example: "  segmetry preprocess cell.png --size 384,384 --interpolation cv_linear --out tensor.npy\n  segmetry preprocess cell.png --preset torchvision --out tensor.npy\n  segmetry preprocess cell.png my.yaml --out tensor.npy",
	}
	for _, k := range preprocessKeys {
		c.Flags().String(k.flag, "", k.help+" ("+preprocessKey(k.flag)+")")
	}
	c.Flags().StringVar(&out, "out", "", "the .npy `FILE` that is written")
	c.Flags().StringVar(&dtype, "dtype", "float32", "float32, or uint8: the picture before scaling")
	c.Flags().StringVar(&layout, "layout", "nchw", "nchw (C,H,W) or nhwc (H,W,C)")
	c.Flags().BoolVar(&mask, "mask", false, "the file is a label image: keep its values")
	c.RunE = func(c *cobra.Command, args []string) error {
		switch {
		case out == "":
			return fault.Usagef("--out: name the .npy file to write")
		case dtype != "float32" && dtype != "uint8":
			return fault.Usagef("--dtype: expected float32 or uint8, found %q", dtype)
		case layout != "nchw" && layout != "nhwc":
			return fault.Usagef("--layout: expected nchw or nhwc, found %q", layout)
		}
		p, err := preprocessOptions(c, args[1:])
		if err != nil {
			return err
		}
		if mask {
			return preprocessMask(args[0], p, out)
		}
		if isPlanes(args[0]) {
			return preprocessPlanes(args[0], p, layout, out)
		}
		return preprocessImage(args[0], p, dtype, layout, out)
	}
	return c
}

// preprocessKey is the configuration key of a flag.
func preprocessKey(flag string) string {
	if key, pad := strings.CutPrefix(flag, "pad-"); pad {
		return "preprocess.pad." + key
	}
	return "preprocess." + strings.ReplaceAll(flag, "-", "_")
}

// preprocessOptions reads the preprocess section: a configuration's, under the flags'.
func preprocessOptions(c *cobra.Command, files []string) (dataset.Preprocess, error) {
	var overrides []config.Override
	for _, k := range preprocessKeys {
		if !c.Flags().Changed(k.flag) {
			continue
		}
		value, _ := c.Flags().GetString(k.flag) // defined above as a string
		if slices.Contains([]string{"size", "crop", "mean", "std", "pad-value"}, k.flag) {
			value = "[" + value + "]"
		}
		overrides = append(overrides, config.Override{Key: preprocessKey(k.flag), Value: value, Flag: "--" + k.flag})
	}
	return config.LoadPreprocess(strings.Join(files, ""), overrides)
}

func preprocessMask(path string, p dataset.Preprocess, out string) error {
	v, err := dataset.RawMask(path)
	if err != nil {
		return err
	}
	if p.Size != nil {
		if v, err = dataset.ResizeValues(v, p.Size[1], p.Size[0], p.Interpolation); err != nil {
			return err
		}
	}
	return npy.WriteUint16(out, []int{v.Height, v.Width}, v.Value)
}

func preprocessImage(path string, p dataset.Preprocess, dtype, layout, out string) error {
	channels := 3
	if p.Color == dataset.ColorGray {
		channels = 1
	}
	l, err := dataset.NewLoader(dataset.DefaultOptions(), p, dataset.Input{Channels: channels})
	if err != nil {
		return err
	}
	picture, err := l.Image(path)
	if err != nil {
		return err
	}
	g, err := l.Geometry(picture.Width, picture.Height)
	if err != nil {
		return err
	}
	shape := []int{channels, g.Height, g.Width}
	if layout == "nhwc" {
		shape = []int{g.Height, g.Width, channels}
	}
	if dtype == "uint8" {
		b := make([]uint8, channels*g.Height*g.Width)
		if err := l.Bytes(picture, g, b); err != nil {
			return err
		}
		return npy.WriteUint8(out, shape, arrange(b, channels, layout))
	}
	t := make([]float32, channels*g.Height*g.Width)
	if err := l.Tensor(picture, g, t); err != nil {
		return err
	}
	return npy.WriteFloat32(out, shape, arrange(t, channels, layout))
}

// arrange turns C,H,W into H,W,C where that is asked for.
func arrange[T any](chw []T, channels int, layout string) []T {
	if layout != "nhwc" {
		return chw
	}
	out, plane := make([]T, len(chw)), len(chw)/channels
	for i := range plane {
		for c := range channels {
			out[i*channels+c] = chw[c*plane+i]
		}
	}
	return out
}
