//go:build !cgo

package model

import (
	"context"

	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/record"
)

// errNoCgo is what every use of ONNX Runtime answers in a program built without cgo.
func errNoCgo() error {
	return fault.Runtimef("this program was built without cgo and cannot load ONNX Runtime; build it with CGO_ENABLED=1 and a C compiler")
}

type engine struct {
	provider string
	rewrote  map[string]int
}

type slot struct{ engine *engine }

func startRuntime(Library) error { return errNoCgo() }

func loadedVersion() string { return "" }

func inferredShapes(string) (map[string][]int64, error) { return nil, errNoCgo() }

func newEngine(Signature, Options) (*engine, placed, error) { return nil, placed{}, errNoCgo() }

func (*engine) close() error { return nil }

func (*engine) profile([]int64) ([]record.Node, error) { return nil, errNoCgo() }

func (*engine) newSlot() (*slot, error) { return nil, errNoCgo() }

func (*slot) bindInput([]int64, []float32) error { return errNoCgo() }

func (*slot) bindSides([]Side, [4]int64, [2]int64) error { return errNoCgo() }

func (*slot) bindTyped([]int64, []byte) error { return errNoCgo() }

func (*slot) runTyped(context.Context, []int64, []byte) ([]byte, []int64, error) {
	return nil, nil, errNoCgo()
}

func (*slot) run(context.Context, []int64, []float32) (Tensor, error) { return Tensor{}, errNoCgo() }

func (*slot) close() error { return nil }

// RuntimeLog is empty: without cgo there is no ONNX Runtime.
func RuntimeLog() []record.RuntimeMessage { return []record.RuntimeMessage{} }
