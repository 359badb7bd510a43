package slicing_test

import (
	"fmt"

	"github.com/segmetry/segmetry/pipeline/slicing"
)

// Images are told apart by the part of their names that a group of a pattern takes.
func ExampleCompile() {
	list, err := slicing.Compile([]slicing.Spec{{Name: "path:^(?P<city>[^/]+)/"}}, slicing.Data{})
	if err != nil {
		fmt.Println(err)
		return
	}
	splitter := list[0].New()
	for _, name := range []string{"bonn/1.png", "ulm/1.png", "bonn/2.png"} {
		if err := splitter.Add(&slicing.Image{Name: name}); err != nil {
			fmt.Println(err)
			return
		}
	}
	for _, s := range splitter.Slices() {
		fmt.Println(list[0].By, s.Name, s.Images)
	}
	// Output:
	// city bonn [0 2]
	// city ulm [1]
}
