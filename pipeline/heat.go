package pipeline

import "image/color"

// Layers of loss and confidence are drawn in heatSteps colours, from dark, a loss of 0 and a confidence of 1, to bright: a
// loss of maxShownLoss and more (the true class has a probability of 1% or less), a confidence of a half and less.
const (
	heatSteps    = 64
	maxShownLoss = 4.60517 // −log 0.01
)

// viridis are five colours of matplotlib's map of that name (van der Walt and Smith, 2015), which rises in lightness evenly,
// for eyes that see no hues as well.
var viridis = [5][3]float64{{68, 1, 84}, {59, 82, 139}, {33, 145, 140}, {94, 201, 98}, {253, 231, 37}}

// newHeat is the palette of a layer of loss or confidence.
func newHeat() color.Palette {
	p := color.Palette{unseenColor, ignoredColor}
	for i := range heatSteps {
		x := float64(i*(len(viridis)-1)) / (heatSteps - 1)
		k := min(int(x), len(viridis)-2)
		var c [3]uint8
		for j := range c {
			c[j] = uint8(viridis[k][j] + (x-float64(k))*(viridis[k+1][j]-viridis[k][j]) + 0.5)
		}
		p = append(p, color.NRGBA{c[0], c[1], c[2], 255})
	}
	return p
}

// heat is the colour of a value from 0 to 1; of larger ones and NaN that of 1.
func heat(x float32) uint8 {
	if !(x < 1) {
		return firstColor + heatSteps - 1
	}
	return firstColor + uint8(max(0, x)*heatSteps)
}
