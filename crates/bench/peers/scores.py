"""Scores of [N, K, C] probabilities by numpy, by baal and by scikit-activeml, each in the axis order that it wants."""

from importlib.metadata import version

import numpy as np
from protocol import INPUTS, OPTIONS, answer, measure
from scipy.special import xlogy


def with_numpy(p_N_K_C):
    entropy = lambda p: -xlogy(p, p).sum(-1)

    def variation_ratios():
        votes_N_K = p_N_K_C.argmax(2)
        counts_N_C = (votes_N_K[:, :, None] == np.arange(p_N_K_C.shape[2])).sum(1)
        return 1 - counts_N_C.max(1) / p_N_K_C.shape[1]

    def margin():
        top_N_2 = np.sort(p_N_K_C.mean(1), axis=1)[:, -2:]
        return top_N_2[:, 0] - top_N_2[:, 1]

    return {
        "max_entropy": lambda: entropy(p_N_K_C.mean(1)),
        "bald": lambda: entropy(p_N_K_C.mean(1)) - entropy(p_N_K_C).mean(1),
        "variation_ratios": variation_ratios,
        "least_confidence": lambda: 1 - p_N_K_C.mean(1).max(1),
        "mean_std": lambda: p_N_K_C.std(1).mean(1),
        "margin": margin,
        "predictive_variance": lambda: p_N_K_C.var(1).mean(1),
        "expected_entropy": lambda: entropy(p_N_K_C).mean(1),
    }


def with_baal(p_N_K_C):
    from baal.active import heuristics

    p_N_C_K = np.ascontiguousarray(p_N_K_C.transpose(0, 2, 1))
    return {
        "max_entropy": lambda: heuristics.Entropy().compute_score(p_N_C_K),
        "bald": lambda: heuristics.BALD().compute_score(p_N_C_K),
        "least_confidence": lambda: 1 - heuristics.Certainty().compute_score(p_N_C_K),
        "margin": lambda: -heuristics.Margin().compute_score(p_N_C_K),
        "predictive_variance": lambda: heuristics.Variance().get_uncertainties(p_N_C_K),
    }


def with_scikit_activeml(p_N_K_C):
    from skactiveml.pool import average_kl_divergence, uncertainty_scores, variation_ratios

    p_K_N_C = np.ascontiguousarray(p_N_K_C.transpose(1, 0, 2))
    of_mean = lambda method: uncertainty_scores(p_N_K_C.mean(1), method=method)
    return {
        "max_entropy": lambda: of_mean("entropy"),
        # The mean divergence from the mean prediction is the same quantity. It clips probabilities, by default at 1e-7.
        "bald": lambda: average_kl_divergence(p_K_N_C, eps=1e-30),
        "variation_ratios": lambda: variation_ratios(p_N_K_C.argmax(2)),
        "least_confidence": lambda: of_mean("least_confident"),
        "margin": lambda: of_mean("margin_sampling") - 1,
    }


PACKAGES = {"numpy": with_numpy, "baal": with_baal, "scikit-activeml": with_scikit_activeml}
package, function = OPTIONS["package"], OPTIONS["function"]
score = PACKAGES[package](np.load(INPUTS["probs"]))[function]
seconds, scores_N = measure(lambda _: score())
np.save(INPUTS["out"], np.asarray(scores_N, dtype=np.float64))
answer(seconds, f"{package} {version(package)}")
