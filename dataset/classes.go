package dataset

import (
	"embed"
	"encoding/csv"
	"fmt"
	"strconv"
)

// classFiles are tables of mask value, name and colour, a file a dataset.
//
//go:embed classes/*.csv
var classFiles embed.FS

// classTable is what comes with a dataset: its classes, their mask values and colours.
type classTable struct {
	names   []string
	values  []int
	palette [][3]uint8
}

// classesOf reads a table. It is part of the program: an error is a programmer's.
func classesOf(name string) classTable {
	f, err := classFiles.Open("classes/" + name + ".csv")
	if err != nil {
		panic("dataset: " + err.Error())
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		panic(fmt.Sprintf("dataset: classes/%s.csv: %v", name, err))
	}
	var t classTable
	for _, row := range rows[1:] {
		var n [4]int
		for i, column := range []int{0, 2, 3, 4} {
			if n[i], err = strconv.Atoi(row[column]); err != nil {
				panic(fmt.Sprintf("dataset: classes/%s.csv: %v", name, err))
			}
		}
		t.names, t.values = append(t.names, row[1]), append(t.values, n[0])
		t.palette = append(t.palette, [3]uint8{uint8(n[1]), uint8(n[2]), uint8(n[3])})
	}
	return t
}

// onlyThese sends the table's mask values to their classes, and every other one away.
func (t classTable) onlyThese() LabelMap {
	m := LabelMap{values: map[int]int{}}
	for class, value := range t.values {
		m.values[value] = class
	}
	ignore := ignoreTarget
	m.fallback = &ignore
	return m
}

// adopt takes a table's names and colours where the configuration names no classes of its own. It says whether it did.
func (o *Options) adopt(t classTable) bool {
	if len(o.ClassNames()) > 0 {
		return false
	}
	o.Classes = t.names
	if o.Palette == nil {
		o.Palette = t.palette
	}
	return true
}

// ignoreByDefault sets a format's ignored value unless the configuration has one.
func (o *Options) ignoreByDefault(value int) {
	if o.IgnoreIndex == nil {
		o.IgnoreIndex = &value
	}
}
