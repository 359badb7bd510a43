package stats

import "github.com/segmetry/segmetry/internal/kernel"

// panels are a sample's columns, some at a time, so that a walk over the units reads memory in its order: a panel has the
// units' rows of [kernel.WeighColumns] columns, the last one filled up with zeros.
type panels struct {
	units, columns int
	data           [][]float64
}

func newPanels(s *Sample) *panels {
	p := &panels{units: s.Units(), columns: s.columns}
	for first := 0; first < s.columns; first += kernel.WeighColumns {
		panel := make([]float64, p.units*kernel.WeighColumns)
		for unit := range p.units {
			copy(panel[unit*kernel.WeighColumns:][:kernel.WeighColumns], s.Row(unit)[first:])
		}
		p.data = append(p.data, panel)
	}
	return p
}

// unitBlock is how many units are walked over at once: of a panel they are 32 KiB, which stay in the first-level cache while
// all draws of a chunk go over them.
const unitBlock = 512

// weigher forms the sums of some draws. It serves one goroutine.
type weigher struct {
	of      *panels
	groups  int // of kernel.WeighDraws draws
	weights [][]float64
	tiles   []kernel.WeighTile // of each panel, group by group
}

// newWeigher makes one for at most so many draws.
func newWeigher(p *panels, draws int) *weigher {
	w := &weigher{of: p, groups: (draws + kernel.WeighDraws - 1) / kernel.WeighDraws}
	w.tiles = make([]kernel.WeighTile, w.groups*len(p.data))
	for range w.groups {
		w.weights = append(w.weights, make([]float64, unitBlock*kernel.WeighDraws))
	}
	return w
}

// weigh writes the sums of draws to dst, one after another: weights has a row of all units for each. Units are added in
// their order.
func (w *weigher) weigh(dst []float64, weights []uint32) {
	clear(w.tiles)
	n := w.of.units
	if n == 0 {
		clear(dst)
		return
	}
	draws := len(weights) / n
	groups := (draws + kernel.WeighDraws - 1) / kernel.WeighDraws
	for from := 0; from < n; from += unitBlock {
		units := min(unitBlock, n-from)
		w.load(weights, from, units)
		for i, panel := range w.of.data {
			rows := panel[from*kernel.WeighColumns:][:units*kernel.WeighColumns]
			for g := range groups {
				kernel.Weigh(&w.tiles[i*w.groups+g], rows, w.weights[g][:units*kernel.WeighDraws])
			}
		}
	}
	for d := range draws {
		sums := dst[d*w.of.columns:][:w.of.columns]
		for i := range w.of.data {
			tile := &w.tiles[i*w.groups+d/kernel.WeighDraws]
			copy(sums[i*kernel.WeighColumns:], tile[d%kernel.WeighDraws*kernel.WeighColumns:][:kernel.WeighColumns])
		}
	}
}

// load lays the weights of a block of units out as the kernel reads them. Draws beyond the last have the weight 0.
func (w *weigher) load(weights []uint32, from, units int) {
	n := w.of.units
	draws := len(weights) / n
	for d := range w.groups * kernel.WeighDraws {
		to := w.weights[d/kernel.WeighDraws][d%kernel.WeighDraws:]
		if d >= draws {
			for u := range units {
				to[u*kernel.WeighDraws] = 0
			}
			continue
		}
		for u, x := range weights[d*n+from:][:units] {
			to[u*kernel.WeighDraws] = float64(x)
		}
	}
}
