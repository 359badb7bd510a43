package pass

import (
	"math"

	"github.com/segmetry/segmetry/internal/kernel"
)

// exp returns e^x for x ≤ 0 with a relative error below 2e-7 where the result is a normal number; NaN for NaN.
func exp(x float32) float32 {
	if x >= kernel.Flushed && x <= 0 {
		return kernel.Exp1(x)
	}
	return float32(math.Exp(float64(x)))
}

// log1p returns ln(1+x) for x ≥ 0 with a relative error below 2e-7; NaN and +Inf give themselves.
func log1p(x float32) float32 {
	if x-x != 0 {
		return x
	}
	return kernel.Log1p1(x)
}
