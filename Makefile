.PHONY: build test bench quickstart
build:
	go build -o bin/segmetry ./cmd/segmetry
test:
	go test ./...
bench:
	go test -run '^$$' -bench . ./internal/pass ./losses ./dataset
quickstart:
	go run ./internal/quickstart/cmd testdata/quickstart
