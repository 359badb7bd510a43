"""Writes models/labels2_dyn_sigmoid.onnx: two sigmoid channels, nucleus (mask values 1 and 2) and border (2), which overlap.

Random 7x7 filters with ReLU, and a logistic regression of each label on them and on their local mean, fitted to the
even pictures: a few thousand numbers, enough to tell nuclei from background and to find some of the borders.
Needs numpy, scipy, Pillow and onnx. Run it in this folder.
"""
import glob

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from scipy.optimize import minimize
from scipy.signal import fftconvolve
from scipy.special import expit

FILTERS, SIDE = 16, 7
random = np.random.RandomState(1)
filters = random.randn(FILTERS, 3, SIDE, SIDE).astype(np.float32)
filters -= filters.mean((2, 3), keepdims=True) * np.linspace(0, 1, FILTERS)[:, None, None, None]  # from colour to edges
filters /= np.sqrt((filters**2).sum((1, 2, 3), keepdims=True))
bias = random.uniform(-0.3, 0.3, FILTERS).astype(np.float32)


def features(picture):
    planes = np.pad(picture, ((0, 0), (3, 3), (3, 3)))
    out = np.stack([fftconvolve(planes, f[::-1, ::-1, ::-1], mode="valid")[0] + b for f, b in zip(filters, bias)])
    out = np.maximum(out, 0)
    padded = np.pad(out, ((0, 0), (3, 3), (3, 3)))
    return np.concatenate([out, fftconvolve(padded, np.full((1, SIDE, SIDE), 1 / SIDE**2), mode="valid", axes=(1, 2))])


x, y = [], []
for name in sorted(glob.glob("images/*.png"))[::2]:
    picture = np.asarray(Image.open(name).convert("RGB"), np.float32).transpose(2, 0, 1) / 255
    mask = np.asarray(Image.open(name.replace("images", "masks")))
    pick = np.concatenate([random.permutation(np.flatnonzero(mask.ravel() == v))[:n] for v, n in ((0, 1500), (1, 1000), (2, 1000))])
    x.append(features(picture).reshape(2 * FILTERS, -1).T[pick])
    y.append(np.stack([mask.ravel()[pick] > 0, mask.ravel()[pick] == 2], 1))
x, y = np.concatenate(x), np.concatenate(y).astype(float)


def fit(target):
    def loss(w):
        z = x @ w[:-1] + w[-1]
        g = expit(z) - target
        return np.logaddexp(0, np.where(target > 0, -z, z)).mean() + 1e-5 * (w @ w), np.append(x.T @ g, g.sum()) / len(z) + 2e-5 * w

    return minimize(loss, np.zeros(x.shape[1] + 1), jac=True, method="L-BFGS-B", options={"maxiter": 500}).x


weights = np.stack([fit(y[:, c]) for c in range(2)])
mean = np.full((FILTERS, 1, SIDE, SIDE), 1 / SIDE**2, np.float32)
initializers = {"filters": filters, "bias": bias, "mean": mean, "weights": weights[:, :-1, None, None].astype(np.float32), "offset": weights[:, -1].astype(np.float32)}
pads = dict(kernel_shape=[SIDE, SIDE], pads=[3] * 4)
nodes = [
    helper.make_node("Conv", ["image", "filters", "bias"], ["raw"], **pads),
    helper.make_node("Relu", ["raw"], ["features"]),
    helper.make_node("Conv", ["features", "mean"], ["smooth"], group=FILTERS, **pads),
    helper.make_node("Concat", ["features", "smooth"], ["all"], axis=1),
    helper.make_node("Conv", ["all", "weights", "offset"], ["logits"], kernel_shape=[1, 1]),
    helper.make_node("Sigmoid", ["logits"], ["labels"]),
]
value = lambda name, channels: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", channels, "height", "width"])
graph = helper.make_graph(nodes, "labels", [value("image", 3)], [value("labels", 2)], [numpy_helper.from_array(v, k) for k, v in initializers.items()])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8, producer_name="segmetry make_labels.py")
onnx.checker.check_model(model)
onnx.save(model, "models/labels2_dyn_sigmoid.onnx")
