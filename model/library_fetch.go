package model

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"github.com/segmetry/segmetry/internal/fault"
)

// fetchTimeout bounds one package client's download.
const fetchTimeout = 10 * time.Minute

// fetch downloads the pinned library into the cache through a package client: pip, then npm, which know the user's mirrors.
// A lock lets one process fetch while others wait; the library appears under its name by a rename, complete and verified.
func (f *finder) fetch(ctx context.Context) (Library, error) {
	b, ok := f.builds[f.goos+"/"+f.goarch]
	if !ok {
		return Library{}, f.nowhere(fmt.Sprintf("none is pinned for %s/%s", f.goos, f.goarch))
	}
	dir, err := f.cacheDir()
	if err != nil {
		return Library{}, fault.Runtimef("fetching ONNX Runtime: %w", err)
	}
	return f.locked(ctx, dir, func() (Library, error) {
		if lib, ok := f.cachedCPU(); ok { // another process fetched it while this one waited
			return lib, nil
		}
		return f.fetchLocked(ctx, b, dir)
	})
}

// locked makes the cache's folder and does what changes it while no other process does. What killed processes left behind
// is swept away first.
func (f *finder) locked(ctx context.Context, dir string, change func() (Library, error)) (Library, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return Library{}, fault.Runtimef("fetching ONNX Runtime: making its cache: %w; set XDG_CACHE_HOME to a folder that can be written", err)
	}
	lock := flock.New(filepath.Join(dir, ".lock"))
	if _, err := lock.TryLockContext(ctx, 50*time.Millisecond); err != nil {
		if ctx.Err() != nil {
			return Library{}, ctx.Err()
		}
		return Library{}, fault.Runtimef("fetching ONNX Runtime: locking %q: %w", lock.Path(), err)
	}
	defer lock.Close()
	if stale, err := filepath.Glob(filepath.Join(dir, ".fetch-*")); err == nil {
		for _, old := range stale {
			os.RemoveAll(old)
		}
	}
	return change()
}

// fetchLocked tries the clients in turn, holding the lock.
func (f *finder) fetchLocked(ctx context.Context, b build, dir string) (Library, error) {
	if f.Announce != nil {
		fmt.Fprintf(f.Announce, "ONNX Runtime was not found: fetching version %s once into %s\n", pinnedVersion, dir)
	}
	var errs []error
	for _, c := range clientsFor(b) {
		err := f.through(ctx, c, dir)
		if err == nil {
			lib, ok := f.cachedCPU()
			if ok {
				lib.Origin = "fetched"
				return lib, nil
			}
			err = errors.New(f.lastWhy())
		}
		if ctx.Err() != nil {
			return Library{}, ctx.Err()
		}
		errs = append(errs, fmt.Errorf("  %s: %w", c.name(), err))
	}
	return Library{}, fault.Runtimef("fetching ONNX Runtime %s failed; install pip or npm, or install ONNX Runtime %s or later and name its library with --runtime or %s:\n%w",
		pinnedVersion, minVersion, runtimeVariable, errors.Join(errs...))
}

// client is a package client's command and what it delivers.
type client struct {
	args    []string // the folder to download into is appended
	archive pinned
	member  pinned
	extract func(archive string, member pinned, to string) error
}

func (c client) name() string {
	if len(c.args) > 2 && c.args[1] == "-m" {
		return strings.Join(c.args[:3], " ")
	}
	return c.args[0]
}

// clientsFor lists the commands that can deliver a build, in the order in which they are tried.
func clientsFor(b build) []client {
	var list []client
	if b.PipPlatform != "" {
		for _, args := range pipDownload("onnxruntime=="+pinnedVersion, b.PipPlatform) {
			list = append(list, client{args, b.Wheel, b.WheelMember, unzipMember})
		}
	}
	if b.Node.SHA256 != "" {
		npm := []string{"npm", "pack", "--silent", "onnxruntime-node@" + pinnedVersion, "--pack-destination"}
		list = append(list, client{npm, b.Node, b.NodeMember, untarMember})
	}
	return list
}

// pipDownload lists the commands that may download a package's wheel for any of the platforms, whatever Python is there.
func pipDownload(requirement string, platforms ...string) (list [][]string) {
	download := []string{"download", "--quiet", "--retries", "2", "--timeout", "20", "--no-deps", "--only-binary=:all:"}
	for _, p := range platforms {
		download = append(download, "--platform", p)
	}
	download = append(download, "--python-version", "3.12", requirement, "--dest")
	for _, pip := range [][]string{{"python3", "-m", "pip"}, {"python", "-m", "pip"}, {"pip"}, {"pip3"}} {
		list = append(list, append(pip, download...))
	}
	return list
}

// through downloads with one client into a folder of its own beside the cache, verifies and extracts, and renames.
func (f *finder) through(ctx context.Context, c client, dir string) error {
	return c.deliver(ctx, dir, fetchTimeout, c.archive, func(archive string) error {
		library := filepath.Join(filepath.Dir(archive), "library")
		if err := c.extract(archive, c.member, library); err != nil {
			return fmt.Errorf("%s: %w", c.archive.Name, err)
		}
		return os.Rename(library, filepath.Join(dir, libraryName(f.goos)))
	})
}

// deliver downloads with a client into a folder of its own below dir, hands the verified archive to take, and removes it.
func (c client) deliver(ctx context.Context, dir string, timeout time.Duration, want pinned, take func(archive string) error) error {
	tool, err := exec.LookPath(c.args[0])
	if err != nil {
		return errors.New("it is not installed")
	}
	work, err := os.MkdirTemp(dir, ".fetch-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if err := download(ctx, tool, append(c.args[1:len(c.args):len(c.args)], work), work); err != nil {
		return err
	}
	archive, err := delivered(work, want)
	if err != nil {
		return err
	}
	return take(archive)
}

// download runs a client, which may keep what is not finished in work: it is as large as what it downloads, and the system's
// temporary folder may be small. Its own words are quoted only where it fails.
func download(ctx context.Context, tool string, args []string, work string) error {
	cmd := exec.CommandContext(ctx, tool, args...)
	cmd.Env = append(os.Environ(), "PIP_DISABLE_PIP_VERSION_CHECK=1", "PIP_NO_INPUT=1", "PIP_REQUIRE_VIRTUALENV=0", "NPM_CONFIG_UPDATE_NOTIFIER=false", "TMPDIR="+work)
	cmd.WaitDelay = time.Second
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%w: %s", err, lastLines(out.String(), 3))
	}
	return nil
}

// lastLines is the end of a client's output, where it says what was wrong.
func lastLines(text string, n int) string {
	lines := strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' })
	return strings.Join(lines[max(0, len(lines)-n):], " | ")
}

// delivered returns the one archive that a client left in a folder, verified against its pin. Mirrors may rename a file,
// so it is known by its digest.
func delivered(dir string, want pinned) (string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*"+filepath.Ext(want.Name)))
	if err != nil || len(files) == 0 {
		return "", fmt.Errorf("it delivered no %s", want.Name)
	}
	for _, file := range files {
		var sum string
		var size int64
		if sum, size, err = hashFile(file); err != nil {
			return "", err
		}
		if sum == want.SHA256 {
			return file, nil
		}
		err = fmt.Errorf("the download %s is corrupt or altered and was refused: %d bytes with SHA-256 %s, expected %d bytes with %s",
			filepath.Base(file), size, sum, want.Size, want.SHA256)
	}
	return "", err
}
