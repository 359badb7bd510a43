package losses

import (
	"math"
	"slices"
)

// twins are the losses with their default options, by name.
var twins = map[string]func([]*twin) float64{
	"ce":    func(b []*twin) float64 { return meanPixels(b, twinNLL) },
	"focal": func(b []*twin) float64 { return meanPixels(b, twinFocal) },
	"poly1": func(b []*twin) float64 {
		return meanPixels(b, func(t *twin, i int) float64 { return twinNLL(t, i) + (1 - t.own(i)) })
	},
	"topk_ce":      twinTopK,
	"ohem_ce":      twinOHEM,
	"bce":          func(b []*twin) float64 { return oneAgainstRest(b, 1, 1) },
	"balanced_bce": func(b []*twin) float64 { return meanImages(b, twinBalanced) },
	"weighted_bce": func(b []*twin) float64 { return meanImages(b, twinWeighted) },

	"unet_weighted_ce": func(b []*twin) float64 { return weightedCE(b, unetWeights) },
	"distance_ce":      func(b []*twin) float64 { return weightedCE(b, distanceWeights) },

	"soft_dice": twinDice,
	"soft_iou": func(b []*twin) float64 {
		return meanClasses(b, func(r region) float64 { return 1 - r.overlap(1, 1, 5e-6) })
	},
	"tversky": func(b []*twin) float64 {
		return meanClasses(b, func(r region) float64 { return 1 - r.overlap(.5, .5, 1e-5) })
	},
	"focal_tversky": func(b []*twin) float64 { return meanClasses(b, twinFocalTversky) },
	"asymmetric": func(b []*twin) float64 {
		return meanClasses(b, func(r region) float64 { return 1 - r.overlap(1/3.25, 2.25/3.25, 1e-5) })
	},
	"log_cosh_dice": func(b []*twin) float64 { // of each image's mean over classes
		return math.Log(math.Cosh(twinDice(b)))
	},
	"sensitivity_specificity": func(b []*twin) float64 {
		return meanClasses(b, func(r region) float64 {
			return .05*(r.Y-2*r.I+r.I2)/(r.Y+1e-5) + .95*(r.Q-r.I2)/(r.M-r.Y+1e-5)
		})
	},
	"generalized_dice": func(b []*twin) float64 { return meanImages(b, twinGeneralized) },
	"penalty_gd": func(b []*twin) float64 {
		g := meanImages(b, twinGeneralized)
		return g / (1 + 2.5*(1-g))
	},
	"mcc":              twinMCC,
	"wasserstein_dice": func(b []*twin) float64 { return meanImages(b, twinWasserstein) },
	"lovasz_softmax":   twinLovaszSoftmax,
	"lovasz_hinge":     twinLovaszHinge,
	"boundary":         func(b []*twin) float64 { return meanForeground(b, twinBoundary) },
	"hausdorff_dt":     func(b []*twin) float64 { return meanForeground(b, twinHausdorff) },

	"combo": twinCombo,
	"exp_log": func(b []*twin) float64 {
		return .8*meanClasses(b, func(r region) float64 { return math.Pow(-math.Log(r.overlap(.5, .5, 5e-6)), .3) }) + .2*twinPowerCE(b)
	},
	"unified_focal": twinUnified,
}

func init() { // sums of those above
	for name, parts := range map[string][2]string{
		"dice_ce": {"soft_dice", "ce"}, "dice_focal": {"soft_dice", "focal"}, "ce_lovasz": {"ce", "lovasz_softmax"},
		"dice_topk": {"soft_dice", "topk_ce"}, "dice_boundary": {"soft_dice", "boundary"},
	} {
		twins[name] = func(b []*twin) float64 { return twins[parts[0]](b) + twins[parts[1]](b) }
	}
	twins["weighted_sum"] = func(b []*twin) float64 { return .3*twins["ce"](b) + .7*twins["soft_dice"](b) }
}

func twinNLL(t *twin, i int) float64 { return -math.Log(t.own(i)) }

func twinFocal(t *twin, i int) float64 { return math.Pow(1-t.own(i), 2) * twinNLL(t, i) }

// meanPixels is the mean over all valid pixels of the batch.
func meanPixels(b []*twin, f func(t *twin, i int) float64) float64 {
	sum, n := 0.0, 0.0
	for _, t := range b {
		for i := range t.truth {
			if t.valid(i) {
				sum, n = sum+f(t, i), n+1
			}
		}
	}
	return sum / n
}

func meanImages(b []*twin, f func(t *twin) float64) float64 {
	sum := 0.0
	for _, t := range b {
		sum += f(t)
	}
	return sum / float64(len(b))
}

// region is one class's sums over one or several images.
type region struct{ I, P, Q, I2, Y, M float64 }

func regionOf(c int, images ...*twin) (r region) {
	for _, t := range images {
		for i := range t.truth {
			if !t.valid(i) {
				continue
			}
			p := t.p[c][i]
			r.P, r.Q, r.M = r.P+p, r.Q+p*p, r.M+1
			if t.is(c, i) {
				r.I, r.I2, r.Y = r.I+p, r.I2+p*p, r.Y+1
			}
		}
	}
	return r
}

// overlap is (I + s)/(I + a·FP + b·FN + s).
func (r region) overlap(a, b, s float64) float64 {
	return (r.I + s) / (r.I + a*(r.P-r.I) + b*(r.Y-r.I) + s)
}

// meanClasses is the mean over images and planes.
func meanClasses(b []*twin, f func(region) float64) float64 {
	return meanImages(b, func(t *twin) float64 {
		sum := 0.0
		for c := range t.z {
			sum += f(regionOf(c, t))
		}
		return sum / float64(len(t.z))
	})
}

func twinDice(b []*twin) float64 {
	return meanClasses(b, func(r region) float64 { return 1 - r.overlap(.5, .5, 5e-6) })
}

func twinFocalTversky(r region) float64 { return math.Pow(1-r.overlap(.3, .7, 1), .75) }

// oneAgainstRest is the mean over planes and pixels of −a·y·log p − b·(1−y)·log(1−p).
func oneAgainstRest(images []*twin, a, b float64) float64 {
	return meanPixels(images, func(t *twin, i int) float64 {
		sum := 0.0
		for c := range t.z {
			sum += against(t, c, i, a, b)
		}
		return sum / float64(len(t.z))
	})
}

func against(t *twin, c, i int, a, b float64) float64 {
	if t.is(c, i) {
		return -a * math.Log(t.p[c][i])
	}
	return -b * math.Log(1-t.p[c][i])
}

// twinBalanced weighs by the negatives' share of the image: of one plane, or (C−1)/C of C planes.
func twinBalanced(t *twin) float64 {
	r := regionOf(len(t.z)-1, t)
	beta := 1 - r.Y/r.M
	if len(t.z) > 1 {
		beta = 1 - 1/float64(len(t.z))
	}
	return oneAgainstRest([]*twin{t}, beta, 1-beta)
}

func twinWeighted(t *twin) float64 {
	sum, pixels := 0.0, 0.0
	for c := range t.z {
		r := regionOf(c, t)
		w := 1.0
		if r.Y > 0 {
			w = (r.M - r.Y) / r.Y
		}
		for i := range t.truth {
			if t.valid(i) {
				sum, pixels = sum+against(t, c, i, w, 1), pixels+1
			}
		}
	}
	return sum / pixels
}

// nlls are −log p_t of all valid pixels, the largest first.
func nlls(b []*twin) []float64 {
	var all []float64
	for _, t := range b {
		for i := range t.truth {
			if t.valid(i) {
				all = append(all, twinNLL(t, i))
			}
		}
	}
	slices.Sort(all)
	slices.Reverse(all)
	return all
}

func average(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

func twinTopK(b []*twin) float64 {
	all := nlls(b)
	return average(all[:max(1, len(all)/10)])
}

// twinOHEM keeps all pixels with p_t below the larger of .7 and the easiest pixel's: fewer than min_kept are there.
func twinOHEM(b []*twin) float64 {
	all := nlls(b)
	threshold := max(.7, math.Exp(-all[len(all)-1]))
	return average(slices.DeleteFunc(all, func(nll float64) bool { return math.Exp(-nll) >= threshold }))
}

func weightedCE(b []*twin, weights func(t *twin) []float64) float64 {
	maps := map[*twin][]float64{}
	for _, t := range b {
		maps[t] = weights(t)
	}
	return meanPixels(b, func(t *twin, i int) float64 { return maps[t][i] * twinNLL(t, i) })
}

// apart is the distance between two pixels.
func (t *twin) apart(i, j int) float64 {
	return math.Hypot(float64(i%t.width-j%t.width), float64(i/t.width-j/t.width))
}

// nearest is the distance from pixel i to the nearest pixel of a set, +Inf where it is empty.
func (t *twin) nearest(i int, set func(j int) bool) float64 {
	d := math.Inf(1)
	for j := range t.truth {
		if set(j) {
			d = min(d, t.apart(i, j))
		}
	}
	return d
}

// unetWeights are 1 + 10·e^(−(d1+d2)²/50) with the two nearest instances.
func unetWeights(t *twin) []float64 {
	instance := make([]int, len(t.truth)) // the least pixel of each region, by spreading it to neighbours
	for i := range instance {
		instance[i] = i
	}
	for changed := true; changed; {
		changed = false
		for i := range instance {
			for j := range instance {
				if t.truth[i] > 0 && t.truth[i] == t.truth[j] && t.apart(i, j) < 1.5 && instance[j] < instance[i] {
					instance[i], changed = instance[j], true
				}
			}
		}
	}
	weights := make([]float64, len(t.truth))
	for i := range weights {
		weights[i] = 1
		var distances []float64
		for k := range t.truth {
			if t.truth[k] > 0 && instance[k] == k {
				distances = append(distances, t.nearest(i, func(j int) bool { return t.truth[j] > 0 && instance[j] == k }))
			}
		}
		if slices.Sort(distances); len(distances) > 1 {
			d := distances[0] + distances[1]
			weights[i] += 10 * math.Exp(-d*d/50)
		}
	}
	return weights
}

// distanceWeights are 1+φ, φ = (D−d)/D on either side of the foreground's boundary.
func distanceWeights(t *twin) []float64 {
	weights := make([]float64, len(t.truth))
	distances := make([]float64, len(t.truth))
	for i, own := range t.truth {
		weights[i] = 1
		distances[i], _ = t.reach(i, func(j int) bool { return t.valid(j) == t.valid(i) && (t.truth[j] > 0) == (own > 0) || !t.valid(j) }) // ignored pixels bound nothing
	}
	for _, foreground := range []bool{false, true} {
		most := 0.0
		side := func(i int) bool { return t.valid(i) && (t.truth[i] > 0) == foreground }
		for i, d := range distances {
			if side(i) {
				most = max(most, d)
			}
		}
		for i, d := range distances {
			if side(i) && most > 0 {
				weights[i] += (most - d) / most
			}
		}
	}
	return weights
}

func twinGeneralized(t *twin) float64 {
	var regions []region
	largest := 0.0
	for c := range t.z {
		r := regionOf(c, t)
		regions = append(regions, r)
		if r.Y > 0 {
			largest = max(largest, 1/(r.Y*r.Y))
		}
	}
	numerator, denominator := 1e-5, 1e-5
	for _, r := range regions {
		w := largest
		if r.Y > 0 {
			w = 1 / (r.Y * r.Y)
		}
		numerator, denominator = numerator+2*w*r.I, denominator+w*(r.P+r.Y)
	}
	return 1 - numerator/denominator
}

func twinMCC(b []*twin) float64 {
	sum, planes := 0.0, len(b[0].z)
	for c := range planes {
		r := regionOf(c, b...)
		tp, fp, fn, tn := r.I+1e-5, r.P-r.I+1e-5, r.Y-r.I+1e-5, r.M-r.P-r.Y+r.I+1e-5
		sum += 1 - (tp*tn-fp*fn)/math.Sqrt((tp+fp)*(tp+fn)*(tn+fp)*(tn+fn))
	}
	return sum / float64(planes)
}

func twinWasserstein(t *twin) float64 {
	right, wrong := 0.0, 0.0
	for i, own := range t.truth {
		if !t.valid(i) {
			continue
		}
		delta := 1 - t.p[own][i]
		wrong += delta
		if own > 0 {
			right += 1 - delta
		}
	}
	return 1 - (2*right+1e-5)/(2*right+wrong+1e-5)
}

// lovasz is Σ error·(Jaccard loss of the hardest pixels up to this one − of those before it).
func lovasz(errors []float64, foreground []bool) float64 {
	order := make([]int, len(errors))
	total := 0.0
	for i := range order {
		order[i] = i
		if foreground[i] {
			total++
		}
	}
	slices.SortStableFunc(order, func(i, j int) int {
		switch {
		case errors[i] > errors[j]:
			return -1
		case errors[i] < errors[j]:
			return 1
		}
		return 0
	})
	sum, before, hits, alarms := 0.0, 0.0, 0.0, 0.0
	for _, i := range order {
		if foreground[i] {
			hits++
		} else {
			alarms++
		}
		jaccard := 1 - (total-hits)/(total+alarms)
		sum += max(0, errors[i]) * (jaccard - before)
		before = jaccard
	}
	return sum
}

// pooled collects an error of every valid pixel and whether it is foreground.
func pooled(b []*twin, c int, f func(t *twin, i int) float64) (errors []float64, foreground []bool) {
	for _, t := range b {
		for i := range t.truth {
			if t.valid(i) {
				errors, foreground = append(errors, f(t, i)), append(foreground, t.is(c, i))
			}
		}
	}
	return errors, foreground
}

func twinLovaszSoftmax(b []*twin) float64 {
	sum, n := 0.0, 0.0
	for c := range b[0].z {
		errors, foreground := pooled(b, c, func(t *twin, i int) float64 {
			if t.is(c, i) {
				return 1 - t.p[c][i]
			}
			return t.p[c][i]
		})
		if slices.Contains(foreground, true) {
			sum, n = sum+lovasz(errors, foreground), n+1
		}
	}
	return sum / n
}

func twinLovaszHinge(b []*twin) float64 {
	return lovasz(pooled(b, 0, func(t *twin, i int) float64 {
		if t.is(0, i) {
			return 1 - t.z[0][i]
		}
		return 1 + t.z[0][i]
	}))
}

// meanForeground is the mean over images, planes but the background's, and valid pixels.
func meanForeground(b []*twin, f func(t *twin, c, i int) float64) float64 {
	return meanPixels(b, func(t *twin, i int) float64 {
		first := min(1, len(t.z)-1)
		sum := 0.0
		for c := first; c < len(t.z); c++ {
			sum += f(t, c, i)
		}
		return sum / float64(len(t.z)-first)
	})
}

// reach is the distance from pixel i to the nearest on the other side of a region's edge, and whether i is inside. It is 0
// where the region is empty or full.
func (t *twin) reach(i int, inside func(j int) bool) (d float64, in bool) {
	in = inside(i)
	d = t.nearest(i, func(j int) bool { return inside(j) != in })
	if math.IsInf(d, 1) {
		d = 0
	}
	return d, in
}

func twinBoundary(t *twin, c, i int) float64 {
	switch d, in := t.reach(i, func(j int) bool { return t.is(c, j) }); {
	case d == 0:
		return 0
	case in:
		return t.p[c][i] * (1 - d)
	default:
		return t.p[c][i] * d
	}
}

func twinHausdorff(t *twin, c, i int) float64 {
	truth, _ := t.reach(i, func(j int) bool { return t.is(c, j) })
	predicted, _ := t.reach(i, func(j int) bool { return t.valid(j) && t.p[c][j] > .5 })
	e := t.p[c][i]
	if t.is(c, i) {
		e = 1 - e
	}
	return e * e * (truth*truth + predicted*predicted)
}

func twinCombo(b []*twin) float64 {
	dice := 0.0
	for c := range b[0].z {
		dice += regionOf(c, b...).overlap(.5, .5, .5) / float64(len(b[0].z))
	}
	return .5*oneAgainstRest(b, .5, .5) - .5*dice
}

// twinPowerCE is the mean of √(n/n_t)·(−log p_t)^.3 with the classes' pixels in the batch.
func twinPowerCE(b []*twin) float64 {
	counts, total := map[int]float64{}, 0.0
	for _, t := range b {
		for i, own := range t.truth {
			if t.valid(i) {
				counts[own], total = counts[own]+1, total+1
			}
		}
	}
	return meanPixels(b, func(t *twin, i int) float64 {
		return math.Sqrt(total/counts[t.truth[i]]) * math.Pow(twinNLL(t, i), .3)
	})
}

func twinUnified(b []*twin) float64 {
	focal := meanPixels(b, func(t *twin, i int) float64 {
		if t.truth[i] == 0 {
			return .5 * .3 * math.Sqrt(1-t.own(i)) * twinNLL(t, i)
		}
		return .5 * .7 * twinNLL(t, i)
	})
	tversky := meanImages(b, func(t *twin) float64 {
		r := regionOf(len(t.z)-1, t)
		rest := region{I: r.M - r.P - r.Y + r.I, P: r.M - r.P, Y: r.M - r.Y}
		return .5 * ((1 - rest.overlap(.3, .7, 1e-7)) + math.Sqrt(1-r.overlap(.3, .7, 1e-7)))
	})
	return .5*focal + .5*tversky
}
