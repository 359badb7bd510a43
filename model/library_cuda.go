package model

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"time"

	"github.com/segmetry/segmetry/internal/fault"
)

// The build with CUDA lies in a folder of its own below that of the version: all of its libraries in one folder, as cuDNN's
// parts look for each other there; preloadCUDA loads the rest by path.

// cudaTimeout bounds the download of one wheel: the largest has 423 MB.
const cudaTimeout = time.Hour

// PlanCUDA says what InstallCUDA would fetch on this machine. A platform for which nothing is pinned is a runtime error.
func PlanCUDA(o LibraryOptions) (InstallPlan, error) { return newFinder(o).planCUDA() }

// InstallCUDA fetches the build of ONNX Runtime with CUDA and the CUDA libraries that it needs into the user's cache, through
// pip, unless they are there. Every wheel and every library is verified against its SHA-256 before it is used.
func InstallCUDA(ctx context.Context, o LibraryOptions) (Library, error) {
	return newFinder(o).installCUDA(ctx)
}

// cudaDir is the folder of the build with CUDA in the user's cache.
func (f *finder) cudaDir() (string, error) {
	dir, err := f.cacheDir()
	return filepath.Join(dir, "cuda"), err
}

func (f *finder) planCUDA() (InstallPlan, error) {
	wheels, ok := f.cuda[f.goos+"/"+f.goarch]
	if !ok {
		return InstallPlan{}, fault.Runtimef("no build of ONNX Runtime with CUDA is pinned for %s/%s (there is one for linux/amd64); install onnxruntime-gpu %s or later with its CUDA libraries yourself, and name its library with --runtime or %s",
			f.goos, f.goarch, minVersion, runtimeVariable)
	}
	dir, err := f.cudaDir()
	if err != nil {
		return InstallPlan{}, fault.Runtimef("the build with CUDA: %w", err)
	}
	p := InstallPlan{Dir: dir}
	for _, w := range wheels {
		pkg := InstallPackage{Requirement: w.Requirement, Download: w.Archive.Size}
		for _, m := range w.Members {
			pkg.Installed += m.Size
		}
		p.Packages = append(p.Packages, pkg)
		p.Download += pkg.Download
		p.Installed += pkg.Installed
	}
	_, err = f.verifiedCUDA(dir)
	p.Present = err == nil
	return p, nil
}

// cachedCUDA looks for the build with CUDA in the cache; on platforms without one it looks nowhere.
func (f *finder) cachedCUDA() (Library, bool) {
	const where = "the cache"
	dir, err := f.cudaDir()
	if _, pinned := f.cuda[f.goos+"/"+f.goarch]; !pinned || err != nil {
		return Library{}, false
	}
	if _, err := os.Stat(dir); err != nil {
		f.probe(where, dir, false, "the build with CUDA was not installed (segmetry runtime install --cuda)")
		return Library{}, false
	}
	sum, err := f.verifiedCUDA(dir)
	if err != nil {
		f.probe(where, dir, false, err.Error()+"; segmetry runtime install --cuda fetches it again")
		return Library{}, false
	}
	file := filepath.Join(dir, libraryName(f.goos))
	f.probe(where, file, true, "version "+pinnedVersion+" with CUDA")
	return Library{Path: file, Version: pinnedVersion, Origin: where, SHA256: sum}, true
}

// verifiedCUDA checks every library of the folder against its pin and returns the digest of ONNX Runtime's. Stamps save the
// hashing where size and time of change are those of the verified file.
func (f *finder) verifiedCUDA(dir string) (sum string, err error) {
	stamps := map[string]stamp{}
	if data, err := os.ReadFile(filepath.Join(dir, stampName)); err == nil {
		_ = json.Unmarshal(data, &stamps) // an unreadable one is hashed anew
	}
	hashed := false
	for _, w := range f.cuda[f.goos+"/"+f.goarch] {
		for _, m := range w.Members {
			name := path.Base(m.Name)
			file := filepath.Join(dir, name)
			info, err := os.Stat(file)
			if err != nil {
				return "", fmt.Errorf("%s is missing from the build with CUDA", name)
			}
			s := stamps[name]
			if s.SHA256 != m.SHA256 || s.Size != info.Size() || !s.Modified.Equal(info.ModTime()) {
				got, size, err := hashFile(file)
				if err != nil {
					return "", err
				}
				if got != m.SHA256 {
					return "", fmt.Errorf("%s is damaged: its SHA-256 %s is not the pinned one", name, got)
				}
				stamps[name], hashed = stamp{got, size, info.ModTime()}, true
			}
			if name == libraryName(f.goos) {
				sum = m.SHA256
			}
		}
	}
	if hashed {
		_ = writeStamp(dir, stamps) // a cache that cannot be written is hashed every time
	}
	return sum, nil
}

func (f *finder) installCUDA(ctx context.Context) (Library, error) {
	p, err := f.planCUDA()
	if err != nil {
		return Library{}, err
	}
	if lib, ok := f.cachedCUDA(); ok {
		return lib, nil
	}
	if f.Offline {
		return Library{}, fault.Runtimef("the build with CUDA is not installed, and fetching is forbidden (--offline)")
	}
	return f.locked(ctx, filepath.Dir(p.Dir), func() (Library, error) {
		if lib, ok := f.cachedCUDA(); ok { // another process installed it while this one waited
			return lib, nil
		}
		if err := f.fetchCUDA(ctx, p.Dir); err != nil {
			if ctx.Err() != nil {
				return Library{}, ctx.Err()
			}
			return Library{}, fault.Runtimef("installing ONNX Runtime with CUDA: %w", err)
		}
		lib, ok := f.cachedCUDA()
		if !ok {
			return Library{}, fault.Runtimef("installing ONNX Runtime with CUDA: %s", f.lastWhy())
		}
		lib.Origin = "fetched"
		return lib, nil
	})
}

// fetchCUDA fetches wheel by wheel, and puts the folder under its name when it is complete.
func (f *finder) fetchCUDA(ctx context.Context, dir string) error {
	work, err := os.MkdirTemp(filepath.Dir(dir), ".fetch-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	libraries := filepath.Join(work, "libraries")
	if err := os.Mkdir(libraries, 0o755); err != nil {
		return err
	}
	for _, w := range f.cuda[f.goos+"/"+f.goarch] {
		if f.Announce != nil {
			fmt.Fprintf(f.Announce, "fetching %s (%s)\n", w.Requirement, megabytes(w.Archive.Size))
		}
		if err := fetchWheel(ctx, w, work, libraries); err != nil {
			return fmt.Errorf("%s: %w", w.Requirement, err)
		}
	}
	if err := os.RemoveAll(dir); err != nil { // a damaged one
		return err
	}
	return os.Rename(libraries, dir)
}

// fetchWheel downloads one wheel with the first pip that delivers it, verifies it and takes its libraries out.
func fetchWheel(ctx context.Context, w cudaWheel, work, to string) error {
	var errs []error
	for _, args := range pipDownload(w.Requirement, "manylinux_2_28_x86_64", "manylinux_2_27_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64", "manylinux_2_12_x86_64", "manylinux2010_x86_64") {
		c := client{args: args}
		err := c.deliver(ctx, work, cudaTimeout, w.Archive, func(archive string) error {
			for _, m := range w.Members {
				if err := unzipMember(archive, m, filepath.Join(to, path.Base(m.Name))); err != nil {
					return err
				}
			}
			return nil
		})
		if err == nil || ctx.Err() != nil {
			return err
		}
		errs = append(errs, fmt.Errorf("\n  %s: %w", c.name(), err))
	}
	return errors.Join(errs...)
}

func megabytes(bytes int64) string { return fmt.Sprintf("%.0f MB", float64(bytes)/1e6) }
