"""One training round: data resident in memory, minibatches by index, Adam."""

import numpy as np
import torch
import torch.nn.functional as F
from gal_cnn import GalCnn
from protocol import INPUTS, OPTIONS, answer, measure

images = torch.from_numpy(np.load(INPUTS["images"]))
labels = torch.from_numpy(np.load(INPUTS["labels"]))
final_losses = []


def fit(repetition):
    torch.manual_seed(repetition)
    model = GalCnn(images.shape[-1], int(OPTIONS["classes"]))
    optimizer = torch.optim.Adam(model.parameters(), lr=OPTIONS["learning_rate"])
    for _ in range(int(OPTIONS["epochs"])):
        loss_sum = torch.zeros(())
        for rows in torch.randperm(len(labels)).split(int(OPTIONS["batch_size"])):
            loss = F.cross_entropy(model(images.index_select(0, rows)), labels.index_select(0, rows))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            loss_sum += loss.detach() * len(rows)
        final_loss = loss_sum.item() / len(labels)
    final_losses.append(final_loss)


seconds, _ = measure(fit)
answer(seconds, f"PyTorch {torch.__version__}", final_loss=float(np.mean(final_losses[-len(seconds) :])))
