#!/usr/bin/env python3
"""Writes networks.json: what PyTorch computes with given weights, inputs and masks. README.md has the layout."""

import json
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from formula import symmetric, uniform
from torch import nn

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "bench" / "peers"))
from networks import build, replace_dropout  # noqa: E402

POINTS = CLASSES = 4
WORDS, LENGTH, PADDING = 50, 12, 3
# Name, shape of one point, further arguments.
CASES = [
    ("gal_cnn", [1, 28, 28], {}),
    ("batchbald_cnn", [1, 28, 28], {}),
    ("emnist_cnn", [1, 28, 28], {}),
    ("cifar_cnn", [3, 32, 32], {}),
    ("mlp", [2], {}),
    ("text_cnn", [LENGTH], {"words": WORDS}),
    # At these sizes no input of a ReLU is so near to zero that f32 and f64 could take different sides.
    ("resnet18", [3, 33, 33], {"imagenet_stem": True}),
    ("resnet18", [3, 12, 12], {"imagenet_stem": False}),
    ("vgg16", [3, 32, 32], {}),
]


def main():
    torch.set_num_threads(1)
    networks = [record(*case) for case in CASES]
    versions = {"torch": torch.__version__.split("+")[0], "torchvision": torchvision_version()}
    (HERE / "networks.json").write_text(as_json({"versions": versions, "networks": networks}))


def torchvision_version():
    import torchvision

    return torchvision.__version__.split("+")[0]


def record(name, shape, arguments):
    values = {"name": name, "input": shape, **arguments}
    values["first_inputs"] = points(name, shape)[0].flatten()[:4].tolist()
    network = filled(name, shape, arguments)
    parameters = dict(network.named_parameters())
    values["parameter_count"] = sum(p.numel() for p in parameters.values())
    values["parameters"] = {key: list(p.shape) for key, p in parameters.items()}
    double, single = outputs(name, shape, arguments, torch.double), outputs(name, shape, arguments, torch.float)
    values["f32"] = {key: difference(single[key], double[key]) for key in double if key != "masks"}
    return values | double


def filled(name, shape, arguments):
    """The network with all its parameters and buffers by formula."""
    network = build(name, shape, CLASSES, **arguments)
    state = {key: torch.from_numpy(fill(key, old)) for key, old in network.state_dict().items()}
    network.load_state_dict(state)
    return network


def fill(key, old):
    shape, kind = tuple(old.shape), key.rsplit(".")[-1]
    if kind == "num_batches_tracked":
        return old.numpy()
    x = symmetric(key, shape)
    if key == "embedding.weight":
        x[0] = 0
    elif len(shape) > 1:
        x *= np.sqrt(6 / np.prod(shape[1:]))
    elif kind in ("bias", "running_mean"):
        x *= 0.1
    else:  # a scale or a running variance of batch normalisation: 0.5 + u
        x = 0.5 + (x + 1) / 2
    return x.astype(np.float32)


def points(name, shape):
    if name == "text_cnn":
        tokens = np.floor(uniform("inputs", POINTS * LENGTH) * WORDS).astype(np.int64).reshape(POINTS, LENGTH)
        tokens[-1, -PADDING:] = 0
        return torch.from_numpy(tokens)
    return torch.from_numpy(symmetric("inputs", [POINTS, *shape]))


class Mask(nn.Module):
    """The mask of a dropout module, the same for all points."""

    def __init__(self, number, dropout):
        super().__init__()
        self.key, self.p, self.channels = f"mask{number}", dropout.p, isinstance(dropout, nn.Dropout2d)

    def forward(self, x):
        self.shape = [x.shape[1]] if self.channels else list(x.shape[1:])
        dropped = uniform(self.key, int(np.prod(self.shape))) < self.p
        mask = np.where(dropped, 0, np.float32(1 / (1 - self.p))).reshape(self.shape)
        mask = torch.from_numpy(mask).to(x.dtype)
        return x * (mask[:, None, None] if self.channels else mask)


def outputs(name, shape, arguments, dtype):
    network, x = filled(name, shape, arguments).to(dtype), points(name, shape)
    x = x.to(dtype) if x.is_floating_point() else x
    network.eval()
    values = {"logits": network(x).tolist()}
    replace_dropout(network, Mask)
    values["masked_logits"] = network(x).tolist()
    masks = [module for module in network.modules() if isinstance(module, Mask)]
    values["masks"] = [[m.shape, m.p, "channels" if m.channels else "elements"] for m in masks]
    network.train()
    loss = F.cross_entropy(network(x), torch.arange(POINTS))
    loss.backward()
    values["loss"] = loss.item()
    values["gradients"] = {key: summary(p.grad) for key, p in network.named_parameters()}
    running = {key: b for key, b in network.named_buffers() if not key.endswith("num_batches_tracked")}
    if running:
        values["buffers"] = {key: summary(b) for key, b in running.items()}
    return values


def summary(array):
    """Norm, and projection onto a fixed direction, which tells two arrays of the same norm apart.

    A bias in front of batch normalisation has no gradient; the rounding errors there are recorded as zeros.
    """
    flat = array.double().flatten()
    probe = torch.from_numpy(symmetric("probe", [len(flat)]))
    norm = flat.norm().item()
    return [norm, (flat @ probe).item()] if norm > 1e-12 else [0.0, 0.0]


def difference(single, double):
    """How far PyTorch's own f32 is from f64, over the largest value of a list; the worst list of a dictionary."""
    if isinstance(double, dict):
        return max(difference(single[key], x) for key, x in double.items() if x != [0.0, 0.0])
    single, double = np.array(single), np.array(double)
    return float(np.abs(single - double).max() / np.abs(double).max())


def as_json(values, indent=""):
    """One line per list, nine digits per number."""
    if isinstance(values, dict) and any(isinstance(x, (dict, list)) for x in values.values()):
        items = [f'{indent} "{key}": {as_json(x, indent + " ")}' for key, x in values.items()]
        return "{\n" + ",\n".join(items) + f"\n{indent}}}"
    if isinstance(values, list) and any(isinstance(x, dict) for x in values):
        return "[\n" + ",\n".join(indent + " " + as_json(x, indent + " ") for x in values) + f"\n{indent}]"
    return json.dumps(rounded(values), separators=(",", ":"))


def rounded(values):
    if isinstance(values, dict):
        return {key: rounded(x) for key, x in values.items()}
    if isinstance(values, list):
        return [rounded(x) for x in values]
    return float(f"{values:.9g}") if isinstance(values, float) else values


if __name__ == "__main__":
    main()
