package dataset

import (
	"errors"

	"github.com/segmetry/segmetry/internal/fault"
)

// ErrAmbiguous says that several files could be an item's picture or truth.
var ErrAmbiguous = errors.New("several files have the name")

// ambiguity is an error that [ErrAmbiguous] is found in, and whose words are its own.
type ambiguity struct{ error }

func (e ambiguity) Is(target error) bool { return target == ErrAmbiguous }
func (e ambiguity) Unwrap() error        { return e.error }

// ambiguous is an error of data that is ErrAmbiguous.
func ambiguous(format string, args ...any) error { return ambiguity{fault.Dataf(format, args...)} }
