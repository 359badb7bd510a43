.PHONY: build test bench quickstart
build:
	go build -o bin/segmetry ./cmd/segmetry
test:
	go test ./...
bench:
	python3 .ci/bench/bench.py
quickstart:
	go run ./internal/quickstart/cmd testdata/quickstart
