package main

import (
	"context"
	"io"
	"log/slog"
	"strings"
)

// plainHandler writes a note as one readable line: the message, then its attributes.
type plainHandler struct{ w io.Writer }

func (h plainHandler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= slog.LevelInfo
}

func (h plainHandler) Handle(_ context.Context, r slog.Record) error {
	var line strings.Builder
	if r.Level >= slog.LevelWarn {
		line.WriteString("warning: ")
	}
	line.WriteString(r.Message)
	r.Attrs(func(a slog.Attr) bool {
		line.WriteString(" " + a.Key + "=" + a.Value.String())
		return true
	})
	_, err := io.WriteString(h.w, line.String()+"\n")
	return err
}

func (h plainHandler) WithAttrs([]slog.Attr) slog.Handler { return h }
func (h plainHandler) WithGroup(string) slog.Handler      { return h }
