package slicing

func init() {
	Register(Definition{
		Name: "brightness", Doc: "By the image's mean luma, 0 (black) to 255 (white): quartiles in tenths, or as quantiles or bounds say.",
		Options: func() any { return &rangeOptions{} },
		New: func(options any, _ Data) (Slicing, error) {
			o := options.(*rangeOptions)
			return Slicing{"brightness", o.splitter(10, "", func(i *Image) float64 { return i.Brightness })}, o.check()
		},
	})
}
