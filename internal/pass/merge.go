package pass

import (
	"math"
	"slices"

	"github.com/segmetry/segmetry/internal/kernel"
)

// merger adds the probabilities of channels that are one class: the class's logit is their log-sum-exp.
type merger struct {
	table   []int16 // channel → class
	members [][]int // class → channels
}

func newMerger(table []int16, classes int) *merger {
	m := &merger{table: table, members: make([][]int, classes)}
	for channel, class := range table {
		m.members[class] = append(m.members[class], channel)
	}
	return m
}

// predict maps predicted channels to classes.
func (m *merger) predict(classes []int16, channels []int32) {
	table := m.table
	for i, c := range channels[:len(classes)] {
		classes[i] = table[c]
	}
}

// merge writes the classes' logits into the block's Z from the channels' in raw, which are all finite or not.
func (m *merger) merge(b *Block, raw []float32, finite bool) {
	for class, channels := range m.members {
		dst := b.Z[class*BlockSize:][:BlockSize]
		switch {
		case len(channels) == 1:
			copy(dst[:b.N], raw[channels[0]*BlockSize:])
		case len(channels) > 1 && finite:
			kernel.Merge(dst, raw, channels, b.N)
		default:
			mergeClass(dst[:b.N], raw, m.table, int16(class))
		}
	}
}

// infiniteLosses gives pixels of a class without a channel their infinite loss.
func infiniteLosses(b *Block) {
	for i, z := range b.Stats.OwnLogit[:b.N] {
		if z == noChannel && b.Stats.Truth[i] >= 0 {
			b.NLL[i] = inf
		}
	}
}

// noChannel is the logit of a class that no channel is mapped to: its probability is 0 and its loss infinite.
const noChannel = -math.MaxFloat32

// mergeClass is the log-sum-exp of one class's channels, pixel by pixel: of logits that may be NaN or infinite, or of no
// channel at all.
func mergeClass(dst, raw []float32, table []int16, class int16) {
	var sum, largest [BlockSize]float32
	for i := range largest {
		largest[i] = -inf
	}
	for c, to := range table {
		if to != class {
			continue
		}
		for i, x := range raw[c*BlockSize:][:len(dst)] {
			largest[i] = max(largest[i], x) // NaN stays
		}
	}
	for c, to := range table {
		if to != class {
			continue
		}
		for i, x := range raw[c*BlockSize:][:len(dst)] {
			sum[i] += exp(x - largest[i])
		}
	}
	for i, x := range largest[:len(dst)] {
		switch {
		case x == -inf && !slices.Contains(table, class):
			dst[i] = noChannel
		case x == -inf:
			dst[i] = x
		default:
			dst[i] = x + log1p(sum[i]-1)
		}
	}
}
