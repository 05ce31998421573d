"""Counts of the small networks of each family, rebuilt in PyTorch from their descriptions: writes small-family-counts.json
beside itself.

    pip install torch==2.5.1
    python small_family_counts.py

Each is counted on pictures of MNIST averaged down to 14x14x1, and on 32x32x3, for 10 classes.
"""

import json
import pathlib

import torch
from torch import nn


def unit(inputs, filters, size=3, stride=1, activation=nn.ReLU):
    padding = size // 2
    return nn.Sequential(
        nn.Conv2d(inputs, filters, size, stride, padding, bias=False), nn.BatchNorm2d(filters), activation()
    )


def rounded_up(side):
    return -(-side // 2)


def lenet(side, channels):
    after = side // 2 // 2
    return nn.Sequential(
        unit(channels, 6, 5, activation=nn.Tanh),
        nn.AvgPool2d(2),
        unit(6, 16, 5, activation=nn.Tanh),
        nn.AvgPool2d(2),
        nn.Flatten(),
        nn.Linear(16 * after * after, 120),
        nn.Tanh(),
        nn.Linear(120, 84),
        nn.Tanh(),
        nn.Linear(84, 10),
    )


class SamePool(nn.Module):
    """Windows of 3x3 at stride 2 whose outputs are sides rounded up, padded behind first, as TensorFlow's "same"."""

    def __init__(self, average=False):
        super().__init__()
        self.average = average

    def forward(self, x):
        side = x.shape[-1]
        padding = max(0, (rounded_up(side) - 1) * 2 + 3 - side)
        before = padding // 2
        behind = padding - before
        pool = nn.functional.avg_pool2d if self.average else nn.functional.max_pool2d
        return pool(nn.functional.pad(x, (before, behind, before, behind)), 3, 2)


def alexnet(side, channels):
    after = rounded_up(rounded_up(rounded_up(side)))

    def hidden(inputs):
        return [nn.Linear(inputs, 256, bias=False), nn.BatchNorm1d(256), nn.ReLU()]

    return nn.Sequential(
        unit(channels, 16, 5),
        SamePool(),
        unit(16, 48, 5),
        SamePool(),
        unit(48, 96),
        unit(96, 64),
        unit(64, 64),
        SamePool(),
        nn.Flatten(),
        *hidden(64 * after * after),
        *hidden(256),
        nn.Linear(256, 10),
    )


def nin(side, channels):
    return nn.Sequential(
        unit(channels, 48, 5),
        unit(48, 40, 1),
        unit(40, 24, 1),
        SamePool(),
        unit(24, 48, 5),
        unit(48, 48, 1),
        unit(48, 48, 1),
        SamePool(average=True),
        unit(48, 48, 3),
        unit(48, 48, 1),
        nn.Conv2d(48, 10, 1),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
    )


def vgg(side, channels):
    stages = 3 if side == 14 else 5
    each = [9 // stages + (1 if stage >= stages - 9 % stages else 0) for stage in range(stages)]
    layers, inputs = [], channels
    for stage, count in enumerate(each):
        filters = 32 * min(8, 2**stage)
        for _ in range(count):
            layers.append(unit(inputs, filters))
            inputs = filters
        layers.append(nn.MaxPool2d(2))
    after = side // 2**stages
    return nn.Sequential(
        *layers,
        nn.Flatten(),
        nn.Linear(inputs * after * after, 256),
        nn.BatchNorm1d(256),
        nn.ReLU(),
        nn.Linear(256, 10),
    )


class Inception(nn.Module):
    def __init__(self, inputs, one, reduce3, three, reduce5, five, pool):
        super().__init__()
        self.branches = nn.ModuleList(
            [
                unit(inputs, one, 1),
                nn.Sequential(unit(inputs, reduce3, 1), unit(reduce3, three, 3)),
                nn.Sequential(unit(inputs, reduce5, 1), unit(reduce5, five, 5)),
                nn.Sequential(nn.MaxPool2d(3, 1, 1), unit(inputs, pool, 1)),
            ]
        )

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], 1)


def googlenet(side, channels):
    return nn.Sequential(
        unit(channels, 24),
        Inception(24, 8, 12, 16, 2, 4, 4),
        Inception(32, 16, 16, 24, 4, 12, 8),
        SamePool(),
        Inception(60, 24, 12, 26, 2, 6, 8),
        Inception(64, 32, 20, 40, 4, 16, 16),
        SamePool(),
        Inception(104, 32, 20, 40, 4, 16, 16),
        Inception(104, 48, 24, 48, 6, 16, 16),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(128, 10),
    )


class ResidualBlock(nn.Module):
    def __init__(self, inputs, filters, stride, pre):
        super().__init__()
        self.stride, self.extra = stride, filters - inputs
        convolutions = [nn.Conv2d(inputs, filters, 3, stride, 1, bias=False), nn.Conv2d(filters, filters, 3, 1, 1, bias=False)]
        norms = [nn.BatchNorm2d(inputs if pre else filters), nn.BatchNorm2d(filters)]
        order = [norms[0], nn.ReLU(), convolutions[0], norms[1], nn.ReLU(), convolutions[1]]
        self.branch = nn.Sequential(*(order if pre else [convolutions[0], norms[0], nn.ReLU(), convolutions[1], norms[1]]))
        self.after = nn.Identity() if pre else nn.ReLU()

    def forward(self, x):
        shortcut = x[:, :, :: self.stride, :: self.stride]
        shortcut = nn.functional.pad(shortcut, (0, 0, 0, 0, 0, self.extra))
        return self.after(self.branch(x) + shortcut)


def resnet(pre):
    def build(side, channels):
        layers, inputs = [], 16
        for filters in (16, 32, 64):
            for block in range(3):
                layers.append(ResidualBlock(inputs, filters, 2 if block == 0 and filters > 16 else 1, pre))
                inputs = filters
        stem = [nn.Conv2d(channels, 16, 3, 1, 1, bias=False)] if pre else [unit(channels, 16)]
        end = [nn.BatchNorm2d(64), nn.ReLU()] if pre else []
        return nn.Sequential(*stem, *layers, *end, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))

    return build


class DenseLayer(nn.Module):
    def __init__(self, inputs, growth):
        super().__init__()
        self.branch = nn.Sequential(
            nn.BatchNorm2d(inputs),
            nn.ReLU(),
            nn.Conv2d(inputs, 4 * growth, 1, bias=False),
            nn.BatchNorm2d(4 * growth),
            nn.ReLU(),
            nn.Conv2d(4 * growth, growth, 3, 1, 1, bias=False),
        )

    def forward(self, x):
        return torch.cat([x, self.branch(x)], 1)


def densenet(side, channels):
    growth, inputs = 12, 24
    layers = [nn.Conv2d(channels, inputs, 3, 1, 1, bias=False)]
    for stage in range(3):
        for _ in range(3):
            layers.append(DenseLayer(inputs, growth))
            inputs += growth
        if stage < 2:
            halved = inputs // 2
            layers += [nn.BatchNorm2d(inputs), nn.ReLU(), nn.Conv2d(inputs, halved, 1, bias=False), nn.AvgPool2d(2)]
            inputs = halved
    layers += [nn.BatchNorm2d(inputs), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inputs, 10)]
    return nn.Sequential(*layers)


def counts(module, picture):
    macs = 0

    def count(layer, _, output):
        nonlocal macs
        if isinstance(layer, nn.Conv2d):
            macs += output[0].numel() * layer.weight[0].numel()
        elif isinstance(layer, nn.Linear):
            macs += layer.weight.numel()

    for layer in module.modules():
        layer.register_forward_hook(count)
    module.eval()
    with torch.no_grad():
        assert list(module(picture).shape) == [1, 10]
    trainable = sum(parameter.numel() for parameter in module.parameters())
    running = sum(values.numel() for name, values in module.named_buffers() if not name.endswith("num_batches_tracked"))
    return {"trainable": trainable, "total": trainable + running, "multiplyAccumulates": macs}


builders = {
    "small-lenet5": lenet,
    "small-alexnet": alexnet,
    "small-nin": nin,
    "vgg11": vgg,
    "small-googlenet": googlenet,
    "resnet20": resnet(pre=False),
    "preactivation-resnet20": resnet(pre=True),
    "densenet-bc-22": densenet,
}
recorded = {
    name: {
        f"{side}x{side}x{channels}": counts(build(side, channels), torch.zeros(1, channels, side, side))
        for side, channels in ((14, 1), (32, 3))
    }
    for name, build in builders.items()
}
pathlib.Path(__file__).with_name("small-family-counts.json").write_text(json.dumps(recorded, indent=2) + "\n")
