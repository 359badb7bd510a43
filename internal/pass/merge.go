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
	z, p    []float32
	top     kernel.Indices
	best    kernel.Pixels
	rest    kernel.Pixels
	spread  kernel.Pixels
	unused  kernel.Pixels
}

func newMerger(table []int16, classes int) *merger {
	m := &merger{table: table, members: make([][]int, classes)}
	most := 0
	for channel, class := range table {
		m.members[class] = append(m.members[class], channel)
		most = max(most, len(m.members[class]))
	}
	m.z, m.p = make([]float32, most*BlockSize), make([]float32, most*BlockSize)
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
			m.sum(dst, raw, channels, b.N)
		default:
			mergeClass(dst[:b.N], raw, m.table, int16(class))
		}
	}
}

// sum is the log-sum-exp of some channels: the largest + log1p(Σ of the others' e^(z − largest)).
func (m *merger) sum(dst, raw []float32, channels []int, n int) {
	for k, channel := range channels {
		copy(m.z[k*BlockSize:][:n], raw[channel*BlockSize:])
	}
	planes := len(channels)
	kernel.Argmax(&m.top, &m.best, m.z, m.z, BlockSize, planes, n)
	kernel.Exp(m.p, &m.rest, m.z, &m.best, &m.top, planes, n) // what it leaves out is below e^-87 of the largest
	kernel.Normalizers(&m.spread, &m.unused, &m.rest, n)
	for i, x := range m.best[:n] {
		dst[i] = x + m.spread[i]
	}
}

// infiniteLosses gives pixels of a class without a channel their infinite loss.
func infiniteLosses(b *Block) {
	for i, t := range b.Stats.Truth[:b.N] {
		if t >= 0 && b.Stats.OwnLogit[i] == noChannel {
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
