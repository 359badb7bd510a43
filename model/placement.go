package model

import (
	"github.com/segmetry/segmetry/internal/fault"
	"github.com/segmetry/segmetry/internal/record"
)

// Placement implements Session.
func (s *session) Placement() record.Placement {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.placement.Source != "" {
		return s.placement
	}
	assumed := s.assumed("nothing was run")
	shape := s.last
	if shape[0] == 0 && s.sig.Height > 0 && s.sig.Width > 0 {
		shape = [4]int64{1, int64(s.sig.Channels), int64(s.sig.Height), int64(s.sig.Width)}
	}
	if shape[0] == 0 {
		return assumed
	}
	nodes, err := s.profile(shape[:])
	switch {
	case err != nil:
		assumed.Why = err.Error()
	case len(nodes) == 0:
		assumed.Why = "ONNX Runtime's profile names no provider"
	default:
		s.place(nodes)
		return s.placement
	}
	s.placement = assumed
	return assumed
}

// Attested is a session that says where its nodes run without running the model for it: by a profile that was taken already, or
// assumed, with the reason why there was none.
type Attested interface {
	KnownPlacement(why string) record.Placement
}

// KnownPlacement implements Attested.
func (s *session) KnownPlacement(why string) record.Placement {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.placement.Source != "" {
		return s.placement
	}
	return s.assumed(why)
}

// assumed is what stands in for a profile: every operator on the provider that works.
func (s *session) assumed(why string) record.Placement {
	return record.Placement{Source: "assumed", Why: why, Nodes: map[string]int{s.engine.provider: s.nodes}, Rewritten: s.engine.rewrote, Tried: s.tried}
}

// place keeps where a profile's nodes ran; of none, nothing is known yet.
func (s *session) place(nodes []record.Node) {
	if len(nodes) == 0 {
		return
	}
	s.placement = placement(nodes)
	s.placement.Rewritten, s.placement.Tried = s.engine.rewrote, s.tried
	s.placement.FellBack = fellBack(s.engine.provider, s.placement)
}

// attest takes the profile on a GPU before the first image is run, where the session's own warm-up could not: a model of any
// size that does not take the size that was guessed. On the CPU there is nothing to attest.
func (s *session) attest(shape [4]int64) error {
	if s.engine.provider == cpuProvider {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.placement.Source != "" {
		return s.unused
	}
	nodes, err := s.profile(shape[:])
	if err != nil {
		return nil //nolint:nilerr // the image's own run says what is wrong with it
	}
	s.place(nodes)
	if err := attest(s.engine.provider, nodes); err != nil && !s.allowFallback {
		s.unused = fault.Runtimef("%w; set model.allow_fallback: true to let them, or use --device cpu", err)
	}
	return s.unused
}

// Noted is a session that has notes on where it runs, for people: a device that did not work, nodes that fell back.
type Noted interface {
	Notes() []string
}

// Notes implements Noted. That the library is a build without CUDA is no news where nobody asked for it.
func (s *session) Notes() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var notes []string
	for _, t := range s.tried {
		if t.Why != buildWithout {
			notes = append(notes, "the model runs on "+s.engine.provider+", because "+t.Provider+" does not work: "+t.Why)
		}
	}
	if s.placement.FellBack != "" {
		notes = append(notes, s.placement.FellBack)
	}
	return notes
}
