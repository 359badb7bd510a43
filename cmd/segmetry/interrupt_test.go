//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestInterruptInTheMiddle sends the signal of Ctrl-C while a slow model runs: the run ends within a second, its folder
// complete and marked partial. Every picture is seen in two views, so that the run takes well over the three seconds.
func TestInterruptInTheMiddle(t *testing.T) {
	slow := filepath.Join(repository, "..", "shared", "material", "models", "espnetv2_s2.0_city_1024x512.onnx")
	if _, err := os.Stat(slow); err != nil {
		t.Skipf("skipped: the shared material is not here: %v", err)
	}
	folder := filepath.Join(t.TempDir(), "run")
	var classes []string
	for i := range 20 {
		classes = append(classes, fmt.Sprint("c", i))
	}
	var sent time.Time
	timer := time.AfterFunc(3*time.Second, func() {
		sent = time.Now()
		if err := syscall.Kill(os.Getpid(), syscall.SIGINT); err != nil {
			t.Error(err)
		}
	})
	defer timer.Stop()
	var out, errs bytes.Buffer
	code := Main([]string{"run", "--model", slow, "--images", data + "images", "--masks", data + "masks", "--classes", strings.Join(classes, ","),
		"--out", folder, "--quiet", "--workers", "2", "--set", "inference.tta.flip=[none, horizontal]"}, strings.NewReader(""), &out, &errs, os.Environ())
	if sent.IsZero() {
		t.Skip("skipped: this machine ran the slow model on 24 images within three seconds")
	}
	late := time.Since(sent)
	if code != exitInterrupted {
		t.Fatalf("exit %d: %s", code, errs.String())
	}
	if late > 10*time.Second { // a second is what is promised; the log has it, as a loaded machine takes longer
		t.Errorf("it ended %v after the signal", late)
	}
	var m struct {
		Partial   bool
		Placement struct{ Source, Why string }
	}
	text, err := os.ReadFile(filepath.Join(folder, "manifest.json"))
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	if err != nil || !m.Partial || m.Placement.Source != "assumed" || m.Placement.Why == "" {
		t.Errorf("%+v, %v", m, err)
	}
	t.Logf("it ended %v after the signal", late)
}
