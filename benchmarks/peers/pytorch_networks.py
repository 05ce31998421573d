"""The benchmark's networks in PyTorch, with modules named as the parameters of src/models are.

Source: He et al. 2015, arXiv:1512.03385, sec. 4.2 (option A shortcuts); He et al. 2016, arXiv:1603.05027, fig. 1(b);
Simonyan & Zisserman 2014, arXiv:1409.1556, with batch normalisation.
"""

import re

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


def convolution(channels, filters, stride=1):
    return nn.Conv2d(channels, filters, 3, stride, padding=1, bias=False)


class Unit(nn.Module):
    """Convolution, batch normalisation, ReLU: a layer of a plain net."""

    keeps_skip = False

    def __init__(self, channels, filters, stride=1):
        super().__init__()
        self.convolution = convolution(channels, filters, stride)
        self.normalisation = nn.BatchNorm2d(filters)
        self.keeps_shape = stride == 1 and channels == filters

    def forward(self, x):
        return F.relu(self.normalisation(self.convolution(x)))

    def skipped(self, x):
        return x


class Pool(nn.Module):
    keeps_skip = False
    keeps_shape = False

    def forward(self, x):
        return F.max_pool2d(x, 2)


class ResidualBlock(nn.Module):
    keeps_skip = True

    def __init__(self, channels, filters, stride):
        super().__init__()
        self.stride, self.missing = stride, filters - channels
        self.keeps_shape = stride == 1 and channels == filters

    def shortcut(self, x):
        if self.keeps_shape:
            return x
        return F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.missing))

    def join(self, x):
        return x

    def forward(self, x):
        return self.join(self.residual(x) + self.shortcut(x))

    def skipped(self, x):
        return self.join(self.shortcut(x))

    def alone(self, x):
        """The gradient takes the residual branch alone; the value is that of the whole block."""
        return self.join(self.residual(x) + self.shortcut(x.detach()))

    def passed_by(self, x):
        """The gradient takes the shortcut alone; the value is that of the whole block."""
        return self.join(self.residual(x.detach()) + self.shortcut(x))


class OriginalBlock(ResidualBlock):
    def __init__(self, channels, filters, stride):
        super().__init__(channels, filters, stride)
        self.convolution1 = convolution(channels, filters, stride)
        self.normalisation1 = nn.BatchNorm2d(filters)
        self.convolution2 = convolution(filters, filters)
        self.normalisation2 = nn.BatchNorm2d(filters)

    def residual(self, x):
        x = F.relu(self.normalisation1(self.convolution1(x)))
        return self.normalisation2(self.convolution2(x))

    def join(self, x):
        return F.relu(x)


class PreActivationBlock(ResidualBlock):
    def __init__(self, channels, filters, stride):
        super().__init__(channels, filters, stride)
        self.normalisation1 = nn.BatchNorm2d(channels)
        self.convolution1 = convolution(channels, filters, stride)
        self.normalisation2 = nn.BatchNorm2d(filters)
        self.convolution2 = convolution(filters, filters)

    def residual(self, x):
        x = self.convolution1(F.relu(self.normalisation1(x)))
        return self.convolution2(F.relu(self.normalisation2(x)))


class Stem(nn.Module):
    """The convolution alone: the stem of a pre-activation network."""

    def __init__(self, channels, filters):
        super().__init__()
        self.convolution = convolution(channels, filters)

    def forward(self, x):
        return self.convolution(x)


class MeanHead(nn.Module):
    """Global average pooling and a classifier; before them normalisation and ReLU in a pre-activation network."""

    def __init__(self, channels, normalised):
        super().__init__()
        if normalised:
            self.normalisation = nn.BatchNorm2d(channels)
        self.normalised = normalised
        self.classifier = nn.Linear(channels, 10)

    def forward(self, x):
        if self.normalised:
            x = F.relu(self.normalisation(x))
        return self.classifier(x.mean((2, 3)))


class HiddenHead(nn.Module):
    """The head of the VGG-style network: one hidden layer with batch normalisation."""

    def __init__(self, features, units):
        super().__init__()
        self.hidden = nn.Linear(features, units)
        self.normalisation = nn.BatchNorm1d(units)
        self.classifier = nn.Linear(units, 10)

    def forward(self, x):
        return self.classifier(F.relu(self.normalisation(self.hidden(x.flatten(1)))))


class Network(nn.Module):
    def __init__(self, stem, stages, head):
        super().__init__()
        self.stem = stem
        self.stages = nn.ModuleDict({f"stage{i}": nn.ModuleDict(stage) for i, stage in enumerate(stages, 1)})
        self.head = head

    @property
    def blocks(self):
        return [block for stage in self.stages.values() for block in stage.values()]

    def deletable(self):
        """Indices of the blocks that can be deleted."""
        return [i for i, block in enumerate(self.blocks) if block.keeps_skip or block.keeps_shape]

    def forward(self, x, deleted=frozenset()):
        x = self.stem(x)
        for i, block in enumerate(self.blocks):
            x = block.skipped(x) if i in deleted else block(x)
        return self.head(x)

    def routed(self, x, route):
        """Logits along a route: numbers of blocks from 1 in their order, negative where the skip alone is taken."""
        x, blocks = self.stem(x), self.blocks
        for number in route:
            block = blocks[abs(number) - 1]
            x = block(x) if number > 0 else block.skipped(x)
        return self.head(x)

    def along(self, x, through):
        """Logits whose gradient goes through the residual branches of some blocks and the shortcuts of the others."""
        x = self.stem(x)
        for i, block in enumerate(self.blocks):
            x = block.alone(x) if i in through else block.passed_by(x)
        return self.head(x)


def build(name, channels, side, width=16):
    """The network of a name such as "preactivation-resnet110", with fresh weights: He-normal, biases 0."""
    family, depth = re.fullmatch(r"([a-z-]+?)(\d+)", name).groups()
    depth = int(depth)
    if family == "vgg":
        network = vgg_style(depth, channels, side, width)
    else:
        network = three_stages(family, depth, channels, width)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight)
        elif isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=module.in_features**-0.5)
            nn.init.zeros_(module.bias)
    return network


def three_stages(family, depth, channels, width):
    block = {"resnet": OriginalBlock, "preactivation-resnet": PreActivationBlock, "plain": Unit}[family]
    pre_activation = block is PreActivationBlock
    per_stage = (depth - 2) // 6 * (2 if block is Unit else 1)
    stages, inputs = [], width
    for stage, filters in enumerate((width, 2 * width, 4 * width)):
        blocks = {}
        for i in range(per_stage):
            blocks[f"block{i + 1}"] = block(inputs, filters, 2 if stage > 0 and i == 0 else 1)
            inputs = filters
        stages.append(blocks)
    stem = Stem(channels, width) if pre_activation else Unit(channels, width)
    return Network(stem, stages, MeanHead(inputs, pre_activation))


def vgg_style(depth, channels, side, width):
    count = min(5, side.bit_length() - 1)
    stages, inputs = [], channels
    for stage in range(count):
        filters = width * min(8, 2**stage)
        blocks = {}
        for i in range((depth - 2 + stage) // count):
            blocks[f"block{i + 1}"] = Unit(inputs, filters)
            inputs = filters
        blocks["pool"] = Pool()
        stages.append(blocks)
        side //= 2
    return Network(nn.Identity(), stages, HiddenHead(inputs * side * side, 8 * width))


def load(network, tensors):
    """Takes the weights of a file of this project."""
    with torch.no_grad():
        for name, module in network.named_modules():
            address = name.removeprefix("stages.").replace(".", "/")
            if isinstance(module, nn.Conv2d):
                module.weight.copy_(torch.from_numpy(tensors[f"{address}/kernel"]).permute(3, 2, 0, 1))
            elif isinstance(module, nn.Linear):
                module.weight.copy_(torch.from_numpy(tensors[f"{address}/kernel"]).T)
                module.bias.copy_(torch.from_numpy(tensors[f"{address}/bias"]))
            elif isinstance(module, nn.BatchNorm2d):
                module.weight.copy_(torch.from_numpy(tensors[f"{address}/scale"]))
                module.bias.copy_(torch.from_numpy(tensors[f"{address}/offset"]))
                module.running_mean.copy_(torch.from_numpy(tensors[f"{address}/mean"]))
                module.running_var.copy_(torch.from_numpy(tensors[f"{address}/variance"]))


def compile_blocks():
    """Compiles blocks, stems and heads of all networks, each kind once for all that are alike: routes then share them."""
    torch._dynamo.config.recompile_limit = 256
    for kind in (Stem, Unit, OriginalBlock, PreActivationBlock, MeanHead):
        for name in ("forward", "alone", "passed_by"):
            if hasattr(kind, name):
                setattr(kind, name, torch.compile(getattr(kind, name), dynamic=False))


def parameter_count(network):
    return sum(parameter.numel() for parameter in network.parameters())


def fold(network):
    """Takes batch normalisation into the convolution before it, in place; for inference."""
    for module in list(network.modules()):
        for suffix in ("", "1", "2"):
            before = getattr(module, f"convolution{suffix}", None)
            after = getattr(module, f"normalisation{suffix}", None)
            if before is not None and after is not None and not isinstance(module, PreActivationBlock):
                setattr(module, f"convolution{suffix}", fuse_conv_bn_eval(before, after))
                setattr(module, f"normalisation{suffix}", nn.Identity())
    return network
