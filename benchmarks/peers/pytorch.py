"""PyTorch's side of the benchmark, written as its documentation has it."""

import random
import time

import torch
import torch.nn.functional as F

import memory
from protocol import read_tensors, seconds_of, serve, task
from pytorch_networks import build, fold, load, parameter_count

TASK = task()
torch.set_num_threads(TASK["threads"])
torch.manual_seed(1)
LAYOUT = torch.contiguous_format if TASK["variant"] == "default layout" else torch.channels_last


def facts(network, check):
    return {"version": torch.__version__, "parameters": parameter_count(network), "check": check}


def network_and_pictures():
    """The network with the task's weights, the pictures [count, channels, height, width] and their labels."""
    tensors = read_tensors(TASK["inputs"])
    network = build(TASK["network"], TASK["channels"], TASK["side"], TASK["width"])
    load(network, tensors)
    pictures = torch.from_numpy(tensors["pictures"]).permute(0, 3, 1, 2).contiguous(memory_format=LAYOUT)
    return network.to(memory_format=LAYOUT), pictures, torch.from_numpy(tensors["labels"]).long()


def training():
    """One step on one mini-batch, again and again: forward, backward, momentum with weight decay, the loss read."""
    network, pictures, labels = network_and_pictures()
    network.train()
    optimiser = torch.optim.SGD(network.parameters(), lr=TASK["learningRate"], momentum=0.9, weight_decay=1e-4)

    def step():
        optimiser.zero_grad(set_to_none=True)
        loss = F.cross_entropy(network(pictures), labels)
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
    before = memory.held()

    def run():
        memory.forget_peak()
        step()
        return (memory.peak() - before) / 1e6

    serve(facts(network, []), run)


@torch.inference_mode()
def inference():
    network, pictures, labels = network_and_pictures()
    network.eval()
    if TASK["variant"] == "folded":
        count = parameter_count(network)
        network = fold(network).to(memory_format=LAYOUT)
    else:
        count = parameter_count(network)
    check = [F.cross_entropy(network(pictures), labels).item()]

    def run():
        return seconds_of(lambda: network(pictures).sum().item(), TASK["repeats"])

    run()
    serve({"version": torch.__version__, "parameters": count, "check": check}, run)


@torch.inference_mode()
def deletion_sweep():
    """Top-1 error and cross-entropy of the intact network and without each block in turn, one pass each."""
    network, pictures, labels = network_and_pictures()
    network.eval()

    def score(deleted, pictures, labels):
        wrong, cross_entropy = 0, 0.0
        for start in range(0, len(pictures), TASK["batch"]):
            logits = network(pictures[start : start + TASK["batch"]], deleted)
            own = labels[start : start + TASK["batch"]]
            wrong += (logits.argmax(1) != own).sum().item()
            cross_entropy += F.cross_entropy(logits, own, reduction="sum").item()
        return wrong / len(pictures), cross_entropy / len(pictures)

    sets = [frozenset(), *(frozenset([block]) for block in network.deletable())]
    few = TASK["warmUp"]
    check = [score(deleted, pictures[:few], labels[:few])[1] for deleted in (sets[0], sets[1], sets[-1])]

    def run():
        return seconds_of(lambda: [score(deleted, pictures, labels) for deleted in sets], 1)

    serve(facts(network, check), run)


def path_gradients():
    """Norms of the gradient by the pictures along random paths of each length, a forward and a backward pass each."""
    network, pictures, labels = network_and_pictures()
    network.train()  # the batch's own statistics
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.track_running_stats = False
            module.running_mean = module.running_var = None
    network.requires_grad_(False)  # the gradient by the pictures alone is wanted
    places = range(len(network.blocks))

    def norm(through):
        x = pictures.detach().requires_grad_()
        loss = F.cross_entropy(network.along(x, through), labels)
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
    "deletion sweep": deletion_sweep,
    "path gradients": path_gradients,
}

if __name__ == "__main__":
    WORKS[TASK["work"]]()
