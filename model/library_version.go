package model

import (
	"bytes"
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// libraryVersion checks, without loading it, that a file is a shared library of a platform, and returns the version that
// it states: ELF by its symbol versions (VERS_1.27.0), Mach-O by its install name, Windows by its version resource, else by
// the file's name. "" where nothing says it.
func libraryVersion(path, goos, goarch string) (version string, err error) {
	defer func() {
		if r := recover(); r != nil { // the debug packages guard most, not all, of their inputs
			err = fmt.Errorf("it is not a shared library: %v", r)
		}
	}()
	switch goos {
	case "windows":
		version, err = peVersion(path, goarch)
	case "darwin":
		version, err = machoVersion(path, goarch)
	default:
		version, err = elfVersion(path, goarch)
	}
	if err != nil {
		return "", err
	}
	if version == "" {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			version = versionIn(real)
		}
	}
	return version, nil
}

func elfVersion(path, goarch string) (string, error) {
	f, err := elf.Open(path)
	if err != nil {
		return "", fmt.Errorf("it is not a shared library for Linux: %w", err)
	}
	defer f.Close()
	want := map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}[goarch]
	if f.Type != elf.ET_DYN || (want != elf.EM_NONE && f.Machine != want) {
		return "", fmt.Errorf("it is no shared library for this processor (%v %v, expected %s)", f.Machine, f.Type, goarch)
	}
	symbols, err := f.DynamicSymbols()
	if err != nil {
		return "", fmt.Errorf("it is not a complete shared library: %w", err)
	}
	for _, s := range symbols {
		if s.Name == "OrtGetApiBase" && s.Section != elf.SHN_UNDEF {
			return strings.TrimPrefix(elfDefined(f), "VERS_"), nil
		}
	}
	return "", fmt.Errorf("it is a shared library, but not of ONNX Runtime (it has no OrtGetApiBase)")
}

// elfDefined is the first version name of the form VERS_x that a library defines.
func elfDefined(f *elf.File) string {
	versions, err := f.DynamicVersions()
	if err != nil {
		return ""
	}
	for _, v := range versions {
		if strings.HasPrefix(v.Name, "VERS_") {
			return v.Name
		}
	}
	return ""
}

func machoVersion(path, goarch string) (string, error) {
	f, err := openMachO(path, goarch)
	if err != nil {
		return "", err
	}
	defer f.Close()
	const idDylib = 0xd // LC_ID_DYLIB: command, size, name offset, timestamp, current version …
	for _, load := range f.Loads {
		raw := load.Raw()
		if len(raw) >= 24 && f.ByteOrder.Uint32(raw) == idDylib {
			if at := f.ByteOrder.Uint32(raw[8:]); int64(at) < int64(len(raw)) {
				name, _, _ := bytes.Cut(raw[at:], []byte{0})
				if v := versionIn(string(name)); v != "" {
					return v, nil
				}
			}
			v := f.ByteOrder.Uint32(raw[16:])
			return fmt.Sprintf("%d.%d.%d", v>>16, v>>8&0xff, v&0xff), nil
		}
	}
	return "", nil
}

// openMachO opens a thin library, or the right half of a universal one.
func openMachO(path, goarch string) (*macho.File, error) {
	want := map[string]macho.Cpu{"amd64": macho.CpuAmd64, "arm64": macho.CpuArm64}[goarch]
	if fat, err := macho.OpenFat(path); err == nil {
		for _, arch := range fat.Arches {
			if arch.Cpu == want {
				return arch.File, nil
			}
		}
		fat.Close()
		return nil, fmt.Errorf("it holds no library for this processor (%s)", goarch)
	}
	f, err := macho.Open(path)
	if err != nil {
		return nil, fmt.Errorf("it is not a shared library for macOS: %w", err)
	}
	if f.Cpu != want || f.Type != macho.TypeDylib {
		f.Close()
		return nil, fmt.Errorf("it is no shared library for this processor (%v %v, expected %s)", f.Cpu, f.Type, goarch)
	}
	return f, nil
}

func peVersion(path, goarch string) (string, error) {
	f, err := pe.Open(path)
	if err != nil {
		return "", fmt.Errorf("it is not a shared library for Windows: %w", err)
	}
	defer f.Close()
	want := map[string]uint16{"amd64": pe.IMAGE_FILE_MACHINE_AMD64, "arm64": pe.IMAGE_FILE_MACHINE_ARM64}[goarch]
	if f.Machine != want || f.Characteristics&pe.IMAGE_FILE_DLL == 0 {
		return "", fmt.Errorf("it is no shared library for this processor (machine %#x, expected %s)", f.Machine, goarch)
	}
	section := f.Section(".rsrc")
	if section == nil || section.Size > 1<<26 {
		return "", nil
	}
	data, err := section.Data()
	if err != nil {
		return "", fmt.Errorf("it is not a complete shared library: %w", err)
	}
	return fixedFileInfo(data), nil
}

// fixedFileInfo finds VS_FIXEDFILEINFO by its signature; the file version follows 8 bytes behind it. Its last two numbers
// are the day of the build and are left out.
func fixedFileInfo(data []byte) string {
	at := bytes.Index(data, []byte{0xbd, 0x04, 0xef, 0xfe})
	if at < 0 || len(data) < at+12 {
		return ""
	}
	high := binary.LittleEndian.Uint32(data[at+8:])
	return fmt.Sprintf("%d.%d", high>>16, high&0xffff)
}

var versionPattern = regexp.MustCompile(`\d+\.\d+(\.\d+)?`)

// versionIn is the version in a file's name, "" where it has none.
func versionIn(path string) string { return versionPattern.FindString(filepath.Base(path)) }

// supported reports whether a version has the C API that the binding asks for.
func supported(version string) bool {
	return compareVersions(version, minVersion) >= 0 && strings.HasPrefix(version, "1.")
}

// compareVersions compares dotted versions number by number; missing numbers are 0.
func compareVersions(a, b string) int {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range max(len(x), len(y)) {
		if d := numberAt(x, i) - numberAt(y, i); d != 0 {
			return d
		}
	}
	return 0
}

func numberAt(parts []string, i int) int {
	if i >= len(parts) {
		return 0
	}
	n, _ := strconv.Atoi(parts[i])
	return n
}
