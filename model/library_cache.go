package model

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// cacheDir is the folder of the pinned version in the user's cache.
func (f *finder) cacheDir() (string, error) {
	root := f.CacheDir
	if root == "" {
		root = os.Getenv("XDG_CACHE_HOME")
	}
	if root == "" || !filepath.IsAbs(root) && f.CacheDir == "" {
		dir, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("finding the user's cache folder: %w; set XDG_CACHE_HOME", err)
		}
		root = dir
	}
	return filepath.Join(root, "segmetry", "onnxruntime", pinnedVersion), nil
}

// stamp records that a cached library was verified, so that it is hashed once and not at every start.
type stamp struct {
	SHA256   string    `json:"sha256"`
	Size     int64     `json:"size"`
	Modified time.Time `json:"modified"`
}

const stampName = "verified.json"

// cached looks for the library in the cache: the build for the processor, and the one with CUDA, which comes first where it
// is of use.
func (f *finder) cached() (Library, bool) {
	first, second := f.cachedCPU, f.cachedCUDA
	if f.CUDA {
		first, second = second, first
	}
	if lib, ok := first(); ok {
		return lib, true
	}
	return second()
}

// cachedCPU looks for the build for the processor. One whose digest is not pinned is not used.
func (f *finder) cachedCPU() (Library, bool) {
	const where = "the cache"
	dir, err := f.cacheDir()
	if err != nil {
		f.probe(where, "", false, err.Error())
		return Library{}, false
	}
	path := filepath.Join(dir, libraryName(f.goos))
	if _, err := os.Stat(path); err != nil {
		f.probe(where, path, false, "it was not fetched yet")
		return Library{}, false
	}
	sum, err := f.verified(dir, path)
	if err != nil {
		f.probe(where, path, false, err.Error())
		return Library{}, false
	}
	f.probe(where, path, true, "version "+pinnedVersion)
	return Library{Path: path, Version: pinnedVersion, Origin: where, SHA256: sum}, true
}

// verified returns the digest of a cached library, an error where it is not a pinned one. The stamp saves the hashing
// where size and time of change are those of the verified file.
func (f *finder) verified(dir, path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	var s stamp
	if data, err := os.ReadFile(filepath.Join(dir, stampName)); err == nil && json.Unmarshal(data, &s) == nil &&
		s.Size == info.Size() && s.Modified.Equal(info.ModTime()) && f.pinnedLibrary(s.SHA256, s.Size) {
		return s.SHA256, nil
	}
	sum, size, err := hashFile(path)
	if err != nil {
		return "", err
	}
	if !f.pinnedLibrary(sum, size) {
		return "", fmt.Errorf("its SHA-256 %s is not a pinned one: the file is damaged", sum)
	}
	_ = writeStamp(dir, stamp{sum, size, info.ModTime()}) // a cache that cannot be written is hashed every time
	return sum, nil
}

// pinnedLibrary reports whether a digest and size are those of one of this platform's libraries.
func (f *finder) pinnedLibrary(sum string, size int64) bool {
	b := f.builds[f.goos+"/"+f.goarch]
	for _, p := range []pinned{b.WheelMember, b.NodeMember} {
		if sum != "" && p.SHA256 == sum && p.Size == size {
			return true
		}
	}
	return false
}

// writeStamp writes a stamp, or several by file, under a temporary name and renames it.
func writeStamp(dir string, s any) error {
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(dir, ".stamp-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	if _, err := tmp.Write(data); err != nil {
		tmp.Close()
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), filepath.Join(dir, stampName))
}

// hashFile returns a file's SHA-256 and size.
func hashFile(path string) (sum string, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	size, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), size, err
}
