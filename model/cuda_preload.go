//go:build cgo

package model

// #cgo linux LDFLAGS: -ldl
// #include <stdlib.h>
// #ifndef _WIN32
// #include <dlfcn.h>
// static const char *segmetry_preload(const char *path) {
// 	return dlopen(path, RTLD_LAZY | RTLD_LOCAL) ? NULL : dlerror();
// }
// #else
// static const char *segmetry_preload(const char *path) { (void)path; return NULL; }
// #endif
import "C"

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"unsafe"
)

// The CUDA provider needs libraries by their bare names, and nothing tells the loader that they lie beside it. A library
// that is loaded already under such a name is taken: so they are loaded by path beforehand, in the order of their needs, as
// ONNX Runtime's Python package does it (preload_dlls). cuDNN loads its own parts later, from its own folder.

// preloadCUDA loads the CUDA libraries that lie beside the loaded ONNX Runtime, or where pip puts them beside it; those that
// do not are left to the system's loader. It does so once.
var preloadCUDA = sync.OnceValue(func() error {
	if runtime.GOOS == "linux" { // part of the driver: without it the rest need not be loaded
		if err := preload("libcuda.so.1"); err != nil {
			return err
		}
	}
	environment.Lock()
	dir := filepath.Dir(environment.path)
	environment.Unlock()
	folders := []string{dir}
	if pip, err := filepath.Glob(filepath.Join(dir, "..", "..", "nvidia", "*", "lib")); err == nil { // site-packages/onnxruntime/capi
		folders = append(folders, pip...)
	}
	for _, name := range cudaLibraries {
		for _, folder := range folders {
			path := filepath.Join(folder, name)
			if _, err := os.Stat(path); err != nil {
				continue
			}
			if err := preload(path); err != nil {
				return err
			}
			break
		}
	}
	return nil
})

func preload(path string) error {
	text := C.CString(path)
	defer C.free(unsafe.Pointer(text))
	if problem := C.segmetry_preload(text); problem != nil {
		return fmt.Errorf("loading %s: %s", filepath.Base(path), C.GoString(problem))
	}
	return nil
}
