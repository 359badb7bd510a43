package model

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/segmetry/segmetry/internal/fault"
)

// Library is a shared library of ONNX Runtime that was found.
type Library struct {
	Path    string // the file to load
	Version string // such as 1.27.0; "" where the file does not say
	Origin  string // where it came from: "the option", "beside the executable", "the cache", "the system", "fetched"
	SHA256  string // of the file
}

// LibraryOptions say where to look for ONNX Runtime.
type LibraryOptions struct {
	// Path is the library that the user names (--runtime, SEGMETRY_RUNTIME), a file or the folder that holds it. Where it is
	// set, nothing else is looked at.
	Path string
	// CUDA prefers the build with CUDA to the one for the processor, where both are in the cache.
	CUDA bool
	// Offline forbids fetching.
	Offline bool
	// Announce gets one line when the library is fetched; nil says nothing.
	Announce io.Writer
	// CacheDir replaces the user's cache folder ($XDG_CACHE_HOME, else the system's convention).
	CacheDir string
}

// Probe is one place that was looked at.
type Probe struct {
	Where string // "the option", "beside the executable", "the cache", "the system"
	Path  string // the file or folder
	Found bool   // a library that can be used lies there
	Why   string // why not, or the version found
}

// minVersion is the first release of ONNX Runtime that has the C API of version 24, which the binding asks for.
const minVersion = "1.24"

// runtimeVariable is the environment variable that names the library.
const runtimeVariable = "SEGMETRY_RUNTIME"

// FindLibrary finds ONNX Runtime, or fetches it once into the user's cache. See LocateLibrary for the order and fetch for
// where it comes from. A named file that is missing is a usage error, everything else a runtime error that says what to do.
func FindLibrary(ctx context.Context, o LibraryOptions) (Library, error) {
	return newFinder(o).find(ctx)
}

// LocateLibrary looks for ONNX Runtime and never fetches it: the named path; beside the executable; the user's cache
// (segmetry/onnxruntime/<version>); where the system's loader looks. The probes are in that order, up to the one that
// was found.
func LocateLibrary(o LibraryOptions) (Library, []Probe, error) {
	f := newFinder(o)
	lib, err := f.locate()
	if err == nil && lib.Path == "" {
		err = f.nowhere("")
	}
	return lib, f.probes, err
}

// finder looks for one platform's library. Tests replace its fields.
type finder struct {
	LibraryOptions
	goos, goarch string
	builds       map[string]build
	cuda         map[string][]cudaWheel
	executable   string   // folder of the executable; "" is skipped
	systemDirs   []string // where the system's loader looks
	probes       []Probe
}

func newFinder(o LibraryOptions) *finder {
	f := &finder{LibraryOptions: o, goos: runtime.GOOS, goarch: runtime.GOARCH, builds: builds, cuda: cudaWheels, systemDirs: loaderDirs()}
	if exe, err := os.Executable(); err == nil {
		if real, err := filepath.EvalSymlinks(exe); err == nil {
			exe = real
		}
		f.executable = filepath.Dir(exe)
	}
	return f
}

// find is FindLibrary.
func (f *finder) find(ctx context.Context) (Library, error) {
	lib, err := f.locate()
	if err != nil || lib.Path != "" {
		return lib, err
	}
	if f.Offline {
		return Library{}, f.nowhere("fetching is forbidden (--offline)")
	}
	return f.fetch(ctx)
}

// locate looks everywhere in order. An empty library without an error means that there is none.
func (f *finder) locate() (Library, error) {
	if f.Path != "" {
		return f.named()
	}
	if lib, ok := f.inDir("beside the executable", f.executable); ok {
		return lib, nil
	}
	if lib, ok := f.cached(); ok {
		return lib, nil
	}
	for _, dir := range f.systemDirs {
		if lib, ok := f.inDir("the system", dir); ok {
			return lib, nil
		}
	}
	return Library{}, nil
}

// named checks the library that the user names.
func (f *finder) named() (Library, error) {
	const where = "the option"
	info, err := os.Stat(f.Path)
	if err != nil {
		f.probe(where, f.Path, false, "it does not exist")
		return Library{}, fault.Usagef("the ONNX Runtime library %q (--runtime or %s) does not exist", f.Path, runtimeVariable)
	}
	if info.IsDir() {
		if lib, ok := f.inDir(where, f.Path); ok {
			return lib, nil
		}
		return Library{}, fault.Usagef("the folder %q (--runtime or %s) holds no usable ONNX Runtime library: %s", f.Path, runtimeVariable, f.lastWhy())
	}
	lib, err := f.usable(where, f.Path)
	if err != nil {
		f.probe(where, f.Path, false, err.Error())
		return Library{}, fault.Runtimef("the ONNX Runtime library %q (--runtime or %s): %w", f.Path, runtimeVariable, err)
	}
	f.probe(where, lib.Path, true, "version "+orUnknown(lib.Version))
	return lib, nil
}

// inDir looks for the library in a folder under its usual names, newest version first.
func (f *finder) inDir(where, dir string) (Library, bool) {
	if dir == "" {
		return Library{}, false
	}
	files := f.candidates(dir)
	if len(files) == 0 {
		f.probe(where, dir, false, "no "+f.pattern()+" there")
		return Library{}, false
	}
	for _, file := range files {
		lib, err := f.usable(where, file)
		if err == nil {
			f.probe(where, file, true, "version "+orUnknown(lib.Version))
			return lib, true
		}
		f.probe(where, file, false, err.Error())
	}
	return Library{}, false
}

// usable checks that a file is a library of this platform and of a version that works.
func (f *finder) usable(where, path string) (Library, error) {
	version, err := libraryVersion(path, f.goos, f.goarch)
	if err != nil {
		return Library{}, err
	}
	if version != "" && !supported(version) {
		return Library{}, fmt.Errorf("it is ONNX Runtime %s; segmetry needs %s or later (tested to 1.32)", version, minVersion)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return Library{}, err
	}
	sum, _, err := hashFile(abs)
	if err != nil {
		return Library{}, err
	}
	return Library{Path: abs, Version: version, Origin: where, SHA256: sum}, nil
}

func (f *finder) probe(where, path string, found bool, why string) {
	f.probes = append(f.probes, Probe{Where: where, Path: path, Found: found, Why: why})
}

func (f *finder) lastWhy() string {
	if len(f.probes) == 0 {
		return "nothing was looked at"
	}
	p := f.probes[len(f.probes)-1]
	return p.Path + ": " + p.Why
}

// nowhere is the error of a search that found nothing: why it was not fetched, what was looked at, what to do.
func (f *finder) nowhere(why string) error {
	var b strings.Builder
	for _, p := range f.probes {
		fmt.Fprintf(&b, "\n  %s: %s: %s", p.Where, p.Path, p.Why)
	}
	if why != "" {
		why = " and " + why
	}
	return fault.Runtimef("no ONNX Runtime library was found%s; run once with a network and without --offline, or install ONNX Runtime %s or later and name its library with --runtime or %s; looked at:%s",
		why, minVersion, runtimeVariable, b.String())
}

func orUnknown(version string) string {
	if version == "" {
		return "unknown"
	}
	return version
}
