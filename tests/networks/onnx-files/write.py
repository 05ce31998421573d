"""Writes small networks as ONNX files by PyTorch's own exporters, and what PyTorch computes with each block deleted.

    python write.py FOLDER

Needs torch, onnx and onnxscript; written with 2.15, 1.23 and 0.7. For every network NAME there is FOLDER/NAME.onnx, and in FOLDER/networks.json its inputs, the
logits of the whole network, and for each block, in the order in which blocks run: its name, the logits without its branch, and
with its branch halved. Weights and running statistics are random, from fixed seeds.
"""

import json
import sys
from pathlib import Path

import onnx
import torch
from torch import nn
from torch.nn import functional as F


class Residual(nn.Module):
    """after(shortcut(x) + step * branch(x)); without its branch, step is 0 and the branch is not computed."""

    def __init__(self, branch, shortcut=None, after=None):
        super().__init__()
        self.branch = branch
        self.shortcut = shortcut or nn.Identity()
        self.after = after or nn.Identity()
        self.step = 1.0

    def forward(self, x):
        if self.step == 0:
            return self.after(self.shortcut(x))
        branch = self.branch(x) if self.step == 1 else self.step * self.branch(x)
        return self.after(branch + self.shortcut(x))


def convolution(inputs, outputs, size=3, stride=1, groups=1):
    return [nn.Conv2d(inputs, outputs, size, stride, size // 2, groups=groups, bias=False), nn.BatchNorm2d(outputs)]


def resnet():
    """He et al. 2015, original blocks: a ReLU after the addition, a projection where the shape changes."""

    def block(inputs, outputs, stride=1):
        branch = nn.Sequential(*convolution(inputs, outputs, 3, stride), nn.ReLU(), *convolution(outputs, outputs))
        shortcut = None if stride == 1 else nn.Sequential(*convolution(inputs, outputs, 1, stride))
        return Residual(branch, shortcut, nn.ReLU())

    return nn.Sequential(
        *convolution(1, 8), nn.ReLU(),
        block(8, 8), block(8, 8), block(8, 8), block(8, 16, 2), block(16, 16), block(16, 16),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 10),
    )  # fmt: skip


def mobilenet():
    """Sandler et al. 2018: inverted residuals, and blocks without a shortcut where the shape changes."""

    def branch(inputs, outputs, stride=1):
        wide = 3 * inputs
        return nn.Sequential(
            *convolution(inputs, wide, 1), nn.ReLU6(), *convolution(wide, wide, 3, stride, wide), nn.ReLU6(),
            *convolution(wide, outputs, 1),
        )  # fmt: skip

    return nn.Sequential(
        *convolution(3, 8, 3, 2), nn.ReLU6(),
        branch(8, 12), Residual(branch(12, 12)), branch(12, 16, 2), Residual(branch(16, 16)), Residual(branch(16, 16)),
        *convolution(16, 32, 1), nn.ReLU6(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(32, 10),
    )  # fmt: skip


class ChannelNorm(nn.LayerNorm):
    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class ConvNeXtBranch(nn.Module):
    """Liu et al. 2022: depthwise convolution, layer normalisation, two dense layers over the channels, layer scale."""

    def __init__(self, width):
        super().__init__()
        self.depthwise = nn.Conv2d(width, width, 7, padding=3, groups=width)
        self.norm = nn.LayerNorm(width)
        self.dense = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        self.scale = nn.Parameter(torch.rand(width))

    def forward(self, x):
        y = self.dense(self.norm(self.depthwise(x).permute(0, 2, 3, 1)))
        return (self.scale * y).permute(0, 3, 1, 2)


def convnext():
    def stage(width):
        return [Residual(ConvNeXtBranch(width)) for _ in range(2)]

    return nn.Sequential(
        nn.Conv2d(3, 8, 2, 2), ChannelNorm(8), *stage(8),
        ChannelNorm(8), nn.Conv2d(8, 16, 2, 2), *stage(16),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.LayerNorm(16), nn.Linear(16, 10),
    )  # fmt: skip


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.inner = nn.Linear(width, 3 * width)
        self.outer = nn.Linear(width, width)

    def forward(self, x):
        batch, tokens, width = x.shape
        split = self.inner(x).reshape(batch, tokens, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(*split.unbind(0))
        return self.outer(y.transpose(1, 2).reshape(batch, tokens, width))


class Patches(nn.Module):
    """Tokens of an image's patches behind a class token, each with its place added."""

    def __init__(self, width, tokens):
        super().__init__()
        self.patch = nn.Conv2d(3, width, 4, 4)
        self.token = nn.Parameter(torch.randn(1, 1, width))
        self.place = nn.Parameter(torch.randn(1, tokens + 1, width))

    def forward(self, x):
        patches = self.patch(x).flatten(2).transpose(1, 2)
        return torch.cat([self.token.expand(x.shape[0], -1, -1), patches], 1) + self.place


class FirstToken(nn.Module):
    def forward(self, x):
        return x[:, 0]


def vit(activation=nn.GELU):
    """Dosovitskiy et al. 2021: attention and dense layers in turn, each normalised before."""

    def layer(width):
        dense = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 32), activation(), nn.Linear(32, width))
        return [Residual(nn.Sequential(nn.LayerNorm(width), Attention(width, 2))), Residual(dense)]

    return nn.Sequential(
        Patches(16, 16), *layer(16), *layer(16), *layer(16), FirstToken(), nn.LayerNorm(16), nn.Linear(16, 10)
    )


class TanhGelu(nn.Module):
    """Written out as in GPT-2's code: an addition whose inputs are both computed, and no block."""

    def forward(self, x):
        return 0.5 * x * (1 + torch.tanh(0.7978845608 * (x + 0.044715 * x**3)))


networks = {
    # name: network, image, exporter's options
    "resnet": (resnet, (1, 14, 14), {"dynamo": False, "opset_version": 17}),
    "resnet-normalised": (resnet, (1, 14, 14), {"dynamo": False, "opset_version": 17, "training": "preserve"}),
    "mobilenet": (mobilenet, (3, 16, 16), {"dynamo": True}),
    "convnext": (convnext, (3, 16, 16), {"dynamo": True}),
    "vit": (vit, (3, 16, 16), {"dynamo": False, "opset_version": 17}),
    "vit-tanh": (lambda: vit(TanhGelu), (3, 16, 16), {"dynamo": True, "external_data": True}),
}


def initialise(network, seed):
    generator = torch.Generator().manual_seed(seed)
    for name, value in network.state_dict().items():
        if not value.is_floating_point():
            continue
        noise = torch.randn(value.shape, generator=generator)
        if name.endswith("running_var"):
            value.copy_(0.5 + noise.abs())
        elif value.ndim > 1:
            value.copy_(noise * (1.2 / value[0].numel()) ** 0.5 if "token" not in name and "place" not in name else noise)
        else:
            value.copy_((1 + 0.1 * noise) if name.endswith("weight") or name.endswith("scale") else 0.1 * noise)


def export(network, images, file, options):
    options = dict(options)
    if options.pop("training", None) == "preserve":
        options |= {"training": torch.onnx.TrainingMode.PRESERVE, "do_constant_folding": False}
    if options["dynamo"]:
        options |= {"dynamic_shapes": ({0: torch.export.Dim("batch")},), "external_data": options.get("external_data", False)}
    else:
        options |= {"dynamic_axes": {"images": {0: "batch"}, "logits": {0: "batch"}}}
    torch.onnx.export(
        network, (images,), str(file), input_names=["images"], output_names=["logits"], verbose=False, **options
    )
    model = onnx.load(file, load_external_data=False)  # without what the exporter tells of the program that ran
    for part in [model, model.graph, *model.graph.node, *model.graph.value_info, *model.graph.initializer]:
        part.ClearField("doc_string")
        part.ClearField("metadata_props")
    file.write_bytes(model.SerializeToString())


def rounded(tensor):
    return [[round(value, 7) for value in row] for row in tensor.flatten(1).tolist()]


def main(folder):
    told = {}
    for place, (name, (build, image, options)) in enumerate(networks.items()):
        network = build()
        initialise(network, 1 if name.startswith("resnet") else place)
        network.eval()
        images = torch.randn(3, *image, generator=torch.Generator().manual_seed(100 + place)).mul(16).round().div(16)
        export(network, images, folder / f"{name}.onnx", options)
        with torch.no_grad():
            logits = network(images)
            blocks = []
            for path, module in network.named_modules():
                if not isinstance(module, Residual):
                    continue
                outputs = {}
                for what, step in [("deleted", 0.0), ("halved", 0.5)]:
                    module.step = step
                    outputs[what] = rounded(network(images))
                module.step = 1.0
                blocks.append({"name": path, "projects": not isinstance(module.shortcut, nn.Identity), **outputs})
        told[name] = {"images": rounded(images), "shape": list(images.shape), "logits": rounded(logits), "blocks": blocks}
    (folder / "networks.json").write_text(json.dumps(told) + "\n")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(Path(sys.argv[1]))
