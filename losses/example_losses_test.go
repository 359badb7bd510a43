package losses_test

import (
	"fmt"
	"math"

	"github.com/segmetry/segmetry/losses"
)

// explain scores one picture of 4×4 pixels with a loss's defaults, three classes or, where the loss wants it, one
// channel or two classes, and prints the loss and the length of its gradient. The truth is a square of class 1 on class
// 0 with one pixel of the last class; the model sees it blurred.
func explain(name string, shape losses.Shape) {
	plan, err := losses.Compile([]losses.Spec{{Name: name}}, shape)
	if err != nil {
		fmt.Println(err)
		return
	}
	truth := []int16{0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, int16(shape.Classes - 1)}
	b := &losses.Batch{Images: 1, Channels: shape.Planes(), Height: 4, Width: 4, Labels: truth, Logits: make([]float32, 16*shape.Planes())}
	for i := range truth {
		b.Logits[(shape.Planes()-1)*16+i] = -1
		if shape.Planes() > 1 {
			b.Logits[i] = 1
		}
		if y, x := i/4, i%4; y > 0 && y < 3 && x > 0 {
			b.Logits[min(1, shape.Planes()-1)*16+i] = 2
		}
	}
	gradient := make([]float32, len(b.Logits))
	r, err := plan.Score(b, [][]float32{gradient})
	if err != nil {
		fmt.Println(err)
		return
	}
	length := 0.0
	for _, g := range gradient {
		length += float64(g) * float64(g)
	}
	fmt.Printf("%.4f, gradient %.4f\n", r[0].Value, math.Sqrt(length))
}

var (
	three = losses.Shape{Head: losses.Softmax, Classes: 3}
	two   = losses.Shape{Head: losses.Softmax, Classes: 2}
	one   = losses.Shape{Head: losses.Sigmoid, Classes: 2}
)

// Cross-entropy: Σ w_t·(−log p_t) / Σ w_t over the valid pixels; with label smoothing ε: [(1−ε)·Σ w_t·(−log p_t) + (ε/C)·ΣΣ_c w_c·(−log p_c)] / Σ w_t.
func Example_ce() {
	explain("ce", three)
	// Output: 0.6356, gradient 0.1488
}

// Binary cross-entropy: mean over planes and valid pixels of −y·log p − (1−y)·log(1−p).
func Example_bce() {
	explain("bce", one)
	// Output: 0.5559, gradient 0.1045
}

// Weighted binary cross-entropy: mean over planes and valid pixels of −w·y·log p − (1−y)·log(1−p), w = negatives/positives of the image unless given.
func Example_weightedBce() {
	explain("weighted_bce", one)
	// Output: 0.6925, gradient 0.1407
}

// Focal loss: mean over the valid pixels of α_t·(1−p_t)^γ·(−log p_t).
func Example_focal() {
	explain("focal", three)
	// Output: 0.2503, gradient 0.1332
}

// Soft Dice loss: mean over images and classes of 1 − (2I + s)/(P + Y + s), s = 1e-5.
func Example_softDice() {
	explain("soft_dice", three)
	// Output: 0.5696, gradient 0.0582
}

// Soft IoU (Jaccard) loss: mean over images and classes of 1 − (I + s/2)/(P + Y − I + s/2), s = 1e-5.
func Example_softIou() {
	explain("soft_iou", three)
	// Output: 0.6947, gradient 0.0519
}

// Asymmetric similarity loss: tversky with weight_fn = β²/(1+β²), weight_fp = 1/(1+β²), β = 1.5.
func Example_asymmetric() {
	explain("asymmetric", three)
	// Output: 0.5622, gradient 0.0599
}

// Balanced binary cross-entropy: mean over planes and valid pixels of −β·y·log p − (1−β)·(1−y)·log(1−p), β the negatives' share unless given.
func Example_balancedBce() {
	explain("balanced_bce", one)
	// Output: 0.2164, gradient 0.0440
}

// Boundary loss: mean over images, foreground classes and valid pixels of p·φ, φ = +d outside the true region (d the distance to it) and −(d−1) inside (d the distance to its outside).
func Example_boundary() {
	explain("boundary", three)
	// Output: 0.2214, gradient 0.0465
}

// Cross-entropy and Lovász-softmax: weights[0]·ce + weights[1]·lovasz_softmax, both weights 1, the parts with their defaults.
func Example_ceLovasz() {
	explain("ce_lovasz", three)
	// Output: 1.2265, gradient 0.2108
}

// Combo loss: α·balanced_bce(β) − (1−α)·(2I + S)/(P + Y + S) over the whole batch, α = β = ½, S = 1.
func Example_combo() {
	explain("combo", one)
	// Output: -0.1682, gradient 0.0426
}

// Dice and boundary loss: weights[0]·soft_dice + weights[1]·boundary, both weights 1, the parts with their defaults.
func Example_diceBoundary() {
	explain("dice_boundary", three)
	// Output: 0.7911, gradient 0.0922
}

// Dice and cross-entropy: weights[0]·soft_dice + weights[1]·ce, both weights 1, the parts with their defaults.
func Example_diceCe() {
	explain("dice_ce", three)
	// Output: 1.2053, gradient 0.2032
}

// Dice and focal loss: weight_dice·soft_dice + weight_focal·focal.
func Example_diceFocal() {
	explain("dice_focal", three)
	// Output: 0.8200, gradient 0.1789
}

// Dice and TopK cross-entropy: weights[0]·soft_dice + weights[1]·topk_ce, both weights 1, the parts with their defaults.
func Example_diceTopk() {
	explain("dice_topk", three)
	// Output: 2.9772, gradient 1.1869
}

// Distance-penalised cross-entropy: mean over the valid pixels of (1+φ)·(−log p_t), φ = (D − d)/D with d the distance to the nearest pixel of the other side, foreground (every class but 0) or background, and D its largest on this side: towards 1 at the boundary, 0 farthest from it.
func Example_distanceCe() {
	explain("distance_ce", three)
	// Output: 0.7298, gradient 0.1745
}

// Exponential logarithmic loss: w_dice·mean over images and classes of (−ln S)^γ + w_ce·mean over the valid pixels of w_t·(−log p_t)^γ, S the soft Dice overlap (s = 1e-5), w_c = √(Σ_k f_k/f_c) with f the class frequencies, w_dice = .8, w_ce = .2, γ = .3.
func Example_expLog() {
	explain("exp_log", three)
	// Output: 1.0580, gradient 0.0760
}

// Focal Tversky loss: mean over images and classes of (1 − T)^γ, T the Tversky overlap with weight_fp = .3, weight_fn = .7, s = 1; γ = .75.
func Example_focalTversky() {
	explain("focal_tversky", three)
	// Output: 0.4806, gradient 0.0468
}

// Generalised Dice loss: mean over images of 1 − (2·Σ_c w_c·I_c + s)/(Σ_c w_c·(P_c + Y_c) + s), w_c = 1/Y_c², s = 1e-5.
func Example_generalizedDice() {
	explain("generalized_dice", three)
	// Output: 0.7820, gradient 0.0728
}

// Hausdorff loss by distance transforms: mean over images, foreground classes and valid pixels of (p−o)²·(d_p^α + d_g^α), d_p and d_g the distances to the boundaries of the predicted (p > ½) and the true region, from either side; α = 2.
func Example_hausdorffDt() {
	explain("hausdorff_dt", three)
	// Output: 0.1814, gradient 0.0567
}

// Hausdorff loss by erosions: mean over images, classes and pixels of Σ_k (k+1)^α·b_{k+1}, k = 0…9: b_0 = (p−o)², b_{k+1} = b_k averaged over a five-pixel cross, less ½, at least 0, stretched to [0, 1]; α = 2.
func Example_hausdorffEr() {
	explain("hausdorff_er", three)
	// Output: 0.0000, gradient NaN
}

// Log-cosh Dice loss: log cosh L = L + log1p(e^(−2L)) − ln 2, L = soft_dice.
func Example_logCoshDice() {
	explain("log_cosh_dice", three)
	// Output: 0.1542, gradient 0.0300
}

// Lovász hinge loss: Σ max(e, 0)·w, e = 1 − s·x sorted descending over the whole batch (s = ±1 for truth 1 or 0, x the logit), w as in lovasz_softmax.
func Example_lovaszHinge() {
	explain("lovasz_hinge", one)
	// Output: 1.1429, gradient 0.2497
}

// Lovász-softmax loss: mean over the present classes of Σ e·w, e = |o − p| sorted descending over the whole batch, w = 1/U for foreground and I/(U(U−1)) for background pixels, I the foreground left and U the union after the element.
func Example_lovaszSoftmax() {
	explain("lovasz_softmax", three)
	// Output: 0.5909, gradient 0.0639
}

// Matthews correlation loss: mean over classes of 1 − (tp·tn − fp·fn)/√((tp+fp)(tp+fn)(tn+fp)(tn+fn)), tp = I+ε, fp = P−I+ε, fn = Y−I+ε, tn = M−P−Y+I+ε summed over the batch, ε = 1e-5.
func Example_mcc() {
	explain("mcc", one)
	// Output: 0.6494, gradient 0.0740
}

// Cross-entropy with online hard example mining: mean of −log p_t over the valid pixels with p_t < max(threshold, the min_kept-th smallest p_t counted from 0); 0 where there is none.
func Example_ohemCe() {
	explain("ohem_ce", three)
	// Output: 0.7312, gradient 0.1872
}

// Generalised Dice with penalty: G/(1 + k(1−G)), G = generalized_dice, k = 2.5.
func Example_penaltyGd() {
	explain("penalty_gd", three)
	// Output: 0.5062, gradient 0.1067
}

// Poly-1 cross-entropy: mean over the valid pixels of −log p_t + ε·(1−p_t), ε = 1.
func Example_poly1() {
	explain("poly1", three)
	// Output: 1.0470, gradient 0.2092
}

// Sensitivity–specificity loss: mean over images and classes of r·Σ o(1−p)²/(Y+ε) + (1−r)·Σ (1−o)p²/(M−Y+ε), r = .05, ε = 1e-5.
func Example_sensitivitySpecificity() {
	explain("sensitivity_specificity", three)
	// Output: 0.1073, gradient 0.0350
}

// Cross-entropy of the hardest pixels (TopK): mean of the K largest −log p_t, K = max(1, ⌊k·n⌋) of the n valid pixels, k = 0.1; equal ones by pixel index.
func Example_topkCe() {
	explain("topk_ce", three)
	// Output: 2.4076, gradient 1.1535
}

// Tversky loss: mean over images and classes of 1 − T, T = (I + s)/(I + a·(P−I) + b·(Y−I) + s), a = weight_fp = ½, b = weight_fn = ½, s = 1e-5.
func Example_tversky() {
	explain("tversky", three)
	// Output: 0.5696, gradient 0.0582
}

// U-Net's weighted cross-entropy: mean over the valid pixels of w·(−log p_t), w = w_t + w0·e^(−(d1+d2)²/(2σ²)), d1 and d2 the distances to the nearest and second-nearest instance, w0 = 10, σ = 5.
func Example_unetWeightedCe() {
	explain("unet_weighted_ce", three)
	// Output: 5.9752, gradient 1.4269
}

// Unified focal loss (asymmetric): ½·AFL + ½·AFTL; AFL = mean over the valid pixels of ½(1−δ)(1−p_t)^γ·(−log p_t) on background and ½δ·(−log p_t) on foreground; AFTL = mean over images of ½[(1−T_bg) + (1−T_fg)^(1−γ)], T = (I + s)/(I + δ·FN + (1−δ)·FP + s), δ = .7, γ = .5, s = 1e-7.
func Example_unifiedFocal() {
	explain("unified_focal", two)
	// Output: 0.2643, gradient 0.0401
}

// Generalised Wasserstein Dice loss: mean over images of 1 − (2T + s)/(2T + Σδ + s), δ = Σ_l p_l·D(t, l), T = Σ (1−δ) over the pixels of foreground classes, s = 1e-5; weighting GDL: 1 − (2Σα_t(1−δ) + s)/(Σα_t(2−δ) + s), α_c = 1/(Y_c+1).
func Example_wassersteinDice() {
	explain("wasserstein_dice", three)
	// Output: 0.5306, gradient 0.0781
}
