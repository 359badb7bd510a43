.PHONY: build test bench bench-runs quickstart
build:
	go build -o bin/segmetry ./cmd/segmetry
test:
	go test ./...
bench-runs:
	python3 .ci/bench/runs.py
bench:
	python3 .ci/bench/bench.py
quickstart:
	go run ./internal/quickstart/cmd testdata/quickstart
