package export

import "github.com/segmetry/segmetry/report/figure"

func init() {
	Register(Export{Name: "plots", Path: "plots/", About: "figures for papers: classes with intervals, confusion matrix, reliability, curves, distributions, errors, slices",
		Write: func(c *Content, put Put) error {
			return figure.Draw(&figure.Run{Summary: c.Summary, Of: c.Of, Distributions: c.Distributions}, c.Plots,
				func(name string, data []byte) error { return put("plots/"+name, data) })
		}})
}
