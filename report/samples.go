package report

import (
	"cmp"
	"encoding/binary"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/segmetry/segmetry/internal/record"
)

// samplesPage is the section with a row for every image.
type samplesPage struct {
	Note  string // what of images.csv is not here; "" where all is
	Table sampleTable
	First []sampleRow // the first rows, for readers without JavaScript, and until the script draws
}

// sampleTable is the images' figures as samples.js reads them: a JSON value, and one a column of figures, which the script
// decodes when they are first asked for. It takes 5.3 bytes a figure and opens without parsing any.
type sampleTable struct {
	Names   []string          `json:"names"`
	Notes   map[string]string `json:"notes"`   // by row: what an image that was not scored is, failed or skipped
	Columns []*sampleColumn   `json:"columns"` // the figures
}

// sampleColumn is one figure of every image.
type sampleColumn struct {
	Name  string `json:"name"`
	Tip   string `json:"tip,omitempty"` // the id of its definition
	Kind  string `json:"kind"`          // share: shown in percent; count: a whole number; plain
	Shown bool   `json:"shown"`         // until the reader chooses
	// Data is little-endian: float32 with NaN, or uint32 of a count with its largest value, for what is undefined.
	Data []byte `json:"-"`
	from int    // the column of images.csv
	rank int    // of those that are shown at first: its place; the others keep their order behind them
}

// sampleRow is a row of the plain table: what it is, and a text for each column that is shown.
type sampleRow struct {
	Name, Note string
	Shot       int // the index of its thumbnail, which is its own; -1 without one
	Cells      []string
}

const (
	sampleRows    = 200_000   // the page lists no more images, images.csv all
	sampleFigures = 1_200_000 // nor more figures: 6.4 MB of the page
	sampleFirst   = 50        // rows that the plain table has, and a page of the script's
	sampleShown   = 7         // columns that are shown until the reader chooses

	undefinedCount = math.MaxUint32
)

// samples reads the rows back from images.csv, which is complete by now. iou is, of the images of thumbnails, the IoU of
// every class.
func (f *Folder) samples(s *record.Summary, kept []record.Thumbnail) (p *samplesPage, iou map[int][]string, err error) {
	file, err := os.Open(f.images.Temporary())
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	in := csv.NewReader(file)
	in.ReuseRecord = true
	header, err := in.Read()
	if err != nil {
		return nil, nil, err
	}
	p = &samplesPage{Table: sampleTable{Names: []string{}, Notes: map[string]string{}, Columns: f.sampleColumns(s, header)}}
	p.Note = sampleNote(s.Counts.Images, len(p.Table.Columns), len(header)-3)
	wanted := map[int]bool{}
	for _, t := range kept {
		wanted[t.Index] = true
	}
	iou = map[int][]string{}
	first := f.classIoU(header)
	for index := 0; ; index++ {
		row, err := in.Read()
		if err == io.EOF {
			return p, iou, nil
		}
		if err != nil {
			return nil, nil, err
		}
		if index < sampleRows {
			p.add(index, row)
		}
		if wanted[index] && first >= 0 {
			iou[index] = slices.Clone(row[first:][:len(f.columns.Classes)])
		}
	}
}

// sampleNote says what the page leaves out.
func sampleNote(images, columns, all int) string {
	var left []string
	if images > sampleRows {
		left = append(left, fmt.Sprintf("the first %d of %d images", sampleRows, images))
	}
	if columns < all {
		left = append(left, fmt.Sprintf("%d of %d figures of an image", columns, all))
	}
	if left == nil {
		return ""
	}
	return "Here are " + strings.Join(left, " and ") + "; images.csv has them all."
}

// sampleColumns are the columns of images.csv that the page has, in the order that it shows them: what is asked of an image
// first comes first. Undefined for a whole dataset or not, a figure is a share unless the summary says that it is plain.
func (f *Folder) sampleColumns(s *record.Summary, header []string) []*sampleColumn {
	plain := plainFigures(s)
	var list []*sampleColumn
	take := func(kind string, from, n int) {
		for i := from; i < from+n; i++ {
			c := &sampleColumn{Name: strings.Clone(header[i]), Kind: kind, from: i}
			if kind == "share" && plain[c.Figure()] {
				c.Kind = "plain"
			}
			list = append(list, c)
		}
	}
	losses, means := 6, 6+len(f.columns.Losses)
	classes := means + len(f.columns.Means)
	rest := classes + len(f.columns.PerClass)*len(f.columns.Classes)
	take("share", means, len(f.columns.Means))
	take("plain", losses, len(f.columns.Losses))
	take("count", 3, 3)
	take("share", classes, rest-classes)
	take("plain", rest, len(header)-rest)
	f.showColumns(list)
	slices.SortStableFunc(list, func(a, b *sampleColumn) int { return cmp.Compare(a.rank, b.rank) })
	most := max(sampleShown, sampleFigures/max(1, min(s.Counts.Images, sampleRows)))
	return list[:min(len(list), most)]
}

// showColumns chooses what is shown at first: the mean IoU, the IoU of few classes, and losses. Without those, what comes first.
func (f *Folder) showColumns(list []*sampleColumn) {
	for _, c := range list {
		c.rank = sampleShown
	}
	shown := 0
	show := func(wanted func(*sampleColumn) bool) {
		for _, c := range list {
			if shown < sampleShown && !c.Shown && wanted(c) {
				c.Shown, c.rank = true, shown
				shown++
			}
		}
	}
	show(func(c *sampleColumn) bool { return c.Name == "mIoU" })
	show(func(c *sampleColumn) bool { return c.Name == "aAcc" })
	if len(f.columns.Classes) <= 4 {
		show(func(c *sampleColumn) bool { return strings.HasPrefix(c.Name, "IoU[") })
	}
	show(func(c *sampleColumn) bool { return strings.HasPrefix(c.Name, "loss.") })
	show(func(*sampleColumn) bool { return true })
}

// plainFigures are the figures that are no shares.
func plainFigures(s *record.Summary) map[string]bool {
	plain := map[string]bool{}
	for _, m := range s.Metrics {
		plain[strings.TrimSuffix(m.Name, "_img")] = m.Plain
	}
	for _, m := range s.PerClass {
		plain[strings.TrimSuffix(m.Name, "_img")] = m.Plain
	}
	return plain
}

// add appends a row of images.csv.
func (p *samplesPage) add(index int, row []string) {
	t := &p.Table
	t.Names = append(t.Names, strings.Clone(row[0]))
	note := ""
	if status := record.Status(row[1]); status != record.OK {
		note = strings.Clone(row[1])
		t.Notes[strconv.Itoa(index)] = note
	}
	plain := sampleRow{Name: t.Names[index], Note: note, Shot: -1}
	for _, c := range t.Columns {
		text := c.add(row[c.from])
		if c.Shown {
			plain.Cells = append(plain.Cells, text)
		}
	}
	if index < sampleFirst {
		p.First = append(p.First, plain)
	}
}

// link makes the plain rows' links to the thumbnails that the page has.
func (p *samplesPage) link(g *galleryPage) {
	if g == nil {
		return
	}
	for _, s := range g.Shots {
		if s.Index < len(p.First) {
			p.First[s.Index].Shot = s.Index
		}
	}
}

// define gives the columns their definitions.
func (p *samplesPage) define(tips []tip) {
	find := finder(tips)
	for _, c := range p.Table.Columns {
		c.Tip = find(c.Figure()).ID
	}
}

// Figure is the figure that a column is of: IoU of IoU[road].
func (c *sampleColumn) Figure() string {
	figure, _, _ := strings.Cut(c.Name, "[")
	return figure
}

// add appends a cell of images.csv, and returns the text that it is shown as.
func (c *sampleColumn) add(cell string) string {
	if c.Kind == "count" {
		n, err := strconv.ParseUint(cell, 10, 32)
		if err != nil {
			n, cell = undefinedCount, "n/a"
		}
		c.Data = binary.LittleEndian.AppendUint32(c.Data, uint32(n))
		return cell
	}
	x, err := strconv.ParseFloat(cell, 64)
	if err != nil {
		x = math.NaN()
	}
	stored := float32(x)
	c.Data = binary.LittleEndian.AppendUint32(c.Data, math.Float32bits(stored))
	if c.Kind == "share" {
		return percent(float64(stored))
	}
	return short(float64(stored))
}

// ShownColumns are the headings of the plain table.
func (p *samplesPage) ShownColumns() []*sampleColumn {
	return slices.DeleteFunc(slices.Clone(p.Table.Columns), func(c *sampleColumn) bool { return !c.Shown })
}

// classIoU is where the classes' IoU begins in a row of images.csv; −1 where images have none.
func (f *Folder) classIoU(header []string) int {
	if len(f.columns.Classes) == 0 {
		return -1
	}
	return slices.Index(header, "IoU["+f.columns.Classes[0]+"]")
}
