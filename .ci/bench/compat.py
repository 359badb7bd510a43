"""The figures of other systems on small label maps: what pipeline/compat is held against.

    python3 -m venv venv && venv/bin/pip install torch==2.15.0 torchmetrics==1.9.0 monai==1.6.1 scipy opencv-python-headless \
        segmentation-models-pytorch==0.6.0 cityscapesscripts==2.3.0 paddlepaddle==3.3.1
    venv/bin/pip install --no-deps mmsegmentation==1.2.2 mmengine==0.10.7 mmcv-lite==2.1.0 nnunetv2==2.8.1 batchgenerators==0.25.5 paddleseg==2.8.0
    venv/bin/pip install addict yapf termcolor rich prettytable ftfy regex SimpleITK nibabel tifffile imagecodecs acvl-utils dynamic-network-architectures
    venv/bin/python .ci/bench/compat.py pipeline/compat/testdata/expected.json [SYSTEM...]

Each library is called as it stands. detectron2 is on no package index: its SemSegEvaluator is written out in numpy below.
What the file has of systems that are not named, or whose library is not there, stays. The inputs are made here, seeded, and written into
the file; where ../shared/golden/metrics is there its inputs are used as well, by name.
"""
import importlib.metadata
import json
import math
import os
import sys
import tempfile
import warnings

import numpy as np

warnings.filterwarnings("ignore")
TRAIN = ["road", "sidewalk", "building", "wall", "fence", "pole", "traffic light", "traffic sign"]


def made():
    """Label maps where systems differ: absent classes, images of one class, ignored pixels, an image without a valid pixel."""
    rng = np.random.default_rng(7)

    def noisy(truth, share, classes):
        wrong = rng.random(truth.shape) < share
        return np.where(wrong, rng.integers(0, classes, truth.shape), truth)

    def blocks(n, h, w, classes):
        small = rng.integers(0, classes, (n, h // 4, w // 4))
        return small.repeat(4, 1).repeat(4, 2)

    sets = {}
    t = blocks(5, 16, 24, 5)
    p = noisy(t, 0.3, 5)
    sets["five images"] = (t, p, 5)
    t, p = blocks(4, 16, 24, 4), None
    p = noisy(t, 0.2, 4)
    sets["a class that is in nothing"] = (t, p, 5)
    p = noisy(t, 0.2, 5)
    sets["a class that is predicted and never true"] = (t, p, 5)
    t = blocks(4, 16, 24, 5)
    p = noisy(np.where(t == 4, 0, t), 0.1, 4)
    sets["a class that is never predicted"] = (t, p, 5)
    t = blocks(3, 16, 24, 3)
    sets["a class without a right pixel"] = (t, np.where(t == 2, 1, np.where(t == 1, 2, 0)) * (rng.random(t.shape) < 0.9), 3)
    t = blocks(4, 16, 24, 6)
    p = noisy(t, 0.3, 6)
    t[0, :, :7] = 255
    t[1][rng.random(t[1].shape) < 0.2] = 255
    t[3] = 255
    sets["ignored pixels"] = (t, p, 6)
    t = np.zeros((2, 16, 24), int)
    sets["one class alone"] = (t, t.copy(), 3)
    t = blocks(3, 16, 24, 2)
    sets["two classes"] = (t, noisy(t, 0.2, 2), 2)
    t = blocks(6, 16, 24, 5)
    p = noisy(t, 0.25, 5)
    for i in range(6):  # every image lacks a class
        t[i][t[i] == i % 5] = (i + 1) % 5
    sets["each image lacks a class"] = (t, p, 5)
    return {k: (np.asarray(t), np.asarray(p), c) for k, (t, p, c) in sets.items()}


def golden():
    path = os.path.join(os.path.dirname(__file__), "..", "..", "..", "shared", "golden", "metrics", "inputs.json")
    sets = {}
    if os.path.exists(path):
        for name, x in json.load(open(path))["inputs"].items():
            if "prediction" in x and "probabilities" not in x:
                t, p = np.array(x["truth"]), np.array(x["prediction"])
                t, p = t.reshape(x["shape"]), p.reshape(x["shape"])
                sets["golden " + name] = (t, p, 4 if max(t[t != 255].max(initial=0), p.max()) > 1 or "spacings" not in x and len(x["shape"]) and name in GOLDEN4 else 2)
    return sets


GOLDEN4 = ("plain", "ignore", "absent_truth", "absent_both", "never_predicted", "perfect", "constant", "all_wrong", "all_ignored", "batch", "wide", "diag125")


def one_hot(t, p, classes):
    """N,C,H,W maps of 0 and 1; ignored pixels are of no class."""
    valid = t != 255
    return [np.stack([(x == c) & valid for c in range(classes)], 1).astype(np.uint8) for x in (t, p)]


def mmseg(t, p, c):
    import torch
    from mmseg.evaluation.metrics import IoUMetric
    m = IoUMetric(iou_metrics=["mIoU", "mDice", "mFscore"])
    m.dataset_meta = {"classes": [str(i) for i in range(c)]}
    m.process({}, [{"pred_sem_seg": {"data": torch.tensor(b)}, "gt_sem_seg": {"data": torch.tensor(a)}} for a, b in zip(t, p)])
    out = {k: v / 100 for k, v in m.compute_metrics(m.results).items()}
    sums = [sum(x) for x in zip(*m.results)]
    per = m.total_area_to_metrics(*sums, metrics=["mIoU", "mDice", "mFscore"])
    return out, {"m" + k: v for k, v in per.items() if k != "aAcc"}


def cityscapes(t, p, c):
    from cityscapesscripts.evaluation import evalPixelLevelSemanticLabeling as e
    from cityscapesscripts.helpers.labels import name2label
    ids = [name2label[n].id for n in TRAIN[:c]]
    m = e.generateMatrix(e.args)
    table = np.zeros(256, int)
    table[:c] = ids
    table[255] = name2label["out of roi"].id
    np.add.at(m, (table[t].ravel(), table[p].ravel()), 1)
    classes = {i: e.getIouScoreForLabel(i, m, e.args) for i in e.args.evalLabels}
    categories = {k: e.getIouScoreForCategory(k, m, e.args) for k in e.category2labels}
    return {"class IoU": e.getScoreAverage(classes, e.args), "category IoU": e.getScoreAverage(categories, e.args)}, {"class IoU": [classes[i] for i in ids]}


def torchmetrics(t, p, c):
    import torch
    import torchmetrics.classification as k
    import torchmetrics.segmentation as s
    t0, p0 = torch.tensor(t), torch.tensor(p)
    kw = dict(num_classes=c, ignore_index=255)
    calls = {"JaccardIndex": k.MulticlassJaccardIndex(average="macro", **kw), "Accuracy": k.MulticlassAccuracy(average="macro", **kw),
             "Accuracy micro": k.MulticlassAccuracy(average="micro", **kw), "F1Score": k.MulticlassF1Score(average="macro", **kw),
             "Precision": k.MulticlassPrecision(average="macro", **kw), "Recall": k.MulticlassRecall(average="macro", **kw),
             "CohenKappa": k.MulticlassCohenKappa(**kw), "MatthewsCorrCoef": k.MulticlassMatthewsCorrCoef(**kw)}
    out = {}
    for name, m in calls.items():
        m.update(p0, t0)
        out[name] = float(m.compute())
    a, b = (torch.tensor(x) for x in one_hot(t, p, c))
    for name, m in {"segmentation.MeanIoU": s.MeanIoU(num_classes=c), "segmentation.DiceScore": s.DiceScore(num_classes=c),
                    "segmentation.MeanIoU|include_background=False": s.MeanIoU(num_classes=c, include_background=False),
                    "segmentation.DiceScore|include_background=False": s.DiceScore(num_classes=c, include_background=False),
                    "segmentation.DiceScore|aggregation_level='global'": s.DiceScore(num_classes=c, aggregation_level="global")}.items():
        for i in range(len(t)):  # image by image, as a run feeds it
            m.update(b[i:i + 1], a[i:i + 1])
        out[name] = float(m.compute())
    return out, {}


def smp(t, p, c):
    import torch
    import segmentation_models_pytorch.metrics as m
    stats = m.get_stats(torch.tensor(p), torch.tensor(t), mode="multiclass", num_classes=c, ignore_index=255)
    out = {}
    for r in ("micro", "macro", "micro-imagewise", "macro-imagewise"):
        out["iou " + r] = float(m.iou_score(*stats, reduction=r))
        out["f1 " + r] = float(m.f1_score(*stats, reduction=r))
    if c == 2:
        stats = m.get_stats(torch.tensor(p)[:, None], torch.tensor(t)[:, None], mode="binary")
        for r in ("micro", "macro", "micro-imagewise", "macro-imagewise"):
            out[f"iou {r}|mode='binary'"] = float(m.iou_score(*stats, reduction=r))
            out[f"f1 {r}|mode='binary'"] = float(m.f1_score(*stats, reduction=r))
    return out, {}


def monai(t, p, c):
    import monai.metrics as m
    import torch
    a, b = (torch.tensor(x) for x in one_hot(t, p, c))
    tolerance = 1.0
    out = {}
    for name, f in {"MeanIoU": m.MeanIoU(), "Dice": m.DiceMetric(), "HausdorffDistance95": m.HausdorffDistanceMetric(percentile=95),
                    "SurfaceDistance": m.SurfaceDistanceMetric(symmetric=True), "SurfaceDice": m.SurfaceDiceMetric(class_thresholds=[tolerance] * (c - 1)),
                    "MeanIoU|include_background=False": m.MeanIoU(include_background=False), "Dice|include_background=False": m.DiceMetric(include_background=False),
                    "MeanIoU|ignore_empty=False": m.MeanIoU(ignore_empty=False), "Dice|ignore_empty=False": m.DiceMetric(ignore_empty=False)}.items():
        for i in range(len(t)):
            f(b[i:i + 1], a[i:i + 1])
        out[name] = float(f.aggregate())
    return out, {}


def nnunet(t, p, c):
    from PIL import Image
    os.environ.setdefault("nnUNet_n_proc_DA", "1")
    from nnunetv2.evaluation.evaluate_predictions import compute_metrics_on_folder
    from nnunetv2.imageio.natural_image_reader_writer import NaturalImage2DIO
    with tempfile.TemporaryDirectory() as d:
        for kind, x in (("r", t), ("p", p)):
            os.mkdir(os.path.join(d, kind))
            for i, y in enumerate(x):
                Image.fromarray(y.astype(np.uint8)).save(os.path.join(d, kind, f"{i}.png"))
        r = compute_metrics_on_folder(os.path.join(d, "r"), os.path.join(d, "p"), None, NaturalImage2DIO(), ".png", list(range(c)), 255, 1)
    return {k: r["foreground_mean"][k] for k in ("Dice", "IoU")}, {k: [math.nan] + [r["mean"][i][k] for i in range(1, c)] for k in ("Dice", "IoU")}


def paddleseg(t, p, c):
    import paddle
    from paddleseg.utils import metrics as m
    if not hasattr(paddle, "_sum"):  # paddleseg 2.8.0 is of a time when sums had one axis
        paddle._sum = paddle.sum
        paddle.sum = lambda x: paddle._sum(x).reshape([1])
    sums = [0, 0, 0]
    for a, b in zip(t, p):
        area = m.calculate_area(paddle.to_tensor(b[None, None]), paddle.to_tensor(a[None, None]), c, 255)
        sums = [x + y for x, y in zip(sums, area)]
    iou, miou = m.mean_iou(*sums)
    dice, mdice = m.dice(*sums)
    _, acc = m.accuracy(*sums[:2])
    return {"mIoU": float(miou), "mDice": float(mdice), "Acc": float(acc), "Kappa": float(m.kappa(*sums))}, {"mIoU": iou, "mDice": dice}


def detectron2(t, p, c):
    """SemSegEvaluator.evaluate of detectron2 0.6, read in its source."""
    valid = t != 255
    m = np.zeros((c, c), np.int64)  # rows: prediction
    np.add.at(m, (p[valid], t[valid]), 1)
    right, truth, predicted = np.diag(m).astype(float), m.sum(0).astype(float), m.sum(1).astype(float)
    there = truth > 0
    iou = np.full(c, np.nan)
    iou[there] = right[there] / (truth + predicted - right)[there]
    out = {"mIoU": iou[there].sum() / there.sum(), "fwIoU": (iou[there] * (truth / truth.sum())[there]).sum(),
           "mACC": (right[there] / truth[there]).sum() / there.sum(), "pACC": right.sum() / truth.sum()}
    return out, {"mIoU": iou}


SYSTEMS = {"mmseg": (mmseg, "mmsegmentation"), "cityscapes": (cityscapes, "cityscapesscripts"), "torchmetrics": (torchmetrics, "torchmetrics"),
           "smp": (smp, "segmentation-models-pytorch"), "monai": (monai, "monai"), "nnunet": (nnunet, "nnunetv2"), "paddleseg": (paddleseg, "paddleseg"), "detectron2": (detectron2, None)}


def plain(x):
    """JSON: null for NaN, "inf" for infinity."""
    x = float(x)
    return None if math.isnan(x) else "inf" if math.isinf(x) else x


def run(name, inputs):
    """A system's cases."""
    system, package = SYSTEMS[name]
    version = importlib.metadata.version(package) if package else "0.6"
    cases = []
    for key, (t, p, c) in inputs.items():
        with np.errstate(all="ignore"):
            figures, classes = system(t.copy(), p.copy(), c)
        cases.append({"profile": name, "version": version, "input": key, "classes": c, "figures": {k: plain(v) for k, v in figures.items()},
                      "per_class": {k: [plain(x) for x in v] for k, v in classes.items()}})
    print(name, version, "done", flush=True)
    return cases


def main(path, wanted):
    inputs = made()
    head = {"about": "written by .ci/bench/compat.py; null: undefined; a figure|choice is the figure with that option",
            "inputs": {k: {"classes": c, "shape": list(t.shape), "truth": "".join("." if x == 255 else str(x) for x in t.ravel()), "prediction": "".join(map(str, p.ravel()))}
                       for k, (t, p, c) in inputs.items()}}
    inputs.update(golden())
    cases = json.load(open(path))["cases"] if os.path.exists(path) else []
    for name in wanted or SYSTEMS:
        try:
            new = run(name, inputs)
        except ImportError as why:
            print(f"{name} is not there: {why}")
            continue
        cases = [x for x in cases if x["profile"] != name] + new
        with open(path, "w") as f:
            f.write(json.dumps(head)[:-1] + ', "cases": [\n' + ",\n".join(json.dumps(c) for c in sorted(cases, key=lambda x: x["profile"])) + "\n]}\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
