package record

// Definition says what a figure is, and under which heading of which page of the documentation it is explained.
type Definition struct {
	Doc           string
	Of            string // what the figure is called without a label of its own
	Page, Heading string
}
