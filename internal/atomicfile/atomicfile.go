// Package atomicfile writes files that appear whole or not at all: under a temporary name in the same folder, synced,
// then renamed.
package atomicfile

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// File is a file that is being written under a temporary name.
type File struct {
	*bufio.Writer
	path   string
	file   *os.File
	synced bool // nothing was written since the last Sync
}

// Create begins a file that will be called path.
func Create(path string) (*File, error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return nil, fmt.Errorf("creating %s: %w", path, err)
	}
	return &File{Writer: bufio.NewWriterSize(f, 1<<16), path: path, file: f}, nil
}

// Sync writes what is buffered to the disk. The file keeps its temporary name.
func (f *File) Sync() error {
	if f.synced && f.Buffered() == 0 {
		return nil
	}
	if err := errors.Join(f.Flush(), f.file.Chmod(0o644), f.file.Sync()); err != nil {
		return fmt.Errorf("writing %s: %w", f.path, err)
	}
	f.synced = true
	return nil
}

// Temporary is the name under which the file lies until Commit.
func (f *File) Temporary() string { return f.file.Name() }

// Commit syncs the file and gives it its name.
func (f *File) Commit() error {
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.file.Close(); err != nil {
		return fmt.Errorf("writing %s: %w", f.path, err)
	}
	if err := os.Rename(f.file.Name(), f.path); err != nil {
		return fmt.Errorf("writing %s: %w", f.path, err)
	}
	return nil
}

// Abort removes the file. After Commit it does nothing.
func (f *File) Abort() {
	_ = f.file.Close()           // closed already after Commit
	_ = os.Remove(f.file.Name()) // gone already after Commit
}

// Write writes to the file, which then has to be synced again.
func (f *File) Write(b []byte) (int, error) {
	f.synced = false
	return f.Writer.Write(b)
}
