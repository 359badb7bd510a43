package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/segmetry/segmetry/internal/npy"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"segmetry": main})
}

// TestScripts runs the scripts in testdata/script with the program as a process of its own.
func TestScripts(t *testing.T) {
	root, err := filepath.Abs(repository)
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("REPOSITORY", root)
			for _, key := range []string{"HOME", "PATH", "XDG_CACHE_HOME", "SEGMETRY_RUNTIME", "PIP_INDEX_URL", "PIP_CONFIG_FILE"} {
				if v, ok := os.LookupEnv(key); ok && key != "PATH" {
					e.Setenv(key, v)
				}
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"mklogits": func(ts *testscript.TestScript, _ bool, args []string) {
			ts.Check(npy.WriteFloat32(ts.MkAbs(args[0]), []int{1, 2, 1, 2}, []float32{2, 2, 0, 0}))
			ts.Check(npy.WriteUint8(ts.MkAbs(args[1]), []int{1, 1, 2}, []uint8{0, 1}))
		}},
	})
}

// TestREADMECommandsAreRun: what README and the pages of tasks show, the scripts run, but for the arguments that they add.
func TestREADMECommandsAreRun(t *testing.T) {
	pages, err := filepath.Glob(filepath.Join(repository, "docs", "task-*.md"))
	if err != nil || len(pages) < 4 {
		t.Fatalf("%d pages of tasks, %v", len(pages), err)
	}
	var readme []byte
	for _, page := range append(pages, filepath.Join(repository, "README.md")) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		readme = append(readme, text...)
	}
	files, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for _, file := range files {
		script, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text += strings.ReplaceAll(string(script), "$REPOSITORY/", "")
	}
	shown := regexp.MustCompile(`(?m)^    (?:go run \./cmd/)?(segmetry (?:\S+ ?)+)`).FindAllStringSubmatch(string(readme), -1)
	if len(shown) < 7 {
		t.Errorf("only %d commands were found in README", len(shown))
	}
	for _, m := range shown {
		if command := strings.TrimSpace(m[1]); !strings.Contains(text, command) {
			t.Errorf("README, or a page of docs, shows %q, which no script runs", command)
		}
	}
}
