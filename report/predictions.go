package report

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/raster"
)

// The folders of a run folder that hold stored predictions, each with a PNG an image under the image's name:
//
//   - predictions: the predicted class of each pixel at the label's size, in 8-bit grey, or 16-bit for more than 256
//     classes. Ignored pixels have a prediction, too.
//   - statistics/margins: the code of each pixel's margin in 8-bit grey (see docs/parity-of-models.md), where the model
//     gives scores.
//   - statistics/ignored: one bit a pixel, 1 where the truth is ignored; only of images that have such pixels.
var predictionFolders = []string{"predictions", filepath.Join("statistics", "margins"), filepath.Join("statistics", "ignored")}

// Predictions writes the label maps of a run. It may be used by several goroutines at once, for different images.
type Predictions struct {
	classes int
	out     string // the run folder
	staging string // a folder inside it, until the run is over
	buffers sync.Pool
}

func newPredictions(out string, classes int) *Predictions {
	return &Predictions{classes: classes, out: out, staging: filepath.Join(out, stagingName), buffers: sync.Pool{New: func() any { return new(bytes.Buffer) }}}
}

// Write stores an image's prediction and what belongs to it: which pixels the truth ignores, and the codes of the margins,
// nil where the model gives labels.
func (p *Predictions) Write(name string, predicted, truth *raster.Labels, margins []uint8) error {
	file := filepath.FromSlash(PredictionFile(name))
	err := p.save(filepath.Join(predictionFolders[0], file), labelImage(predicted, p.classes))
	if margins != nil {
		err = errors.Join(err, p.save(filepath.Join(predictionFolders[1], file), &image.Gray{Pix: margins, Stride: predicted.Width, Rect: image.Rect(0, 0, predicted.Width, predicted.Height)}))
	}
	if slices.Contains(truth.Class, raster.Ignored) {
		err = errors.Join(err, p.save(filepath.Join(predictionFolders[2], file), ignoredImage(truth)))
	}
	return err
}

func (p *Predictions) save(name string, img image.Image) error {
	b := p.buffers.Get().(*bytes.Buffer)
	defer p.buffers.Put(b)
	b.Reset()
	e := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := e.Encode(b, img); err != nil {
		return fault.Usagef("storing the prediction %s: %w", name, err)
	}
	return p.put(name, b.Bytes())
}

// unfinished is the ending of a file that is being written. No image's prediction ends so.
const unfinished = ".part"

// put writes a file that appears whole or not at all. Two images of one file are told by whichever comes later: its name is taken
// before it looks whether the other is done.
func (p *Predictions) put(name string, content []byte) error {
	target := filepath.Join(p.staging, name)
	if err := os.MkdirAll(filepath.Dir(target), 0o777); err != nil {
		return fault.Usagef("storing a prediction: %w", err)
	}
	f, err := os.OpenFile(target+unfinished, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err == nil && exists(target) {
		err = errors.Join(fs.ErrExist, f.Close(), os.Remove(target+unfinished))
	}
	if errors.Is(err, fs.ErrExist) {
		return fault.Usagef("storing predictions: two images would both be %s; give one of them another name, or leave report.predictions out", filepath.ToSlash(name))
	}
	if err != nil {
		return fault.Usagef("storing a prediction: %w", err)
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(target+unfinished, target)
	}
	if err != nil {
		return fault.Usagef("storing the prediction %s: %w; is the disk full?", name, err)
	}
	return nil
}

// labelImage is a label map as a grey picture.
func labelImage(l *raster.Labels, classes int) image.Image {
	size := image.Rect(0, 0, l.Width, l.Height)
	if classes <= 256 {
		img := image.NewGray(size)
		for i, c := range l.Class {
			img.Pix[i] = uint8(c)
		}
		return img
	}
	img := image.NewGray16(size)
	for i, c := range l.Class {
		img.Pix[2*i], img.Pix[2*i+1] = uint8(uint16(c)>>8), uint8(c)
	}
	return img
}

// ignoredImage is black and white: one bit a pixel.
func ignoredImage(l *raster.Labels) image.Image {
	img := image.NewPaletted(image.Rect(0, 0, l.Width, l.Height), color.Palette{color.Black, color.White})
	for i, c := range l.Class {
		if c == raster.Ignored {
			img.Pix[i] = 1
		}
	}
	return img
}

// pictures are the endings that a prediction's name loses.
var pictures = []string{".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp"}

// PredictionFile is the slash-separated path of an image's prediction: the image's own, with .png in place of a picture's
// ending. What could leave the folder, or cannot be a file's name everywhere, is written as %XX; an element of more than 200
// bytes is cut and ends in a part of its SHA-256.
func PredictionFile(name string) string {
	if ext := path.Ext(name); slices.Contains(pictures, strings.ToLower(ext)) {
		name = strings.TrimSuffix(name, ext)
	}
	elements := strings.Split(name, "/")
	for i, e := range elements {
		elements[i] = escapeElement(e)
	}
	return strings.Join(elements, "/") + ".png"
}

const longestElement = 200

func escapeElement(e string) string {
	if e == "" {
		return "%2F" // of an absolute path, or between two slashes
	}
	var b strings.Builder
	for i := 0; i < len(e); {
		r, size := utf8.DecodeRuneInString(e[i:])
		last := i+size == len(e)
		if r == utf8.RuneError && size == 1 || r < ' ' || r == 0x7f || strings.ContainsRune(`\:*?"<>|%`, r) || r == '.' && (i == 0 || last) || r == ' ' && last {
			fmt.Fprintf(&b, "%%%02X", e[i:i+size])
		} else {
			b.WriteString(e[i : i+size])
		}
		i += size
	}
	if b.Len() <= longestElement {
		return b.String()
	}
	cut := longestElement - 18
	for !utf8.RuneStart(b.String()[cut]) {
		cut--
	}
	return fmt.Sprintf("%s%%~%x", b.String()[:cut], sha256.Sum256([]byte(e)))[:cut+18]
}
