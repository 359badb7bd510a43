package dataset

import (
	"bytes"
	"fmt"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/raster"
)

// Input is what the model's input asks for.
type Input struct {
	Channels      int
	Height, Width int  // 0 where any size goes
	Integer       bool // pixels go in as they are: the scale's default is 1 instead of 1/255
}

// Loader loads pictures and masks and fills input tensors. It owns its buffers: what it returns is valid until the next
// call of the same method, and it serves one goroutine at a time.
type Loader struct {
	options    Options
	preprocess Preprocess
	input      Input
	labels     *[65536]int16
	keys       maskColors
	scale      scaling
	order      []int // a channel of the tensor → channel of the picture
	resize     Resizer
	floats     PlaneResizer // nil where only bytes are resized
	source     []float32    // a channel of the picture
	values32   []float32    // the content as planes
	file       bytes.Buffer
	pictures   pictures
	picture    raster.Picture
	resized    raster.Picture
	gray       raster.Picture
	values     Values
	mask       raster.Labels
	imageSum   [32]byte
	maskSum    [32]byte
	// orientation is the last picture's, whether it was turned or not.
	orientation int
}

// NewLoader checks that the preprocessing and the model's input fit together.
func NewLoader(o Options, p Preprocess, in Input) (*Loader, error) {
	if in.Channels != 1 && in.Channels != 3 {
		return nil, fault.Usagef("the model's input needs %d channels: expected 3 (colour) or 1 (gray); such a model cannot be fed with pictures", in.Channels)
	}
	if p.Color == ColorGray && in.Channels == 3 {
		return nil, fault.Usagef("preprocess.color: gray gives one channel, the model's input has 3: expected rgb or bgr")
	}
	if err := p.Validate(); err != nil {
		return nil, err
	}
	if err := checkChannels("preprocess.mean", p.Mean, in.Channels); err != nil {
		return nil, err
	}
	if err := checkChannels("preprocess.std", p.Std, in.Channels); err != nil {
		return nil, err
	}
	l := &Loader{options: o, preprocess: p, input: in, labels: labelTable(o), keys: o.maskColors(), resize: resizers[p.Interpolation]()}
	l.pictures.jpeg.own.OpenCV = p.Convert == ConvertCV
	if err := l.pictures.jpeg.choose(p.Decode); err != nil {
		return nil, err
	}
	l.order = []int{0, 1, 2}[:in.Channels]
	if p.Color == ColorBGR && in.Channels == 3 {
		l.order = []int{2, 1, 0}
	}
	if planes := planeResizers[p.Interpolation]; planes != nil && nearestConventions[p.Interpolation] == nil {
		l.floats = planes()
	}
	l.prepareScaling()
	return l, l.checkSize()
}

// Sums returns the SHA-256 of the files that Image and Mask read last.
func (l *Loader) Sums() (image, mask [32]byte) { return l.imageSum, l.maskSum }

// Orientation is that of the picture which Image loaded last, whether it was turned or not; see [Orientation].
func (l *Loader) Orientation() int { return l.orientation }

// Image loads a picture's file as 8-bit RGB.
func (l *Loader) Image(path string) (*Picture, error) { return l.ImageOf(File(path)) }

// ImageOf loads a picture as 8-bit RGB.
func (l *Loader) ImageOf(ref Ref) (*Picture, error) {
	sum, err := ref.read(&l.file)
	if err != nil {
		return nil, err
	}
	if l.orientation, err = l.pictures.read(&l.picture, ref.Name, l.file.Bytes(), l.preprocess.Orientation == OrientationApply); err != nil {
		return nil, err
	}
	l.imageSum = sum
	return &l.picture, nil
}

// Mask loads a label image's file and maps its values to classes. Unless width and height are 0 it must be of that size.
func (l *Loader) Mask(path string, width, height int) (*Labels, error) {
	return l.MaskOf(File(path), width, height)
}

// MaskOf loads a truth as [Loader.Mask] does.
func (l *Loader) MaskOf(ref Ref, width, height int) (*Labels, error) {
	path := ref.Name
	if ref.drawing != nil {
		var err error
		if l.maskSum, err = ref.drawing.draw(path, &l.values, &l.file, width, height); err != nil {
			return nil, err
		}
		return l.labelled(path, width, height)
	}
	sum, err := ref.read(&l.file)
	if err != nil {
		return nil, err
	}
	l.maskSum = sum
	turn := l.preprocess.Orientation == OrientationApply
	if !turn || Orientation(l.file.Bytes()) == 1 {
		h, pix, ok, err := l.pictures.png.values(path, l.file.Bytes())
		if err == nil && ok {
			err = l.sameSize(path, h.Width, h.Height, width, height)
		}
		if err != nil {
			return nil, err
		}
		if ok {
			return &l.mask, toLabels(&l.mask, pix, h.Width, h.Height, l.labels, path, l.options.expected)
		}
	}
	if err := l.values.read(path, l.file.Bytes(), l.keys, turn); err != nil {
		return nil, err
	}
	return l.labelled(path, width, height)
}

// labelled maps the values of a mask that was read to classes.
func (l *Loader) labelled(path string, width, height int) (*raster.Labels, error) {
	if err := l.sameSize(path, l.values.Width, l.values.Height, width, height); err != nil {
		return nil, err
	}
	err := toLabels(&l.mask, l.values.Value, l.values.Width, l.values.Height, l.labels, path, l.options.expected)
	if len(l.values.Value) > keptPixels {
		l.values = Values{}
	}
	return &l.mask, err
}

// sameSize holds a mask's size against its image's, unless that is 0. A mask that would fit if the image were turned, or were
// not, is told so.
func (l *Loader) sameSize(path string, w, h, width, height int) error {
	if width == 0 && height == 0 || w == width && h == height {
		return nil
	}
	advice := ""
	if l.orientation >= 5 && w == height && h == width {
		advice = fmt.Sprintf("; the image's EXIF asks to turn it (orientation %d), and the mask fits it then: set preprocess.orientation: apply", l.orientation)
		if l.preprocess.Orientation == OrientationApply {
			advice = fmt.Sprintf("; the image was turned by its EXIF (orientation %d), and the mask fits it as it is stored: set preprocess.orientation: ignore", l.orientation)
		}
	}
	return fault.Dataf("%s is %d×%d pixels, its image %d×%d: masks must have their image's size%s", path, w, h, width, height, advice)
}

// keptPixels is the size of mask up to which the buffer of its raw values is kept for the next one: that of a picture of
// tens of megapixels is memory that the model's output needs more.
const keptPixels = 1 << 24
