package slicing

func init() {
	Register(Definition{
		Name: "size", Doc: "By the image's pixels, width times height: quartiles, or as quantiles or bounds say.",
		Options: func() any { return &rangeOptions{} },
		New: func(options any, _ Data) (Slicing, error) {
			o := options.(*rangeOptions)
			return Slicing{"size", o.splitter(1, " px", func(i *Image) float64 { return float64(i.Pixels) })}, o.check()
		},
	})
}
