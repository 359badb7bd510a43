package model

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/segmetry/segmetry/internal/fault"
)

// cudaShop is a machine whose pip delivers two small wheels, one of ONNX Runtime and one of CUDA.
func cudaShop(t *testing.T) (f *finder, dir string, calls func() int) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the fake package client is a shell script")
	}
	shelf := t.TempDir()
	script := "#!/bin/sh\necho x >>'" + shelf + "/calls'\nfor a; do case \"$a\" in *==*) want=$a;; esac; last=$a; done\nexec /bin/cp '" + shelf + "/'\"$want.whl\" \"$last/delivered.whl\"\n"
	if err := os.WriteFile(filepath.Join(shelf, "pip"), []byte(script), 0o755); err != nil { //nolint:gosec // it is run
		t.Fatal(err)
	}
	t.Setenv("PATH", shelf)
	var wheels []cudaWheel
	for requirement, member := range map[string]string{"onnxruntime-gpu==1": "onnxruntime/capi/" + libraryName("linux"), "nvidia-x==2": "nvidia/cu13/lib/libx.so.13"} {
		data := []byte("the library " + member)
		wheel := wheelOf(t, member, data)
		if err := os.WriteFile(filepath.Join(shelf, requirement+".whl"), wheel, 0o600); err != nil {
			t.Fatal(err)
		}
		wheels = append(wheels, cudaWheel{requirement, pinOf("x.whl", wheel), []pinned{pinOf(member, data)}})
	}
	f = &finder{LibraryOptions: LibraryOptions{CacheDir: t.TempDir(), CUDA: true}, goos: "linux", goarch: "amd64", cuda: map[string][]cudaWheel{"linux/amd64": wheels}}
	dir, err := f.cudaDir()
	if err != nil {
		t.Fatal(err)
	}
	return f, dir, func() int {
		data, _ := os.ReadFile(filepath.Join(shelf, "calls"))
		return strings.Count(string(data), "x")
	}
}

func TestInstallCUDA(t *testing.T) {
	f, dir, calls := cudaShop(t)
	if p, err := f.planCUDA(); err != nil || p.Present || len(p.Packages) != 2 || p.Dir != dir || p.Download < 100 || p.Installed < 20 || calls() != 0 {
		t.Fatalf("%+v, %v", p, err)
	}
	lib, err := f.installCUDA(context.Background())
	if err != nil || lib.Origin != "fetched" || filepath.Dir(lib.Path) != dir || calls() != 2 {
		t.Fatalf("%+v, %v, %d calls", lib, err, calls())
	}
	var names []string
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if want := []string{libraryName("linux"), "libx.so.13", stampName}; !slices.Equal(names, want) {
		t.Errorf("the folder holds %v, want %v", names, want)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(dir), ".fetch-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if lib, err = f.installCUDA(context.Background()); err != nil || lib.Origin != "the cache" || calls() != 2 {
		t.Errorf("second time: %+v, %v", lib, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "libx.so.13"), []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := f.verifiedCUDA(dir); err == nil || !strings.Contains(err.Error(), "libx.so.13 is damaged") {
		t.Errorf("%v", err)
	}
	if lib, err = f.installCUDA(context.Background()); err != nil || lib.Origin != "fetched" || calls() != 4 {
		t.Errorf("after damage: %+v, %v", lib, err)
	}
	if err := os.Remove(filepath.Join(dir, "libx.so.13")); err != nil {
		t.Fatal(err)
	}
	f.Offline = true
	if _, err = f.installCUDA(context.Background()); fault.KindOf(err) != fault.Runtime || err == nil || !strings.Contains(err.Error(), "--offline") {
		t.Errorf("offline: %v", err)
	}
}

// TestInstallCUDARefuses: a wheel or library that is not the pinned one leaves nothing in the cache.
func TestInstallCUDARefuses(t *testing.T) {
	for name, change := range map[string]func(w *cudaWheel){
		"corrupt or altered": func(w *cudaWheel) { w.Archive.SHA256 = strings.Repeat("0", 64) },
		"is corrupt":         func(w *cudaWheel) { w.Members[0].SHA256 = strings.Repeat("0", 64) },
		"holds no":           func(w *cudaWheel) { w.Members[0].Name = "absent" },
	} {
		f, dir, _ := cudaShop(t)
		change(&f.cuda["linux/amd64"][1])
		lib, err := f.installCUDA(context.Background())
		if err == nil || fault.KindOf(err) != fault.Runtime || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), f.cuda["linux/amd64"][1].Requirement) {
			t.Errorf("%s: %+v, %v", name, lib, err)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%s: a build that is not verified lies in the cache", name)
		}
	}
	f, _, _ := cudaShop(t)
	f.goarch = "arm64"
	if _, err := f.installCUDA(context.Background()); err == nil || !strings.Contains(err.Error(), "linux/arm64") || !strings.Contains(err.Error(), "--runtime") {
		t.Errorf("%v", err)
	}
	f, _, calls := cudaShop(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := f.installCUDA(ctx); err != context.Canceled || calls() != 0 {
		t.Errorf("cancelled: %v", err)
	}
}

// TestCUDAManyAtOnce lets several processes install at the same time: one fetches, all get it.
func TestCUDAManyAtOnce(t *testing.T) {
	f, _, calls := cudaShop(t)
	var wg sync.WaitGroup
	for range 4 {
		f := *f
		wg.Go(func() {
			if _, err := f.installCUDA(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if calls() != 2 {
		t.Errorf("%d downloads", calls())
	}
}

// TestWhichCachedBuild: a GPU device takes the build with CUDA, the CPU the other; either stands in for the other.
func TestWhichCachedBuild(t *testing.T) {
	f, cudaFolder, _ := cudaShop(t)
	if _, err := f.installCUDA(context.Background()); err != nil {
		t.Fatal(err)
	}
	cpuFolder := filepath.Dir(cudaFolder)
	f.builds = map[string]build{"linux/amd64": {WheelMember: pinOf("x", fakeLibrary)}}
	for _, step := range []struct {
		cuda bool
		cpu  bool // the build for the processor is there
		want string
	}{{true, false, cudaFolder}, {false, false, cudaFolder}, {true, true, cudaFolder}, {false, true, cpuFolder}} {
		if step.cpu {
			if err := os.WriteFile(filepath.Join(cpuFolder, libraryName("linux")), fakeLibrary, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		f.CUDA = step.cuda
		if lib, ok := f.cached(); !ok || filepath.Dir(lib.Path) != step.want {
			t.Errorf("%+v: %+v", step, lib)
		}
	}
}

// TestCUDAPins: what is preloaded is what is installed, and every pin is whole.
func TestCUDAPins(t *testing.T) {
	for platform, wheels := range cudaWheels {
		var names []string
		for _, w := range wheels {
			for _, p := range append(slices.Clone(w.Members), w.Archive) {
				if len(p.SHA256) != 64 || p.Size <= 0 || p.Name == "" {
					t.Errorf("%s, %s: %+v", platform, w.Requirement, p)
				}
			}
			for _, m := range w.Members {
				name := filepath.Base(m.Name)
				if slices.Contains(names, name) {
					t.Errorf("%s: %s stands twice", platform, name)
				}
				names = append(names, name)
			}
		}
		for _, name := range append([]string{libraryName("linux"), "libonnxruntime_providers_cuda.so", "libonnxruntime_providers_shared.so"}, cudaLibraries...) {
			if !slices.Contains(names, name) {
				t.Errorf("%s: %s is not installed", platform, name)
			}
		}
	}
}

func TestListLibraries(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"libonnxruntime_providers_cuda.so", "libonnxruntime.so"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := fmt.Sprint(providersBeside(filepath.Join(dir, "libonnxruntime.so"))); got != "[cpu cuda]" {
		t.Error(got)
	}
	real := runtimeLibrary(t)
	for _, o := range []LibraryOptions{{}, {CUDA: true}, {Path: real.Path}} {
		list := ListLibraries(o)
		lib, _, err := LocateLibrary(o)
		at := slices.IndexFunc(list, func(p Place) bool { return p.Used })
		if at < 0 || err != nil || list[at].Path != lib.Path || list[at].Version != lib.Version || !slices.Contains(list[at].Providers, "cpu") {
			t.Errorf("%+v: %+v, want %+v, %v", o, list, lib, err)
		}
	}
	if list := ListLibraries(LibraryOptions{Path: filepath.Join(dir, "absent.so"), CacheDir: dir}); len(list) < 2 || list[0].Found || slices.ContainsFunc(list, func(p Place) bool { return p.Used }) {
		t.Errorf("%+v", list)
	}
}
