"""BatchBALD by batchbald_redux, in double precision."""

from importlib.metadata import version

import numpy as np
import torch
from batchbald_redux.batchbald import get_batchbald_batch
from protocol import INPUTS, OPTIONS, answer, measure

log_probs_N_K_C = torch.from_numpy(np.load(INPUTS["log_probs"], mmap_mode="r")[: int(OPTIONS["points"])].copy())
torch.manual_seed(0)


def select(_):
    return get_batchbald_batch(log_probs_N_K_C, int(OPTIONS["batch"]), int(OPTIONS["num_samples"]), dtype=torch.double)


seconds, batch = measure(select)
np.save(INPUTS["out"], np.array(batch.indices, dtype=np.int64))
answer(seconds, f"batchbald_redux {version('batchbald_redux')}, PyTorch {torch.__version__}")
