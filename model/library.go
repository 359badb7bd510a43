package model

// Library is a shared library of ONNX Runtime that was found.
type Library struct {
	Path    string // file to load, or a bare name for the system's loader
	Version string // such as 1.27.0; "" where the file does not say
	Origin  string // where it came from: option, executable, cache, system, fetched
	SHA256  string // of a library from the cache, which was verified against a pinned digest; "" otherwise
}

// minVersion is the first release of ONNX Runtime that has the C API of version 24, which the binding asks for.
const minVersion = "1.24"

// runtimeVariable is the environment variable that names the library.
const runtimeVariable = "SEGMETRY_RUNTIME"
