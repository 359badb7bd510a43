package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

var deploy = filepath.Join(repository, "deploy")

// TestDeployedYAML holds the YAML files against the schemas of those who read them, and their commands against ours.
func TestDeployedYAML(t *testing.T) {
	for file, schema := range map[string]string{"github-actions.yml": "github-workflows.schema.json", "gitlab-ci.yml": "gitlab-ci.schema.json",
		"kubernetes-cronjob.yaml": "kubernetes.schema.json#/definitions/io.k8s.api.batch.v1.CronJob",
		"kubernetes-shards.yaml":  "kubernetes.schema.json#/definitions/io.k8s.api.batch.v1.Job", "kubernetes-merge.yaml": "kubernetes.schema.json#/definitions/io.k8s.api.batch.v1.Job"} {
		doc := readYAML(t, filepath.Join(deploy, file))
		if err := compileSchema(t, schema).Validate(doc); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		commands := 0
		visit(doc, func(script string) { commands += checkCommands(t, file, script) }, func(words []string) { commands += checkCommand(t, file, words) })
		if commands == 0 {
			t.Errorf("%s has no command of segmetry", file)
		}
	}
	bad := readYAML(t, filepath.Join(deploy, "kubernetes-cronjob.yaml")) // the schema is strict: it can fail
	bad.(map[string]any)["spec"].(map[string]any)["scheduel"] = "x"
	if compileSchema(t, "kubernetes.schema.json#/definitions/io.k8s.api.batch.v1.CronJob").Validate(bad) == nil {
		t.Error("a misspelt key passes the schema of Kubernetes")
	}
}

// readYAML reads a document as JSON has it; a key that stands twice is an error.
func readYAML(t *testing.T, file string) any {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var doc any
	d := yaml.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(&doc); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	if err := d.Decode(new(any)); !errors.Is(err, io.EOF) {
		t.Fatalf("%s has more than one document", file)
	}
	again, err := json.Marshal(doc)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	doc, err = jsonschema.UnmarshalJSON(bytes.NewReader(again))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func compileSchema(t *testing.T, at string) *jsonschema.Schema {
	t.Helper()
	name, part, _ := strings.Cut(at, "#")
	text, err := os.ReadFile(filepath.Join(deploy, "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	delete(doc.(map[string]any), "$id")
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft7)
	if err := c.AddResource(name, doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(name + "#" + part)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// visit shows every text of a document, and every list of words that begins with our name.
func visit(doc any, script func(string), words func([]string)) {
	switch v := doc.(type) {
	case map[string]any:
		for _, child := range v {
			visit(child, script, words)
		}
	case []any:
		var list []string
		for _, child := range v {
			if s, ok := child.(string); ok {
				list = append(list, s)
			}
		}
		if len(list) == len(v) && len(list) > 1 && list[0] == "segmetry" {
			words(list)
			return
		}
		for _, child := range v {
			visit(child, script, words)
		}
	case string:
		script(v)
	}
}

// TestDeployedScripts checks the commands of the files that are no YAML.
func TestDeployedScripts(t *testing.T) {
	for _, file := range []string{"newest.sh", "crontab", "Dockerfile", "../docs/schedule.md"} {
		text, err := os.ReadFile(filepath.Join(deploy, file))
		if err != nil {
			t.Fatal(err)
		}
		if n := checkCommands(t, file, string(text)); n == 0 {
			t.Errorf("%s has no command of segmetry", file)
		}
	}
	if out, err := exec.Command("sh", "-n", filepath.Join(deploy, "newest.sh")).CombinedOutput(); err != nil {
		t.Errorf("%v %s", err, out)
	}
}

// checkCommands checks every command of a script that is one of ours, and says how many there were.
func checkCommands(t *testing.T, file, script string) (n int) {
	t.Helper()
	script = strings.ReplaceAll(script, "\\\n", " ")
	for line := range strings.Lines(script) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "#") {
			continue
		}
		for at := 0; ; {
			i := strings.Index(line[at:], "segmetry ")
			if i < 0 {
				break
			}
			at += i
			if at == 0 || strings.HasSuffix(line[:at], "&& ") || strings.HasSuffix(line[:at], "XDG_CACHE_HOME=/opt/segmetry ") {
				n += checkCommand(t, file, shellWords(line[at:]))
			}
			at += len("segmetry ")
		}
	}
	return n
}

// shellWords splits a command as a shell does, up to its end, without expanding anything.
func shellWords(line string) (words []string) {
	var word strings.Builder
	quote, open, depth := rune(0), false, 0
	end := func() {
		if open {
			words = append(words, word.String())
		}
		word.Reset()
		open = false
	}
	for _, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, open = r, true
		case r == '(' || r == ')':
			depth += map[rune]int{'(': 1, ')': -1}[r]
			word.WriteRune(r)
		case depth == 0 && (r == ' ' || r == '\t'):
			end()
		case depth == 0 && strings.ContainsRune(";|&\n", r):
			end()
			return words
		default:
			word.WriteRune(r)
			open = true
		}
	}
	end()
	return words
}

// checkCommand holds a command against the real command line: it is known, and so are its flags and arguments.
func checkCommand(t *testing.T, file string, words []string) int {
	t.Helper()
	var args []string
	for _, w := range words[1:] {
		if w != "$RUNTIME" { // --cuda or nothing
			args = append(args, w)
		}
	}
	a := &app{stderr: io.Discard, stdout: io.Discard, log: slog.New(slog.DiscardHandler)}
	c, rest, err := a.root().Find(args)
	if err == nil && c == c.Root() {
		err = errors.New("no command")
	}
	if err == nil {
		err = c.ParseFlags(rest)
	}
	if err == nil {
		err = c.ValidateArgs(c.Flags().Args())
	}
	if err != nil {
		t.Errorf("%s: %q: %v", file, words, err)
	}
	return 1
}

// TestSystemdUnits asks systemd itself.
func TestSystemdUnits(t *testing.T) {
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("skipped: no systemd-analyze here")
	}
	out, err := exec.Command("systemd-analyze", "verify", "--man=no", filepath.Join(deploy, "segmetry.timer"), filepath.Join(deploy, "segmetry.service")).CombinedOutput()
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "segmetry.") {
			t.Error(strings.TrimSpace(line))
		}
	}
	if err != nil && !t.Failed() {
		t.Skipf("skipped: systemd-analyze cannot verify here: %v %s", err, out)
	}
}

// TestNewest runs newest.sh with programs in segmetry's, aws' and oras' place that write down how they were called: the
// newest model is evaluated, once, against the last release where there is a history, and its exit code is the script's. A model of
// other contents under the same name is another one, and a run that was interrupted goes on.
func TestNewest(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if _, hasher := exec.LookPath("sha256sum"); err != nil || hasher != nil {
		t.Skip("skipped: no sh or no sha256sum here")
	}
	dir := t.TempDir()
	bin, runs, models := filepath.Join(dir, "bin"), filepath.Join(dir, "runs"), filepath.Join(dir, "models")
	fetch := `for last; do :; done; mkdir -p "$RUNS/models"; touch "$RUNS/models/fetched.onnx"; echo NAME "$@" >> "$LOG"`
	for name, script := range map[string]string{
		"segmetry": `echo segmetry "$@" >> "$LOG"; [ "$1" != run ] || exit "${CODE:-0}"`,
		"aws":      strings.ReplaceAll(fetch, "NAME", "aws"), "oras": strings.ReplaceAll(fetch, "NAME", "oras"),
	} {
		if err := errors.Join(os.MkdirAll(bin, 0o777), os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755)); err != nil { //nolint:gosec // it is a program
			t.Fatal(err)
		}
	}
	old := time.Now().Add(-time.Hour)
	for _, name := range []string{"old.onnx", "new.onnx"} {
		file := filepath.Join(models, name)
		if err := errors.Join(os.MkdirAll(models, 0o777), os.MkdirAll(runs, 0o777), os.WriteFile(file, nil, 0o666)); err != nil {
			t.Fatal(err)
		}
		if name == "old.onnx" {
			if err := os.Chtimes(file, old, old); err != nil {
				t.Fatal(err)
			}
		}
	}
	script, err := filepath.Abs(filepath.Join(deploy, "newest.sh"))
	if err != nil {
		t.Fatal(err)
	}
	const empty = "e3b0c44298fc" // begins the SHA-256 of no bytes, by sha256sum
	newFolder := filepath.Join(runs, "new-"+empty)
	run := func(from, code string) (status int, log string) {
		file := filepath.Join(dir, "log")
		_ = os.Remove(file) // of the call before
		c := exec.Command(sh, script, from, "nightly.yaml", runs)
		c.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "LOG="+file, "RUNS="+runs, "CODE="+code)
		if out, err := c.CombinedOutput(); c.ProcessState == nil {
			t.Fatalf("%v %s", err, out)
		}
		text, _ := os.ReadFile(file) // none where nothing was called
		return c.ProcessState.ExitCode(), string(text)
	}
	if status, log := run(models, "0"); status != 0 || !strings.Contains(log, "--model "+models+"/new.onnx --out "+newFolder+" --resume ") || !strings.Contains(log, "--baseline  --on-fail") || !strings.Contains(log, "--trend") {
		t.Errorf("the first: %d\n%s", status, log)
	}
	if err := errors.Join(os.WriteFile(filepath.Join(runs, "history.db"), nil, 0o666)); err != nil {
		t.Fatal(err)
	}
	if status, log := run(models, "1"); status != 1 || !strings.Contains(log, "--baseline db:last-released") || !strings.Contains(log, "--trend") {
		t.Errorf("a gate failed: %d\n%s", status, log)
	}
	journal := filepath.Join(newFolder, "statistics", ".journal.db")
	if err := errors.Join(os.MkdirAll(filepath.Dir(journal), 0o777), os.WriteFile(filepath.Join(newFolder, "summary.json"), nil, 0o666), os.WriteFile(journal, nil, 0o666)); err != nil {
		t.Fatal(err)
	}
	if status, log := run(models, "0"); status != 0 || !strings.Contains(log, "--out "+newFolder+" --resume ") {
		t.Errorf("an interrupted run: %d\n%s", status, log)
	}
	if err := os.Remove(journal); err != nil {
		t.Fatal(err)
	}
	if status, log := run(models, "0"); status != 0 || log != "" {
		t.Errorf("again: %d\n%s", status, log)
	}
	if err := os.WriteFile(filepath.Join(models, "new.onnx"), []byte("other weights"), 0o666); err != nil {
		t.Fatal(err)
	}
	if status, log := run(models, "0"); status != 0 || !strings.Contains(log, "--out "+runs+"/new-") || strings.Contains(log, empty) {
		t.Errorf("other contents under the same name: %d\n%s", status, log)
	}
	if status, log := run(bin, "0"); status != 2 || log != "" {
		t.Errorf("a folder without models: %d\n%s", status, log)
	}
	for from, want := range map[string]string{"s3://bucket/models": "aws s3 sync s3://bucket/models " + runs + "/models", "oci://ghcr.io/us/model:v1": "oras pull ghcr.io/us/model:v1 --output " + runs + "/models"} {
		if status, log := run(from, "0"); status != 0 || !strings.Contains(log, want) || !strings.Contains(log, "--model "+runs+"/models/fetched.onnx") {
			t.Errorf("%s: %d\n%s", from, status, log)
		}
	}
}
