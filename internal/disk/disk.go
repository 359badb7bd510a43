// Package disk says how much room a file system has.
package disk

import (
	"os"
	"path/filepath"
)

// Free is the number of bytes that this user may still write where path lies, which need not exist yet: the nearest folder above
// it that does is asked. ok is false where that cannot be said.
func Free(path string) (bytes int64, ok bool) {
	at, err := filepath.Abs(path)
	if err != nil {
		return 0, false
	}
	for {
		if _, err := os.Stat(at); err == nil {
			bytes, err := free(at)
			return bytes, err == nil
		}
		if at == filepath.Dir(at) {
			return 0, false
		}
		at = filepath.Dir(at)
	}
}
