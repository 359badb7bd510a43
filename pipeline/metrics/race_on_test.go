//go:build race

package metrics

const raceDetector = true // under which sync.Pool drops a quarter of what it is given, so that allocations say nothing
