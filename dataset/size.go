package dataset

import (
	"bufio"
	"bytes"
	"image"
	"os"

	"github.com/segmetry/segmetry/internal/fault"
)

// ImageSize reads a picture's width and height from its file's header, as they lie in it.
func ImageSize(path string) (width, height int, err error) {
	defer recovered(path, &err)
	f, err := os.Open(path)
	if err != nil {
		return 0, 0, fault.Dataf("opening a picture: %w", err)
	}
	defer f.Close()
	r := bufio.NewReader(f)
	head, _ := r.Peek(8) // of a shorter file what there is
	head = bytes.Clone(head)
	c, _, err := image.DecodeConfig(r)
	if err != nil {
		return 0, 0, fault.Dataf("%s: %s", path, explainDecode(err, head))
	}
	return c.Width, c.Height, checkSize(path, c.Width, c.Height)
}
