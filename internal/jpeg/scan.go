package jpeg

import "fmt"

// scan is one pass over some of a picture's components.
type scan struct {
	n          int
	components [4]scanComponent
	// Progressive: coefficients first to last in zigzag order, whose bits down to low are given; high is the lowest bit
	// known before, 0 in a first scan.
	first, last, high, low int
	run                    int // blocks that have no further coefficient in this scan (EOBRUN)
	block                  [64]int32
}

type scanComponent struct {
	*component
	dc, ac    *huffman
	predictor int32
}

// readScan reads a scan header (T.81, B.2.3) and the scan.
func (d *Decoder) readScan() error {
	b, err := d.body()
	switch {
	case err != nil:
		return err
	case len(b) < 6 || b[0] < 1 || b[0] > 4 || len(b) != 4+2*int(b[0]):
		return DamagedError("a scan header has the wrong length")
	}
	s := &d.scan
	s.n = int(b[0])
	s.first, s.last, s.high, s.low = int(b[1+2*s.n]), int(b[2+2*s.n]), int(b[3+2*s.n]>>4), int(b[3+2*s.n]&15)
	blocks := 0
	for i := range s.n {
		c, err := d.scanned(b[1+2*i], b[2+2*i], i)
		if err != nil {
			return err
		}
		s.components[i] = c
		blocks += c.h * c.v
	}
	if s.n > 1 && blocks > 10 {
		return DamagedError("a scan has more than ten blocks a unit")
	}
	if err := d.checkScan(); err != nil {
		return err
	}
	for i := range s.n {
		d.begin(s.components[i].component)
	}
	return d.readIntervals()
}

// scanned finds a component of the frame by its number.
func (d *Decoder) scanned(id, tables byte, already int) (scanComponent, error) {
	if tables>>4 > 3 || tables&15 > 3 {
		return scanComponent{}, DamagedError("a scan header has a table number out of range")
	}
	for i := range d.frame.components[:d.frame.n] {
		c := &d.frame.components[i]
		if c.id != id {
			continue
		}
		for _, other := range d.scan.components[:already] {
			if other.component == c {
				return scanComponent{}, DamagedError("a scan names a component twice")
			}
		}
		return scanComponent{component: c, dc: &d.dc[tables>>4], ac: &d.ac[tables&15]}, nil
	}
	return scanComponent{}, DamagedError(fmt.Sprintf("a scan names component %d, which the frame does not have", id))
}

// checkScan holds a scan against the frame, and looks for the tables it needs.
func (d *Decoder) checkScan() error {
	s := &d.scan
	if !d.frame.progressive {
		s.first, s.last, s.high, s.low = 0, 63, 0, 0
	}
	switch {
	case s.first > s.last || s.last > 63 || s.low > 13 || s.high > 13:
		return DamagedError("a scan header has its coefficients out of range")
	case d.frame.progressive && (s.first == 0) != (s.last == 0):
		return DamagedError("a progressive scan mixes DC and AC coefficients")
	case s.first > 0 && s.n > 1:
		return DamagedError("a progressive scan of AC coefficients has several components")
	case s.high > 0 && s.high != s.low+1:
		return DamagedError("a progressive scan refines more than one bit")
	}
	for i := range s.n {
		c := &s.components[i]
		if d.quantization[c.table] == nil {
			return DamagedError(fmt.Sprintf("it has no quantisation table %d", c.table))
		}
		if s.first == 0 && s.high == 0 && !c.dc.known || s.last > 0 && !c.ac.known {
			return DamagedError("a scan uses a Huffman table that the file does not have")
		}
		if !d.frame.progressive && c.scanned {
			return DamagedError("a component has two scans")
		}
		if d.frame.progressive {
			if err := c.refine(s); err != nil {
				return err
			}
		}
	}
	return nil
}

// refine keeps book of the bits that are known of each coefficient.
func (c *component) refine(s *scan) error {
	if s.first > 0 && c.refined[0] < 0 {
		return DamagedError("a progressive scan of AC coefficients comes before those of DC")
	}
	for k := s.first; k <= s.last; k++ {
		if known := int(c.refined[k]); s.high == 0 && known >= 0 || s.high > 0 && known != s.high {
			return DamagedError("its progressive scans do not follow each other")
		}
		c.refined[k] = int8(s.low)
	}
	return nil
}

// begin fixes a component's divisors, as they are when its first scan begins.
func (d *Decoder) begin(c *component) {
	if c.scanned {
		return
	}
	for k, q := range d.quantization[c.table] {
		c.quantize[k] = int32(q)
	}
	c.scanned = true
}

// units is how many MCUs the scan has across and down. Alone, a component's blocks are its units.
func (d *Decoder) units() (across, down int) {
	if c := &d.scan.components[0]; d.scan.n == 1 {
		return ceil(c.width, 8), ceil(c.height, 8)
	}
	return d.frame.mcusX, d.frame.mcusY
}

// readIntervals reads the scan from restart marker to restart marker.
func (d *Decoder) readIntervals() error {
	across, down := d.units()
	total, step := across*down, d.restart
	if step == 0 {
		step = total
	}
	for from, number := 0, byte(0); from < total; from, number = from+step, (number+1)&7 {
		if from > 0 {
			if err := d.restartMarker(number - 1); err != nil {
				return err
			}
		}
		d.at += d.bits.load(d.data[d.at:])
		d.scan.run = 0
		for i := range d.scan.n {
			d.scan.components[i].predictor = 0
		}
		err := d.readUnits(from, min(total, from+step), across)
		if d.bits.overrun() { // what was wrong is that the bits ended
			if err = DamagedError("a part of the picture ends too early"); d.at+1 >= len(d.data) {
				err = ErrTruncated
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// restartMarker takes the marker between two intervals.
func (d *Decoder) restartMarker(number byte) error {
	for d.at+2 < len(d.data) && d.data[d.at+1] == 0xff { // fill bytes
		d.at++
	}
	if d.at+1 >= len(d.data) {
		return ErrTruncated
	}
	if m := d.data[d.at+1]; m != markerRST0+number&7 {
		return DamagedError(fmt.Sprintf("expected restart marker %d at byte %d, found FF %02X", number&7, d.at, m))
	}
	d.at += 2
	return nil
}

// errCode says that bits are no code of their table.
var errCode error = DamagedError("its bits are no Huffman code")

// readUnits reads the MCUs from one number up to another.
func (d *Decoder) readUnits(from, to, across int) error {
	s := &d.scan
	decode := d.blockDecoder()
	x, y := from%across, from/across
	for range to - from {
		if s.n == 1 {
			if err := decode(d, &s.components[0], x, y); err != nil {
				return err
			}
		} else {
			for i := range s.n {
				c := &s.components[i]
				for v := range c.v {
					for h := range c.h {
						if err := decode(d, c, x*c.h+h, y*c.v+v); err != nil {
							return err
						}
					}
				}
			}
		}
		if x++; x == across {
			x, y = 0, y+1
			if d.bits.overrun() {
				return ErrTruncated
			}
		}
	}
	return nil
}

// blockDecoder is what decodes a block of the scan.
func (d *Decoder) blockDecoder() func(d *Decoder, c *scanComponent, x, y int) error {
	switch s := &d.scan; {
	case !d.frame.progressive:
		return (*Decoder).sequential
	case s.first == 0 && s.high == 0:
		return (*Decoder).firstDC
	case s.first == 0:
		return (*Decoder).refineDC
	case s.high == 0:
		return (*Decoder).firstAC
	}
	return (*Decoder).refineAC
}
