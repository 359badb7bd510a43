package dataset_test

import (
	"fmt"

	"github.com/segmetry/segmetry/dataset"
)

// Pictures and masks of a folder are listed, and one of them is loaded as a model would see it.
func ExampleOpen() {
	o := dataset.DefaultOptions()
	o.Images, o.Masks = "../testdata/quickstart/images", "../testdata/quickstart/masks"
	o.Classes, o.Limit = []string{"background", "interior", "border"}, 2
	source, err := dataset.Open(o)
	if err != nil {
		fmt.Println(err)
		return
	}
	loader, err := dataset.NewLoader(o, dataset.DefaultPreprocess(), dataset.Input{Channels: 3})
	if err != nil {
		fmt.Println(err)
		return
	}
	for item, err := range source.Items() {
		if err != nil {
			fmt.Println(err)
			return
		}
		truth, err := loader.MaskOf(item.Mask, 0, 0)
		if err != nil {
			fmt.Println(err)
			return
		}
		pixels := make([]int, len(o.Classes))
		for _, class := range truth.Class {
			if class != dataset.Ignored {
				pixels[class]++
			}
		}
		fmt.Println(item.Name, truth.Width, truth.Height, pixels)
	}
	// Output:
	// cell-01.png 256 256 [64514 574 448]
	// cell-02.png 320 256 [79476 1412 1032]
}

// A picture becomes a model's input tensor.
func ExampleLoader_Tensor() {
	p := dataset.DefaultPreprocess()
	p.Size = []int{64, 64}
	loader, err := dataset.NewLoader(dataset.DefaultOptions(), p, dataset.Input{Channels: 3})
	if err != nil {
		fmt.Println(err)
		return
	}
	picture, err := loader.Image("../testdata/quickstart/images/cell-01.png")
	if err != nil {
		fmt.Println(err)
		return
	}
	g, err := loader.Geometry(picture.Width, picture.Height)
	if err != nil {
		fmt.Println(err)
		return
	}
	tensor := make([]float32, 3*g.Height*g.Width)
	if err := loader.Tensor(picture, g, tensor); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d×%d pixels became %d×%d, the first red value is %.4f\n", picture.Width, picture.Height, g.Width, g.Height, tensor[0])
	// Output:
	// 256×256 pixels became 64×64, the first red value is 0.0353
}
