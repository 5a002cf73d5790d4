"""The network of Gal, Islam & Ghahramani 2017 as a PyTorch user writes it."""

import torch
import torch.nn.functional as F
from torch import nn

# Memory layouts of images and kernels: as they come, and as PyTorch's tuning guide advises.
LAYOUTS = {"usual": torch.contiguous_format, "channels innermost": torch.channels_last}


def version(layout):
    return f"PyTorch {torch.__version__}" + ("" if layout == "usual" else f", {layout}")


class GalCnn(nn.Module):
    def __init__(self, side, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 4)
        self.conv2 = nn.Conv2d(32, 32, 4)
        self.dropout1 = nn.Dropout(0.25)
        self.dense1 = nn.Linear(32 * ((side - 6) // 2) ** 2, 128)
        self.dropout2 = nn.Dropout(0.5)
        self.dense2 = nn.Linear(128, classes)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = self.dropout1(x).flatten(1)
        return self.dense2(self.dropout2(F.relu(self.dense1(x))))
