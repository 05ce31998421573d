"""State dictionaries as people save them from PyTorch: writes files, and files.json with the logits of each network.

    pip install torch safetensors numpy
    python write.py FOLDER           tiny networks, as they are kept beside this file
    python write.py FOLDER --large   the usual networks for CIFAR-10

Weights are random, pictures are numbers that the test computes, too; logits are those of the weights as they stand in the file.
"""

import json
import pathlib
import sys
import warnings

import numpy
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn


def noise(name, count):
    """`count` numbers in [-0.5, 0.5): see tests/networks/noise.ts."""
    seed = 2166136261
    for byte in name.encode():
        seed = ((seed ^ byte) * 16777619) & 0xFFFFFFFF
    mixed = (numpy.arange(count, dtype=numpy.uint64) + numpy.uint64(seed)) & numpy.uint64(0xFFFFFFFF)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        mixed ^= mixed >> numpy.uint64(shift)
        mixed = (mixed * numpy.uint64(factor)) & numpy.uint64(0xFFFFFFFF)
    mixed ^= mixed >> numpy.uint64(16)
    return mixed.astype(numpy.float64) / 2**32 - 0.5


class Block(nn.Module):
    """Two 3x3 convolutions; a shortcut of option A, or B where `zeros` is None and the shape changes."""

    def __init__(self, channels, filters, stride, zeros):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, filters, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(filters)
        self.stride, missing = stride, filters - channels
        self.zeros = (missing // 2, missing // 2) if zeros == "both sides" else (0, missing)
        self.shortcut = nn.Sequential()
        if zeros is None and (stride > 1 or missing > 0):
            self.shortcut = nn.Sequential(nn.Conv2d(channels, filters, 1, stride, bias=False), nn.BatchNorm2d(filters))
            self.zeros = None

    def forward(self, x):
        residual = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.zeros is None or len(self.shortcut) > 0:
            return F.relu(residual + self.shortcut(x))
        x = x[:, :, :: self.stride, :: self.stride]
        return F.relu(residual + F.pad(x, (0, 0, 0, 0, *self.zeros)))


class ResNet(nn.Module):
    """For CIFAR: a 3x3 stem, as many stages as there are counts, twice the filters in each."""

    def __init__(self, counts, width, zeros):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.stages, channels = len(counts), width
        for stage, count in enumerate(counts):
            filters, blocks = width * 2**stage, []
            for block in range(count):
                blocks.append(Block(channels, filters, 2 if stage > 0 and block == 0 else 1, zeros))
                channels = filters
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
        self.linear = nn.Linear(channels, 10)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        for stage in range(self.stages):
            x = getattr(self, f"layer{stage + 1}")(x)
        return self.linear(x.mean((2, 3)))


class Vgg(nn.Module):
    """For CIFAR: as torchvision numbers its layers, with batch normalisation and one dense layer."""

    def __init__(self, plan):
        super().__init__()
        layers, channels = [], 3
        for filters in plan:
            if filters == "pool":
                layers.append(nn.MaxPool2d(2))
                continue
            layers += [nn.Conv2d(channels, filters, 3, padding=1), nn.BatchNorm2d(filters), nn.ReLU()]
            channels = filters
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Linear(channels, 10)

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))


def randomise(network):
    """Random kernels large enough that pictures matter; scales, offsets and running statistics, too, as after a training."""
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(module.weight)
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, 0, 0.2)
            module.running_mean.normal_(0, 0.2)
            module.running_var.uniform_(0.5, 1.5)
            module.num_batches_tracked.fill_(1000)
    return network


def compiled(network):
    return torch.compile(network)  # compiles when it is first run, which it is not


class Lightning(nn.Module):
    """As a training framework holds a network: as a member."""

    def __init__(self, network):
        super().__init__()
        self.model = network


wrappers = {
    "plain": lambda network: network,
    "DataParallel": nn.DataParallel,
    "torch.compile": compiled,
    "DataParallel of torch.compile": lambda network: nn.DataParallel(compiled(network)),
    "a member": Lightning,
    "an average": torch.optim.swa_utils.AveragedModel,
}

types = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}


def write(folder, name, network, side, wrapper, kind, description):
    """Saves the state dictionary; returns what the test needs to know of it."""
    network = randomise(network).to(types[kind])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        state = wrappers[wrapper](network).state_dict()
    save_file({key: value.contiguous() for key, value in state.items()}, folder / f"{name}.safetensors")
    pictures = torch.from_numpy(noise("pictures", 2 * side * side * 3).astype(numpy.float32))
    network = network.float().eval()  # with the values that the file has
    with torch.no_grad():
        logits = network(pictures.reshape(2, side, side, 3).permute(0, 3, 1, 2))
    return {"file": f"{name}.safetensors", "wrapper": wrapper, "type": kind, "side": side, **description, "logits": logits.tolist()}


def resnet(depth, width, zeros):
    network = ResNet([(depth - 2) // 6] * 3, width, zeros)
    return network, {"family": "resnet", "depth": depth, "width": width, "zeros": zeros}


def resnet18():
    return ResNet([2, 2, 2, 2], 64, None), {"family": "four-stage resnet", "depth": 18}


def vgg(*plan):
    return Vgg(plan), {"family": "vgg", "plan": plan}


vgg16 = [64, 64, "pool", 128, 128, "pool", *[256] * 3, "pool", *[512] * 3, "pool", *[512] * 3, "pool"]


def files(large):
    """Name, network and its description, side of its pictures, wrapper and type of each file."""
    if large:
        return [
            ("resnet20-a", *resnet(20, 16, "end"), 32, "plain", "float32"),
            ("resnet20-both-sides", *resnet(20, 16, "both sides"), 32, "DataParallel", "float32"),
            ("resnet20-b", *resnet(20, 16, None), 32, "torch.compile", "float32"),
            ("resnet18", *resnet18(), 32, "DataParallel of torch.compile", "float32"),
            ("resnet18-half", *resnet18(), 32, "a member", "float16"),
            ("vgg16", *vgg(*vgg16), 32, "an average", "bfloat16"),
        ]
    return [
        ("both-sides", *resnet(8, 2, "both sides"), 8, "DataParallel of torch.compile", "float16"),
        ("end", *resnet(8, 2, "end"), 8, "torch.compile", "bfloat16"),
        ("projections", *resnet(8, 2, None), 8, "DataParallel", "float32"),
        ("average", *resnet(8, 1, None), 8, "an average", "float32"),
        ("vgg", *vgg(2, "pool", 4, "pool", 4, "pool"), 8, "a member", "float16"),
    ]


def main(folder, large):
    torch.manual_seed(1)
    folder.mkdir(parents=True, exist_ok=True)
    entries = [
        write(folder, name, network, side, wrapper, kind, description)
        for name, network, description, side, wrapper, kind in files(large)
    ]
    text = ",\n".join(json.dumps(entry) for entry in entries)
    (folder / "files.json").write_text(f"[\n{text}\n]\n")
    state = {"conv1.weight": torch.ones(1)}
    torch.save(state, folder / "zip.pt")
    torch.save(state, folder / "pickle.pth", _use_new_zipfile_serialization=False)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), "--large" in sys.argv)
