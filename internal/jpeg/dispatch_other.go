package jpeg

func inverse(dst []byte, stride int, x *[64]int32) { inverseGo(dst, stride, x) }
func mixRows(dst, near, far []byte, bias uint16)   { mixRowsGo(dst, near, far, bias) }
func widen(dst, from []byte, n int)                { widenGo(dst, from, n) }
func widenMixed(dst, near, far []byte, n int)      { widenMixedGo(dst, near, far, n) }
func colors(dst, luma, blue, red []byte)           { colorsGo(dst, luma, blue, red) }
