"""The experiment block-deletion, plainly in PyTorch: one process, all cores, channels_last, one pass a deletion."""

import math
import random
import time

import torch
import torch.nn.functional as F

from protocol import read_tensors, serve, task
from pytorch_networks import build

TASK = task()
PROTOCOL = TASK["protocol"]
torch.set_num_threads(TASK["threads"])


def precision():
    """Where it is entered, networks compute in the task's precision; their weights stay in float32."""
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=TASK["precision"] == "bfloat16")


def learning_rate(step, steps):
    """One cycle: a linear rise over the first quarter of the steps, then half a cosine down to zero."""
    peak, rise = PROTOCOL["learningRate"], 0.25
    rising = (step + 1) / (rise * steps)
    if rising < 1:
        return peak * rising
    return peak * (1 + math.cos(math.pi * max(0.0, (step / steps - rise) / (1 - rise)))) / 2


def train(network, images, labels, steps):
    network.train()
    optimiser = torch.optim.SGD(
        network.parameters(),
        lr=PROTOCOL["learningRate"],
        momentum=PROTOCOL["momentum"],
        nesterov=PROTOCOL["nesterov"],
        weight_decay=PROTOCOL["weightDecay"],
    )
    batch = PROTOCOL["batchSize"]
    per_epoch = len(images) // batch
    for step in range(steps):
        if step % per_epoch == 0:
            order = torch.randperm(len(images))
        own = order[step % per_epoch * batch :][:batch]
        optimiser.param_groups[0]["lr"] = learning_rate(step, steps)
        optimiser.zero_grad(set_to_none=True)
        x = images[own].contiguous(memory_format=torch.channels_last)
        with precision():
            loss = F.cross_entropy(network(x).float(), labels[own])
        loss.backward()
        optimiser.step()


@torch.inference_mode()
def error(network, images, labels, deleted):
    wrong = 0
    for start in range(0, len(images), 250):
        with precision():
            logits = network(images[start : start + 250], deleted)
        wrong += (logits.argmax(1) != labels[start : start + 250]).sum().item()
    return wrong / len(images)


def measure(cell, images):
    """Error of the intact network, and by deleted block, and for several deleted blocks where the protocol wants it."""
    torch.manual_seed(cell["seed"])
    name = cell["network"]
    width = PROTOCOL["vggWidth"] if name.startswith("vgg") else PROTOCOL["width"]
    network = build(name, 1, images["test"].shape[2], width).to(memory_format=torch.channels_last)
    train(network, images["training"], images["training labels"], PROTOCOL["steps"])

    network.eval()
    count = PROTOCOL["testImages"]
    test, labels = images["test"][:count], images["test labels"][:count]
    intact = error(network, test, labels, frozenset())
    places = network.deletable()
    errors = [error(network, test, labels, frozenset([block])) for block in places]
    if name == PROTOCOL["residual"]:
        count = PROTOCOL["sampleImages"]
        test, labels = images["test"][:count], images["test labels"][:count]
        errors.append(error(network, test, labels, frozenset()))
        for deleted in range(1, len(places) + 1):
            for _ in range(PROTOCOL["samples"]):
                errors.append(error(network, test, labels, frozenset(random.sample(places, deleted))))
    return intact, len(errors) + 1


def main():
    tensors = read_tensors(TASK["inputs"])
    images = {}
    for name in ("training", "test"):
        values = torch.from_numpy(tensors[name]).permute(0, 3, 1, 2)
        images[name] = values.contiguous(memory_format=torch.channels_last)
        images[f"{name} labels"] = torch.from_numpy(tensors[f"{name} labels"]).long()

    def run():
        start = time.perf_counter()
        found = [(cell, *measure(cell, images)) for cell in PROTOCOL["cells"]]
        seconds = time.perf_counter() - start
        residual = [intact for cell, intact, _ in found if cell["network"] == PROTOCOL["residual"]]
        evaluations = sum(count for *_, count in found)
        note = f"error of {PROTOCOL['residual']}: {100 * sum(residual) / len(residual):.2f} %; {evaluations} evaluations"
        return {"measured": seconds, "note": note}

    serve({"version": torch.__version__}, run)


if __name__ == "__main__":
    main()
