package history

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/segmetry/segmetry/internal/fault"
)

// Run is a run of the history.
type Run struct {
	ID            int64 // 0 until it was added
	Started       time.Time
	Folder        string
	Model         string // file name
	ModelSHA256   string
	Dataset       string
	DatasetDigest string
	ConfigSHA256  string // of config.yaml
	SummarySHA256 string // of summary.json
	Images        int
	Scored        int    // images with status ok
	Version       string // of segmetry
	Revision      string // of git, "" outside a repository
	Modified      bool   // the working tree had changes
	Verdict       string // pass | fail | inconclusive, "" where nothing was compared
	Tags          []string
	Releases      []string // names of releases that it is
	Figures       []Figure // in the order of summary.csv
}

// Figure is one figure of a run.
type Figure struct {
	Metric, Class    string  // class is "" of a mean
	Value, Low, High float64 // NaN is undefined
}

// Name is metric, or metric[class].
func (f Figure) Name() string {
	if f.Class == "" {
		return f.Metric
	}
	return f.Metric + "[" + f.Class + "]"
}

// Find returns the figure of a name such as mIoU or IoU[border].
func (r *Run) Find(name string) (Figure, bool) {
	i := slices.IndexFunc(r.Figures, func(f Figure) bool { return f.Name() == name })
	if i < 0 {
		return Figure{}, false
	}
	return r.Figures[i], true
}

// The names that say which run is meant, and are therefore no tags and no releases.
const (
	last         = "last"
	lastReleased = "last-released"
)

var (
	namePattern = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N}._/+=@-]{0,99}$`)
	numeric     = regexp.MustCompile(`^[0-9]+$`)
)

// CheckName refuses what cannot be a tag or the name of a release.
func CheckName(what, name string) error {
	switch {
	case name == last || name == lastReleased:
		return fault.Usagef("%s %q: the word says which run is meant: choose another", what, name)
	case numeric.MatchString(name):
		return fault.Usagef("%s %q: a number says which run is meant: choose a name with a letter", what, name)
	case !namePattern.MatchString(name):
		return fault.Usagef("%s %q: expected up to 100 letters, digits and . _ / + = @ -, beginning with a letter or a digit", what, name)
	}
	return nil
}

// timeLayout keeps the order of time in the order of text.
const timeLayout = "2006-01-02T15:04:05.000000000Z"

func pragma(name string, value int) string { return fmt.Sprintf("PRAGMA %s = %d;", name, value) }
