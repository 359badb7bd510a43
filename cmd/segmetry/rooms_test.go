package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/segmetry/segmetry/"

// TestRooms holds ARCHITECTURE.md's table of rooms against the imports of every package: all have a row, and import no
// more than it says.
func TestRooms(t *testing.T) {
	allowed := roomsOf(t)
	imports := importsOf(t)
	for room := range allowed {
		if imports[room] == nil {
			t.Errorf("ARCHITECTURE.md: %s has a row and no package", room)
		}
	}
	for room, list := range imports {
		may, ok := allowed[room]
		if !ok {
			t.Errorf("ARCHITECTURE.md: the package %s has no row in the table of rooms", room)
			continue
		}
		if slices.Contains(may, "everything") {
			continue
		}
		for _, name := range list {
			if !slices.Contains(may, name) {
				t.Errorf("%s imports %s: does it have to? If so, add it to its row in ARCHITECTURE.md", room, name)
			}
		}
	}
}

var quoted = regexp.MustCompile("`([a-z/]+)`")

// roomsOf reads the table: what each room may import of this module. Names in it go without internal/.
func roomsOf(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repository, "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "## Rooms")
	table, _, _ = strings.Cut(table, "## How a run goes")
	rooms := map[string][]string{}
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		names := quoted.FindAllStringSubmatch(cells[0], -1)
		if len(cells) != 3 || len(names) == 0 {
			continue
		}
		var may []string
		if list := strings.TrimSpace(cells[2]); list != "–" {
			may = strings.Split(list, ", ")
		}
		for _, name := range names {
			rooms[name[1]] = may
		}
	}
	return rooms
}

// importsOf lists the packages that every package imports of this module, without its tests and without tools.
func importsOf(t *testing.T) map[string][]string {
	t.Helper()
	imports := map[string][]string{}
	err := filepath.WalkDir(repository, func(file string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := e.Name()
		if e.IsDir() && (name == "testdata" || name == "generate" || name == "shared" || file != repository && strings.HasPrefix(name, ".")) {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		room, err := filepath.Rel(repository, filepath.Dir(file))
		if err != nil {
			return err
		}
		room = filepath.ToSlash(room)
		list := append([]string{}, imports[room]...)
		for _, spec := range parsed.Imports {
			whole, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if inner, ours := strings.CutPrefix(whole, module); ours {
				list = append(list, strings.TrimPrefix(inner, "internal/"))
			}
		}
		slices.Sort(list)
		imports[path.Clean(room)] = slices.Compact(list)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return imports
}
