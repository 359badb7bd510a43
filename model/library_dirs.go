package model

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// pattern is how the library's files are called.
func (f *finder) pattern() string {
	switch f.goos {
	case "windows":
		return "onnxruntime.dll"
	case "darwin":
		return "libonnxruntime*.dylib"
	}
	return "libonnxruntime.so*"
}

// candidates are the files of a folder that are called as the library is: the bare name first, then versions from the
// newest. Provider libraries have other names.
func (f *finder) candidates(dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var files []string
	for _, e := range entries {
		ok, _ := filepath.Match(f.pattern(), e.Name())
		if ok && !e.IsDir() && !strings.Contains(e.Name(), "providers") {
			files = append(files, filepath.Join(dir, e.Name()))
		}
	}
	slices.SortFunc(files, func(a, b string) int {
		if c := len(versionIn(a)) - len(versionIn(b)); c != 0 && (versionIn(a) == "" || versionIn(b) == "") {
			return c
		}
		return compareVersions(versionIn(b), versionIn(a))
	})
	return files
}

// loaderDirs are the folders where the system's loader looks for libraries: its variables, its cache, its defaults.
func loaderDirs() []string {
	var dirs []string
	for _, variable := range map[string][]string{
		"linux": {"LD_LIBRARY_PATH"}, "darwin": {"DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"}, "windows": {"PATH"},
	}[runtime.GOOS] {
		for _, dir := range filepath.SplitList(os.Getenv(variable)) {
			if filepath.IsAbs(dir) {
				dirs = append(dirs, dir)
			}
		}
	}
	switch runtime.GOOS {
	case "linux":
		dirs = append(dirs, ldconfigDirs()...)
		dirs = append(dirs, "/usr/local/lib", "/usr/lib64", "/usr/lib", "/lib64", "/lib")
	case "darwin":
		dirs = append(dirs, "/opt/homebrew/lib", "/usr/local/lib")
	}
	return existingDirs(dirs)
}

// ldconfigDirs are the folders in which the loader's cache knows an ONNX Runtime.
func ldconfigDirs() []string {
	for _, tool := range []string{"ldconfig", "/sbin/ldconfig", "/usr/sbin/ldconfig"} {
		out, err := exec.Command(tool, "-p").Output()
		if err == nil {
			return parseLdconfig(out)
		}
	}
	return nil
}

// parseLdconfig reads lines such as `libonnxruntime.so.1 (libc6,x86-64) => /usr/lib/libonnxruntime.so.1`.
func parseLdconfig(out []byte) []string {
	var dirs []string
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		name, path, ok := strings.Cut(lines.Text(), "=>")
		if ok && strings.HasPrefix(strings.TrimSpace(name), "libonnxruntime.so") {
			dirs = append(dirs, filepath.Dir(strings.TrimSpace(path)))
		}
	}
	return dirs
}

// existingDirs drops repetitions and folders that do not exist or are another name of one before.
func existingDirs(dirs []string) []string {
	var kept []string
	for _, dir := range dirs {
		real, err := filepath.EvalSymlinks(dir)
		if err == nil && !slices.Contains(kept, real) {
			kept = append(kept, real)
		}
	}
	return kept
}
