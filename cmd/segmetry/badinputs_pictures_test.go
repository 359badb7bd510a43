package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/segmetry/segmetry/dataset"
)

// pictureErrors are the files of testdata/bad/pictures, each the image of a dataset of one item with a good mask, and what is
// said of them beside their names.
var pictureErrors = map[string]string{
	"avif.jpg":                        "not a picture: it is an AVIF picture, which is not supported: convert it to PNG or JPEG",
	"bmp-0x0.bmp":                     "claims to be 0×0 pixels",
	"bmp-bomb.bmp":                    "claims to be 60000×60000 pixels",
	"bmp-claims-16384.bmp":            "claims to be 16384×16384 pixels",
	"bmp-cut.bmp":                     "claims to be 24×16 pixels",
	"bmp-negative-width.bmp":          "of a kind that is not supported (bmp: unsupported BMP image): save it anew, as PNG or uncompressed TIFF for example",
	"bmp-pixels-at-4-GiB.bmp":         "of a kind that is not supported (bmp: unsupported BMP image): save it anew, as PNG or uncompressed TIFF for example",
	"bmp-run-lengths.bmp":             "of a kind that is not supported (bmp: unsupported BMP image): save it anew, as PNG or uncompressed TIFF for example",
	"gif-0x0.gif":                     "claims to be 0×0 pixels",
	"gif-bomb.gif":                    "claims to be 65535×65535 pixels",
	"gif-claims-16384.gif":            "claims to be 16384×16384 pixels",
	"gif-cut-in-pixels.gif":           "the file is cut off: it ends in the middle of the picture",
	"gif-cut.gif":                     "the file is cut off: it ends in the middle of the picture",
	"gif-frame-outside.gif":           "the file is damaged: gif: frame bounds larger than image bounds",
	"gif-frame-smaller.gif":           "the file is cut off: it ends in the middle of the picture",
	"gif-no-frame.gif":                "the file is damaged: gif: missing image data",
	"gif-no-palette.gif":              "the file is damaged: gif: no color table",
	"git-lfs-pointer.png":             "not a picture: it is a pointer of Git LFS, not the file itself: fetch it with git lfs pull",
	"gzip.png":                        "not a picture: it is compressed by gzip: unpack it",
	"heic.jpg":                        "not a picture: it is a HEIC picture, which is not supported: convert it to PNG or JPEG",
	"jpeg-12-bit.jpg":                 "a JPEG of 12 bits a sample: not supported",
	"jpeg-arithmetic.jpg":             "a JPEG with arithmetic coding: not supported",
	"jpeg-bomb-by-size.jpg":           "the file is cut off: it ends in the middle of the picture",
	"jpeg-claims-16000.jpg":           "the file is cut off: it ends in the middle of the picture",
	"jpeg-cut-in-frame.jpg":           "the file is cut off: it ends in the middle of the picture",
	"jpeg-cut-in-header.jpg":          "the file is cut off: it ends in the middle of the picture",
	"jpeg-cut-in-pixels.jpg":          "the file is cut off: it ends in the middle of the picture",
	"jpeg-damaged-pixels.jpg":         "the JPEG file is damaged: a part of the picture ends too early",
	"jpeg-five-components.jpg":        "the JPEG file is damaged: its frame header has the wrong length",
	"jpeg-height-0.jpg":               "the JPEG file is damaged: it claims to be 24×0 pixels",
	"jpeg-hierarchical.jpg":           "a JPEG in layers (hierarchical): not supported",
	"jpeg-huffman-overfull.jpg":       "the JPEG file is damaged: a Huffman table is not whole",
	"jpeg-lossless.jpg":               "a JPEG without loss (lossless): not supported",
	"jpeg-no-frame.jpg":               "the JPEG file is damaged: it has no frame header",
	"jpeg-no-huffman-tables.jpg":      "the JPEG file is damaged: a scan uses a Huffman table that the file does not have",
	"jpeg-no-quantisation.jpg":        "the JPEG file is damaged: it has no quantisation table 0",
	"jpeg-no-scan.jpg":                "the JPEG file is damaged: it ends before every component had its scan",
	"jpeg-sampling-0.jpg":             "the JPEG file is damaged: its frame header has a sampling factor or a table number out of range",
	"jpeg-scan-of-a-stranger.jpg":     "the JPEG file is damaged: a scan names component 99, which the frame does not have",
	"jpeg-segment-of-length-0.jpg":    "the JPEG file is damaged: a segment at byte 22 claims to be 0 bytes long",
	"jpeg-two-frames.jpg":             "the JPEG file is damaged: it has two frame headers",
	"jpeg-width-0.jpg":                "the JPEG file is damaged: it claims to be 0×16 pixels",
	"jpeg-xl.jpg":                     "not a picture: it is a JPEG XL picture, which is not supported: convert it to PNG or JPEG",
	"jpeg2000.jpg":                    "not a picture: it is a JPEG 2000 picture, which is not supported: convert it to PNG or TIFF",
	"npy.png":                         "not a picture: it is an array of NumPy: save it as PNG, or score it with segmetry score",
	"pdf.png":                         "not a picture: it is a PDF document: save its pictures as PNG",
	"png-16-bit-cut.png":              "the file is damaged: png: invalid format: bad filter type",
	"png-beyond-palette.png":          "the file is damaged: a pixel has colour 115 of a palette of 2",
	"png-bomb-by-content.png":         "the file is damaged: the compressed pixels are damaged",
	"png-bomb-by-size.png":            "claims to be 60000×60000 pixels",
	"png-bomb-in-text.png":            "the file is damaged: no pixels stand in it",
	"png-chunk-of-4-GiB.png":          "the file is cut off: it ends in the middle of the picture",
	"png-claims-16384-16-bit.png":     "claims to be 16384×16384 pixels",
	"png-claims-16384-interlaced.png": "claims to be 16384×16384 pixels",
	"png-claims-16384.png":            "claims to be 16384×16384 pixels",
	"png-colour-type-5.png":           "of a kind that is not supported (png: unsupported feature: bit depth 8, color type 5): save it anew, as PNG or uncompressed TIFF for example",
	"png-cut-before-end.png":          "the file is cut off: it ends in the middle of the picture",
	"png-cut-in-header.png":           "the file is cut off: it ends in the middle of the picture",
	"png-cut-in-pixels.png":           "the file is cut off: it ends in the middle of the picture",
	"png-deflate-block-3.png":         "the file is damaged: the compressed pixels are damaged",
	"png-deflate-no-codes.png":        "the file is damaged: the compressed pixels are damaged",
	"png-deflate-stored-length.png":   "the file is damaged: the compressed pixels are damaged",
	"png-deflate-too-far-back.png":    "the file is damaged: the compressed pixels are damaged",
	"png-depth-3.png":                 "of a kind that is not supported (png: unsupported feature: bit depth 3, color type 0): save it anew, as PNG or uncompressed TIFF for example",
	"png-empty.png":                   "is empty: it has 0 bytes",
	"png-few-pixels.png":              "the file is cut off: it ends in the middle of the picture",
	"png-filter-9.png":                "the file is damaged: a row has filter 9: expected 0 to 4",
	"png-header-checksum.png":         "the file is damaged: chunk \"IHDR\" is damaged: its checksum is 834628c2, expected 004628c2",
	"png-height-0.png":                "the file is damaged: it claims to be 24×0 pixels: expected 1 or more a side",
	"png-interlaced-cut.png":          "the file is damaged: png: invalid format: bad filter type",
	"png-no-palette.png":              "the file is damaged: a picture by palette without a palette",
	"png-no-pixels.png":               "the file is damaged: no pixels stand in it",
	"png-palette-of-4-bytes.png":      "the file is damaged: a palette of 4 bytes: expected 3 to 768, three a colour",
	"png-pixels-checksum.png":         "the file is damaged: chunk \"IDAT\" is damaged: its checksum is 3e457b68, expected 93b8471c",
	"png-signature-alone.png":         "the file is cut off: it ends in the middle of the picture",
	"png-two-headers.png":             "the file is damaged: png: invalid format: chunk out of order",
	"png-width-0.png":                 "the file is damaged: it claims to be 0×16 pixels: expected 1 or more a side",
	"png-zlib-header.png":             "the file is damaged: the compressed pixels are damaged",
	"svg.png":                         "not a picture: it is an SVG drawing: render it to PNG",
	"text.png":                        "not a picture: it begins with \"This is \"",
	"tiff-big.tif":                    "not a picture: it is a BigTIFF, which is not supported: convert it to PNG, or to TIFF of 32-bit offsets",
	"tiff-bits-5.tif":                 "of a kind that is not supported (tiff: unsupported feature: BitsPerSample of 5): save it anew, as PNG or uncompressed TIFF for example",
	"tiff-bits-8-8-16.tif":            "the file is damaged: tiff: invalid format: wrong number of samples for 8bit RGB",
	"tiff-bomb-by-size.tif":           "claims to be 60000×60000 pixels",
	"tiff-bomb-by-strip.tif":          "the file is cut off: it ends in the middle of the picture",
	"tiff-claims-16384.tif":           "claims to be 16384×16384 pixels",
	"tiff-cmyk.tif":                   "of a kind that is not supported (tiff: unsupported feature: color model): save it anew, as PNG or uncompressed TIFF for example",
	"tiff-complex-samples.tif":        "of a kind that is not supported (tiff: unsupported feature: sample format): save it anew, as PNG or uncompressed TIFF for example",
	"tiff-compression-unknown.tif":    "of a kind that is not supported (tiff: unsupported feature: compression value 34925): save it anew, as PNG or uncompressed TIFF for example",
	"tiff-cut-in-directory.tif":       "the file is cut off: it ends in the middle of the picture",
	"tiff-cut-in-pixels.tif":          "the file is cut off: it ends in the middle of the picture",
	"tiff-deflate-damaged.tif":        "the file is cut off: it ends in the middle of the picture",
	"tiff-empty-directory.tif":        "the file is damaged: tiff: invalid format: zero-size image",
	"tiff-float-32.tif":               "of a kind that is not supported (tiff: unsupported feature: sample format): save it anew, as PNG or uncompressed TIFF for example",
	"tiff-jpeg-damaged.tif":           "of a kind that is not supported (tiff: unsupported feature: color model): save it anew, as PNG or uncompressed TIFF for example",
	"tiff-lzw-damaged.tif":            "the file is damaged: lzw: invalid code",
	"tiff-magic-43-alone.tif":         "not a picture: it is a BigTIFF, which is not supported: convert it to PNG, or to TIFF of 32-bit offsets",
	"tiff-no-directory.tif":           "the file is cut off: it ends in the middle of the picture",
	"tiff-no-samples.tif":             "the file is damaged: tiff: invalid format: wrong number of samples for RGB",
	"tiff-palette-missing.tif":        "the file is damaged: tiff: invalid format: invalid color index",
	"tiff-photometric-lab.tif":        "of a kind that is not supported (tiff: unsupported feature: color model): save it anew, as PNG or uncompressed TIFF for example",
	"tiff-planes.tif":                 "a TIFF whose colours lie in separate planes: not supported; save it with interleaved colours",
	"tiff-signed-16.tif":              "of a kind that is not supported (tiff: unsupported feature: sample format): save it anew, as PNG or uncompressed TIFF for example",
	"tiff-strip-outside.tif":          "the file is cut off: it ends in the middle of the picture",
	"tiff-strips-4-billion.tif":       "the file is damaged: tiff: invalid format: tile size is too small",
	"tiff-tiles-of-2-31.tif":          "the file is damaged: tiff: invalid format: tile size is too large",
	"tiff-unsigned-32.tif":            "of a kind that is not supported (tiff: unsupported feature: BitsPerSample of 32): save it anew, as PNG or uncompressed TIFF for example",
	"tiff-width-0.tif":                "the file is damaged: tiff: invalid format: zero-size image",
	"web-page.jpg":                    "not a picture: it is a web page",
	"webp-animation.webp":             "the file is damaged: webp: invalid format",
	"webp-bomb-lossless.webp":         "claims to be 16383×16383 pixels",
	"webp-cut-lossy.webp":             "the file is cut off: it ends in the middle of the picture",
	"webp-cut.webp":                   "the file is cut off: it ends in the middle of the picture",
	"webp-damaged-lossless.webp":      "the file is damaged: vp8l: invalid color cache parameters",
	"webp-empty.webp":                 "not a picture: it begins with \"RIFF\\x04\\x00\\x00\\x00\"",
}

// maskErrors are the files of testdata/bad/masks, each the mask of a good picture.
var maskErrors = map[string]string{
	"bomb.png":                  "the file is damaged: the compressed pixels are damaged",
	"claims-16384.png":          "claims to be 16384×16384 pixels",
	"cut.png":                   "the file is cut off: it ends in the middle of the picture",
	"cut.tif":                   "claims to be 24×16 pixels",
	"fraction.tif":              "of a kind that is not supported (tiff: unsupported feature: sample format): save it anew, as PNG or uncompressed TIFF for example",
	"index-9.png":               "1 pixels have a label that is no class, the first 9 at (2,1): expected 0 to 2; add classes (dataset.classes), ignore it (dataset.ignore_index: 9) or map it (dataset.label_map)",
	"jpeg-within.tif":           "of a kind that is not supported (tiff: unsupported feature: color model): save it anew, as PNG or uncompressed TIFF for example",
	"jpeg.jpg":                  "is a JPEG: its compression changes label values",
	"jpeg.png":                  "is a JPEG: its compression changes label values",
	"lossy.webp":                "the file is cut off: it ends in the middle of the picture",
	"nan.tif":                   "of a kind that is not supported (tiff: unsupported feature: sample format): save it anew, as PNG or uncompressed TIFF for example",
	"negative.tif":              "of a kind that is not supported (tiff: unsupported feature: sample format): save it anew, as PNG or uncompressed TIFF for example",
	"palette-missing.png":       "the file is damaged: a picture by palette without a palette",
	"smaller.png":               "is 24×8 pixels, its image 24×16",
	"text.png":                  "not a picture: it begins with \"0 0 0 0 \"",
	"turned.png":                "is 16×24 pixels, its image 24×16",
	"two-channels.tif":          "of a kind that is not supported (tiff: unsupported feature: extra samples): save it anew, as PNG or uncompressed TIFF for example",
	"unknown-colour-16-bit.png": "colour (9,8,7) at (0,0)",
	"unknown-colour-alpha.png":  "colour (9,8,7) at (0,0)",
	"unknown-colour.bmp":        "colour (3,2,1) at (0,0)",
	"unknown-colour.png":        "colour (1,2,3) at (5,2)",
	"unknown-colour.tif":        "colour (1,2,3) at (0,0)",
	"value-1000-16-bit.png":     "16 pixels have a label that is no class, the first 1000 at (5,0): expected 0 to 2; add classes (dataset.classes), ignore it (dataset.ignore_index: 1000) or map it (dataset.label_map)",
	"value-255.png":             "1 pixels have a label that is no class, the first 255 at (4,3): expected 0 to 2; add classes (dataset.classes), ignore it (dataset.ignore_index: 255) or map it (dataset.label_map)",
	"value-3.gif":               "the file is cut off: it ends in the middle of the picture",
	"value-7.png":               "1 pixels have a label that is no class, the first 7 at (4,3): expected 0 to 2; add classes (dataset.classes), ignore it (dataset.ignore_index: 7) or map it (dataset.label_map)",
	"value-70000.tif":           "of a kind that is not supported (tiff: unsupported feature: BitsPerSample of 32): save it anew, as PNG or uncompressed TIFF for example",
	"value-9.tif":               "1 pixels have a label that is no class, the first 9 at (2,2): expected 0 to 2; add classes (dataset.classes), ignore it (dataset.ignore_index: 9) or map it (dataset.label_map)",
}

func badPictures() []badInput {
	return badFiles("pictures", pictureErrors, func(name string) (line, images, masks string) {
		return name + ", good.png\n", badFolder + "/pictures", badFolder
	})
}

func badMasks() []badInput {
	return badFiles("masks", maskErrors, func(name string) (line, images, masks string) {
		return "good.png, " + name + "\n", badFolder, badFolder + "/masks"
	})
}

// badFiles makes a dataset of one pair out of each file, which the line of a list file names.
func badFiles(folder string, errors map[string]string, pair func(name string) (line, images, masks string)) (list []badInput) {
	for _, name := range slices.Sorted(maps.Keys(errors)) {
		list = append(list, badInput{name: folder + "/" + name, read: func(dir string) error {
			line, images, masks := pair(name)
			split := filepath.Join(dir, "list.txt")
			if err := os.WriteFile(split, []byte(line), 0o600); err != nil {
				return err
			}
			return readDataset(dataset.Options{Format: "list", Split: split, Images: images, Masks: masks, Classes: []string{"a", "b", "c"}})
		}, want: []string{name, errors[name]}})
	}
	return list
}
