"""Writes the golden vectors of the methods that read features: python3 generate_features.py

core_set: scikit-activeml's greedy k-center. badge: scipy's distances between gradients that are written out in full.
gaussian_field: the harmonic function by a dense solve, which scikit-learn's label propagation must confirm, and the
expected risk of every query by solving again with that query among the labelled points.
"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
from scipy.spatial.distance import cdist
from skactiveml.pool import k_greedy_center
from sklearn.semi_supervised import LabelPropagation

SEED = 20170304
UNLABELLED = -1


def core_set(rng):
    for labelled_count in (1, 3, 10):
        x = rng.standard_normal((40, 5)).astype(np.float32).astype(float)
        labelled = sorted(rng.choice(40, labelled_count, replace=False).tolist())
        y = np.full(40, np.nan)
        y[labelled] = 0
        picks = [int(row) for row in k_greedy_center(x, y, batch_size=8, random_state=0)[0]]
        gains = [cdist(x[[row]], x[labelled + picks[:rank]]).min() for rank, row in enumerate(picks)]
        yield {"features_N_D": x.tolist(), "labelled": labelled, "rows": picks, "gains": gains}


def badge(rng):
    for classes, sharpness in ((2, 1.0), (10, 1.0), (10, 8.0)):
        logits = sharpness * rng.standard_normal((20, classes))
        p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
        h = np.maximum(rng.standard_normal((20, 11)), 0).astype(np.float32).astype(float)
        q = np.eye(classes)[p.argmax(1)] - p
        g = np.einsum("nc,nd->ncd", q, h).reshape(20, -1)
        yield {
            "mean_probs_N_C": p.tolist(),
            "features_N_D": h.tolist(),
            "norms": np.linalg.norm(g, axis=1).tolist(),
            "distances": cdist(g, g).tolist(),
        }


def harmonic(w, known, f_known):
    """Every unknown point is the weighted mean of its neighbours; dense solve over the unknown."""
    unknown = np.setdiff1d(np.arange(len(w)), known)
    laplacian = np.diag(w.sum(1)) - w
    f = np.empty(len(w))
    f[known] = f_known
    f[unknown] = np.linalg.solve(laplacian[np.ix_(unknown, unknown)], w[np.ix_(unknown, known)] @ f_known)
    return f


def expected_risk(w, known, f_known, k, f_k):
    risks = []
    for label in (0.0, 1.0):
        f = harmonic(w, np.append(known, k), np.append(f_known, label))
        risks.append(np.minimum(f, 1 - f).sum())  # labelled points, expected labels aside, add nothing
    settled = np.minimum(f_known, 1 - f_known).sum()  # expected labels of earlier picks are settled
    return (1 - f_k) * (risks[0] - settled) + f_k * (risks[1] - settled)


def gaussian_field(rng):
    for dimensions, sigma, shift in ((2, 0.8, 2.0), (5, None, 1.0), (30, None, 0.7)):
        y = rng.integers(0, 2, 40)
        x = (rng.standard_normal((40, dimensions)) + shift * (2 * y[:, None] - 1)).astype(np.float32).astype(float)
        squared = cdist(x, x, "sqeuclidean")
        if sigma is None:
            sigma_used = np.sqrt(np.sort(squared, axis=1)[:, 7]).mean()  # column 0 is the point itself
        else:
            sigma_used = sigma
        w = np.exp(-squared / sigma_used**2)
        known = np.concatenate([rng.choice(np.flatnonzero(y == c), 2, replace=False) for c in (0, 1)])
        f_known = y[known].astype(float)
        f = harmonic(w, known, f_known)

        labels = np.full(40, UNLABELLED)
        labels[known] = y[known]
        model = LabelPropagation(kernel="rbf", gamma=1 / sigma_used**2, max_iter=10**6, tol=1e-13).fit(x, labels)
        off = np.abs(model.label_distributions_[:, 1] - f).max()
        assert off < 1e-9, f"label propagation differs by {off}"

        batch_known, batch_f, picks, gains = known, f_known, [], []
        for rank in range(5):
            risks = {
                int(k): expected_risk(w, batch_known, batch_f, k, f[k])
                for k in np.setdiff1d(np.arange(40), batch_known)
            }
            best = min(risks, key=risks.get)
            runner_up = sorted(risks.values())[1]
            assert runner_up - risks[best] > 1e-9, "too close to call: draw the case with another seed"
            picks.append(best)
            gains.append(risks[best])
            batch_known, batch_f = np.append(batch_known, best), np.append(batch_f, f[best])
        yield {
            "features_N_D": x.tolist(),
            "labelled": known.tolist(),
            "labels": y[known].tolist(),
            "sigma_given": sigma,
            "sigma": sigma_used,
            "field": f.tolist(),
            "risk": np.minimum(f, 1 - f).sum(),
            "rows": picks,
            "gains": gains,
        }


if __name__ == "__main__":
    versions = {name: version(name) for name in ("numpy", "scipy", "scikit-learn", "scikit-activeml")}
    for method in (core_set, badge, gaussian_field):
        document = {"seed": SEED, "versions": versions, "cases": list(method(np.random.default_rng(SEED)))}
        path = Path(__file__).parent / f"features_{method.__name__}.json"
        path.write_text(json.dumps(document, indent=1) + "\n")
