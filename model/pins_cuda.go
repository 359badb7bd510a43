package model

// The pinned build of ONNX Runtime 1.27.0 with CUDA. Its wheel was built against CUDA 13.0 and cuDNN 9, and its metadata asks for
// nvidia-*-cu13 packages of CUDA, which are empty: since CUDA 13 the wheels have no suffix. Versions are those of the toolkit
// 13.0.2 (the package cuda-toolkit of that version says which). Every wheel and every library in it was downloaded and hashed
// when it was pinned. What neither ONNX Runtime nor these libraries load is left out (nvblas, cufftw, the alternative nvrtc).

// cudaWheel is a package of pip, and the libraries that are taken out of its wheel.
type cudaWheel struct {
	Requirement string
	Archive     pinned
	Members     []pinned
}

// cudaLibraries are what the CUDA provider of ONNX Runtime 1.27 needs, and what those load by name later.
var cudaLibraries = []string{
	"libcudart.so.13", "libnvJitLink.so.13", "libnvrtc-builtins.so.13.0", "libnvrtc.so.13", "libcublasLt.so.13", "libcublas.so.13",
	"libcurand.so.10", "libcufft.so.12", "libcudnn.so.9",
}

// cudaWheels are the packages by GOOS/GOARCH.
var cudaWheels = map[string][]cudaWheel{
	"linux/amd64": {
		{Requirement: "onnxruntime-gpu==1.27.0", Archive: pinned{"onnxruntime_gpu-1.27.0-cp312-cp312-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl", 220305746, "b2b8d6afabf3c23c2c698639a16388816dc7298f388a9ddddf504b283990ea01"}, Members: []pinned{
			{"onnxruntime/capi/libonnxruntime.so.1.27.0", 23736336, "184096f611d6cfff75f5d4cbaf01f76d736ab10d408d335fca0c85e5a79018db"},
			{"onnxruntime/capi/libonnxruntime_providers_cuda.so", 251627280, "9aacf1788ceae09ca362cbf9bb3c1d69c94cec86e24310de7ad14e6b05b5bb5d"},
			{"onnxruntime/capi/libonnxruntime_providers_shared.so", 14632, "086ec1d5388f64153d9c63470d126693db9a182c8ce236d3a1119068471b8a0d"},
			{"onnxruntime/capi/libonnxruntime_providers_tensorrt.so", 764888, "e9ac7843d679d8e34466abddf4875443254fa6ee9c8f19451e761acdc60f3aee"},
		}},
		{Requirement: "nvidia-cuda-runtime==13.0.96", Archive: pinned{"nvidia_cuda_runtime-13.0.96-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl", 2243632, "7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548"}, Members: []pinned{
			{"nvidia/cu13/lib/libcudart.so.13", 704288, "96c42e418cec19054186b9429c321603cc190bf26a18104e19408117a2a817b0"},
		}},
		{Requirement: "nvidia-cuda-nvrtc==13.0.88", Archive: pinned{"nvidia_cuda_nvrtc-13.0.88-py3-none-manylinux2010_x86_64.manylinux_2_12_x86_64.whl", 90215200, "ad9b6d2ead2435f11cbb6868809d2adeeee302e9bb94bcf0539c7a40d80e8575"}, Members: []pinned{
			{"nvidia/cu13/lib/libnvrtc-builtins.so.13.0", 4380616, "91dcd944d01da9c0f08fff5d779db136a47f6d62bdb63bae900d2f481e92c3a2"},
			{"nvidia/cu13/lib/libnvrtc.so.13", 109338064, "a49e67e8e74590f1e98de55c39c6287efd3f59e3c3797464d7bbe0fe01349b11"},
		}},
		{Requirement: "nvidia-nvjitlink==13.0.88", Archive: pinned{"nvidia_nvjitlink-13.0.88-py3-none-manylinux2010_x86_64.manylinux_2_12_x86_64.whl", 40713933, "13a74f429e23b921c1109976abefacc69835f2f433ebd323d3946e11d804e47b"}, Members: []pinned{
			{"nvidia/cu13/lib/libnvJitLink.so.13", 98806736, "931347fa77d9fd5511059e04627f122b1ee33e409f22c3273ddddbe065713a3a"},
		}},
		{Requirement: "nvidia-curand==10.4.0.35", Archive: pinned{"nvidia_curand-10.4.0.35-py3-none-manylinux_2_27_x86_64.whl", 59544258, "1aee33a5da6e1db083fe2b90082def8915f30f3248d5896bcec36a579d941bfc"}, Members: []pinned{
			{"nvidia/cu13/lib/libcurand.so.10", 132698328, "b53732a66b302b11926e00f762e2c2ba67058347ff93cf4ae709de45e93e06da"},
		}},
		{Requirement: "nvidia-cufft==12.0.0.61", Archive: pinned{"nvidia_cufft-12.0.0.61-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl", 214085489, "6c44f692dce8fd5ffd3e3df134b6cdb9c2f72d99cf40b62c32dde45eea9ddad3"}, Members: []pinned{
			{"nvidia/cu13/lib/libcufft.so.12", 286542352, "0933f68bb7e3bf90f86d70bc87cd2f69027f7757e89e5de5e19ec33a53fd8d3a"},
		}},
		{Requirement: "nvidia-cublas==13.1.0.3", Archive: pinned{"nvidia_cublas-13.1.0.3-py3-none-manylinux_2_27_x86_64.whl", 423133236, "ee8722c1f0145ab246bccb9e452153b5e0515fd094c3678df50b2a0888b8b171"}, Members: []pinned{
			{"nvidia/cu13/lib/libcublas.so.13", 54177976, "e70f38efabe986acd5eb683497c62f0f1730a6176ee291d9d24c6e339d1fbf86"},
			{"nvidia/cu13/lib/libcublasLt.so.13", 541595600, "656298c804f5adbb0df930545c17911b9584ab4e5101c0eeb65d1fe881d880f8"},
		}},
		{Requirement: "nvidia-cudnn-cu13==9.19.0.56", Archive: pinned{"nvidia_cudnn_cu13-9.19.0.56-py3-none-manylinux_2_27_x86_64.whl", 366066321, "d20e1734305e9d68889a96e3f35094d733ff1f83932ebe462753973e53a572bf"}, Members: []pinned{
			{"nvidia/cudnn/lib/libcudnn.so.9", 129240, "94f44e2e8fb2d4bca8c534b14f03ef84e095376dad72a257fd854377ef0b3427"},
			{"nvidia/cudnn/lib/libcudnn_adv.so.9", 109169104, "87e2199f5bca489a1ed863afbb0b421c822fe0081a956d8c69216b3ae37c135f"},
			{"nvidia/cudnn/lib/libcudnn_cnn.so.9", 4203904, "36480b885ab03685d9b07c9fca4bbaeb3e7c3c7c4d81297cf8195b72cd3d8f20"},
			{"nvidia/cudnn/lib/libcudnn_engines_precompiled.so.9", 245391920, "7f8ce268b43c0fab298cc43854a006195bc16c0ed43bedf63b11f3699e92c6ae"},
			{"nvidia/cudnn/lib/libcudnn_engines_runtime_compiled.so.9", 29386400, "1b0025cfeab270688d4563e287a5009389464ff140d0ebcf708314223523b99b"},
			{"nvidia/cudnn/lib/libcudnn_graph.so.9", 4451728, "e292c689093f22325bffb7f84e68c58067c062a5cdd5534914ac1449f0a4e23f"},
			{"nvidia/cudnn/lib/libcudnn_heuristic.so.9", 60822040, "9e0202a6bcc055fc921972f335be9eeec95e469582e0f603f6548df5209ab7dc"},
			{"nvidia/cudnn/lib/libcudnn_ops.so.9", 39855888, "3e9182b90e8ba33027c1dcf42741ba2a8799eef3e8047cf341e00a6091ddec97"},
		}},
	},
}
