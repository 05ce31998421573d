"""Counts of the inception networks that have a port in a Python package: writes inception-counts.json beside itself.

    pip install torch==2.5.1 pretrainedmodels==0.7.4 facenet-pytorch==2.5.3
    python inception_counts.py

BN-Inception is counted whole. Inception-ResNet v1 is counted up to its last module: the port is made for faces and has
another classifier there; it also has a sixth module on the smallest pictures, which is counted on its own, too.
"""

import json
import pathlib

import torch
from facenet_pytorch import InceptionResnetV1
from pretrainedmodels.models.bninception import BNInception


def counts(module, picture):
    macs = 0

    def count(layer, _, output):
        nonlocal macs
        if isinstance(layer, torch.nn.Conv2d):
            macs += output[0].numel() * layer.weight[0].numel()
        elif isinstance(layer, torch.nn.Linear):
            macs += layer.weight.numel()

    hooks = [layer.register_forward_hook(count) for layer in module.modules()]
    module.eval()
    with torch.no_grad():
        shape = list(module(picture).shape[1:])
    for hook in hooks:
        hook.remove()
    trainable = sum(parameter.numel() for parameter in module.parameters())
    running = sum(values.numel() for name, values in module.named_buffers() if not name.endswith("num_batches_tracked"))
    return {"trainable": trainable, "total": trainable + running, "multiplyAccumulates": macs, "outputShape": shape}


port = InceptionResnetV1()
after_modules = ("avgpool_1a", "dropout", "last_linear", "last_bn", "logits")
body = torch.nn.Sequential(*[child for name, child in port.named_children() if name not in after_modules])
recorded = {
    "bnInception": counts(BNInception(), torch.zeros(1, 3, 224, 224)),
    "inceptionResNetV1Body": counts(body, torch.zeros(1, 3, 299, 299)),
    "inceptionResNetV1Module": counts(port.block8, torch.zeros(1, 1792, 8, 8)),
}
pathlib.Path(__file__).with_name("inception-counts.json").write_text(json.dumps(recorded, indent=2) + "\n")
