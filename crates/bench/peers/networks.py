"""The networks of `bal` as a PyTorch user writes them, with dropout where the papers have it."""

import torch
import torch.nn.functional as F
from torch import nn

# Memory layouts of images and kernels: as they come, and as PyTorch's tuning guide advises.
LAYOUTS = {"usual": torch.contiguous_format, "channels innermost": torch.channels_last}


def version(layout):
    return f"PyTorch {torch.__version__}" + ("" if layout == "usual" else f", {layout}")


class GalCnn(nn.Module):
    """Gal, Islam & Ghahramani 2017."""

    def __init__(self, shape, classes):
        super().__init__()
        channels, side, _ = shape
        self.conv1 = nn.Conv2d(channels, 32, 4)
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


class BatchbaldCnn(nn.Module):
    """Kirsch, van Amersfoort & Gal 2019, MNIST. Convolutions drop whole channels."""

    def __init__(self, shape, classes):
        super().__init__()
        channels, side, _ = shape
        self.conv1 = nn.Conv2d(channels, 32, 5)
        self.dropout1 = nn.Dropout2d(0.5)
        self.conv2 = nn.Conv2d(32, 64, 5)
        self.dropout2 = nn.Dropout2d(0.5)
        self.dense1 = nn.Linear(64 * (((side - 4) // 2 - 4) // 2) ** 2, 128)
        self.dropout3 = nn.Dropout(0.5)
        self.dense2 = nn.Linear(128, classes)

    def forward(self, x):
        x = F.relu(F.max_pool2d(self.dropout1(self.conv1(x)), 2))
        x = F.relu(F.max_pool2d(self.dropout2(self.conv2(x)), 2))
        x = F.relu(self.dropout3(self.dense1(x.flatten(1))))
        return self.dense2(x)


class EmnistCnn(nn.Module):
    """Kirsch, van Amersfoort & Gal 2019, EMNIST."""

    def __init__(self, shape, classes):
        super().__init__()
        channels, side, _ = shape
        self.conv1 = nn.Conv2d(channels, 32, 3)
        self.dropout1 = nn.Dropout2d(0.5)
        self.conv2 = nn.Conv2d(32, 64, 3)
        self.dropout2 = nn.Dropout2d(0.5)
        self.conv3 = nn.Conv2d(64, 128, 3)
        self.dropout3 = nn.Dropout2d(0.5)
        self.dense1 = nn.Linear(128 * (((side - 2) // 2 - 4) // 2) ** 2, 512)
        self.dropout4 = nn.Dropout(0.5)
        self.dense2 = nn.Linear(512, classes)

    def forward(self, x):
        x = F.relu(F.max_pool2d(self.dropout1(self.conv1(x)), 2))
        x = F.relu(self.dropout2(self.conv2(x)))
        x = F.relu(F.max_pool2d(self.dropout3(self.conv3(x)), 2))
        x = F.relu(self.dropout4(self.dense1(x.flatten(1))))
        return self.dense2(x)


class CifarCnn(nn.Module):
    """The network that large-batch BALD's authors use for small colour images."""

    def __init__(self, shape, classes):
        super().__init__()
        channels, side, _ = shape
        self.conv1 = nn.Conv2d(channels, 32, 3)
        self.dropout1 = nn.Dropout(0.25)
        self.conv2 = nn.Conv2d(32, 32, 3)
        self.dropout2 = nn.Dropout(0.25)
        self.conv3 = nn.Conv2d(32, 64, 3)
        self.dropout3 = nn.Dropout(0.25)
        self.conv4 = nn.Conv2d(64, 64, 3)
        self.dropout4 = nn.Dropout(0.25)
        self.dropout5 = nn.Dropout(0.5)
        self.dense1 = nn.Linear(64 * (((side - 4) // 2 - 4) // 2) ** 2, classes)

    def forward(self, x):
        x = self.dropout1(F.relu(self.conv1(x)))
        x = F.max_pool2d(self.dropout2(F.relu(self.conv2(x))), 2)
        x = self.dropout3(F.relu(self.conv3(x)))
        x = F.max_pool2d(self.dropout4(F.relu(self.conv4(x))), 2)
        return self.dense1(self.dropout5(x.flatten(1)))


class Mlp(nn.Module):
    """For points in a plane."""

    def __init__(self, shape, classes):
        super().__init__()
        self.dense1 = nn.Linear(*shape, 50)
        self.dropout1 = nn.Dropout(0.3)
        self.dense2 = nn.Linear(50, 50)
        self.dropout2 = nn.Dropout(0.3)
        self.dense3 = nn.Linear(50, classes)

    def forward(self, x):
        x = self.dropout1(F.relu(self.dense1(x)))
        x = self.dropout2(F.relu(self.dense2(x)))
        return self.dense3(x)


class TextCnn(nn.Module):
    """Kim 2014 with embeddings learned from scratch. Token 0 is padding, whose embedding stays zero."""

    def __init__(self, words, classes):
        super().__init__()
        self.embedding = nn.Embedding(words, 128, padding_idx=0)
        with torch.no_grad():  # vectors of N(0, 1) let the words that training does not see drown the others
            self.embedding.weight[1:].uniform_(-0.05, 0.05)
        self.conv3 = nn.Conv1d(128, 100, 3)
        self.conv4 = nn.Conv1d(128, 100, 4)
        self.conv5 = nn.Conv1d(128, 100, 5)
        self.dropout1 = nn.Dropout(0.5)
        self.dense1 = nn.Linear(300, classes)

    def forward(self, tokens):
        x = self.embedding(tokens).transpose(1, 2)
        convolutions = self.conv3, self.conv4, self.conv5
        x = torch.cat([F.relu(conv(x)).amax(2) for conv in convolutions], 1)
        return self.dense1(self.dropout1(x))


# torchvision is imported where it is used: the other networks also run where it is not installed.


def resnet18(shape, classes, imagenet_stem):
    """torchvision's, with dropout in front of the classifier."""
    from torchvision.models import resnet18

    network = resnet18(num_classes=classes)
    if not imagenet_stem:
        network.conv1 = nn.Conv2d(3, 64, 3, stride=1, padding=1, bias=False)
        nn.init.kaiming_normal_(network.conv1.weight, mode="fan_out", nonlinearity="relu")  # as all others
        network.maxpool = nn.Identity()
    # Here rather than in `fc`, so that the classifier keeps its name.
    network.avgpool = nn.Sequential(network.avgpool, nn.Dropout(0.5))
    return network


class Vgg16(nn.Module):
    """torchvision's layers with batch normalisation, and one linear classifier of the mean over positions."""

    def __init__(self, shape, classes):
        super().__init__()
        from torchvision.models import vgg16_bn

        self.features = vgg16_bn().features
        self.dropout = nn.Dropout(0.5)
        self.classifier = nn.Linear(512, classes)

    def forward(self, x):
        return self.classifier(self.dropout(self.features(x).mean((2, 3))))


SIMPLE = {
    "gal_cnn": GalCnn,
    "batchbald_cnn": BatchbaldCnn,
    "emnist_cnn": EmnistCnn,
    "cifar_cnn": CifarCnn,
    "mlp": Mlp,
    "vgg16": Vgg16,
}


def build(name, shape, classes, *, imagenet_stem=True, words=None):
    """A network for inputs of one point's `shape`; `words` is the size of a text's vocabulary."""
    if name == "text_cnn":
        return TextCnn(words, classes)
    if name == "resnet18":
        return resnet18(shape, classes, imagenet_stem)
    return SIMPLE[name](shape, classes)


def replace_dropout(network, substitute):
    """Puts `substitute(number, module)` in the place of each dropout, from 1 in the order of the forward pass.

    Modules are listed in the order of their definition, which is that of the forward pass in all these networks.
    """
    kinds = nn.Dropout, nn.Dropout2d
    names = [name for name, module in network.named_modules() if isinstance(module, kinds)]
    for number, name in enumerate(names, 1):
        network.set_submodule(name, substitute(number, network.get_submodule(name)))
