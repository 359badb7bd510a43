// Package turbojpeg decodes JPEG by the library libjpeg-turbo, where one is installed: it is looked for when the program
// runs, not when it is built.
package turbojpeg

import (
	"errors"
	"os"
	"regexp"
	"sync"
)

// Library is a libjpeg-turbo that was found.
type Library struct {
	Path    string
	Version string // such as 2.1.5, or "of an unknown version"
}

// ErrMissing says that there is no library.
var ErrMissing = errors.New("libjpeg-turbo was not found: its library of the TurboJPEG API (libturbojpeg.so.0; the package libturbojpeg0 of Debian and Ubuntu, turbojpeg of Fedora, jpeg-turbo of Homebrew) is not where the system's loader looks")

// Find looks for the library once.
var Find = sync.OnceValues(find)

// versionText is how the library names itself among its messages.
var versionText = regexp.MustCompile(`libjpeg-turbo version ([0-9][0-9.]*[0-9])`)

// versionOf reads the version out of the library's file: the interface has no function for it.
func versionOf(path string) string {
	content, err := os.ReadFile(path)
	if m := versionText.FindSubmatch(content); err == nil && m != nil {
		return string(m[1])
	}
	return "of an unknown version"
}
