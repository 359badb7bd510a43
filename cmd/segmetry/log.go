package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/segmetry/segmetry/model"
)

// plainHandler writes a note as one readable line: the message, then its attributes.
type plainHandler struct {
	w     io.Writer
	least slog.Level
}

func (h plainHandler) Enabled(_ context.Context, level slog.Level) bool {
	return level >= h.least
}

func (h plainHandler) Handle(_ context.Context, r slog.Record) error {
	var line strings.Builder
	switch {
	case r.Level >= slog.LevelError:
		line.WriteString("error: ")
	case r.Level >= slog.LevelWarn:
		line.WriteString("warning: ")
	case r.Level < slog.LevelInfo:
		line.WriteString("debug: ")
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

// debugRuntimeLog shows what ONNX Runtime logged, the first message of each kind.
func (a *app) debugRuntimeLog() {
	for _, m := range model.RuntimeLog() {
		a.log.Debug(fmt.Sprintf("ONNX Runtime, %d × %s at %s: %s", m.Count, m.Severity, m.Place, m.First))
	}
}
