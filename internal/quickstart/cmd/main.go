// Command cmd renders testdata/quickstart: go run ./internal/quickstart/cmd testdata/quickstart
package main

import (
	"fmt"
	"os"

	"github.com/segmetry/segmetry/internal/quickstart"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: cmd FOLDER")
		os.Exit(2)
	}
	if err := quickstart.WriteAll(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
