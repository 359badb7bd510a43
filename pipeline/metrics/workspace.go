package metrics

// workspace holds what several collectors derive from one image's label maps.
type workspace struct{}

func (w *workspace) reset() {}
