package pipeline

import (
	"github.com/segmetry/segmetry/internal/pass"
	"github.com/segmetry/segmetry/internal/record"
	"github.com/segmetry/segmetry/internal/stats"
)

// Record is one image's row.
type Record = record.Record

// Summary is the aggregate of a run.
type Summary = record.Summary

// Columns names what the slices of a Record hold.
type Columns = record.Columns

// Model is what a summary says of the model.
type Model = record.Model

// Gallery says how many thumbnails are kept.
type Gallery = record.Gallery

// Thumbnail is an image of the report, with layers that lie over it.
type Thumbnail = record.Thumbnail

// PlaneTruth is truth of labels that may overlap, a plane each; see [Offline.AddPlanes].
type PlaneTruth = pass.PlaneTruth

// Resampling says how resamples are drawn: Options of [Bootstrap], and of a comparison's options.
type Resampling = stats.Options
