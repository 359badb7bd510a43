package report

import (
	"bytes"
	"fmt"
	"html/template"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"

	"github.com/segmetry/segmetry/internal/raster"
	"github.com/segmetry/segmetry/internal/record"
)

// changeSide is the longer side of a picture of compare.html; maxPictures bounds what all of them take in the page, in bytes
// before base64.
const (
	changeSide  = 320
	maxPictures = 8 << 20
)

// The colours of what became of a pixel, which eyes that see few hues tell apart by their brightness (Okabe and Ito).
var changeColors = color.Palette{color.NRGBA{}, color.NRGBA{128, 128, 128, 255}, color.NRGBA{0, 0, 0, 170}, color.NRGBA{0, 0, 0, 90},
	color.NRGBA{213, 94, 0, 255}, color.NRGBA{86, 180, 233, 255}, color.NRGBA{240, 228, 66, 255}}

// What became of a pixel: places in changeColors.
const (
	seen       = iota
	striped    // of an ignored pixel
	stillRight // darkened
	stillWrong // the same wrong label
	lost       // right to wrong
	won        // wrong to right
	otherWrong // wrong either way, with another label
)

// DrawChange draws an image under two models: the picture, and in layers to lie over it the truth, both predictions and what
// changed. Labels are rasters of the truth's size; colors has a colour for every class.
func DrawChange(p *raster.Picture, truth *raster.Labels, base, next []uint16, colors [][3]uint8) (*record.ChangePictures, error) {
	scale := min(1, float64(changeSide)/float64(max(truth.Width, truth.Height)))
	w, h := max(1, int(float64(truth.Width)*scale)), max(1, int(float64(truth.Height)*scale))
	c := &record.ChangePictures{Width: w, Height: h}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, shrunk(p, w, h), &jpeg.Options{Quality: 85}); err != nil {
		return nil, fmt.Errorf("drawing a picture: %w", err)
	}
	c.Picture = bytes.Clone(b.Bytes())
	labels := color.Palette{color.NRGBA{}, color.NRGBA{128, 128, 128, 255}}
	for _, k := range colors[:min(len(colors), 254)] {
		labels = append(labels, color.NRGBA{k[0], k[1], k[2], 255})
	}
	class := func(label int) uint8 { return uint8(min(2+label, len(labels)-1)) }
	for _, layer := range []struct {
		dst    *[]byte
		colors color.Palette
		of     func(at int) uint8
	}{
		{&c.Truth, labels, func(at int) uint8 { return class(int(truth.Class[at])) }},
		{&c.Base, labels, func(at int) uint8 { return class(int(base[at])) }},
		{&c.New, labels, func(at int) uint8 { return class(int(next[at])) }},
		{&c.Change, changeColors, func(at int) uint8 { return became(uint16(truth.Class[at]), base[at], next[at]) }},
	} {
		img := image.NewPaletted(image.Rect(0, 0, w, h), layer.colors)
		for i := range img.Pix {
			x, y := i%w, i/w
			at := (2*y+1)*truth.Height/(2*h)*truth.Width + (2*x+1)*truth.Width/(2*w)
			switch {
			case truth.Class[at] != raster.Ignored:
				img.Pix[i] = layer.of(at)
			case (x+y)%8 < 4:
				img.Pix[i] = striped
			}
		}
		b.Reset()
		if err := png.Encode(&b, img); err != nil {
			return nil, fmt.Errorf("drawing a picture: %w", err)
		}
		*layer.dst = bytes.Clone(b.Bytes())
	}
	return c, nil
}

// became says what became of a pixel.
func became(truth, base, next uint16) uint8 {
	switch {
	case base == next && next == truth:
		return stillRight
	case base == next:
		return stillWrong
	case base == truth:
		return lost
	case next == truth:
		return won
	}
	return otherWrong
}

// shrunk is a picture of w×h pixels, each the mean of up to four by four of those that it stands for.
func shrunk(p *raster.Picture, w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	const steps = 4
	for y := range h {
		for x := range w {
			var sum [3]int
			for k := range steps * steps {
				row := (y*steps + k/steps) * p.Height / (h * steps)
				column := (x*steps + k%steps) * p.Width / (w * steps)
				for i, v := range p.Pix[3*(row*p.Width+column):][:3] {
					sum[i] += int(v)
				}
			}
			const n = steps * steps
			img.SetRGBA(x, y, color.RGBA{uint8((sum[0] + n/2) / n), uint8((sum[1] + n/2) / n), uint8((sum[2] + n/2) / n), 255})
		}
	}
	return img
}

// compareShot is a changed image as the page shows it.
type compareShot struct {
	compareImage
	Width, Height int
	Background    template.CSS // the picture, under every layer
	Layers        []shotLayer
}

// shots are the images that have pictures, as many as the page has room for, and how many were left out.
func shots(list []record.ImageChange, rows []compareImage, room *int) (shown []compareShot, left int) {
	for i, change := range list {
		c := change.Pictures
		if c == nil {
			continue
		}
		size := len(c.Picture) + len(c.Truth) + len(c.Base) + len(c.New) + len(c.Change)
		if size > *room {
			left++
			continue
		}
		*room -= size
		s := compareShot{compareImage: rows[i], Width: c.Width, Height: c.Height,
			Background: template.CSS("--picture:url(" + string(dataURI("image/jpeg", c.Picture)) + ")")} //nolint:gosec // base64 only
		for _, l := range []struct {
			key, name string
			png       []byte
		}{{"truth", "truth", c.Truth}, {"base", "base", c.Base}, {"new", "new", c.New}, {"change", "difference", c.Change}} {
			s.Layers = append(s.Layers, shotLayer{l.key, l.name, dataURI("image/png", l.png)})
		}
		shown = append(shown, s)
	}
	return shown, left
}
