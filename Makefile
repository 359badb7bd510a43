.PHONY: build test bench bench-runs bench-decode fuzz quickstart
build:
	go build -o bin/segmetry ./cmd/segmetry
test:
	go test ./...
bench-runs:
	python3 .ci/bench/runs.py
bench-decode:
	python3 .ci/bench/decode.py
bench:
	python3 .ci/bench/bench.py
fuzz: # make fuzz TIME=10m
	TIME=$(or $(TIME),10m) bash .ci/fuzz.sh
quickstart:
	go run ./internal/quickstart/cmd testdata/quickstart
