"""Writes gaussian_field.json: what a Gaussian field predicts of the test half, by dense solves in numpy.

The points are those of `bal_testkit::SmallTask` for points of the plane, by the formula in crates/model/tests/golden.
Labelled are the first points, behind them the pool; the last training points are for validation and no nodes. Test
points are nodes beside the pool.
"""

import json
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "model/tests/golden"))
from formula import symmetric  # noqa: E402

TRAIN, TEST = 60, 40
LABELLED, POOL = 12, 38


def field(x, y, sigma):
    squared = ((x[:, None] - x[None]) ** 2).sum(2)
    if sigma is None:
        sigma = float(np.sqrt(np.sort(squared, axis=1)[:, 7]).mean())  # column 0 is the point itself
    w = np.exp(-squared / sigma**2)
    laplacian = np.diag(w.sum(1)) - w
    f = np.linalg.solve(laplacian[LABELLED:, LABELLED:], w[LABELLED:, :LABELLED] @ y[:LABELLED])
    return sigma, f[POOL:]


def main():
    points = np.array(symmetric("points", (TRAIN + TEST) * 2)).reshape(-1, 2)
    labels = (points.prod(1) > 0).astype(int)
    nodes = np.r_[0 : LABELLED + POOL, TRAIN : TRAIN + TEST]
    x, y, test = points.astype(np.float32).astype(float)[nodes], labels[nodes], labels[TRAIN:]
    cases = []
    for given in (0.3, None):
        sigma, f = field(x, y, given)
        probs = np.stack([1 - f, f], 1)
        right = probs[np.arange(TEST), test]
        cases.append({
            "sigma_given": given,
            "sigma": sigma,
            "accuracy": float((probs.argmax(1) == test).mean()),
            "nll": float(-np.log(right).mean()),
            "brier": float(((probs - np.eye(2)[test]) ** 2).sum(1).mean()),
        })
        assert np.abs(f - 0.5).min() > 1e-6, "too close to call"
    document = {"numpy": np.__version__, "train": TRAIN, "test": TEST, "labelled": LABELLED, "pool": POOL, "cases": cases}
    (HERE / "gaussian_field.json").write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
