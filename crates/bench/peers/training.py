"""One training round: data resident in memory, minibatches by index, Adam."""

import numpy as np
import torch
import torch.nn.functional as F
from gal_cnn import LAYOUTS, GalCnn, version
from protocol import INPUTS, OPTIONS, answer, measure

images = torch.from_numpy(np.load(INPUTS["images"]))
labels = torch.from_numpy(np.load(INPUTS["labels"]))
layout = LAYOUTS[OPTIONS["layout"]]
final_losses = []


def fit(repetition):
    torch.manual_seed(repetition)
    model = GalCnn(images.shape[-1], int(OPTIONS["classes"])).to(memory_format=layout)
    x = images.contiguous(memory_format=layout)
    optimizer = torch.optim.Adam(model.parameters(), lr=OPTIONS["learning_rate"])
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
