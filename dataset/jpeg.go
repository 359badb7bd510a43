package dataset

import (
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/jpeg"
	"github.com/segmetry/segmetry/internal/kernel"
	"github.com/segmetry/segmetry/internal/raster"
	"github.com/segmetry/segmetry/internal/turbojpeg"
)

// What decodes JPEG: the bytes are the same.
const (
	DecodeAuto  = "auto"  // the faster of the two
	DecodeGo    = "go"    // package jpeg of this program
	DecodeTurbo = "turbo" // the library libjpeg-turbo, which must be installed
)

// jpegReader reads JPEG by whatever was chosen.
type jpegReader struct {
	own   jpeg.Decoder
	turbo *turbojpeg.Decoder // nil: not used
	// sequential says that the library reads sequential files, too, not progressive ones alone.
	sequential bool
}

// choose prepares for a mode. Package jpeg is the faster one for sequential files where it has its vector kernels: 10.1 ms
// against 12.2 for 2048×1024 of quality 92. For progressive files the library is: 26 ms against 36.
func (r *jpegReader) choose(mode string) error {
	lib, err := turbojpeg.Find()
	switch {
	case mode == DecodeGo, mode == DecodeAuto && err != nil:
		return nil
	case err != nil:
		return fault.Usagef("preprocess.decode: turbo: %w; install it, or leave the key out: the bytes are the same", err)
	}
	r.sequential = mode == DecodeTurbo || kernel.Name() == "go"
	if r.turbo, err = lib.NewDecoder(); err != nil {
		return fault.Runtimef("preprocess.decode: %w", err)
	}
	return nil
}

// JPEGDecoders says, for a mode, what decodes sequential and progressive JPEG files, and its version.
func JPEGDecoders(mode string) (sequential, progressive string) {
	own := "segmetry (bytes of libjpeg-turbo 3), " + kernel.Name()
	lib, err := turbojpeg.Find()
	if mode == DecodeGo || err != nil {
		return own, own
	}
	turbo := "libjpeg-turbo " + lib.Version + " (" + lib.Path + ")"
	if mode == DecodeTurbo || kernel.Name() == "go" {
		return turbo, turbo
	}
	return own, turbo
}

// read decodes a file.
func (r *jpegReader) read(dst *raster.Picture, path string, content []byte) error {
	h, err := r.own.Header(content)
	if err != nil {
		return fault.Dataf("%s: %w", path, err)
	}
	if err := checkSize(path, h.Width, h.Height); err != nil {
		return err
	}
	dst.Resize(h.Width, h.Height)
	if r.turbo != nil && (r.sequential || h.Progressive) && h.Components < 4 {
		if r.turbo.RGB(dst.Pix, content, h.Width, h.Height) == nil {
			return nil
		} // what it refuses or warns of goes to package jpeg, whose errors say more
	}
	if err := r.own.RGB(dst.Pix); err != nil {
		return fault.Dataf("%s: %w", path, err)
	}
	return nil
}

// isJPEG says whether a file begins as a JPEG does.
func isJPEG(content []byte) bool {
	return len(content) > 2 && content[0] == 0xff && content[1] == 0xd8 && content[2] == 0xff
}
