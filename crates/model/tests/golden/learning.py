#!/usr/bin/env python3
"""Writes learning.json: how well each network learns a small task that no linear model can. README.md has the tasks."""

import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from formula import uniform
from sklearn.linear_model import LogisticRegression

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "bench" / "peers"))
from networks import build  # noqa: E402

TEST, BATCH, SEEDS = 500, 32, 3
WORDS, LENGTH = 50, 12
# Network, shape of one point, further arguments, training points, epochs, optimiser, learning rate.
TASKS = [
    ("gal_cnn", [1, 12, 12], {}, 200, 5, "adam", 1e-3),
    ("batchbald_cnn", [1, 16, 16], {}, 200, 8, "adam", 1e-3),
    ("emnist_cnn", [1, 16, 16], {}, 200, 8, "adam", 1e-3),
    ("cifar_cnn", [3, 16, 16], {}, 200, 5, "adam", 1e-3),
    ("mlp", [2], {}, 400, 100, "adam", 1e-3),
    ("text_cnn", [LENGTH], {"words": WORDS}, 200, 8, "adam", 1e-3),
    ("resnet18", [3, 32, 32], {"imagenet_stem": True}, 200, 7, "adam", 3e-4),
    ("resnet18", [3, 8, 8], {"imagenet_stem": False}, 128, 10, "adam", 3e-4),
    ("vgg16", [3, 32, 32], {}, 128, 3, "adam", 1e-3),
]


def images(shape, n):
    """Stripes along either diagonal, moved by a random phase, with noise; u8 [n, channels, side, side]."""
    channels, side, _ = shape
    classes = np.arange(n) % 2
    phases = np.floor(8 * uniform("phase", n)).astype(int)
    row, column = np.mgrid[:side, :side]
    slope = np.where(classes == 0, 1, -1)[:, None, None]
    stripes = np.where((row + column * slope + phases[:, None, None]) % 8 < 4, 80, -80)
    noise = np.floor(60 * (uniform("noise", n * channels * side * side) - 0.5)).reshape(n, *shape)
    return np.clip(128 + stripes[:, None] + noise, 0, 255).astype(np.uint8), classes


def plane(n):
    """Points of a square; the class is whether both coordinates have the same sign."""
    x = 2 * uniform("points", 2 * n).reshape(n, 2) - 1
    return x, (x[:, 0] * x[:, 1] > 0).astype(int)


def texts(n):
    """Noise words, and at one place the words 2 3 in class 0, 3 2 in class 1."""
    classes = np.arange(n) % 2
    words = 4 + np.floor((WORDS - 4) * uniform("words", n * LENGTH)).astype(int).reshape(n, LENGTH)
    places = np.floor((LENGTH - 2) * uniform("place", n)).astype(int)
    words[np.arange(n), places] = 2 + classes
    words[np.arange(n), places + 1] = 3 - classes
    return words, classes


def data(name, shape, n):
    """Inputs as made, for the network and for a linear model; classes. The first `n` are for training."""
    if name == "text_cnn":
        words, classes = texts(n + TEST)
        counts = np.stack([np.bincount(row, minlength=WORDS) for row in words])
        return words, torch.from_numpy(words), counts, classes
    raw, classes = plane(n + TEST) if name == "mlp" else images(shape, n + TEST)
    x = raw if name == "mlp" else raw / 255
    axes = (0, *range(2, x.ndim))
    mean, std = x[:n].mean(axes, keepdims=True), x[:n].std(axes, keepdims=True)
    x = ((x - mean) / std).astype(np.float32)
    return raw, torch.from_numpy(x), x.reshape(len(x), -1), classes


def fit(network, x, y, epochs, optimizer, learning_rate):
    kinds = {"adam": torch.optim.Adam, "sgd": lambda p, lr: torch.optim.SGD(p, lr, momentum=0.9)}
    optimizer = kinds[optimizer](network.parameters(), lr=learning_rate)
    network.train()
    for _ in range(epochs):
        for rows in torch.randperm(len(y)).split(BATCH):
            loss = F.cross_entropy(network(x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


@torch.inference_mode()
def accuracy(network, x, y):
    return (network.eval()(x).argmax(1) == y).float().mean().item()


def learn(name, shape, arguments, n, epochs, optimizer, learning_rate):
    raw, x, flat, classes = data(name, shape, n)
    y = torch.from_numpy(classes)
    linear = LogisticRegression(max_iter=1000).fit(flat[:n], classes[:n]).score(flat[n:], classes[n:])
    accuracies, seconds = [], []
    for seed in range(SEEDS):
        torch.manual_seed(seed)
        network = build(name, shape, 2, **arguments)
        start = time.perf_counter()
        fit(network, x[:n], y[:n], epochs, optimizer, learning_rate)
        seconds.append(time.perf_counter() - start)
        accuracies.append(round(accuracy(network, x[n:], y[n:]), 4))
    settings = {"train": n, "test": TEST, "epochs": epochs, "batch_size": BATCH}
    settings |= {"optimizer": optimizer, "learning_rate": learning_rate}
    found = {"accuracy": accuracies, "linear_accuracy": round(linear, 4), "seconds": round(min(seconds), 2)}
    made = {"first_inputs": raw.flatten()[:4].tolist(), "input_sum": raw.sum().item()}
    task = {"name": name, "input": shape, **arguments, **settings, **made, **found}
    print(json.dumps(task), flush=True)
    return json.dumps(task)


def main():
    torch.set_num_threads(1)
    only = sys.argv[1:]
    tasks = [learn(*task) for task in TASKS if not only or task[0] in only]
    if not only:
        (HERE / "learning.json").write_text("[\n " + ",\n ".join(tasks) + "\n]\n")


if __name__ == "__main__":
    main()
