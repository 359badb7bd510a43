package preflight

func init() {
	Register(Check{Name: "masks", Doc: "masks that cannot be read, or are no label images: JPEG, colours without a palette", New: func(*Setup) Checker { return &badMasks{} }})
}

// badMasks are the masks that cannot be read as label images.
type badMasks struct{ reasons }

func (c *badMasks) Look(v *View) {
	if v.MaskErr != nil && v.PictureErr == nil {
		c.add(v.Item.Mask.Name, v.MaskErr)
	}
}

func (c *badMasks) Findings(Seen) []Finding {
	return c.findings(Finding{Level: Error, Check: "masks", Expected: "a label image: palette indices, grey levels, or the colours of dataset.palette",
		Do: "do what the message says, or remove the mask with its picture"})
}
