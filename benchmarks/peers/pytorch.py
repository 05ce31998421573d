"""PyTorch's side of the benchmark, written as its documentation has it.

The task's variant is empty or some of these words: "default layout" (else channels last), "compiled" (torch.compile: whole
networks, or blocks where many routes share them), "folded" (normalisation taken into the convolutions).
"""

import random
import time

import torch
import torch.nn.functional as F

import memory
from protocol import read_tensors, seconds_of, serve, task
from pytorch_networks import build, compile_blocks, fold, load, parameter_count

TASK = task()
torch.set_num_threads(TASK["threads"])
torch.manual_seed(1)
VARIANT = TASK["variant"].split(", ")
LAYOUT = torch.contiguous_format if "default layout" in VARIANT else torch.channels_last
COMPILED = "compiled" in VARIANT


def precision():
    """Where it is entered, networks compute in the task's precision; their weights stay in float32."""
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=TASK["precision"] == "bfloat16")


def facts(network, check):
    return {"version": torch.__version__, "parameters": parameter_count(network), "check": check}


def network_and_images():
    """The network with the task's weights, the images [count, channels, height, width] and their labels."""
    tensors = read_tensors(TASK["inputs"])
    network = build(TASK["network"], TASK["channels"], TASK["side"], TASK["width"])
    load(network, tensors)
    images = torch.from_numpy(tensors["images"]).permute(0, 3, 1, 2).contiguous(memory_format=LAYOUT)
    return network.to(memory_format=LAYOUT), images, torch.from_numpy(tensors["labels"]).long()


def training():
    """One step on one mini-batch, again and again: forward, backward, momentum with weight decay, the loss read."""
    network, images, labels = network_and_images()
    network.train()
    optimiser = torch.optim.SGD(network.parameters(), lr=TASK["learningRate"], momentum=0.9, weight_decay=1e-4)
    forward = torch.compile(network) if COMPILED else network

    def step():
        optimiser.zero_grad(set_to_none=True)
        with precision():
            loss = F.cross_entropy(forward(images).float(), labels)
        loss.backward()
        optimiser.step()
        return loss.item()

    return network, step


def training_step():
    network, step = training()
    check = [step() for _ in range(3)]
    serve(facts(network, check), lambda: seconds_of(step, TASK["repeats"]))


def training_memory():
    network, step = training()
    if COMPILED:
        step()  # what compiling takes is not the step's, but what the step took is
        memory.give_back()
    before = memory.held()

    def run():
        memory.forget_peak()
        step()
        return (memory.peak() - before) / 1e6

    serve(facts(network, []), run)


@torch.no_grad()
def inference():
    network, images, labels = network_and_images()
    network.eval()
    known = facts(network, [])
    if "folded" in VARIANT:
        network = fold(network).to(memory_format=LAYOUT)
    if COMPILED:
        torch._inductor.config.freezing = True  # weights become constants, normalisation is folded
        network = torch.compile(network)

    def logits():
        with precision():
            return network(images).float()

    check = [F.cross_entropy(logits(), labels).item()]

    def run():
        return seconds_of(lambda: logits().sum().item(), TASK["repeats"])

    run()
    serve({**known, "check": check}, run)


@torch.inference_mode()
def sweep():
    """Top-1 error and cross-entropy along each route, one pass each."""
    network, images, labels = network_and_images()
    network.eval()
    routes = read_tensors(TASK["inputs"])["routes"].astype(int).tolist()
    if COMPILED:
        compile_blocks()

    def score(route, images, labels):
        wrong, cross_entropy = 0, 0.0
        for start in range(0, len(images), TASK["batch"]):
            with precision():
                logits = network.routed(images[start : start + TASK["batch"]], route).float()
            own = labels[start : start + TASK["batch"]]
            wrong += (logits.argmax(1) != own).sum().item()
            cross_entropy += F.cross_entropy(logits, own, reduction="sum").item()
        return wrong / len(images), cross_entropy / len(images)

    few = TASK["warmUp"]
    check = [score(route, images[:few], labels[:few])[1] for route in (routes[0], routes[1], routes[-1])]
    if COMPILED:  # for mini-batches of this size, and for what deleted blocks leave of an image's layout in memory
        for route in routes:
            score(route, images[: TASK["batch"]], labels[: TASK["batch"]])

    def run():
        return seconds_of(lambda: [score(route, images, labels) for route in routes], 1)

    serve(facts(network, check), run)


def path_gradients():
    """Norms of the gradient by the images along random paths of each length, a forward and a backward pass each."""
    network, images, labels = network_and_images()
    network.train()  # the batch's own statistics
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.track_running_stats = False
            module.running_mean = module.running_var = None
    network.requires_grad_(False)  # the gradient by the images alone is wanted
    places = range(len(network.blocks))
    if COMPILED:
        compile_blocks()

    def norm(through):
        x = images.detach().requires_grad_()
        with precision():
            loss = F.cross_entropy(network.along(x, through).float(), labels)
        (loss * 2.0**60).backward()
        return (x.grad.double().norm() / 2.0**60).log10().item()

    def run():
        start = time.perf_counter()
        for length in range(len(network.blocks) + 1):
            count = 1 if length in (0, len(network.blocks)) else TASK["draws"]
            for _ in range(count):
                norm(frozenset(random.sample(places, length)))
        return time.perf_counter() - start

    serve(facts(network, [norm(frozenset()), norm(frozenset(places))]), run)


WORKS = {
    "training step": training_step,
    "training memory": training_memory,
    "inference": inference,
    "deletion sweep": sweep,
    "several deletions": sweep,
    "orders": sweep,
    "path gradients": path_gradients,
}

if __name__ == "__main__":
    WORKS[TASK["work"]]()
