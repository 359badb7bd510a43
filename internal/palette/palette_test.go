package palette

import "testing"

func TestClassColors(t *testing.T) {
	own := [][3]uint8{{1, 2, 3}}
	c := ClassColors(20, own)
	if c[0] != own[0] || c[1] != okabeIto[1] {
		t.Errorf("the dataset's palette does not come first: %v", c[:2])
	}
	seen := map[[3]uint8]bool{}
	for i, x := range c {
		if seen[x] {
			t.Errorf("class %d has another class's colour %v", i, x)
		}
		seen[x] = true
	}
}
