package model

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
)

// maxArchiveEntries bounds the walk through a tarball.
const maxArchiveEntries = 1 << 16

// unzipMember extracts one member of a zip file (a wheel is one) and verifies it against its pin.
func unzipMember(archive string, member pinned, to string) error {
	z, err := zip.OpenReader(archive)
	if err != nil {
		return fmt.Errorf("opening the wheel: %w", err)
	}
	defer z.Close()
	for _, file := range z.File {
		if file.Name != member.Name {
			continue
		}
		if file.UncompressedSize64 != uint64(member.Size) {
			return fmt.Errorf("%s has %d bytes, expected %d", member.Name, file.UncompressedSize64, member.Size)
		}
		r, err := file.Open()
		if err != nil {
			return err
		}
		defer r.Close()
		return writeVerified(r, member, to)
	}
	return fmt.Errorf("it holds no %s", member.Name)
}

// untarMember extracts one member of a gzipped tarball and verifies it against its pin.
func untarMember(archive string, member pinned, to string) error {
	f, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer f.Close()
	gz, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	r := tar.NewReader(gz)
	for range maxArchiveEntries {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if h.Name != member.Name || h.Typeflag != tar.TypeReg {
			continue
		}
		if h.Size != member.Size {
			return fmt.Errorf("%s has %d bytes, expected %d", member.Name, h.Size, member.Size)
		}
		return writeVerified(r, member, to)
	}
	return fmt.Errorf("it holds no %s", member.Name)
}

// writeVerified copies exactly the pinned number of bytes to a new file and checks their digest.
func writeVerified(r io.Reader, want pinned, to string) error {
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(out, h), io.LimitReader(r, want.Size+1))
	err = errors.Join(err, out.Sync(), out.Close())
	if err != nil {
		return fmt.Errorf("extracting %s: %w", want.Name, err)
	}
	if sum := hex.EncodeToString(h.Sum(nil)); n != want.Size || sum != want.SHA256 {
		return fmt.Errorf("%s is corrupt: %d bytes with SHA-256 %s, expected %d bytes with %s", want.Name, n, sum, want.Size, want.SHA256)
	}
	return nil
}
