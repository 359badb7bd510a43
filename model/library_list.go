package model

import (
	"os"
	"path/filepath"
)

// Place is one place where ONNX Runtime is looked for.
type Place struct {
	Probe
	Version   string   // "" where nothing was found or the file does not say
	Providers []string // cpu, cuda, tensorrt: those whose libraries lie beside it; whether they work shows when they are used
	Used      bool     // the one that a run takes
}

// ListLibraries looks at every place in the order of LocateLibrary, also behind the one that is used, and never fetches.
func ListLibraries(o LibraryOptions) []Place {
	f := newFinder(o)
	var list []Place
	look := func(try func() (Library, bool)) {
		before := len(f.probes)
		lib, found := try()
		for _, p := range f.probes[before:] {
			place := Place{Probe: p}
			if p.Found && found {
				place.Version, place.Providers = lib.Version, providersBeside(lib.Path)
			}
			list = append(list, place)
		}
	}
	if f.Path != "" {
		look(func() (Library, bool) { lib, err := f.named(); return lib, err == nil })
	}
	look(func() (Library, bool) { return f.inDir("beside the executable", f.executable) })
	first, second := f.cachedCPU, f.cachedCUDA
	if f.CUDA {
		first, second = second, first
	}
	look(first)
	look(second)
	for _, dir := range f.systemDirs {
		look(func() (Library, bool) { return f.inDir("the system", dir) })
	}
	for i := range list { // a named library is the only one that is looked at
		if list[i].Found && (f.Path == "" || list[i].Where == "the option") {
			list[i].Used = true
			break
		}
	}
	return list
}

// providersBeside are the devices whose providers lie beside a library; all can run on the processor.
func providersBeside(library string) []string {
	list := []string{"cpu"}
	for _, device := range []string{"cuda", "tensorrt"} {
		for _, name := range []string{"libonnxruntime_providers_" + device + ".so", "onnxruntime_providers_" + device + ".dll"} {
			if _, err := os.Stat(filepath.Join(filepath.Dir(library), name)); err == nil {
				list = append(list, device)
			}
		}
	}
	return list
}
