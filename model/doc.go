// Package model turns an exported ONNX file into something that can be evaluated: it reads what the file says of itself
// ([ReadONNX]), finds or fetches ONNX Runtime ([FindLibrary]), opens a session ([Open]) whose workers each hold a
// [Runner], and decodes what comes out ([Decoder]) into logits or label maps ([Prediction]).
//
// It knows nothing of pictures, masks, losses or reports. It is the only importer of onnxruntime_go, in one file.
package model
