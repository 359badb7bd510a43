package dataset

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/segmetry/segmetry/internal/bucket"
	"github.com/segmetry/segmetry/internal/fault"
)

// maxShards bounds what a pattern may stand for.
const maxShards = 1 << 17

// shards lists the files that dataset.path stands for: one file, a pattern with braces ({000..009}, {a,b}) or of a glob, or
// a folder with files of these endings, of which a split takes those that begin with it.
func (o *Options) shards(endings []string) ([]string, error) {
	ours := func(name string) bool {
		return slices.ContainsFunc(endings, func(e string) bool { return strings.HasSuffix(strings.ToLower(name), e) })
	}
	if bucket.Is(o.Path) {
		return o.bucketShards(ours)
	}
	if info, err := os.Stat(o.Path); err == nil && !info.IsDir() {
		return []string{o.Path}, nil
	} else if err == nil {
		return o.shardsIn(place{name: o.Path}, ours)
	}
	return o.matching(o.Path, filepath.Glob)
}

// bucketShards lists what a URL stands for.
func (o *Options) bucketShards(ours func(string) bool) ([]string, error) {
	f, u, err := o.bucketOf("dataset.path", o.Path)
	if err != nil {
		return nil, err
	}
	switch info, err := f.Stat(u.Key); {
	case err == nil && info.IsDir():
		return o.shardsIn(place{name: o.Path, fsys: f, dir: u.Key}, ours)
	case err == nil:
		return []string{u.String()}, nil
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	return o.matching(u.Key, func(pattern string) ([]string, error) {
		found, err := fs.Glob(f, pattern)
		for i, key := range found {
			u.Key = key
			found[i] = u.String()
		}
		return found, err
	})
}

// matching lists the files of a pattern.
func (o *Options) matching(pattern string, glob func(string) ([]string, error)) ([]string, error) {
	var files []string
	patterns, err := expandBraces(pattern, nil)
	if err != nil {
		return nil, fault.Usagef("dataset.path: %s: %w", o.Path, err)
	}
	for _, pattern := range patterns {
		found, err := glob(pattern)
		if err != nil {
			return nil, fault.Usagef("dataset.path: %s: %w", pattern, err)
		}
		if len(found) == 0 {
			return nil, fault.Usagef("dataset.path: there is no file %s", pattern)
		}
		files = append(files, found...)
	}
	return files, nil
}

// shardsIn lists a folder's shards, or those of its folder data, and chooses among them by split.
func (o *Options) shardsIn(p place, ours func(string) bool) ([]string, error) {
	dir, names := shardNames(p, ours)
	parts := map[string]bool{}
	var files []string
	for _, name := range names {
		part := shardPart(name)
		parts[part] = true
		if o.Split == "" || part == o.Split || strings.HasPrefix(part, o.Split+"-") {
			files = append(files, dir.at(name).name)
		}
	}
	var known []string
	for part := range parts {
		known = append(known, part)
	}
	slices.Sort(known)
	switch {
	case len(files) == 0:
		return nil, fault.Usagef("dataset.split: no file of %s is of %q: there are %s", dir, o.Split, strings.Join(known, ", "))
	case o.Split == "" && len(known) > 1:
		return nil, fault.Usagef("dataset.split: which part of %s is meant: %s?", dir, strings.Join(known, ", "))
	}
	return files, nil
}

// shardNames are the shards of a folder, or of its folder data.
func shardNames(p place, ours func(string) bool) (place, []string) {
	for _, dir := range []place{p, p.at("data")} {
		e, err := dir.list()
		e.files = slices.DeleteFunc(e.files, func(name string) bool { return !ours(name) })
		if err == nil && len(e.files) > 0 {
			return dir, e.files
		}
	}
	return p, nil
}

var shardNumber = regexp.MustCompile(`[-_.]?\d+(-of-\d+)?$`)

// shardPart is what the names of one part's shards begin with: val of val-00000-of-00002.parquet and of val-000007.tar.
func shardPart(name string) string {
	stem, _, _ := strings.Cut(name, ".")
	return shardNumber.ReplaceAllString(stem, "")
}

var braces = regexp.MustCompile(`\{([^{}]*)\}`)

// expandBraces expands {000..009} and {a,b}, the first of them first.
func expandBraces(pattern string, list []string) ([]string, error) {
	at := braces.FindStringSubmatchIndex(pattern)
	if at == nil {
		if len(list) >= maxShards {
			return nil, fmt.Errorf("the braces stand for more than %d files", maxShards)
		}
		return append(list, pattern), nil
	}
	choices := strings.Split(pattern[at[2]:at[3]], ",")
	if from, to, ok := strings.Cut(pattern[at[2]:at[3]], ".."); ok {
		first, err1 := strconv.Atoi(from)
		last, err2 := strconv.Atoi(to)
		if err1 != nil || err2 != nil || first < 0 || last < first || last-first >= maxShards {
			return nil, fmt.Errorf("braces %s: expected a range such as {000..009}, or choices such as {a,b}", pattern[at[0]:at[1]])
		}
		choices = choices[:0]
		for i := first; i <= last; i++ {
			choices = append(choices, fmt.Sprintf("%0*d", len(from), i))
		}
	}
	for _, c := range choices {
		var err error
		if list, err = expandBraces(pattern[:at[0]]+c+pattern[at[1]:], list); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// shardPrefix goes before the names of a shard's items where there are several shards: their names need not differ.
func shardPrefix(file string, shards int) string {
	if shards == 1 {
		return ""
	}
	stem, _, _ := strings.Cut(filepath.Base(file), ".")
	return stem + "/"
}
