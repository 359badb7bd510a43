package release

import "github.com/segmetry/segmetry/internal/record"

// What a comparison is given and what it says, for programs outside this module.
type (
	// Release is what a comparison of two runs says. Package report writes it.
	Release = record.Release
	// GateResult is a gate with its evidence and verdict.
	GateResult = record.GateResult
	// RunSide is what a comparison says of one run.
	RunSide = record.RunSide
	// Definition says what a figure is, and where the documentation explains it.
	Definition = record.Definition
	// RunDifference is something that differs between two runs beside their figures.
	RunDifference = record.RunDifference
	// ImageChange is one image's change, to which [Options].Pictures adds pictures.
	ImageChange = record.ImageChange
	// Flips are the pixels that only one of two runs has right, and FlipPair those of two labels, as [Options].Flips counts them.
	Flips    = record.Flips
	FlipPair = record.FlipPair
)
