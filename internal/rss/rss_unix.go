//go:build (linux || darwin) && (amd64 || arm64)

package rss

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// Peak is the largest memory that the process ever had resident, in bytes. Linux counts kilobytes, macOS bytes.
func Peak() int64 {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return u.Maxrss
	}
	return u.Maxrss * 1024
}
