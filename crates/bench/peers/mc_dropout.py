"""MC dropout as it is usually written: K times over all points with dropout left on; of an ensemble, member by
member.

Dropout is replaced by given masks, so that both sides draw the same posterior samples. That costs this side
less than `nn.Dropout` would, which also has to draw. It also gets the minibatch that is fastest on this
machine, found by trial.
"""

import time

import numpy as np
import torch
from networks import LAYOUTS, build, replace_dropout, version
from protocol import INPUTS, OPTIONS, answer, measure
from safetensors.torch import load_file
from torch import nn

TILES = (32, 64, 128, 256, 1000)
CURRENT = {"sample": 0}


class GivenMasks(nn.Module):
    def __init__(self, masks_K, of_channels):
        super().__init__()
        self.masks_K, self.of_channels = masks_K, of_channels

    def forward(self, x):
        mask = self.masks_K[CURRENT["sample"]]
        return x * (mask.view(-1, 1, 1) if self.of_channels else mask.view(x.shape[1:]))


def given_masks(number, module):
    return GivenMasks(masks[number], isinstance(module, nn.Dropout2d))


def member(number):
    """The network whose weights have this number."""
    more = {"imagenet_stem": bool(OPTIONS["imagenet_stem"]), "words": int(OPTIONS["words"])}
    model = build(OPTIONS["network"], list(images.shape[1:]), int(OPTIONS["classes"]), **more)
    of_member = {key.removeprefix(f"{number}."): value for key, value in weights.items() if key.startswith(f"{number}.")}
    # PyTorch also counts the minibatches of batch normalisation, which no prediction depends on.
    missing, unexpected = model.load_state_dict(of_member, strict=False)
    assert not unexpected and all(name.endswith("num_batches_tracked") for name in missing), (missing, unexpected)
    replace_dropout(model, given_masks)
    return model.eval().to(memory_format=layout)


images = torch.from_numpy(np.load(INPUTS["images"]))
weights = load_file(INPUTS["weights"])
masks = {
    int(role.removeprefix("mask_")): torch.from_numpy(np.load(path))
    for role, path in INPUTS.items()
    if role.startswith("mask_")
}
layout = LAYOUTS[OPTIONS["layout"]]
models = [member(number) for number in range(int(OPTIONS["members"]))]
samples = len(masks[1])
bf16 = OPTIONS["precision"] == "bf16"


@torch.inference_mode()
def predict(samples, tile):
    tiles = [batch.contiguous(memory_format=layout) for batch in images.split(tile)]
    log_probs_K = []
    for sample in range(samples):
        CURRENT["sample"] = sample
        model = models[sample * len(models) // samples]
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            logits = torch.cat([model(batch) for batch in tiles])
        log_probs_K.append(logits.float().log_softmax(-1))
    return torch.stack(log_probs_K, 1)  # [N, K, C]


def seconds_of(tile):
    start = time.perf_counter()
    predict(2, tile)
    return time.perf_counter() - start


seconds_of(TILES[0])  # the first pass of all is slower
tile = min(TILES, key=seconds_of)
seconds, log_probs_N_K_C = measure(lambda _: predict(samples, tile))
np.save(INPUTS["out"], log_probs_N_K_C.numpy())
answer(seconds, version(OPTIONS["layout"]), tile=tile)
