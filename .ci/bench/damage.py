#!/usr/bin/env python3
"""Writes two damaged variants of an ONNX model, for docs/release-checks.md: every weight rounded to 4 bits, and one channel of the
last convolution but one set to zero. Needs onnx and numpy.

    damage.py MODEL.onnx FOLDER
"""
import os, sys
import numpy as np
import onnx
from onnx import numpy_helper


def weights(model):
    """The convolutions' weights, in the graph's order."""
    names = [n.input[1] for n in model.graph.node if n.op_type == "Conv"]
    by_name = {t.name: t for t in model.graph.initializer}
    return [by_name[n] for n in names if n in by_name]


def store(tensor, values):
    tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float32), tensor.name))


def main(path, folder):
    os.makedirs(folder, exist_ok=True)
    rounded = onnx.load(path)
    for t in weights(rounded):
        w = numpy_helper.to_array(t)
        step = np.abs(w).max() / 7
        store(t, np.round(w / step) * step)
    onnx.save(rounded, os.path.join(folder, "4bit.onnx"))
    zeroed = onnx.load(path)
    t = weights(zeroed)[-2]
    w = numpy_helper.to_array(t).copy()
    w[0] = 0
    store(t, w)
    onnx.save(zeroed, os.path.join(folder, "zeroed.onnx"))


main(*sys.argv[1:])
