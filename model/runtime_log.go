//go:build cgo

package model

// #cgo linux LDFLAGS: -ldl
// #include <stdlib.h>
// #include "runtime_log.h"
import "C"

import (
	"errors"
	"unsafe"

	"github.com/segmetry/segmetry/internal/record"
)

// ONNX Runtime writes its log to the terminal, hundreds of lines for some models, and the binding has no way to take it.
// The environment of a process is one, and whoever makes it first chooses where its log goes: startLog makes it, with a sink
// in C that counts messages by kind, before the binding asks for it and gets the same one.

// startLog makes the environment of a library with our sink.
func startLog(library string) error {
	path := C.CString(library)
	defer C.free(unsafe.Pointer(path))
	if problem := C.segmetry_log_start(path); problem != nil {
		return errors.New(C.GoString(problem))
	}
	return nil
}

// RuntimeLog is what ONNX Runtime has logged in this process so far: a message a kind, in the order of their first. A kind is
// a place in ONNX Runtime's source that logs; from the 64th on they are counted as one.
func RuntimeLog() []record.RuntimeMessage {
	list := []record.RuntimeMessage{}
	for i := C.size_t(0); ; i++ {
		var e C.segmetry_log_entry
		if C.segmetry_log_read(i, &e) == 0 {
			return list
		}
		severity := "warning"
		if e.severity > 2 {
			severity = "error"
		}
		list = append(list, record.RuntimeMessage{Severity: severity, Count: int64(e.count), Place: C.GoString(&e.place[0]), First: C.GoString(&e.first[0])})
	}
}
