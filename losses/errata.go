package losses

// Erratum is a statement of the source document that is wrong, and what is right.
type Erratum struct {
	Loss  string
	Right string
}

// Errata lists where the source document is wrong, in the document's order.
func Errata() []Erratum {
	var list []Erratum
	for _, name := range document {
		if d := registry[name]; d.Document != "" {
			list = append(list, Erratum{name, d.Document})
		}
	}
	return list
}
