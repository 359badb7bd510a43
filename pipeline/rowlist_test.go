package pipeline

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/segmetry/segmetry/internal/record"
)

// TestRowList: rows that were kept give the run's figures again, as often as they are replayed.
func TestRowList(t *testing.T) {
	run := evaluator(t, &fakeSession{}, 6, func(o *Options) { o.Gallery = Gallery{} })
	var rows RowList
	run.KeepRows(&rows)
	if _, err := consume(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	want := summaryText(t, run.Summary())
	for range 2 {
		past, err := NewPast(Model{Kind: "logits", Activation: "softmax", Channels: 3}, run.Columns().Classes, run.options)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for r, err := range past.Replay(rows.All()) {
			if err != nil || r.Status != record.OK {
				t.Fatal(r, err)
			}
			n++
		}
		if got := summaryText(t, past.Summary()); n != 6 || !bytes.Equal(got, want) {
			t.Errorf("%d images\n%s\nwant\n%s", n, got, want)
		}
	}
}

// summaryText is some of a summary, to be compared; none of it is undefined.
func summaryText(t *testing.T, s *Summary) []byte {
	t.Helper()
	text, err := json.Marshal([]any{s.Counts, s.Confusion, s.Losses[0].Value.Value, s.Losses[1].Pooled, s.Metrics[0], s.PerClass[0]})
	if err != nil {
		t.Fatal(err)
	}
	return text
}
