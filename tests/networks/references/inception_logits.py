"""Logits of torchvision's and timm's inception networks: writes inception-logits.json beside itself.

    pip install torch==2.5.1 torchvision==0.20.1 timm==0.5.4 numpy
    python inception_logits.py

Weights are the formula of pytorch_logits.py, each tensor's by its place in the state dictionary. Inception v3's average
pooling leaves out the padding here, as that of the paper's authors does; torchvision's counts its zeros.
"""

import json
import math
import pathlib

import numpy
import timm
import torch
import torchvision
from pytorch_logits import noise


def values(place, name, shape):
    drawn = noise(str(place), math.prod(shape))
    if len(shape) > 1:
        drawn = drawn * math.sqrt(24 / math.prod(shape[1:]))
    elif name.endswith(("running_var", "weight")):
        drawn = 1 + drawn
    return torch.from_numpy(drawn.astype(numpy.float32).reshape(shape))


def recorded(network, side):
    tensors = [(name, list(value.shape)) for name, value in network.state_dict().items() if value.dim() > 0]
    filled = {name: values(place, name, shape) for place, (name, shape) in enumerate(tensors)}
    network.load_state_dict(filled, strict=False)
    network.eval()
    pictures = torch.from_numpy(noise("pictures", 2 * side * side * 3).astype(numpy.float32))
    with torch.no_grad():
        logits = network(pictures.reshape(2, side, side, 3).permute(0, 3, 1, 2))
    return {"side": side, "tensors": len(tensors), "logits": logits.tolist()}


average = torch.nn.functional.avg_pool2d
torch.nn.functional.avg_pool2d = lambda x, kernel_size, stride, padding=0, *_, **__: average(
    x, kernel_size, stride, padding, count_include_pad=False
)
given = {"weights": None, "num_classes": 10, "aux_logits": False, "init_weights": False}
networks = {
    "googlenet-torchvision-without-heads": recorded(torchvision.models.googlenet(**given), 64),
    "inception-v3-without-head": recorded(torchvision.models.inception_v3(**given), 75),
    "inception-v4": recorded(timm.create_model("inception_v4", num_classes=10), 75),
    "inception-resnet-v2": recorded(timm.create_model("inception_resnet_v2", num_classes=10), 75),
}
pathlib.Path(__file__).with_name("inception-logits.json").write_text(json.dumps(networks) + "\n")
