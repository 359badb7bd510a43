package dataset

import (
	"bytes"
	"crypto/sha256"
	"io"
	"os"

	"github.com/segmetry/segmetry/internal/fault"
)

// Ref says where a picture or a truth lies: a file, a part of a container, or a drawing. It is small; what it names is read
// by a [Loader], from any goroutine.
type Ref struct {
	Name    string  // for messages: a file's path, or a container's with the name in it
	content content // nil: the file Name
	drawing drawing // a truth that is no picture; otherwise nil
}

// content is that of a picture which is no file of its own. It may be read from several goroutines at once.
type content interface {
	// read appends what there is to a buffer, which is empty. It checks sizes before it takes memory.
	read(name string, buf *bytes.Buffer) error
}

// drawing is a truth that is no picture, such as polygons.
type drawing interface {
	// draw fills v with mask values, of the picture's size unless the truth has a size of its own. It returns a digest of
	// what the truth is made of.
	draw(name string, v *Values, buf *bytes.Buffer, width, height int) (sum [32]byte, err error)
}

// File names a file of the disk.
func File(path string) Ref { return Ref{Name: path} }

// IsZero says that the reference names nothing.
func (r Ref) IsZero() bool { return r.Name == "" }

// FileSize is the number of bytes of the file that the reference names; known is false for a part of a container, a drawing, and
// a file that is not there.
func (r Ref) FileSize() (bytes int64, known bool) {
	if r.content != nil || r.drawing != nil {
		return 0, false
	}
	info, err := os.Stat(r.Name)
	if err != nil {
		return 0, false
	}
	return info.Size(), true
}

// read returns the content in buf, and its digest.
func (r Ref) read(buf *bytes.Buffer) (sum [32]byte, err error) {
	if r.content == nil {
		return readFile(r.Name, buf)
	}
	buf.Reset()
	if err := r.content.read(r.Name, buf); err != nil {
		return sum, err
	}
	if buf.Len() == 0 {
		return sum, fault.Dataf("%s is empty: it has 0 bytes", r.Name)
	}
	return sha256.Sum256(buf.Bytes()), nil
}

// Sum is the SHA-256 that [Loader.Sums] has of what the reference names; known is false for a truth that would have to be drawn
// for it. buf is a buffer that may be used again.
func (r Ref) Sum(buf *bytes.Buffer) (sum [32]byte, known bool, err error) {
	if r.drawing != nil {
		return sum, false, nil
	}
	sum, err = r.read(buf)
	return sum, true, err
}

// maxPacked bounds a picture's file in a container that is compressed: it is that much memory, whatever the container's size.
const maxPacked = 128 << 20

// readClaimed reads a member of a container that claims to have so many bytes, after these are held against a limit.
func readClaimed(name string, r io.Reader, claimed, limit int64, buf *bytes.Buffer) error {
	if claimed < 0 || claimed > limit {
		return fault.Dataf("%s claims to have %d bytes: expected at most %d", name, claimed, limit)
	}
	buf.Grow(int(claimed) + bytes.MinRead)
	n, err := buf.ReadFrom(io.LimitReader(r, claimed+1))
	if err != nil {
		return fault.Dataf("reading %s: %w", name, err)
	}
	if n != claimed {
		return fault.Dataf("%s has not the %d bytes that its container claims: it is damaged", name, claimed)
	}
	return nil
}
