"""Expected figures of TestParityAgainstONNXRuntime, from onnxruntime and numpy alone:

    python parity.py FOLDER > parity.json

FOLDER holds images/, masks/ and models/ of the nuclei. Every model is compared with nuclei3_dyn_logits. Labels are numpy's
argmax, margins the largest minus the next largest of the reference's logits.
"""
import glob
import json
import os
import sys

import numpy as np
import onnxruntime
from PIL import Image

base = sys.argv[1]
names = sorted(os.path.basename(p) for p in glob.glob(os.path.join(base, "images", "*")))
truth = [np.asarray(Image.open(glob.glob(os.path.join(base, "masks", os.path.splitext(n)[0] + "*"))[0])) for n in names]


def run(model):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 4
    options.add_session_config_entry("session.x64quantprecision", "1")
    session = onnxruntime.InferenceSession(os.path.join(base, "models", model + ".onnx"), options, providers=["CPUExecutionProvider"])
    port, outputs = session.get_inputs()[0], []
    for name in names:
        x = np.asarray(Image.open(os.path.join(base, "images", name)).convert("RGB"))
        if port.type == "tensor(uint8)":
            t = x[None]
        else:
            t = (x.astype(np.float64) / 255).astype(np.float32)
            t = t[None] if port.shape[3] == 3 else t.transpose(2, 0, 1)[None]
            t = t.astype(np.float16) if "float16" in port.type else t
        y = session.run(None, {port.name: np.ascontiguousarray(t)})[0]
        if y.ndim == 4 and y.shape[3] == 3:
            y = y.transpose(0, 3, 1, 2)
        outputs.append(y[0].astype(np.float32) if y.ndim == 4 and y.shape[1] > 1 else y.reshape(y.shape[-2:]).astype(int))
    return outputs


def labels(y):
    return y.argmax(0) if y.ndim == 3 else y


def confusion(predicted, of):
    c = np.zeros((3, 3), int)
    for t, p in zip(of, predicted):
        np.add.at(c, (t.ravel(), p.ravel()), 1)
    return c


def mean_iou(predicted):
    c = confusion(predicted, truth)
    d = np.diag(c)
    return (d / (c.sum(0) + c.sum(1) - d)).mean()


def softmax(y):
    e = np.exp(y.astype(np.float64) - y.max(0))
    return e / e.sum(0)


def difference(a, b):
    d = np.concatenate([np.abs(x - y).ravel().astype(np.float64) for x, y in zip(a, b)])
    return {"max": d.max(), "mean": d.mean()}


reference = run("nuclei3_dyn_logits")
own = [labels(y) for y in reference]
sorted_logits = [np.sort(y, 0) for y in reference]
margins = [s[-1] - s[-2] for s in sorted_logits]
edges = [0] + [2.0**k for k in range(-10, 6)] + [np.inf]
result = {}
for model in ("nuclei3_dyn_fp16io", "nuclei3_256_int8_qdq", "nuclei3_256_logits_op11", "nuclei3_256_nhwc_softmax", "nuclei3_256_u8_label_u8", "nuclei3_dyn_u8_argmax"):
    outputs = run(model)
    theirs = [labels(y) for y in outputs]
    flips = np.concatenate([m[a != b] for m, a, b in zip(margins, own, theirs)])
    everything = np.sort(np.concatenate([m.ravel() for m in margins]))
    entry = {"pairs": confusion(theirs, own).tolist(), "images": [int((a != b).sum()) for a, b in zip(own, theirs)],
             "median": float(everything[(len(everything) - 1) // 2]), "histogram": np.histogram(flips, edges)[0].tolist(),
             "mIoU": mean_iou(theirs) - mean_iou(own)}
    if len(flips):
        entry["differ_median"], entry["differ_max"] = float(np.sort(flips)[(len(flips) - 1) // 2]), float(flips.max())
    if outputs[0].ndim == 3:
        probabilities = outputs if "softmax" in model else [softmax(y) for y in outputs]
        entry["probabilities"] = difference([softmax(y) for y in reference], probabilities)
        if "softmax" not in model:
            entry["logits"] = difference(reference, outputs)
    result[model] = entry
json.dump(result, sys.stdout, indent=1)
print()
