"""Writes the damaged and unfitting models of this folder (pip install onnx numpy): python make.py"""
import os

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def save(name, channels, classes, external=False, nan=False):
    values = np.random.RandomState(0).rand(classes, channels, 1, 1).astype("f") * 0.1
    weights = [numpy_helper.from_array(values, "w")]
    nodes = [helper.make_node("Conv", ["l" if nan else "x", "w"], ["y"])]
    if nan:  # the logarithm of something negative, where the picture is dark
        weights.append(numpy_helper.from_array(np.array(0.1, "f"), "half"))
        nodes = [helper.make_node("Sub", ["x", "half"], ["s"]), helper.make_node("Log", ["s"], ["l"]), *nodes]
    graph = helper.make_graph(nodes, "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, channels, "h", "w"])],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, classes, "h", "w"])], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    if external:
        onnx.save(model, name, save_as_external_data=True, location="weights.bin", size_threshold=0)
        os.remove("weights.bin")
    else:
        onnx.save(model, name)


save("four-channels.onnx", 4, 3)
save("external-missing.onnx", 3, 3, external=True)
save("twenty-channels.onnx", 3, 20)
save("nan.onnx", 3, 3, nan=True)
