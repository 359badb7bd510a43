package model

func init() { RegisterDecoder(logitsDecoder{}) }

// logitsDecoder passes float32 NCHW logits on as they are.
type logitsDecoder struct{}

func (logitsDecoder) Kind() string { return KindLogits }

func (logitsDecoder) Accepts(s Signature) error { return acceptScores(s) }

func (logitsDecoder) Decode(s Signature, raw Tensor, p *Prediction) error { return scores(s, raw, p) }
