package dataset

import (
	"bytes"
	"fmt"
	"strings"
)

// strangers are files that are found in the place of pictures, by how they begin; what is between offset and it is not looked at.
var strangers = []struct {
	offset int
	begins string
	what   string
}{
	{0, "version https://git-lfs", "a pointer of Git LFS, not the file itself: fetch it with git lfs pull"},
	{0, "<!doctype html", "a web page, perhaps of a download that failed: fetch the picture again"},
	{0, "<html", "a web page, perhaps of a download that failed: fetch the picture again"},
	{0, "<svg", "an SVG drawing: render it to PNG"},
	{0, "<?xml", "an XML file: expected a picture"},
	{0, "%PDF", "a PDF document: save its pictures as PNG"},
	{4, "ftyphei", "a HEIC picture, which is not supported: convert it to PNG or JPEG"},
	{4, "ftypmif", "a HEIF picture, which is not supported: convert it to PNG or JPEG"},
	{4, "ftypavif", "an AVIF picture, which is not supported: convert it to PNG or JPEG"},
	{4, "jP  \r\n", "a JPEG 2000 picture, which is not supported: convert it to PNG or TIFF"},
	{0, "II+\x00", "a BigTIFF, which is not supported: convert it to PNG, or to TIFF of 32-bit offsets"},
	{0, "MM\x00+", "a BigTIFF, which is not supported: convert it to PNG, or to TIFF of 32-bit offsets"},
	{0, "\xff\x0a", "a JPEG XL picture, which is not supported: convert it to PNG or JPEG"},
	{4, "JXL ", "a JPEG XL picture, which is not supported: convert it to PNG or JPEG"},
	{0, "\x93NUMPY", "an array of NumPy: save it as PNG, or score it with segmetry score"},
	{0, "\x89HDF\r\n", "an HDF5 file: save its pictures as PNG"},
	{0, "\x1f\x8b", "compressed by gzip: unpack it"},
	{0, "PK\x03\x04", "a zip file: unpack it, or name it as dataset.path"},
}

// stranger says what a file is that is no picture.
func stranger(content []byte) string {
	for _, s := range strangers {
		if len(content) > s.offset && strings.HasPrefix(strings.ToLower(string(content[s.offset:min(len(content), s.offset+32)])), strings.ToLower(s.begins)) {
			return "not a picture: it is " + s.what
		}
	}
	if bytes.Count(content, []byte{0}) == len(content) {
		return "not a picture: all of its bytes are 0, as of a download or a copy that was interrupted; fetch it again"
	}
	return fmt.Sprintf("not a picture: it begins with %q; expected PNG, JPEG, TIFF, BMP, GIF or WebP", content[:min(8, len(content))])
}
