package dataset

import (
	"image"

	"github.com/segmetry/segmetry/internal/raster"
)

// fromWebP converts the planes of a lossy WebP as libwebp does: chroma by a triangle filter, colours of 16 to 235 in 14-bit
// fixed point. Go's own conversion takes them for JPEG's.
func fromWebP(dst *raster.Picture, src *image.YCbCr) {
	w, h := dst.Width, dst.Height
	across, down := (w+1)/2, (h+1)/2
	for y := range h {
		near := y / 2
		far := max(0, min(down-1, near-1+2*(y&1)))
		luma := src.Y[y*src.YStride:][:w]
		u0, u1 := src.Cb[near*src.CStride:][:across], src.Cb[far*src.CStride:][:across]
		v0, v1 := src.Cr[near*src.CStride:][:across], src.Cr[far*src.CStride:][:across]
		out := dst.Pix[3*y*w:][:3*w]
		for x := range luma {
			i := x / 2
			j := max(0, min(across-1, i-1+2*(x&1)))
			u := (9*int32(u0[i]) + 3*int32(u0[j]) + 3*int32(u1[i]) + int32(u1[j]) + 8) >> 4
			v := (9*int32(v0[i]) + 3*int32(v0[j]) + 3*int32(v1[i]) + int32(v1[j]) + 8) >> 4
			l := int32(luma[x]) * 19077 >> 8
			out[3*x] = clip(l + v*26149>>8 - 14234)
			out[3*x+1] = clip(l - u*6419>>8 - v*13320>>8 + 8708)
			out[3*x+2] = clip(l + u*33050>>8 - 17685)
		}
	}
}

// clip rounds a colour of six more bits.
func clip(v int32) uint8 { return uint8(max(0, min(255, v>>6))) }
