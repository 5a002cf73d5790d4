"""Writes the golden vectors beside this file: python3 generate.py

Each case is an array of probabilities and, for every score, what the definition gives in 50-digit
arithmetic and what each public package that offers the same quantity gives. README.md lists the
packages and says what had to be turned round to fit the orientation used here.
"""

import json
import warnings
from importlib.metadata import version
from pathlib import Path

import mpmath as mp
import numpy as np
import scipy.special
import scipy.stats
import torch
from baal.active import heuristics
from batchbald_redux.batchbald import compute_conditional_entropy, compute_entropy
from skactiveml.pool import average_kl_divergence, uncertainty_scores, variation_ratios

SEED = 20170303
PACKAGES = ["numpy", "scipy", "mpmath", "baal", "batchbald_redux", "scikit-activeml"]
mp.mp.dps = 50


def by_definition(p_K_C):
    """All scores of one point, from its stored values, in 50 digits."""
    K, C = p_K_C.shape
    p = [[mp.mpf(float(x)) for x in row] for row in p_K_C]
    p = [[x / mp.fsum(row) for x in row] for row in p]
    mean = [mp.fsum(p[k][c] for k in range(K)) / K for c in range(C)]
    entropy = lambda q: -mp.fsum(x * mp.log(x) for x in q if x > 0)
    variance = [mp.fsum((p[k][c] - mean[c]) ** 2 for k in range(K)) / K for c in range(C)]
    votes = [row.index(max(row)) for row in p]
    largest = sorted(mean, reverse=True)
    expected = mp.fsum(entropy(row) for row in p) / K
    scores = {
        "max_entropy": entropy(mean),
        "bald": entropy(mean) - expected,
        "variation_ratios": 1 - mp.mpf(max(votes.count(c) for c in range(C))) / K,
        "least_confidence": 1 - largest[0],
        "mean_std": mp.fsum(mp.sqrt(v) for v in variance) / C,
        "margin": -(largest[0] - largest[1]),
        "predictive_variance": mp.fsum(variance) / C,
        "expected_entropy": expected,
    }
    return {name: float(mp.chop(score, mp.mpf(10) ** -40)) for name, score in scores.items()}


def by_packages(p_N_K_C):
    """(score, call, values) of every package; inputs normalised, in the axis order the package wants."""
    p_N_C_K = np.ascontiguousarray(p_N_K_C.transpose(0, 2, 1))
    p_K_N_C = np.ascontiguousarray(p_N_K_C.transpose(1, 0, 2))
    mean_N_C = p_N_K_C.mean(1)

    baal = "baal.active.heuristics"
    yield "max_entropy", f"{baal}.Entropy().compute_score", heuristics.Entropy().compute_score(p_N_C_K)
    yield "bald", f"{baal}.BALD().compute_score", heuristics.BALD().compute_score(p_N_C_K)
    yield "margin", f"-{baal}.Margin().compute_score", -heuristics.Margin().compute_score(p_N_C_K)
    yield "least_confidence", f"1 - {baal}.Certainty().compute_score", 1 - heuristics.Certainty().compute_score(p_N_C_K)
    yield "predictive_variance", f"{baal}.Variance().get_uncertainties", heuristics.Variance().get_uncertainties(p_N_C_K)

    pool = "skactiveml.pool"
    scores = lambda method: uncertainty_scores(mean_N_C, method=method)
    yield "max_entropy", f"{pool}.uncertainty_scores(mean, method='entropy')", scores("entropy")
    yield "least_confidence", f"{pool}.uncertainty_scores(mean, method='least_confident')", scores("least_confident")
    yield "margin", f"{pool}.uncertainty_scores(mean, method='margin_sampling') - 1", scores("margin_sampling") - 1
    yield "bald", f"{pool}.average_kl_divergence(eps=1e-300)", average_kl_divergence(p_K_N_C.copy(), eps=1e-300)
    yield "variation_ratios", f"{pool}.variation_ratios(argmax)", variation_ratios(p_N_K_C.argmax(2))

    yield "expected_entropy", "scipy.stats.entropy(axis=2).mean(1)", scipy.stats.entropy(p_N_K_C, axis=2).mean(1)
    yield "max_entropy", "scipy.stats.entropy(mean, axis=1)", scipy.stats.entropy(mean_N_C, axis=1)
    yield "mean_std", "numpy.std(axis=1).mean(1)", p_N_K_C.std(1).mean(1)
    yield "predictive_variance", "numpy.var(axis=1).mean(1)", p_N_K_C.var(1).mean(1)

    if p_N_K_C.min() > 0:  # this package multiplies log 0 by 0
        log_probs = torch.from_numpy(np.log(p_N_K_C))
        predictive, conditional = compute_entropy(log_probs), compute_conditional_entropy(log_probs)
        redux = "batchbald_redux.batchbald"
        yield "max_entropy", f"{redux}.compute_entropy", predictive.numpy()
        yield "expected_entropy", f"{redux}.compute_conditional_entropy", conditional.numpy()
        yield "bald", f"{redux}.compute_entropy - compute_conditional_entropy", (predictive - conditional).numpy()


def cases(rng):
    """Name → probabilities [N, K, C], rows summing to 1 unless the case is about that."""
    dirichlet = lambda N, K, C: rng.dirichlet(np.ones(C), size=(N, K))

    def peaked(N, K, C):
        logits = 12 * rng.standard_normal((N, 1, C)) + 3 * rng.standard_normal((N, K, C))
        return scipy.special.softmax(logits, axis=2)

    yield "random_c2", dirichlet(6, 10, 2)
    yield "random_c10", dirichlet(6, 8, 10)
    yield "random_c47", dirichlet(3, 5, 47)
    yield "peaked_c2", peaked(6, 7, 2)
    yield "peaked_c10", peaked(6, 8, 10)
    yield "peaked_c47", peaked(3, 5, 47)
    yield "one_sample", np.concatenate([dirichlet(3, 1, 10), peaked(3, 1, 10)])

    duplicated = dirichlet(6, 6, 10)
    duplicated[3] = duplicated[0]  # the same point twice
    duplicated[4] = duplicated[1]
    duplicated[2] = duplicated[2, :1]  # all samples agree
    duplicated[5, 1::2] = duplicated[5, 0]  # most samples agree
    yield "duplicated", duplicated

    zeros = dirichlet(6, 4, 10)
    zeros[0] = np.eye(10)[3]  # certain, all samples agree
    zeros[1] = np.eye(10)[[0, 1, 2, 3]]  # certain, all disagree
    zeros[2] = np.eye(10)[[7, 7, 7, 2]]
    zeros[3, :, ::2] = 0  # the same classes impossible for all samples
    zeros[4, 0, :5] = 0  # classes impossible for single samples
    zeros[4, 1, 5:] = 0
    zeros[5] = 1 / 10  # uniform
    yield "zero_probability", zeros / zeros.sum(2, keepdims=True)

    yield "off_by_less_than_a_thousandth", dirichlet(5, 6, 10) * (1 + rng.uniform(-9e-4, 9e-4, size=(5, 6, 1)))


def check_votes_survive_f32(p_N_K_C):
    """Rounding to f32 may not decide who wins a vote: the winner is ahead by 1e-5, or exactly level."""
    top = np.sort(p_N_K_C, axis=2)
    gap = top[..., -1] - top[..., -2]
    assert np.all((gap == 0) | (gap > 1e-5)), "draw the case with another seed"


def write(name, p_N_K_C, folder):
    check_votes_survive_f32(p_N_K_C)
    points = [by_definition(p_K_C) for p_K_C in p_N_K_C]
    scores = [
        {"function": function, "source": "definition, mpmath, 50 digits", "values": [point[function] for point in points]}
        for function in points[0]
    ]
    exact = {entry["function"]: np.array(entry["values"]) for entry in scores}
    for function, source, values in by_packages(p_N_K_C / p_N_K_C.sum(2, keepdims=True)):
        worst = np.abs(values - exact[function]).max()
        assert worst < 1e-10, f"{name}: {source} is off by {worst}"
        scores.append({"function": function, "source": source, "values": [float(x) for x in values]})
    document = {
        "case": name,
        "seed": SEED,
        "versions": {package: version(package) for package in PACKAGES} | {"torch": torch.__version__},
        "probs_N_K_C": p_N_K_C.tolist(),
        "scores": scores,
    }
    (folder / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    for name, p_N_K_C in cases(np.random.default_rng(SEED)):
        write(name, p_N_K_C, Path(__file__).parent)
