"""Keras's MobileNetV3Small and EfficientNet-B0, as Keras 3 writes them, and what they compute.

    pip install tensorflow-cpu==2.21.0 keras==3.15.1
    python keras_mobilenet.py

writes keras-mobilenet-v3.json.gz and keras-efficientnet-b0.json.gz: the topology, names and shapes of the weights, and logits. No
weights are stored: they and the pictures are the formula of pytorch_logits.py.
"""

import gzip
import json
import math
import pathlib

import keras
import numpy


def noise(name, count):
    """`count` numbers in [-0.5, 0.5): each index and the name's FNV-1a hash, mixed as MurmurHash3 ends."""
    seed = 2166136261
    for byte in name.encode():
        seed = ((seed ^ byte) * 16777619) & 0xFFFFFFFF
    mixed = (numpy.arange(count, dtype=numpy.uint64) + numpy.uint64(seed)) & numpy.uint64(0xFFFFFFFF)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        mixed ^= mixed >> numpy.uint64(shift)
        mixed = (mixed * numpy.uint64(factor)) & numpy.uint64(0xFFFFFFFF)
    mixed ^= mixed >> numpy.uint64(16)
    return mixed.astype(numpy.float64) / 2**32 - 0.5


def values(path, shape):
    """Kernels of variance 2 / fan-in; scales and variances about 1, all else about 0."""
    drawn = noise(path, math.prod(shape))
    if len(shape) > 1:
        fan_in = math.prod(shape[:2]) if "depthwise" in path or "dwconv" in path else math.prod(shape[:-1])
        drawn = drawn * math.sqrt(24 / fan_in)
    elif path.endswith(("gamma", "variance")):
        drawn = 1 + drawn
    return drawn.astype(numpy.float32).reshape(shape)


def write(name, build, logits_of):
    side = 64
    model = build(weights=None, input_shape=(side, side, 3), classes=10)
    for weight in model.weights:
        weight.assign(values(weight.path, weight.shape))
    for layer in model.layers:
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()  # as on loading: it computes by copies of its weights
    pictures = (255 * (noise("pictures", 2 * side * side * 3) + 0.5)).astype(numpy.float32).reshape(2, side, side, 3)
    recorded = {
        "side": side,
        "topology": json.loads(model.to_json()),
        "weights": [{"name": weight.path, "shape": list(weight.shape)} for weight in model.weights],
        "logits": logits_of(model).predict(pictures, verbose=0).tolist(),
    }
    with gzip.GzipFile(pathlib.Path(__file__).with_name(f"{name}.json.gz"), "wb", mtime=0) as file:
        file.write(json.dumps(recorded).encode())
    print(name, model.count_params(), recorded["logits"])


def without_softmax(model):
    model.layers[-1].activation = keras.activations.linear
    return keras.Model(model.input, model.layers[-1](model.layers[-2].output))


applications = keras.applications
write("keras-mobilenet-v3", applications.MobileNetV3Small, lambda model: keras.Model(model.input, model.get_layer("flatten").output))
write("keras-efficientnet-b0", applications.EfficientNetB0, without_softmax)
