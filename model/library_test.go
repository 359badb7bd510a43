package model

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/segmetry/segmetry/internal/fault"
)

// fakeLibrary stands for ONNX Runtime where only bytes and digests matter.
var fakeLibrary = []byte("the library of a test")

func pinOf(name string, data []byte) pinned {
	sum := sha256.Sum256(data)
	return pinned{name, int64(len(data)), hex.EncodeToString(sum[:])}
}

// wheelOf is a zip file with one member.
func wheelOf(t *testing.T, name string, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(data)
	z.Close()
	return b.Bytes()
}

// tarballOf is a gzipped tar file with one member.
func tarballOf(t *testing.T, name string, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	gz := gzip.NewWriter(&b)
	w := tar.NewWriter(gz)
	if err := w.WriteHeader(&tar.Header{Name: name, Size: int64(len(data)), Mode: 0o644, Typeflag: tar.TypeReg}); err != nil {
		t.Fatal(err)
	}
	w.Write(data)
	w.Close()
	gz.Close()
	return b.Bytes()
}

// shop is a machine of a test: package clients that deliver what the test puts there, and pins.
type shop struct {
	finder  *finder
	said    *bytes.Buffer
	counter string // a file that gets a line for every call of a client
}

// newShop makes clients: a nil archive makes one that fails, and what is not named is not installed.
func newShop(t *testing.T, pip, npm []byte, b build) shop {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the fake package clients are shell scripts")
	}
	dir, said := t.TempDir(), &bytes.Buffer{}
	s := shop{said: said, counter: filepath.Join(dir, "calls")}
	for tool, archive := range map[string][]byte{"pip": pip, "npm": npm} {
		file := filepath.Join(dir, "archive-"+tool)
		if err := os.WriteFile(file, archive, 0o644); err != nil {
			t.Fatal(err)
		}
		ext := map[string]string{"pip": "whl", "npm": "tgz"}[tool]
		script := fmt.Sprintf("#!/bin/sh\necho %s >>'%s'\nfor last; do :; done\n", tool, s.counter)
		if archive == nil {
			script += "echo 'no network here' >&2\nexit 1\n"
		} else {
			script += fmt.Sprintf("/bin/cp '%s' \"$last/delivered.%s\"\n", file, ext)
		}
		if err := os.WriteFile(filepath.Join(dir, tool), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir)
	s.finder = &finder{LibraryOptions: LibraryOptions{CacheDir: t.TempDir(), Announce: said}, goos: "linux", goarch: "amd64", builds: map[string]build{"linux/amd64": b}}
	return s
}

func (s shop) calls(t *testing.T) []string {
	t.Helper()
	data, _ := os.ReadFile(s.counter)
	return strings.Fields(string(data))
}

const memberName = "onnxruntime/capi/lib.so"

func goodBuild(t *testing.T) (wheel, tarball []byte, b build) {
	wheel, tarball = wheelOf(t, memberName, fakeLibrary), tarballOf(t, memberName, fakeLibrary)
	member := pinOf(memberName, fakeLibrary)
	return wheel, tarball, build{"any", pinOf("x.whl", wheel), member, pinOf("x.tgz", tarball), member}
}

func TestFetchThroughPip(t *testing.T) {
	wheel, tarball, b := goodBuild(t)
	s := newShop(t, wheel, tarball, b)
	lib, err := s.finder.find(context.Background())
	if err != nil || lib.Origin != "fetched" || lib.Version != pinnedVersion || lib.SHA256 != b.WheelMember.SHA256 {
		t.Fatalf("%+v, %v", lib, err)
	}
	if got := strings.Count(s.said.String(), "\n"); got != 1 {
		t.Errorf("announced %d lines: %q", got, s.said)
	}
	if data, err := os.ReadFile(lib.Path); err != nil || !bytes.Equal(data, fakeLibrary) {
		t.Errorf("%q, %v", data, err)
	}
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(lib.Path), ".fetch-*"))
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	lib, err = s.finder.find(context.Background())
	if err != nil || lib.Origin != "the cache" || len(s.calls(t)) != 1 {
		t.Errorf("second time: %+v, %v, calls %v", lib, err, s.calls(t))
	}
}

func TestFetchFallsBackToNpm(t *testing.T) {
	wheel, tarball, b := goodBuild(t)
	for name, pip := range map[string][]byte{"pip fails": nil, "pip delivers a corrupt file": wheel[:len(wheel)-3]} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, pip, tarball, b)
			lib, err := s.finder.find(context.Background())
			if err != nil || !slices.Equal(s.calls(t), []string{"pip", "npm"}) {
				t.Errorf("%+v, %v, calls %v", lib, err, s.calls(t))
			}
		})
	}
}

func TestFetchRefuses(t *testing.T) {
	wheel, tarball, good := goodBuild(t)
	otherMember, otherSize, noMember := good, good, good
	otherMember.WheelMember.SHA256, otherMember.NodeMember.SHA256 = strings.Repeat("0", 64), strings.Repeat("0", 64)
	otherSize.WheelMember.Size, otherSize.NodeMember.Size = 3, 3
	noMember.WheelMember.Name, noMember.NodeMember.Name = "absent", "absent"
	junk := []byte("junk")
	noArchive := build{"any", pinOf("x.whl", junk), good.WheelMember, pinOf("x.tgz", junk), good.NodeMember}
	for name, c := range map[string]struct {
		pip, npm []byte
		build    build
		want     string
	}{
		"no network":         {nil, nil, good, "no network here"},
		"corrupt downloads":  {wheel[1:], tarball[1:], good, "corrupt or altered"},
		"another library":    {wheel, tarball, otherMember, "is corrupt"},
		"another size":       {wheel, tarball, otherSize, "expected 3"},
		"library not inside": {wheel, tarball, noMember, "holds no absent"},
		"no archive":         {junk, junk, noArchive, "opening the wheel"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, c.pip, c.npm, c.build)
			lib, err := s.finder.find(context.Background())
			if err == nil || fault.KindOf(err) != fault.Runtime || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "--runtime") {
				t.Errorf("%+v, %v", lib, err)
			}
			dir, _ := s.finder.cacheDir()
			if _, err := os.Stat(filepath.Join(dir, libraryName("linux"))); err == nil {
				t.Error("an unverified library lies in the cache")
			}
		})
	}
}

func TestFetchWithoutClients(t *testing.T) {
	_, _, b := goodBuild(t)
	s := newShop(t, nil, nil, b)
	t.Setenv("PATH", t.TempDir())
	if _, err := s.finder.find(context.Background()); err == nil || !strings.Contains(err.Error(), "not installed") {
		t.Errorf("%v", err)
	}
	s.finder.goarch = "riscv64"
	if _, err := s.finder.find(context.Background()); err == nil || !strings.Contains(err.Error(), "none is pinned for linux/riscv64") {
		t.Errorf("%v", err)
	}
}

func TestOffline(t *testing.T) {
	wheel, tarball, b := goodBuild(t)
	s := newShop(t, wheel, tarball, b)
	s.finder.Offline = true
	_, err := s.finder.find(context.Background())
	if err == nil || fault.KindOf(err) != fault.Runtime || !strings.Contains(err.Error(), "--offline") || !strings.Contains(err.Error(), "--runtime") {
		t.Errorf("%v", err)
	}
	if len(s.calls(t)) != 0 || s.said.Len() != 0 {
		t.Errorf("calls %v, said %q", s.calls(t), s.said)
	}
}

// TestManyAtOnce lets several first runs find the library at the same time: one fetches, all get it.
func TestManyAtOnce(t *testing.T) {
	wheel, tarball, b := goodBuild(t)
	s := newShop(t, wheel, tarball, b)
	var wg sync.WaitGroup
	for range 4 {
		f := *s.finder
		f.Announce = nil
		wg.Go(func() {
			if lib, err := f.find(context.Background()); err != nil || lib.SHA256 != b.WheelMember.SHA256 {
				t.Errorf("%+v, %v", lib, err)
			}
		})
	}
	wg.Wait()
	if got := s.calls(t); len(got) != 1 {
		t.Errorf("fetched %d times", len(got))
	}
}

func TestFetchIsCancelled(t *testing.T) {
	wheel, tarball, b := goodBuild(t)
	s := newShop(t, wheel, tarball, b)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.finder.find(ctx); err != context.Canceled {
		t.Errorf("%v", err)
	}
}

// TestDamagedCache changes the cached library after it was verified: it is noticed, and fetched again.
func TestDamagedCache(t *testing.T) {
	wheel, tarball, b := goodBuild(t)
	s := newShop(t, wheel, tarball, b)
	lib, err := s.finder.find(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(lib.Path, []byte("damaged"), 0o644); err != nil {
		t.Fatal(err)
	}
	s.finder.Offline = true
	if _, err := s.finder.find(context.Background()); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("%v", err)
	}
	s.finder.Offline = false
	if lib, err = s.finder.find(context.Background()); err != nil || lib.Origin != "fetched" {
		t.Errorf("%+v, %v", lib, err)
	}
	if err := os.Remove(filepath.Join(filepath.Dir(lib.Path), stampName)); err != nil {
		t.Fatal(err)
	}
	if lib, err = s.finder.find(context.Background()); err != nil || lib.Origin != "the cache" {
		t.Errorf("without its stamp: %+v, %v", lib, err)
	}
}

func TestNamedLibrary(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "libonnxruntime.so")
	if err := os.WriteFile(text, []byte("not a library"), 0o644); err != nil {
		t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		path string
		kind fault.Kind
		want string
	}{
		"missing":           {filepath.Join(dir, "absent.so"), fault.Usage, "does not exist"},
		"text":              {text, fault.Runtime, "not a shared library"},
		"folder of text":    {dir, fault.Usage, "no usable ONNX Runtime"},
		"empty folder":      {t.TempDir(), fault.Usage, "no usable ONNX Runtime"},
		"some other binary": {exe, fault.Runtime, "it "},
	} {
		lib, probes, err := LocateLibrary(LibraryOptions{Path: c.path})
		if err == nil || fault.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.want) || len(probes) == 0 || probes[len(probes)-1].Found {
			t.Errorf("%s: %+v, %+v, %v", name, lib, probes, err)
		}
	}
}

// TestFoundPlaces puts the real library beside an executable, into a system folder, and names it with its folder.
func TestFoundPlaces(t *testing.T) {
	real := runtimeLibrary(t)
	dir := t.TempDir()
	if err := os.Symlink(real.Path, filepath.Join(dir, filepath.Base(real.Path))); err != nil {
		t.Skipf("no symbolic links: %v", err)
	}
	base := finder{LibraryOptions: LibraryOptions{CacheDir: t.TempDir()}, goos: runtime.GOOS, goarch: runtime.GOARCH, builds: builds}
	for want, change := range map[string]func(*finder){
		"the option":            func(f *finder) { f.Path = dir },
		"beside the executable": func(f *finder) { f.executable = dir },
		"the system":            func(f *finder) { f.systemDirs = []string{t.TempDir(), dir} },
	} {
		f := base
		change(&f)
		lib, err := f.locate()
		if err != nil || lib.Origin != want || lib.Version != real.Version || !f.probes[len(f.probes)-1].Found {
			t.Errorf("%s: %+v, %v", want, lib, err)
		}
	}
	lib, _, err := LocateLibrary(LibraryOptions{Path: real.Path})
	if err != nil || lib.SHA256 == "" || lib.Version != real.Version {
		t.Errorf("%+v, %v", lib, err)
	}
	if runtime.GOARCH == "amd64" {
		if _, err := libraryVersion(real.Path, runtime.GOOS, "arm64"); err == nil {
			t.Error("a library of another processor was taken")
		}
	}
}

func TestVersions(t *testing.T) {
	for version, want := range map[string]bool{"1.23.2": false, "1.24": true, "1.24.0": true, "1.27.0": true, "1.32.0": true, "1.9.0": false, "2.0.0": false} {
		if supported(version) != want {
			t.Errorf("%s: %v", version, !want)
		}
	}
	if got := versionIn("/a/libonnxruntime.so.1.27.0"); got != "1.27.0" {
		t.Error(got)
	}
	info := append([]byte("xxxx"), 0xbd, 0x04, 0xef, 0xfe, 0, 0, 1, 0, 27, 0, 1, 0)
	if got := fixedFileInfo(info); got != "1.27" {
		t.Error(got)
	}
	if got := fixedFileInfo([]byte("none")); got != "" {
		t.Error(got)
	}
	for _, goos := range []string{"windows", "darwin", "linux"} {
		path := filepath.Join(t.TempDir(), "x")
		if err := os.WriteFile(path, []byte("text"), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := libraryVersion(path, goos, "amd64"); err == nil || !strings.Contains(err.Error(), "not a shared library") {
			t.Errorf("%s: %v", goos, err)
		}
	}
}

func TestLoaderDirs(t *testing.T) {
	dir := t.TempDir()
	got := parseLdconfig([]byte("12 libs\n\tlibonnxruntime.so.1 (libc6,x86-64) => /opt/ort/libonnxruntime.so.1\n\tlibm.so.6 (libc6) => /lib/libm.so.6\n"))
	if !slices.Equal(got, []string{"/opt/ort"}) {
		t.Error(got)
	}
	if got := existingDirs([]string{dir, dir, filepath.Join(dir, "absent")}); len(got) != 1 {
		t.Error(got)
	}
	if runtime.GOOS == "linux" {
		t.Setenv("LD_LIBRARY_PATH", dir+":relative")
		if real, _ := filepath.EvalSymlinks(dir); !slices.Contains(loaderDirs(), real) {
			t.Error(loaderDirs())
		}
	}
	f := &finder{goos: "linux"}
	for _, name := range []string{"libonnxruntime.so.1.24.1", "libonnxruntime.so", "libonnxruntime.so.1.27.0", "libonnxruntime_providers_cuda.so", "libm.so"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var names []string
	for _, file := range f.candidates(dir) {
		names = append(names, filepath.Base(file))
	}
	if want := []string{"libonnxruntime.so", "libonnxruntime.so.1.27.0", "libonnxruntime.so.1.24.1"}; !slices.Equal(names, want) {
		t.Errorf("%v, want %v", names, want)
	}
}

// TestRealFetch fetches the pinned library through the package clients of this machine.
func TestRealFetch(t *testing.T) {
	if testing.Short() {
		t.Skip("short: nothing is fetched")
	}
	if _, ok := builds[runtime.GOOS+"/"+runtime.GOARCH]; !ok {
		t.Skipf("no build is pinned for %s/%s", runtime.GOOS, runtime.GOARCH)
	}
	_, pip := exec.LookPath("python3")
	if _, npm := exec.LookPath("npm"); pip != nil && npm != nil {
		t.Skip("neither pip nor npm is installed")
	}
	f := newFinder(LibraryOptions{CacheDir: t.TempDir()})
	f.executable, f.systemDirs = "", nil
	lib, err := f.find(context.Background())
	if err != nil && strings.Contains(err.Error(), "corrupt") {
		t.Fatal(err)
	}
	if err != nil {
		t.Skipf("pip and npm cannot fetch here: %v", err)
	}
	if v, err := libraryVersion(lib.Path, f.goos, f.goarch); err != nil || compareVersions(v, pinnedVersion) != 0 {
		t.Errorf("version %q, %v", v, err)
	}
}
