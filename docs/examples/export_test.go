package examples_test

import (
	"fmt"

	"github.com/segmetry/segmetry/report"
	"github.com/segmetry/segmetry/report/export"
)

// The summary of predictions that exist becomes a LaTeX table.
func Example_export() {
	summary, err := summaryOf("IoU")
	if err != nil {
		fmt.Println(err)
		return
	}
	summary.Model.Name, summary.Dataset.Name = "net", "fields"
	list, err := export.Find([]string{"latex"})
	if err != nil {
		fmt.Println(err)
		return
	}
	show := func(name string, data []byte) error {
		fmt.Printf("%s\n%s", name, data)
		return nil
	}
	if err := list[0].Write(&export.Content{Summary: summary, Manifest: &report.Manifest{}}, show); err != nil {
		fmt.Println(err)
	}
	// Output:
	// table.tex
	// % net on fields, written by Segmetry. Needs \usepackage{booktabs} and, for names that are not ASCII, LuaLaTeX or XeLaTeX.
	// \begin{table}
	// \centering
	// \caption{net on fields: 1 image. Shares are in percent.}
	// \begin{tabular}{lr}
	// \toprule
	// Class & IoU \\
	// \midrule
	// sky & 66.67 \\
	// ground & 50.00 \\
	// \bottomrule
	// \end{tabular}
	// \end{table}
}
