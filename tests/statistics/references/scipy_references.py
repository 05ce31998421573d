"""Writes scipy-references.json: what SciPy finds for the samples of the tests of statistics/.

    python3 -m venv venv && venv/bin/pip install scipy && venv/bin/python scipy_references.py

For bootstrap intervals SciPy is handed all n^n resamples instead of random ones, so that they are exact. The values are
multiples of 1/64, whose sums are exact: a resample whose mean equals the estimate only up to rounding SciPy counts below or
above it, as it happens.
"""

import itertools
import json
import pathlib
import types

import numpy
import scipy
from scipy import stats

SAMPLES = {
    "five rises": [0.40625, 0.546875, 0.609375, 0.75, 0.875],
    "five with an outlier": [1.5, 2.25, 2.5, 3.125, 40.0],
    "five with ties": [1.0, 1.0, 2.0, 4.0, 4.0],
    "six around zero": [-3.5, -1.25, 0.75, 1.0, 2.5, 9.0],
    "three": [0.25, 1.0, 5.0],
    "twelve": [5.1, 6.3, 2.2, 8.8, 7.4, 3.9, 6.6, 4.8, 12.5, 5.9, 6.1, 4.4],
}
PAIRS = {
    "no ties": ([1, 2, 3, 4, 5], [2, 1, 4, 3, 5]),
    "ties in y": ([1, 2, 3, 4, 5, 6], [10, 10, 30, 20, 20, 20]),
    "ties in both": ([1, 1, 2, 2, 3, 3, 3], [9.5, 7, 7, 7, 3, 2, 2]),
    "negative": ([0.1, 0.2, 0.3, 0.7], [5, 4, 4.5, -1]),
}

ORDERINGS = {
    "neighbours swapped": ([1, 2, 3, 4, 5], [2, 1, 4, 3, 5]),
    "reversed": ([1, 2, 3, 4], [9, 7, 3, -2]),
    "neither in order": ([3, 1, 4, 15, 9, 2, 6], [2, 7, 1, 8, 28, 18, 4]),
    "54 blocks, by multiplication modulo 55": (list(range(54)), [13 * (i + 1) % 55 for i in range(54)]),
}
LINES = {
    "rising": ([0, 1, 2, 3, 4], [0.9, 3.2, 4.8, 7.1, 9.3]),
    "falling, uneven x": ([-2.5, 0.5, 1, 8], [11, 3.5, 4, -20]),
    "far from zero": ([1e8, 1e8 + 1, 1e8 + 2, 1e8 + 3], [5, 4, 4.5, 1]),
}
BINOMIALS = [(1, 0.3), (12, 0.25), (54, 0.5), (54, 0.21), (200, 0.9)]
TAILS = [(0.001, 1), (3.84, 1), (60.0, 1), (0.5, 2), (9.49, 4), (14.1, 7), (30.0, 30), (1500.0, 1400), (100.0, 5)]
FITS = {
    "a die": ([18, 12, 21, 9, 16, 24], [1 / 6] * 6),
    "uneven": ([55, 30, 10, 5], [0.5, 0.3, 0.1, 0.1]),
}

intervals = []
for name, values in SAMPLES.items():
    for confidence in (0.95, 0.8):
        found = stats.ttest_1samp(values, 0).confidence_interval(confidence)
        reference = {"sample": name, "values": values, "confidence": confidence}
        intervals.append(reference | {"low": float(found.low), "high": float(found.high)})

bootstraps = []
for name, values in SAMPLES.items():
    if len(values) > 6:
        continue
    for method in ("percentile", "BCa"):
        exact = numpy.array(list(itertools.product(values, repeat=len(values))))
        known = types.SimpleNamespace(bootstrap_distribution=numpy.mean(exact, axis=-1))
        found = stats.bootstrap(
            (numpy.array(values),), numpy.mean, method=method, n_resamples=0, bootstrap_result=known
        ).confidence_interval
        reference = {"sample": name, "values": values, "method": f"{method} bootstrap"}
        bootstraps.append(reference | {"low": float(found.low), "high": float(found.high)})

correlations = [
    {"name": name, "x": x, "y": y, "rho": float(stats.spearmanr(x, y).statistic)} for name, (x, y) in PAIRS.items()
]
normal = [{"z": z, "probability": float(stats.norm.cdf(z))} for z in (-6.5, -4.0, -1.96, -0.3, 0.0, 0.7, 1.0, 2.5, 5.0)]
taus = [
    {"name": name, "x": x, "y": y, "tau": float(stats.kendalltau(x, y).statistic)} for name, (x, y) in ORDERINGS.items()
]
lines = []
for name, (x, y) in LINES.items():
    line = stats.linregress(x, y)
    fit = {"slope": float(line.slope), "intercept": float(line.intercept), "rSquared": float(line.rvalue**2)}
    lines.append({"name": name, "x": x, "y": y, **fit})
binomials = [
    {"n": n, "p": p, "k": k, "probability": float(stats.binom.pmf(k, n, p))}
    for n, p in BINOMIALS
    for k in sorted({0, n // 4, n // 2, 3 * n // 4, n - 1, n})
]
tails = [{"x": x, "degreesOfFreedom": df, "probability": float(stats.chi2.sf(x, df))} for x, df in TAILS]
fits = []
for name, (observed, probabilities) in FITS.items():
    found = stats.chisquare(observed, numpy.array(probabilities) * sum(observed))
    figures = {"statistic": float(found.statistic), "pValue": float(found.pvalue)}
    fits.append({"name": name, "observed": observed, "probabilities": probabilities, **figures})

path = pathlib.Path(__file__).with_name("scipy-references.json")
contents = {"scipy": scipy.__version__, "intervals": intervals, "bootstraps": bootstraps}
contents |= {"correlations": correlations, "normal": normal}
contents |= {"taus": taus, "lines": lines, "binomials": binomials, "tails": tails, "fits": fits}
path.write_text(json.dumps(contents, indent=2) + "\n")
