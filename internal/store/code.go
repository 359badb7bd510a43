package store

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/segmetry/segmetry/internal/record"
)

// maxBlob bounds what a blob may unpack to: states of curves of a thousand classes have some tens of megabytes.
const maxBlob = 256 << 20

// image is what a row's blob holds: CBOR by field names, deflated. What follows from the states is left out, and so are
// times, which differ from run to run.
type image struct {
	Record    record.Record
	Digests   [2][32]byte
	LabelHash uint64
	Oriented  bool
	States    []record.State
	LossState []float64
}

// times are what the journal keeps beside it.
type times struct {
	Stages    [4]time.Duration
	Reference time.Duration
	WarmUp    bool
}

// packer turns values into blobs. Equal values give equal bytes.
type packer struct {
	mode     cbor.EncMode
	plain    bytes.Buffer
	packed   bytes.Buffer
	deflater *flate.Writer
	storer   *flate.Writer // for what is compressed already
}

func newPacker() *packer {
	mode, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		panic(err) // fixed options
	}
	deflater, err := flate.NewWriter(nil, flate.BestSpeed)
	if err != nil {
		panic(err) // a fixed level
	}
	storer, err := flate.NewWriter(nil, flate.NoCompression)
	if err != nil {
		panic(err) // a fixed level
	}
	return &packer{mode: mode, deflater: deflater, storer: storer}
}

// pack returns a blob, which is valid until the next call.
func (p *packer) pack(value any) ([]byte, error) { return p.packBy(p.deflater, value) }

// packPictures is pack for a value that is mostly compressed already.
func (p *packer) packPictures(value any) ([]byte, error) { return p.packBy(p.storer, value) }

func (p *packer) packBy(w *flate.Writer, value any) ([]byte, error) {
	p.plain.Reset()
	p.packed.Reset()
	if err := p.mode.NewEncoder(&p.plain).Encode(value); err != nil {
		return nil, err
	}
	w.Reset(&p.packed)
	if _, err := w.Write(p.plain.Bytes()); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return p.packed.Bytes(), nil
}

// unpacker reads blobs.
type unpacker struct {
	mode     cbor.DecMode
	packed   bytes.Reader
	plain    bytes.Buffer
	inflater io.ReadCloser
}

func newUnpacker() *unpacker {
	mode, err := cbor.DecOptions{MaxArrayElements: maxBlob, MaxMapPairs: 1 << 16}.DecMode()
	if err != nil {
		panic(err) // fixed options
	}
	return &unpacker{mode: mode, inflater: flate.NewReader(nil)}
}

// unpack reads a blob. Fields that this version does not know are left out.
func (u *unpacker) unpack(blob []byte, to any) error {
	u.plain.Reset()
	u.packed.Reset(blob)
	if err := u.inflater.(flate.Resetter).Reset(&u.packed, nil); err != nil { // as its documentation says
		return err
	}
	n, err := u.plain.ReadFrom(io.LimitReader(u.inflater, maxBlob+1))
	if err != nil {
		return err
	}
	if n > maxBlob {
		return fmt.Errorf("it unpacks to more than %d bytes", maxBlob)
	}
	return u.mode.Unmarshal(u.plain.Bytes(), to)
}

// imageOf is what is kept of a row.
func imageOf(r *record.Row) (image, times) {
	kept := *r.Record
	kept.Means, kept.PerClass, kept.Confusion, kept.LabelCounts = nil, nil, nil, nil
	t := times{kept.Stages, kept.Reference, kept.WarmUp}
	kept.Stages, kept.Reference, kept.WarmUp = [4]time.Duration{}, 0, false
	return image{kept, r.Digests, r.LabelHash, r.Oriented, r.States, r.LossState}, t
}

// row is the row that an image was made of.
func (i *image) row(t times) *record.Row {
	i.Record.Stages, i.Record.Reference, i.Record.WarmUp = t.Stages, t.Reference, t.WarmUp
	return &record.Row{Record: &i.Record, Digests: i.Digests, LabelHash: i.LabelHash, Oriented: i.Oriented, States: i.States, LossState: i.LossState}
}
