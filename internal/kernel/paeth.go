package kernel

// Paeth undoes PNG's Paeth filter on a row of pixels of three or four bytes: out is row plus, byte by byte, that of left,
// above and above left that is nearest to left + above − above left; ties go to the left, then to the one above. out may
// lie up to a row's length before row in the same memory.
func Paeth(out, row, above []byte, size int) {
	first := paethFast(out, row, above, size)
	for i := first; i < len(row); i++ {
		left, corner := int32(0), int32(0)
		if i >= size {
			left, corner = int32(out[i-size]), int32(above[i-size])
		}
		out[i] = row[i] + paethOf(left, int32(above[i]), corner)
	}
}

func paethOf(a, b, c int32) byte {
	pa, pb := b-c, a-c
	pc := max(pa+pb, -pa-pb)
	pa, pb = max(pa, -pa), max(pb, -pb)
	switch {
	case pa <= pb && pa <= pc:
		return byte(a)
	case pb <= pc:
		return byte(b)
	}
	return byte(c)
}
