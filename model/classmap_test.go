package model

import (
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

func TestClassMap(t *testing.T) {
	for name, c := range map[string]struct {
		yaml     string
		channels int
		want     []int16
		err      string
	}{
		"default":       {`{8: 1, "3": 2, default: 0}`, 10, []int16{0, 0, 0, 2, 0, 0, 0, 0, 1, 0}, ""},
		"complete":      {`{0: 1, 1: 0}`, 2, []int16{1, 0}, ""},
		"unnamed":       {`{0: 1}`, 2, nil, "class 1"},
		"beyond":        {`{5: 1, default: 0}`, 2, nil, "classes 0 to 1"},
		"empty":         {`{}`, 3, []int16{0, 1, 2}, ""},
		"no map":        {`[1, 2]`, 2, nil, "line 1, column 1"},
		"negative":      {`{0: -1}`, 2, nil, "line 1, column 5"},
		"bad key":       {`{x: 1}`, 2, nil, "column 2"},
		"twice":         {`{0: 1, "0": 2}`, 2, nil, "twice"},
		"word as class": {"0: one\n1: two", 2, nil, `"two"`},
	} {
		t.Run(name, func(t *testing.T) {
			var m ClassMap
			err := yaml.Unmarshal([]byte(c.yaml), &m)
			var table []int16
			if err == nil {
				table, err = m.Table(c.channels)
			}
			if c.err == "" && (err != nil || !slices.Equal(table, c.want)) {
				t.Errorf("%v, %v", table, err)
			}
			if c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
				t.Errorf("error %v does not say %q", err, c.err)
			}
		})
	}
}

func TestClassMapIsWrittenInOrder(t *testing.T) {
	zero := 0
	for want, m := range map[string]ClassMap{
		"m: {2: 1, 8: 1, 12: 2, default: 0}\n": {Classes: map[int]int{12: 2, 8: 1, 2: 1}, Default: &zero},
		"{}\n":                                 {},
	} {
		out, err := yaml.Marshal(struct {
			M ClassMap `yaml:"m,omitempty"`
		}{m})
		if err != nil || string(out) != want {
			t.Errorf("got %q, want %q (%v)", out, want, err)
		}
	}
}
