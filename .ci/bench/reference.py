"""Prints how many milliseconds other libraries take for the benchmarks' work, on one thread."""
import json, os, time

os.environ["OMP_NUM_THREADS"] = "1"
import cv2, numpy, torch
from scipy.ndimage import binary_erosion, distance_transform_edt
from segmentation_models_pytorch.losses import LovaszLoss
from torch.nn.functional import cross_entropy, one_hot, softmax

torch.set_num_threads(1)
cv2.setNumThreads(1)
torch.manual_seed(1)
C, H, W = 21, 512, 512
logits, labels = torch.randn(1, C, H, W) * 3, torch.randint(0, C, (1, H, W))
lovasz = LovaszLoss("multiclass")


def ce(z):
    return cross_entropy(z, labels)


def focal(z):
    nll = cross_entropy(z, labels, reduction="none")
    return ((1 - torch.exp(-nll)) ** 2 * nll).mean()


def region(z, jaccard):
    p, o = softmax(z, 1), one_hot(labels, C).movedim(-1, 1).float()
    i, total = (p * o).sum((2, 3)), p.sum((2, 3)) + o.sum((2, 3))
    return (1 - ((i + 1e-5) / (total - i + 1e-5) if jaccard else (2 * i + 1e-5) / (total + 1e-5))).mean()


LOSSES = [ce, focal, lambda z: region(z, False), lambda z: region(z, True)]


def gradients():
    for loss in LOSSES:
        z = logits.clone().requires_grad_()
        loss(z).backward()


def values():
    with torch.no_grad():
        for loss in LOSSES:
            loss(logits)


def lovasz_value():
    with torch.no_grad():
        lovasz(logits, labels)


city = numpy.random.default_rng(1).standard_normal((19, 512, 1024), dtype=numpy.float32)
truth = numpy.random.default_rng(2).integers(0, 19, 1024 * 2048)
guess = numpy.random.default_rng(3).integers(0, 19, 1024 * 2048)


def upsample_argmax():
    big = numpy.stack([cv2.resize(plane, (2048, 1024), interpolation=cv2.INTER_LINEAR) for plane in city])
    return big.argmax(0)


def discs():
    r = numpy.random.default_rng(4)
    y, x = numpy.mgrid[:1024, :2048]
    mask = numpy.zeros((1024, 2048), bool)
    for _ in range(40):
        cy, cx, radius = r.integers(1024), r.integers(2048), r.integers(20, 140)
        mask |= (x - cx) ** 2 + (y - cy) ** 2 < radius**2
    return mask


mask = discs()


def cityscape():
    """Label maps as our benchmark's: regions of 150 seeds, and a prediction with wavy outlines and some regions wrong."""
    r = numpy.random.default_rng(5)
    seeds = numpy.stack([r.integers(0, 2048, 150), r.integers(0, 1024, 150), r.integers(0, 19, 150)], 1)

    def draw(wobble, other):
        y, x = numpy.mgrid[:1024, :2048].astype(numpy.float32)
        x, y = x + wobble * numpy.sin(y / 9), y + wobble * numpy.cos(x / 7)
        best, labels = numpy.full(x.shape, numpy.inf, numpy.float32), numpy.zeros(x.shape, numpy.int16)
        for i, (sx, sy, c) in enumerate(seeds):
            d = (x - sx) ** 2 + (y - sy) ** 2
            labels[d < best] = (c + 1) % 19 if i % other == 0 else c
            best = numpy.minimum(best, d)
        return labels

    return draw(0, 150), draw(3, 15)


def surfaces(t, p):
    """HD95, ASSD and NSD of every class as MONAI computes them (cropped masks, erosion, one distance transform a direction),
    but with the edges and distances shared by the three."""
    for c in range(19):
        a, b = t == c, p == c
        rows, columns = numpy.flatnonzero((a | b).any(1)), numpy.flatnonzero((a | b).any(0))
        box = slice(max(0, rows[0] - 1), rows[-1] + 2), slice(max(0, columns[0] - 1), columns[-1] + 2)
        a, b = a[box], b[box]
        ea, eb = a ^ binary_erosion(a), b ^ binary_erosion(b)
        ab, ba = distance_transform_edt(~eb)[ea], distance_transform_edt(~ea)[eb]
        max(numpy.percentile(ab, 95), numpy.percentile(ba, 95)), numpy.concatenate([ab, ba]).mean(), (ab <= 1).sum() + (ba <= 1).sum()


city_truth, city_guess = cityscape()


def milliseconds(f, rounds=3):
    f()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        f()
        times.append(time.perf_counter() - start)
    return sorted(times)[rounds // 2] * 1e3


print(json.dumps({
    "torch_values": milliseconds(values),
    "torch_gradients": milliseconds(gradients),
    "smp_lovasz": milliseconds(lovasz_value),
    "cv2_upsample_argmax": milliseconds(upsample_argmax),
    "numpy_bincount": milliseconds(lambda: numpy.bincount(truth * 19 + guess, minlength=361)),
    "scipy_surfaces": milliseconds(lambda: surfaces(city_truth, city_guess), 1),
    "scipy_edt": milliseconds(lambda: distance_transform_edt(mask)),
}))
