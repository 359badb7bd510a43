package model

import (
	"context"

	"github.com/segmetry/segmetry/internal/fault"
)

// InstallPackage is a package that an installation fetches.
type InstallPackage struct {
	Requirement string // as pip takes it
	Download    int64  // bytes
	Installed   int64  // bytes
}

// InstallPlan is what an installation fetches, and where to.
type InstallPlan struct {
	Dir                 string
	Packages            []InstallPackage
	Download, Installed int64 // bytes in all
	Present             bool  // it is there already: nothing is fetched
}

// PlanCPU says what InstallCPU would fetch on this machine. A platform for which nothing is pinned is a runtime error.
func PlanCPU(o LibraryOptions) (InstallPlan, error) { return newFinder(o).planCPU() }

// InstallCPU fetches the pinned build for the processor into the user's cache, unless it is there.
func InstallCPU(ctx context.Context, o LibraryOptions) (Library, error) {
	f := newFinder(o)
	f.CUDA = false
	if lib, ok := f.cachedCPU(); ok {
		return lib, nil
	}
	if f.Offline {
		return Library{}, f.nowhere("fetching is forbidden (--offline)")
	}
	return f.fetch(ctx)
}

func (f *finder) planCPU() (InstallPlan, error) {
	b, ok := f.builds[f.goos+"/"+f.goarch]
	if !ok {
		return InstallPlan{}, f.nowhere("none is pinned for " + f.goos + "/" + f.goarch)
	}
	dir, err := f.cacheDir()
	if err != nil {
		return InstallPlan{}, fault.Runtimef("installing ONNX Runtime: %w", err)
	}
	p := InstallPlan{Dir: dir, Packages: []InstallPackage{{"onnxruntime==" + pinnedVersion, b.Wheel.Size, b.WheelMember.Size}}, Download: b.Wheel.Size, Installed: b.WheelMember.Size}
	_, p.Present = f.cachedCPU()
	return p, nil
}
