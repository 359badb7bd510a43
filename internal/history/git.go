package history

import (
	"context"
	"os/exec"
	"strings"
	"time"
)

// Revision says at which commit of git a folder's working tree is, and whether files under version control were changed since;
// "" outside a repository, or where git is not installed.
func Revision(ctx context.Context, dir string) (revision string, modified bool) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	git := func(args ...string) (string, error) {
		text, err := exec.CommandContext(ctx, "git", append([]string{"-C", dir}, args...)...).Output()
		return strings.TrimSpace(string(text)), err
	}
	revision, err := git("rev-parse", "--verify", "HEAD")
	if err != nil {
		return "", false
	}
	changes, err := git("status", "--porcelain", "--untracked-files=no")
	return revision, err == nil && changes != ""
}
