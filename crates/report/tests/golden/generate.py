"""Golden values of the paired comparison: `python3 generate.py > paired.json`, with numpy and scipy."""

import json
import platform

import numpy as np
import scipy
from scipy import stats

rng = np.random.default_rng(7)
cases = []
for n, shift, scale in [(5, 0.0, 0.01), (5, 0.02, 0.004), (6, 0.01, 0.03), (20, 0.003, 0.01), (50, 0.0, 0.1)]:
    first = rng.normal(0.85, 0.02, n)
    second = first - rng.normal(shift, scale, n)
    result = stats.ttest_rel(first, second)
    interval = result.confidence_interval(0.95)
    cases.append({
        "first": first.tolist(),
        "second": second.tolist(),
        "mean": float(np.mean(first - second)),
        "half_width": float((interval.high - interval.low) / 2),
        "p": float(result.pvalue),
    })

# Holm 1979, as it is written there.
p = [0.01, 0.04, 0.03, 0.005, 0.6]
order = np.argsort(p)
corrected, largest = [0.0] * len(p), 0.0
for rank, index in enumerate(order):
    largest = max(largest, min(1.0, (len(p) - rank) * p[index]))
    corrected[index] = largest

versions = {"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__}
print(json.dumps({"versions": versions, "cases": cases, "holm": [list(pair) for pair in zip(p, corrected)]}, indent=1))
