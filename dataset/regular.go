package dataset

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// openRegular opens a file of the disk. What is none is refused before it is opened: a pipe would be waited for, a device read
// without end.
func openRegular(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, explainLink(path, err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a file: it is a %s", path, kindOf(info.Mode()))
	}
	return os.Open(path)
}

// kindOf names what is no regular file.
func kindOf(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "folder"
	case mode&fs.ModeNamedPipe != 0:
		return "pipe"
	case mode&fs.ModeSymlink != 0:
		return "link"
	case mode&fs.ModeSocket != 0:
		return "socket"
	}
	return "device"
}

// explainLink says where a link leads that leads nowhere.
func explainLink(path string, err error) error {
	target, linkErr := os.Readlink(path)
	switch {
	case linkErr != nil:
		if at, ok := errors.AsType[*fs.PathError](err); ok {
			at.Op = "open" // which a reader knows
		}
		return err
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s is a link to %s, which does not exist: copy that there, or remove the link", path, target)
	}
	return fmt.Errorf("%s is a link to %s, which leads to no file, perhaps to itself: %w", path, target, err)
}
