package preflight

func init() {
	Register(Check{Name: "pictures", Doc: "pictures that cannot be read, or end in the middle", New: func(*Setup) Checker { return &unreadable{} }})
}

// unreadable are the pictures that cannot be read.
type unreadable struct{ reasons }

func (c *unreadable) Look(v *View) {
	if v.PictureErr != nil {
		c.add(v.Item.Image.Name, v.PictureErr)
	}
}

func (c *unreadable) Findings(Seen) []Finding { return c.findings(unreadablePicture) }

// unreadablePicture is what findings about pictures that cannot be read have in common.
var unreadablePicture = Finding{Level: Error, Check: "pictures", Expected: "a picture that can be read whole",
	Do: "save or copy it anew, or remove it with its mask"}
