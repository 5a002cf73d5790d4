"""Writes the golden vectors of epig and the joint batch methods: python3 generate_batches.py

Joint batches are greedy by a gain that is written here as the formula says, over all joint labels, in 50-digit
arithmetic; batchbald_redux must pick the same for batch_bald. epig likewise, against the code of its authors, which has no
package: put a checkout of it (README.md names the commit) on PYTHONPATH.
"""

import json
from importlib.metadata import version
from itertools import product
from math import prod
from pathlib import Path

import mpmath as mp
import numpy as np
import torch
from batchbald_redux.batchbald import get_batchbald_batch
from src.uncertainty.epig_probs import conditional_epig_from_probs, epig_from_probs

SEED = 20170305
mp.mp.dps = 50
CLEAR = mp.mpf("1e-6")  # by how much a pick must win, so that rounding the input to f32 does not change it


class Pool:
    """Quantities of sets of points, by enumeration of their joint labels."""

    def __init__(self, p_N_K_C):
        self.N, self.K, self.C = p_N_K_C.shape
        rows = lambda p_K_C: [[mp.mpf(float(x)) for x in row] for row in p_K_C]
        self.p = [[[x / mp.fsum(row) for x in row] for row in rows(p_K_C)] for p_K_C in p_N_K_C]
        self.known = {}

    def H(self, *points):
        """H(y_points)."""
        points = tuple(sorted(points))
        if points not in self.known:
            joint = []
            for labels in product(range(self.C), repeat=len(points)):
                one = lambda k: prod((self.p[n][k][c] for n, c in zip(points, labels)), start=mp.mpf(1))
                joint.append(mp.fsum(one(k) for k in range(self.K)) / self.K)
            self.known[points] = -mp.fsum(q * mp.log(q) for q in joint if q > 0)
        return self.known[points]

    def bald(self, n):
        return self.H(n) - mp.fsum(-x * mp.log(x) for row in self.p[n] for x in row if x > 0) / self.K

    def I(self, n, j):
        return self.H(n) + self.H(j) - self.H(n, j)

    def I_given(self, n, i, j):
        return self.H(n, j) + self.H(i, j) - self.H(n, i, j) - self.H(j)


def batch_bald(pool, batch, n):
    return pool.H(*batch, n) - pool.H(*batch) - (pool.H(n) - pool.bald(n)) if batch else pool.bald(n)


def k_bald_2(pool, batch, n):
    return pool.bald(n) - mp.fsum(pool.I(n, j) for j in batch)


def k_bald_3(pool, batch, n):
    pairs = [(i, j) for place, j in enumerate(batch) for i in batch[:place]]
    return k_bald_2(pool, batch, n) + mp.fsum(pool.I(n, i) - pool.I_given(n, i, j) for i, j in pairs)


def large_batch_bald(pool, batch, n):
    return pool.bald(n) - 2 * mp.fsum(pool.I(n, j) for j in batch)


def greedy(pool, b, gain, information):
    """Picks, gains, and the running sum of what the picks add to the information of the batch."""
    rows, gains, joint_mi = [], [], []
    for _ in range(b):
        gain_of = {n: gain(pool, rows, n) for n in range(pool.N) if n not in rows}
        best = max(gain_of, key=lambda n: (gain_of[n], -n))
        gap = gain_of[best] - max([g for n, g in gain_of.items() if pool.p[n] != pool.p[best]], default=mp.mpf(0))
        assert gap > CLEAR or len(gain_of) == 1, "draw the case with another seed"
        added = information(pool, rows, best)
        rows.append(best)
        gains.append(float(gain_of[best]))
        joint_mi.append(float(added) + (joint_mi[-1] if joint_mi else 0.0))
    return {"rows": rows, "gains": gains, "joint_mi": joint_mi}


def batches(p_N_K_C, b):
    pool, definition = Pool(p_N_K_C), "definition, mpmath, 50 digits"
    methods = {
        "batch_bald": (batch_bald, batch_bald),
        "k_bald_2": (k_bald_2, k_bald_2),
        "k_bald_3": (k_bald_3, k_bald_3),
        "large_batch_bald": (large_batch_bald, k_bald_2),
    }
    for method, (gain, information) in methods.items():
        yield {"method": method, "source": definition} | greedy(pool, b, gain, information)
    if p_N_K_C.min() > 0:  # batchbald_redux multiplies log 0 by 0
        found = get_batchbald_batch(torch.from_numpy(np.log(p_N_K_C)), b, 10**9, dtype=torch.double)
        gains = np.diff([0.0, *found.scores]).tolist()
        source = "batchbald_redux.batchbald.get_batchbald_batch(num_samples=10**9)"
        yield {"method": "batch_bald", "source": source, "rows": found.indices, "gains": gains, "joint_mi": found.scores}


def epigs(p_N_K_C, targets_M_K_C):
    both = Pool(np.concatenate([targets_M_K_C, p_N_K_C]))
    M, N = len(targets_M_K_C), len(p_N_K_C)
    exact = [float(mp.chop(mp.fsum(both.I(M + n, m) for m in range(M)) / M, mp.mpf(10) ** -40)) for n in range(N)]
    yield {"source": "definition, mpmath, 50 digits", "values": exact}
    pool, targets = torch.from_numpy(p_N_K_C), torch.from_numpy(targets_M_K_C)
    authors = "src.uncertainty.epig_probs"
    yield {"source": f"{authors}.epig_from_probs", "values": epig_from_probs(pool, targets).tolist()}
    if p_N_K_C.min() > 0 and targets_M_K_C.min() > 0:
        divergence = conditional_epig_from_probs(pool, targets).mean(1)
        yield {"source": f"{authors}.conditional_epig_from_probs, mean over targets", "values": divergence.tolist()}


def cases(rng):
    """Name → predictions of a pool, predictions of targets, batch size."""

    def peaked(N, K, C):
        logits = 4 * rng.standard_normal((N, 1, C)) + 2 * rng.standard_normal((N, K, C))
        p = np.exp(logits - logits.max(2, keepdims=True))
        return p / p.sum(2, keepdims=True)

    dirichlet = lambda N, K, C: rng.dirichlet(np.ones(C), size=(N, K))
    yield "random_c2", dirichlet(12, 8, 2), dirichlet(4, 8, 2), 6
    yield "random_c3", dirichlet(12, 6, 3), dirichlet(4, 6, 3), 4
    yield "peaked_c10", peaked(10, 8, 10), peaked(3, 8, 10), 3
    yield "peaked_c47", peaked(5, 6, 47), peaked(2, 6, 47), 2

    copies = peaked(6, 5, 4)
    copies[1] = copies[4] = copies[0]
    yield "duplicated", copies, copies[:2], 4

    zeros = peaked(8, 5, 3)
    zeros[0] = np.eye(3)[[0, 0, 1, 1, 2]]
    zeros[1] = np.eye(3)[1]
    zeros[2:6, 1:3, 0] = 0
    zeros /= zeros.sum(2, keepdims=True)
    yield "zero_probability", zeros, zeros[:4], 4

    issue_16 = [
        [[0.1, 0.2, 0.3, 0.4], [0.15, 0.15, 0.3, 0.4]],
        [[0.1, 0.2, 0.3, 0.4], [0.15, 0.15, 0.3, 0.4]],
        [[0.4, 0.3, 0.2, 0.1], [0.4, 0.3, 0.16, 0.14]],
    ]
    yield "batchbald_redux_issue_16", np.array(issue_16), np.array(issue_16)[2:], 2


def check_agreement(name, entries, key):
    exact = entries[0]
    for entry in entries[1:]:
        if entry.get("method", None) == exact.get("method", None):
            worst = np.abs(np.array(entry[key]) - np.array(exact[key])).max()
            assert worst < 1e-10 and entry.get("rows") == exact.get("rows"), f"{name}: {entry} and {exact}"


if __name__ == "__main__":
    documents = []
    for name, p_N_K_C, targets_M_K_C, b in cases(np.random.default_rng(SEED)):
        joint, epig = list(batches(p_N_K_C, b)), list(epigs(p_N_K_C, targets_M_K_C))
        check_agreement(name, joint, "joint_mi")
        check_agreement(name, epig, "values")
        documents.append(
            {
                "case": name,
                "probs_N_K_C": p_N_K_C.tolist(),
                "targets_M_K_C": targets_M_K_C.tolist(),
                "batches": joint,
                "epig": epig,
            }
        )
    versions = {package: version(package) for package in ["numpy", "mpmath", "batchbald_redux"]}
    document = {"seed": SEED, "versions": versions | {"torch": torch.__version__}, "cases": documents}
    (Path(__file__).parent / "batches.json").write_text(json.dumps(document, indent=1) + "\n")
