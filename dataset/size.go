package dataset

import (
	"bufio"
	"bytes"
	"image"
	"io"

	"github.com/segmetry/segmetry/internal/fault"
)

// ImageSize reads a picture's width and height from its header, as they lie in it.
func ImageSize(ref Ref) (width, height int, err error) {
	path := ref.Name
	defer recovered(path, &err)
	var from io.Reader
	if ref.content == nil {
		f, err := openRegular(path)
		if err != nil {
			return 0, 0, fault.Dataf("opening a picture: %w", err)
		}
		defer f.Close()
		from = f
	} else {
		var buf bytes.Buffer
		if _, err := ref.read(&buf); err != nil {
			return 0, 0, err
		}
		from = &buf
	}
	r := bufio.NewReader(from)
	head, _ := r.Peek(8) // of a shorter file what there is
	head = bytes.Clone(head)
	c, _, err := image.DecodeConfig(r)
	if err != nil {
		return 0, 0, fault.Dataf("%s: %s", path, explainDecode(err, head))
	}
	return c.Width, c.Height, checkSize(path, c.Width, c.Height)
}
