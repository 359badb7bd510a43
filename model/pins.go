package model

// The pinned builds of ONNX Runtime 1.27.0. Every archive and every library was downloaded and hashed when it was pinned.
// The release page's own archives are not among them: their digests could not be verified, and an unverified file is
// never used. npm's Windows build needs further libraries beside it and is left out for that reason.

// pinnedVersion is the version that is fetched.
const pinnedVersion = "1.27.0"

// pinned is a file that is known by its size and SHA-256.
type pinned struct {
	Name   string // base name; inside an archive the member's whole path
	Size   int64
	SHA256 string
}

// build is what a platform fetches.
type build struct {
	PipPlatform string // pip's --platform; "" where there is no wheel
	Wheel       pinned
	WheelMember pinned
	Node        pinned // npm's tarball; an empty SHA-256 where it is not used
	NodeMember  pinned
}

const wheelLibrary = "onnxruntime/capi/"

// nodeTarball holds the libraries of all platforms.
var nodeTarball = pinned{"onnxruntime-node-1.27.0.tgz", 100893124, "c3779c01c59832f8c03e2c392ac3af10bf08579f1822e8b1c63cc451edb302a2"}

// builds are the pinned builds by GOOS/GOARCH.
var builds = map[string]build{
	"linux/amd64": {
		PipPlatform: "manylinux_2_28_x86_64",
		Wheel:       pinned{"onnxruntime-1.27.0-cp312-cp312-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl", 18658316, "7c65a7438632d55dfbc8a02ee60bd6cf7dd9d1ba05a43d4b851452f32338e194"},
		WheelMember: pinned{wheelLibrary + "libonnxruntime.so.1.27.0", 23658512, "b5c9d4f124d24707f514dad926dc181820807178855df1c528e3addb2dd0e6f7"},
		Node:        nodeTarball,
		NodeMember:  pinned{"package/bin/napi-v6/linux/x64/libonnxruntime.so.1", 38023776, "d8aff4aa8abee8fb2abb2f2f2459ffc94461e781e41b9f7c072829dd0d470221"},
	},
	"linux/arm64": {
		PipPlatform: "manylinux_2_28_aarch64",
		Wheel:       pinned{"onnxruntime-1.27.0-cp312-cp312-manylinux_2_27_aarch64.manylinux_2_28_aarch64.whl", 16438140, "c6fddce0539a4898c7bef35b052ffd37935b2190e35488eab99ce91887743ea1"},
		WheelMember: pinned{wheelLibrary + "libonnxruntime.so.1.27.0", 20001880, "9275ef52956228686ae47b0219f67476a1148505084bdc5571e7bf1bf69b11f2"},
		Node:        nodeTarball,
		NodeMember:  pinned{"package/bin/napi-v6/linux/arm64/libonnxruntime.so.1", 20001880, "c36bc200e7e6c093b8abb0b34590fbdd8c52fd3fb5e33795b9523ffdde2fce0f"},
	},
	"darwin/arm64": {
		PipPlatform: "macosx_14_0_arm64",
		Wheel:       pinned{"onnxruntime-1.27.0-cp312-cp312-macosx_14_0_arm64.whl", 18433506, "a14c2ce45312def86b77aea651f46565e45960cf5f0721bfdff449165086ab76"},
		WheelMember: pinned{wheelLibrary + "libonnxruntime.1.27.0.dylib", 29651448, "49422a138fff12d7fcbd544373aefbffd510e473e08e18af28a8ecc3581029bf"},
		Node:        nodeTarball,
		NodeMember:  pinned{"package/bin/napi-v6/darwin/arm64/libonnxruntime.1.27.0.dylib", 38800984, "89f692a3a1a224e4ad0b796b0e7c0bd81113b0741bfe84211eceef14d05a9e59"},
	},
	"windows/amd64": {
		PipPlatform: "win_amd64",
		Wheel:       pinned{"onnxruntime-1.27.0-cp312-cp312-win_amd64.whl", 13358769, "20c321cf187ba496e648acf6b4cf90b4d398b0d17c2a77fdaeba365b908cc1c1"},
		WheelMember: pinned{wheelLibrary + "onnxruntime.dll", 17320800, "bbb4ff18db820c24ad6d9196ecdc7a62d6099268eaadf264813a23591d4d15cc"},
	},
}

// libraryName is the file name of a platform's library in the cache and beside the executable.
func libraryName(goos string) string {
	switch goos {
	case "windows":
		return "onnxruntime.dll"
	case "darwin":
		return "libonnxruntime." + pinnedVersion + ".dylib"
	}
	return "libonnxruntime.so." + pinnedVersion
}
