package jpeg

// The four kinds of progressive scans (T.81, annex G).

func (c *component) coefficientsAt(x, y int) *[64]int16 { return &c.coefficients[y*c.blocksX+x] }

func (d *Decoder) firstDC(c *scanComponent, x, y int) error {
	size, ok := d.bits.symbol(c.dc)
	if !ok || size > 15 {
		return errCode
	}
	c.predictor += extend(d.bits.take(size), size)
	c.coefficientsAt(x, y)[0] = int16(c.predictor << d.scan.low)
	return nil
}

func (d *Decoder) refineDC(c *scanComponent, x, y int) error {
	if d.bits.n < 1 {
		d.bits.fill()
	}
	c.coefficientsAt(x, y)[0] |= int16(d.bits.take(1) << d.scan.low)
	return nil
}

func (d *Decoder) firstAC(c *scanComponent, x, y int) error {
	s, b := &d.scan, &d.bits
	if s.run > 0 {
		s.run--
		return nil
	}
	block := c.coefficientsAt(x, y)
	for k := s.first; k <= s.last; k++ {
		symbol, ok := b.symbol(c.ac)
		if !ok {
			return errCode
		}
		run, size := symbol>>4, symbol&15
		if size == 0 {
			if run == 15 {
				k += 15
				continue
			}
			s.run = int(uint64(1)<<run+b.take(run)) - 1
			return nil
		}
		if k += int(run); k > s.last {
			return errCode
		}
		block[zigzag[k]&63] = int16(extend(b.take(size), size) << s.low)
	}
	return nil
}

// refineAC gives one more bit to the coefficients that are not zero, and the first one to some that are.
func (d *Decoder) refineAC(c *scanComponent, x, y int) error {
	s, b := &d.scan, &d.bits
	block := c.coefficientsAt(x, y)
	k := s.first
	if s.run == 0 {
		for ; k <= s.last; k++ {
			symbol, ok := b.symbol(c.ac)
			if !ok {
				return errCode
			}
			run, size, value := int(symbol>>4), symbol&15, int16(0)
			switch {
			case size == 1:
				if value = -1 << s.low; b.take(1) == 1 {
					value = 1 << s.low
				}
			case size != 0:
				return errCode
			case run < 15:
				s.run = int(uint64(1)<<run + b.take(uint32(run)))
			}
			if s.run > 0 {
				break
			}
			k = b.refine(block, k, s.last, run, int16(1)<<s.low)
			if value != 0 {
				if k > s.last {
					return errCode
				}
				block[zigzag[k]&63] = value
			}
		}
	}
	if s.run > 0 {
		b.refine(block, k, s.last, 64, int16(1)<<s.low)
		s.run--
	}
	return nil
}

// refine reads a bit for each coefficient from k on that is not zero, until it has passed so many zeros and stands at the
// next one, or after last.
func (b *bits) refine(block *[64]int16, k, last, zeros int, bit int16) int {
	for ; k <= last; k++ {
		v := &block[zigzag[k]&63]
		if *v == 0 {
			if zeros == 0 {
				break
			}
			zeros--
			continue
		}
		if b.n < 1 {
			b.fill()
		}
		if b.take(1) == 1 && *v&bit == 0 {
			if *v > 0 {
				*v += bit
			} else {
				*v -= bit
			}
		}
	}
	return k
}
