package dataset

import "github.com/segmetry/segmetry/internal/raster"

// Labels is a label map, as masks are loaded and predictions are scored: one class index a pixel, row by row, or Ignored.
type Labels = raster.Labels

// Picture is an 8-bit colour picture, three interleaved bytes (R, G, B) a pixel, row by row.
type Picture = raster.Picture

// Ignored marks a pixel that no measure and no loss may count.
const Ignored = raster.Ignored
