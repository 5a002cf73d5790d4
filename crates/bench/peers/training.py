"""One training round: data resident in memory, minibatches by index.

Options that may be left out: `network` (`gal_cnn`), `imagenet_stem` of `resnet18` (true), `words` (vocabulary of
`text_cnn`, whose inputs are i64 tokens), `optimizer` (`adam`; or `sgd` with `momentum`, 0.9).
"""

import numpy as np
import torch
import torch.nn.functional as F
from networks import LAYOUTS, build, version
from protocol import INPUTS, OPTIONS, answer, measure

inputs = torch.from_numpy(np.load(INPUTS["images"]))  # f32 images or points, or i64 tokens
labels = torch.from_numpy(np.load(INPUTS["labels"]))
layout = LAYOUTS[OPTIONS["layout"]]
final_losses = []


def network():
    name, classes = OPTIONS.get("network", "gal_cnn"), int(OPTIONS["classes"])
    more = {"imagenet_stem": bool(OPTIONS.get("imagenet_stem", True)), "words": int(OPTIONS.get("words", 0))}
    return build(name, list(inputs.shape[1:]), classes, **more).to(memory_format=layout)


def optimizer_of(parameters):
    rate = OPTIONS["learning_rate"]
    if OPTIONS.get("optimizer", "adam") == "sgd":
        return torch.optim.SGD(parameters, lr=rate, momentum=OPTIONS.get("momentum", 0.9))
    return torch.optim.Adam(parameters, lr=rate)


def fit(repetition):
    torch.manual_seed(repetition)
    model = network()
    # Layouts are those of images: [n, channels, rows, columns].
    x = inputs.contiguous(memory_format=layout) if inputs.dim() == 4 else inputs
    optimizer = optimizer_of(model.parameters())
    for _ in range(int(OPTIONS["epochs"])):
        loss_sum = torch.zeros(())
        for rows in torch.randperm(len(labels)).split(int(OPTIONS["batch_size"])):
            loss = F.cross_entropy(model(x.index_select(0, rows)), labels.index_select(0, rows))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            loss_sum += loss.detach() * len(rows)
        final_loss = loss_sum.item() / len(labels)
    final_losses.append(final_loss)


seconds, _ = measure(fit)
answer(seconds, version(OPTIONS["layout"]), final_loss=float(np.mean(final_losses[-len(seconds) :])))
