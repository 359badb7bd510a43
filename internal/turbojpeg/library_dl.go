//go:build cgo && (linux || darwin)

package turbojpeg

/*
#cgo linux LDFLAGS: -ldl
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <stdlib.h>

// What is used of the TurboJPEG API 2.0, which later versions keep.
static void *(*init_decompress)(void);
static int (*decompress)(void *, const unsigned char *, unsigned long, unsigned char *, int, int, int, int, int);
static char *(*error_text)(void *);
static int (*destroy)(void *);

// turbo_open loads a library; NULL where it is not there or lacks a function, else the path it was found at.
static const char *turbo_open(const char *name) {
	void *lib = dlopen(name, RTLD_NOW | RTLD_LOCAL);
	if (!lib) return NULL;
	*(void **)&init_decompress = dlsym(lib, "tjInitDecompress");
	*(void **)&decompress = dlsym(lib, "tjDecompress2");
	*(void **)&error_text = dlsym(lib, "tjGetErrorStr2");
	*(void **)&destroy = dlsym(lib, "tjDestroy");
	Dl_info info;
	if (!init_decompress || !decompress || !error_text || !destroy || !dladdr(*(void **)&decompress, &info)) {
		dlclose(lib);
		return NULL;
	}
	return info.dli_fname;
}

static void *turbo_init(void) { return init_decompress(); }
static char *turbo_error(void *handle) { return error_text(handle); }
static void turbo_destroy(void *handle) { destroy(handle); }

// turbo_rgb decodes into rows of 3·width bytes: TJPF_RGB, and no flags, which is the accurate DCT and triangle upsampling.
static int turbo_rgb(void *handle, const unsigned char *data, size_t size, unsigned char *dst, int width, int height) {
	return decompress(handle, data, size, dst, width, 3 * width, height, 0, 0);
}
*/
import "C"

import (
	"errors"
	"runtime"
	"unsafe"
)

// names are where the library is looked for.
var names = map[string][]string{
	"linux":  {"libturbojpeg.so.0", "libturbojpeg.so"},
	"darwin": {"libturbojpeg.0.dylib", "/opt/homebrew/lib/libturbojpeg.0.dylib", "/usr/local/lib/libturbojpeg.0.dylib", "/opt/libjpeg-turbo/lib64/libturbojpeg.0.dylib"},
}

func find() (*Library, error) {
	for _, name := range names[runtime.GOOS] {
		c := C.CString(name)
		path := C.turbo_open(c)
		C.free(unsafe.Pointer(c))
		if path != nil {
			p := C.GoString(path)
			return &Library{Path: p, Version: versionOf(p)}, nil
		}
	}
	return nil, ErrMissing
}

// Decoder is one instance of the library's decoder, for one goroutine at a time.
type Decoder struct{ handle unsafe.Pointer }

// NewDecoder makes a decoder. Its memory is freed after it is no longer in use.
func (*Library) NewDecoder() (*Decoder, error) {
	handle := C.turbo_init()
	if handle == nil {
		return nil, errors.New("libjpeg-turbo: there is no memory for a decoder")
	}
	d := &Decoder{handle}
	runtime.AddCleanup(d, func(handle unsafe.Pointer) { C.turbo_destroy(handle) }, handle)
	return d, nil
}

// RGB decodes a picture, whose size is known, into 3·width·height bytes. A mere warning of the library is an error too.
func (d *Decoder) RGB(dst, data []byte, width, height int) error {
	if len(data) == 0 || width < 1 || height < 1 || len(dst) != 3*width*height {
		return errors.New("libjpeg-turbo: a picture of another size than its buffer")
	}
	status := C.turbo_rgb(d.handle, (*C.uchar)(&data[0]), C.size_t(len(data)), (*C.uchar)(&dst[0]), C.int(width), C.int(height))
	if status != 0 {
		err := errors.New("libjpeg-turbo: " + C.GoString(C.turbo_error(d.handle)))
		runtime.KeepAlive(d)
		return err
	}
	runtime.KeepAlive(d)
	return nil
}
