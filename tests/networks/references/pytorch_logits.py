"""Logits of PyTorch's ResNet-20, ResNet-18 and VGG-16, and of networks since 2018: writes them into pytorch-logits.json beside itself.

    pip install torch==2.5.1 torchvision==0.20.1 numpy
    python pytorch_logits.py
    pip install torch==2.15.0 torchvision==0.29.2 numpy
    python pytorch_logits.py since-2018

No weights are stored: they and the pictures are computed from their names by a formula that the test computes, too.
"""

import json
import math
import pathlib
import sys

import numpy
import torch
import torch.nn.functional as F
import torchvision
from torch import nn


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


def values(name, shape):
    """Weights of variance 2 / fan-in; scales and variances about 1, all else about 0."""
    drawn = noise(name, math.prod(shape))
    if len(shape) > 1:
        drawn = drawn * math.sqrt(24 / math.prod(shape[1:]))
    elif name.endswith(("running_var", "weight")):
        drawn = 1 + drawn
    return torch.from_numpy(drawn.astype(numpy.float32).reshape(shape))


class Block(nn.Module):
    """The basic block for CIFAR, its modules named as most codes name them; option A shortcuts."""

    def __init__(self, channels, filters, stride, zeros):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, filters, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(filters)
        self.stride = stride
        missing = filters - channels
        self.zeros = (missing // 2, missing // 2) if zeros == "both sides" else (0, missing)

    def forward(self, x):
        residual = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        shortcut = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, *self.zeros))
        return F.relu(residual + shortcut)


class ResNet20(nn.Module):
    def __init__(self, zeros):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        stage = lambda channels, filters, stride: nn.Sequential(
            Block(channels, filters, stride, zeros), *[Block(filters, filters, 1, zeros) for _ in range(2)]
        )
        self.layer1 = stage(16, 16, 1)
        self.layer2 = stage(16, 32, 2)
        self.layer3 = stage(32, 64, 2)
        self.linear = nn.Linear(64, 10)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.linear(x.mean((2, 3)))


def vgg16(side):
    """torchvision's VGG-16 for pictures of that side: its pooling to 7x7 left out, its first dense layer of that input."""
    network = torchvision.models.vgg16(weights=None, num_classes=10)
    network.avgpool = nn.Identity()
    network.classifier[0] = nn.Linear(512 * (side // 32) ** 2, 4096)
    return network


def recorded(network, side):
    parameters = {name: list(value.shape) for name, value in network.state_dict().items() if value.dim() > 0}
    network.load_state_dict({name: values(name, shape) for name, shape in parameters.items()}, strict=False)
    pictures = torch.from_numpy(noise("pictures", 2 * side * side * 3).astype(numpy.float32))
    network.eval()
    with torch.no_grad():
        logits = network(pictures.reshape(2, side, side, 3).permute(0, 3, 1, 2))
    return {"side": side, "parameters": parameters, "logits": logits.tolist()}


SINCE_2018 = ("mobilenet_v2", "efficientnet_b0", "regnet_y_400mf", "convnext_tiny")

if __name__ == "__main__":
    file = pathlib.Path(__file__).with_name("pytorch-logits.json")
    before = json.loads(file.read_text()) if file.exists() else {}
    models = torchvision.models
    networks = {name: recorded(getattr(models, name)(num_classes=10), 64) for name in SINCE_2018} if sys.argv[1:] else {
        "resnet20": recorded(ResNet20("end"), 32),
        "resnet20 with zeros on both sides": recorded(ResNet20("both sides"), 32),
        "resnet18": recorded(torchvision.models.resnet18(weights=None, num_classes=10), 64),
        "vgg16": recorded(vgg16(64), 64),
    }
    file.write_text(json.dumps(before | networks) + "\n")
