// Package fault classifies errors by who can mend them, so that cmd can turn any error into the documented exit code
// without knowing which room it came from.
package fault

import (
	"errors"
	"fmt"
)

// Kind says what went wrong, as the user sees it.
type Kind int

const (
	// Runtime is an error of the model or of ONNX Runtime: exit code 4. It is the kind of every unclassified error.
	Runtime Kind = iota
	// Usage is a wrong command line, configuration or output folder: exit code 2.
	Usage
	// Data is missing or unreadable input data: exit code 3.
	Data
)

// Error is an error with a kind. Its message is that of the wrapped error.
type Error struct {
	Kind Kind
	Err  error
}

func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns the wrapped error.
func (e *Error) Unwrap() error { return e.Err }

// Usagef formats an error that the user mends on the command line or in the configuration.
func Usagef(format string, args ...any) error { return &Error{Usage, fmt.Errorf(format, args...)} }

// Dataf formats an error that the user mends in the dataset.
func Dataf(format string, args ...any) error { return &Error{Data, fmt.Errorf(format, args...)} }

// Runtimef formats an error of the model or of the runtime library.
func Runtimef(format string, args ...any) error { return &Error{Runtime, fmt.Errorf(format, args...)} }

// Wrap gives an error a kind, unless it has one.
func Wrap(kind Kind, err error) error {
	if _, classified := errors.AsType[*Error](err); classified {
		return err
	}
	return &Error{kind, err}
}

// KindOf returns the kind of the outermost classified error in err's chain, Runtime when there is none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return Runtime
}
