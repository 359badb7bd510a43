//go:build unix

package dataset

import (
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/segmetry/segmetry/internal/turbojpeg"
)

// BenchmarkLoad reads a JPEG file of 2048×1024 and makes the normalised tensor of 1024×512 of it, as a worker does. The
// file is SEGMETRY_PICTURE, or one that is drawn. cpu-ms is the processor's time, which others on the machine disturb least;
// .ci/bench/decode.py holds it against that of OpenCV and numpy.
func BenchmarkLoad(b *testing.B) {
	path := os.Getenv("SEGMETRY_PICTURE")
	if path == "" {
		path = drawnJPEG(b, 2048, 1024)
	}
	for _, mode := range []string{DecodeGo, DecodeTurbo} {
		b.Run(mode, func(b *testing.B) {
			if _, err := turbojpeg.Find(); mode == DecodeTurbo && err != nil {
				b.Skipf("skipped: %v", err)
			}
			load := loading(b, path, mode, "cv_linear", 512, 1024)
			load()
			b.ReportAllocs()
			begin := processorTime(b)
			for b.Loop() {
				load()
			}
			b.ReportMetric((processorTime(b)-begin).Seconds()*1e3/float64(b.N), "cpu-ms")
		})
	}
}

// processorTime is what the process has used.
func processorTime(tb testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
