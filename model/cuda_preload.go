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
	"sync"
	"unsafe"
)

// The CUDA provider needs libraries by their bare names, and nothing tells the loader that they lie beside it. A library
// that is loaded already under such a name is taken: so they are loaded by path beforehand, in the order of their needs, as
// ONNX Runtime's Python package does it (preload_dlls). cuDNN loads its own parts later, from its own folder.

// cudaLibraries are what the CUDA provider of ONNX Runtime 1.27 needs, and what those load by name later.
var cudaLibraries = []string{
	"libcudart.so.13", "libnvJitLink.so.13", "libnvrtc-builtins.so.13.0", "libnvrtc.so.13", "libcublasLt.so.13", "libcublas.so.13",
	"libcurand.so.10", "libcufft.so.12", "libcudnn.so.9",
}

// preloadCUDA loads the CUDA libraries that lie beside the loaded ONNX Runtime, or where pip puts them beside it; those that
// do not are left to the system's loader. It does so once.
var preloadCUDA = sync.OnceValue(func() error {
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
		return fmt.Errorf("loading %s: %s", path, C.GoString(problem))
	}
	return nil
}
