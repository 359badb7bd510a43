// Package palette gives classes their colours: the dataset's own, or colours that people with colour-blindness can tell
// apart.
package palette

// okabeIto is the palette of Okabe and Ito (2008), after a dark grey for class 0, which usually is the background.
var okabeIto = [][3]uint8{{60, 60, 68}, {230, 159, 0}, {86, 180, 233}, {0, 158, 115}, {240, 228, 66}, {0, 114, 178}, {213, 94, 0}, {204, 121, 167}}

// ClassColors returns a colour for each of n classes: the palette's where it is long enough, else Okabe and Ito's and,
// after them, the same ones lighter and darker.
func ClassColors(n int, palette [][3]uint8) [][3]uint8 {
	colors := make([][3]uint8, n)
	for i := range colors {
		if i < len(palette) {
			colors[i] = palette[i]
			continue
		}
		c := okabeIto[i%len(okabeIto)]
		for round := i / len(okabeIto); round > 0; round-- {
			for k := range c {
				if round%2 == 1 {
					c[k] = c[k]/2 + 110
				} else {
					c[k] = c[k] / 2
				}
			}
		}
		colors[i] = c
	}
	return colors
}

// LabelColors returns the colours of labels that may overlap: given, or the palette's. None of them stands for background.
func LabelColors(n int, given [][3]uint8) [][3]uint8 {
	if len(given) == n {
		return given
	}
	return ClassColors(n+1, nil)[1:]
}
