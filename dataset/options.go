package dataset

import (
	"go.yaml.in/yaml/v3"

	"github.com/segmetry/segmetry/internal/bucket"
)

// Options is the `dataset:` section of a configuration. Paths are absolute or relative to the working directory: the
// configuration loader has resolved them. They may be URLs: file://, s3://, gs:// and azblob://.
type Options struct {
	Format string `yaml:"format"` // auto, or one of Formats
	// Path is the root of a dataset whose format knows what lies where, or its file or files.
	Path   string `yaml:"path,omitempty"`
	Images string `yaml:"images,omitempty"`
	Masks  string `yaml:"masks,omitempty"`
	// Split is a list file: a line an item, either one stem or two columns, image and mask. Where the dataset has parts it is
	// the name of one, such as val.
	Split string `yaml:"split,omitempty"`
	// ImageKey and MaskKey say which of several things in a dataset are the images and the truth: columns of a table,
	// extensions in a tar file, kinds of masks.
	ImageKey string `yaml:"image_key,omitempty"`
	MaskKey  string `yaml:"mask_key,omitempty"`
	// Overlapping says which of overlapping instances a pixel belongs to: OverlapLater or OverlapSmaller.
	Overlapping string     `yaml:"overlapping,omitempty"`
	Found       string     `yaml:"-"` // which format was found and why, where none was named
	Classes     []string   `yaml:"classes"`
	Palette     [][3]uint8 `yaml:"palette,omitempty"`
	IgnoreIndex *int       `yaml:"ignore_index,omitempty"`
	// IgnoreValues are more mask values that count nowhere, IgnoreColors colours of masks in colour.
	IgnoreValues []int      `yaml:"ignore_values,omitempty,flow"`
	IgnoreColors [][3]uint8 `yaml:"ignore_colors,omitempty,flow"`
	// InstanceDivisor turns maps of instances into classes: a mask value from it on is divided by it (Cityscapes: 1000).
	InstanceDivisor int `yaml:"instance_divisor,omitempty"`
	// ReduceZeroLabel sends mask value 0 to ignore and lowers every other value by one (mmsegmentation's option).
	ReduceZeroLabel bool     `yaml:"reduce_zero_label"`
	LabelMap        LabelMap `yaml:"label_map,omitempty"`
	// Regions are labels that may overlap, each the pixels of several mask values; their names are the classes.
	Regions Regions `yaml:"regions,omitempty"`
	// Bits says that bit c of a mask's value is label c, so that labels may overlap.
	Bits bool `yaml:"bits,omitempty"`
	// Filter is a glob on an item's name (path.Match on the whole slash-separated name, or on its last element).
	Filter string `yaml:"filter,omitempty"`
	// Metadata is a CSV file with a header, whose column image has the items' names.
	Metadata string `yaml:"metadata,omitempty"`
	// Unpaired lists the images alone, without a mask for each.
	Unpaired bool `yaml:"-"`
	// Limit stops the listing after so many items; 0 lists all.
	Limit int `yaml:"limit,omitempty"`
	// Bucket says how buckets are reached, Cache where what is read from them is kept, Network whether they may be asked.
	Bucket  bucket.Options `yaml:"bucket,omitempty"`
	Cache   Cache          `yaml:"cache,omitempty"`
	Network bucket.Network `yaml:"-"`
	buckets *bucket.Client `yaml:"-"` // made by Resolve where a path is a bucket's URL
}

// Preprocess is the `preprocess:` section of a configuration: what turns a picture into the model's input tensor.
type Preprocess struct {
	// Preset names a library whose preprocessing gives the keys that are not set; the configuration loader applies it.
	Preset        string    `yaml:"preset,omitempty"`
	Size          []int     `yaml:"size,omitempty,flow"` // [height, width]; absent: the model's fixed size, else the picture's own
	Fit           string    `yaml:"fit"`                 // stretch | short | long | rescale | letterbox | none
	Interpolation string    `yaml:"interpolation"`
	Orientation   string    `yaml:"orientation"` // ignore | apply
	Decode        string    `yaml:"decode"`      // auto | go | turbo: what decodes JPEG
	Convert       string    `yaml:"convert"`     // pil | cv: whose way to 8-bit RGB, for 16-bit grey and CMYK
	Pad           Pad       `yaml:"pad"`
	Crop          []int     `yaml:"crop,omitempty,flow"`  // [height, width] of the middle that is kept, after resizing
	MaxSize       int       `yaml:"max_size,omitempty"`   // fit short: the long side's limit (torchvision's max_size)
	Color         string    `yaml:"color"`                // rgb | bgr | gray
	Scale         *Ratio    `yaml:"scale,omitempty"`      // nil: 1/255 for float inputs, 1 for integer inputs
	Mean          []float64 `yaml:"mean,omitempty,flow"`  // one value a channel, or one for all; nil: 0
	Std           []float64 `yaml:"std,omitempty,flow"`   // likewise; nil: 1
	Normalize     string    `yaml:"normalize,omitempty"`  // fixed: mean and std; image: each picture's own, instead of them
	PostScale     float64   `yaml:"post_scale,omitempty"` // 0 means 1
}

// Pad is the border added at the right and at the bottom (letterbox: on all sides).
type Pad struct {
	Multiple int     `yaml:"multiple,omitempty"` // 0 or 1: none
	Mode     string  `yaml:"mode"`               // edge | constant | reflect | symmetric
	Value    Numbers `yaml:"value,omitempty,flow"`
}

// Numbers are one number a channel, or one for all, which may be written without brackets.
type Numbers []float64

// UnmarshalYAML reads a number or a list of numbers.
func (v *Numbers) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.ScalarNode {
		return n.Decode((*[]float64)(v))
	}
	var one float64
	if err := n.Decode(&one); err != nil {
		return err
	}
	*v = Numbers{one}
	return nil
}
