package metrics_test

import (
	"fmt"

	"github.com/segmetry/segmetry/losses"
	"github.com/segmetry/segmetry/pipeline/metrics"
)

// Two images whose pixels were counted elsewhere: the figures are those of both together, and means over both.
func ExampleCompile() {
	set, err := metrics.Compile([]metrics.Spec{{Name: "mIoU"}, {Name: "mIoU_img"}}, metrics.Shape{Head: losses.Softmax, Classes: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	total, meter := set.NewTotal(), set.NewMeter()
	for _, counts := range [][]int64{{3, 1, 0, 4}, {8, 0, 0, 0}} { // truth 0 as 0 and as 1, truth 1 as 0 and as 1
		meter.Reset(nil)
		meter.Confusion.Merge(counts)
		states := meter.Finish(nil, nil)
		total.Add(states)
		set.Release(states)
	}
	for _, m := range total.Metrics() {
		fmt.Printf("%s %.4f\n", m.Name, m.Value.Value)
	}
	// Output:
	// mIoU 0.8583
	// mIoU_img 0.8875
}
