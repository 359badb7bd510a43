//go:build !cgo || !(linux || darwin)

package turbojpeg

import "errors"

func find() (*Library, error) { return nil, ErrMissing }

// Decoder is one instance of the library's decoder.
type Decoder struct{}

// NewDecoder fails: this build cannot load libraries.
func (*Library) NewDecoder() (*Decoder, error) { return nil, ErrMissing }

// RGB fails: this build cannot load libraries.
func (*Decoder) RGB(_, _ []byte, _, _ int) error {
	return errors.New("libjpeg-turbo: this program was built without cgo")
}
