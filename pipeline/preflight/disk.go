package preflight

import (
	"fmt"

	"github.com/dustin/go-humanize"

	"github.com/segmetry/segmetry/internal/disk"
)

// Space is what a run writes to one place, and what is free there.
type Space struct {
	What   string `json:"what"` // in words
	Path   string `json:"path"`
	Needed int64  `json:"needed_bytes"` // at most
	Least  int64  `json:"least_bytes"`  // of it, what it takes in any case
	Free   int64  `json:"free_bytes"`   // -1 where that cannot be said
	Key    string `json:"-"`            // that names another place
}

// Outputs is what a run folder will hold.
type Outputs struct {
	Folder      string
	Items       int
	CSV, Stored int64 // bytes an image, see [pipeline.Evaluator.RowBytes]
	Thumbnails  int   // at most
	Predictions bool  // label maps are stored
	Pixels      int64 // of the mean picture; 0 where that is not known
}

// What a run folder takes beside its rows, from run folders of the reference material.
const (
	reportBytes    = 2 << 20   // a report without pictures, summaries and configuration
	thumbnailBytes = 160 << 10 // in the journal, in the store and in the report
	storedCopies   = 2         // the journal goes when the store that is made of it is whole
)

// Space is the room that the run folder takes while it is written. Label maps and margins compress well, but how well nobody
// knows before: they count as they are, a byte a pixel each.
func (o Outputs) Space() Space {
	items := int64(o.Items)
	s := Space{What: "run folder", Path: o.Folder, Key: "report.out"}
	s.Least = reportBytes + items*(o.CSV+storedCopies*o.Stored) + int64(min(o.Items, o.Thumbnails))*thumbnailBytes
	s.Needed = s.Least
	if o.Predictions {
		s.Needed += items * 2 * o.Pixels
	}
	return s.look()
}

// CacheSpace is the room that copies of a bucket's objects take: all of them, as large as those that were looked at, or as much
// as the cache may hold. Nothing is needed in any case: they may be there already.
func CacheSpace(folder string, limit int64, seen Seen) Space {
	needed := limit
	if seen.Items > 0 && seen.Bytes > 0 {
		needed = min(limit, int64(float64(seen.Bytes)/float64(seen.Items)*float64(seen.Of)))
	}
	return Space{What: "cache of the bucket", Path: folder, Needed: needed, Key: "dataset.cache.folder"}.look()
}

func (s Space) look() Space {
	var ok bool
	if s.Free, ok = disk.Free(s.Path); !ok {
		s.Free = -1
	}
	return s
}

// String says it in a line.
func (s Space) String() string {
	most := "about"
	if s.Needed > s.Least {
		most = "at most"
	}
	text := fmt.Sprintf("%s %s: %s %s needed", s.What, s.Path, most, humanize.IBytes(uint64(s.Needed)))
	if s.Free < 0 {
		return text + ", what is free is not known"
	}
	return fmt.Sprintf("%s, %s free", text, humanize.IBytes(uint64(s.Free)))
}

// Findings say where there is too little room.
func (s Space) Findings() []Finding {
	if s.Free < 0 || s.Needed <= s.Free {
		return nil
	}
	f := Finding{Level: Warning, Check: "disk", Count: 1, Found: s.String(), Expected: "more free than is needed",
		Do: "make room, or name another place with " + s.Key}
	if s.Least > s.Free {
		f.Level = Error
	}
	return []Finding{f}
}
