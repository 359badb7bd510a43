package model

import (
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

func TestThreshold(t *testing.T) {
	for text, want := range map[string]Threshold{"0.5": {0.5}, "[0.2, 0.7]": {0.2, 0.7}} {
		var got Threshold
		if err := yaml.Unmarshal([]byte(text), &got); err != nil || !slices.Equal(got, want) || got.validate() != nil {
			t.Errorf("%s: %v, %v", text, got, err)
		}
		if out, err := yaml.Marshal(got); err != nil || strings.TrimSpace(string(out)) != text {
			t.Errorf("%s is written as %s, %v", text, out, err)
		}
	}
	for _, bad := range []string{"x", "{a: 1}", "[x]"} {
		var got Threshold
		if err := yaml.Unmarshal([]byte(bad), &got); err == nil {
			t.Errorf("%s was accepted: %v", bad, got)
		}
	}
	for _, bad := range []float64{0, 1, -0.5, 2} {
		if (Threshold{0.5, bad}).validate() == nil {
			t.Errorf("a threshold of %v was accepted", bad)
		}
	}
}
