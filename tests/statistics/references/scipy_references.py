"""Writes scipy-references.json: what SciPy finds for the samples of bootstrap-interval.test.ts and spearman.test.ts.

    python3 -m venv venv && venv/bin/pip install scipy && venv/bin/python scipy_references.py

Up to eight values, SciPy is handed all n^n resamples instead of random ones, so that its interval is exact too. The values
are multiples of 1/64, whose sums are exact: a resample whose mean equals the estimate only up to rounding SciPy counts
below or above it, as it happens.
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
STATISTICS = {"mean": numpy.mean, "median": numpy.median}
PAIRS = {
    "no ties": ([1, 2, 3, 4, 5], [2, 1, 4, 3, 5]),
    "ties in y": ([1, 2, 3, 4, 5, 6], [10, 10, 30, 20, 20, 20]),
    "ties in both": ([1, 1, 2, 2, 3, 3, 3], [9.5, 7, 7, 7, 3, 2, 2]),
    "negative": ([0.1, 0.2, 0.3, 0.7], [5, 4, 4.5, -1]),
}

intervals = []
for name, values in SAMPLES.items():
    for statistic, function in STATISTICS.items():
        for method in ("percentile", "BCa"):
            for confidence in (0.95, 0.8):
                sample = numpy.array(values)
                if len(values) <= 6:
                    exact = numpy.array(list(itertools.product(values, repeat=len(values))))
                    known = types.SimpleNamespace(bootstrap_distribution=function(exact, axis=-1))
                    options = {"n_resamples": 0, "bootstrap_result": known}
                else:
                    options = {"n_resamples": 400_000, "batch": 20_000, "rng": numpy.random.default_rng(1)}
                found = stats.bootstrap(
                    (sample,), function, method=method, confidence_level=confidence, axis=-1, vectorized=True, **options
                ).confidence_interval
                border = lambda number: float(number) if numpy.isfinite(number) else None
                intervals.append(
                    {
                        "sample": name,
                        "values": values,
                        "statistic": statistic,
                        "method": method.lower(),
                        "confidence": confidence,
                        "low": border(found.low),
                        "high": border(found.high),
                    }
                )

correlations = [
    {"name": name, "x": x, "y": y, "rho": float(stats.spearmanr(x, y).statistic)} for name, (x, y) in PAIRS.items()
]
normal = [{"z": z, "probability": float(stats.norm.cdf(z))} for z in (-6.5, -4.0, -1.96, -0.3, 0.0, 0.7, 1.0, 2.5, 5.0)]

path = pathlib.Path(__file__).with_name("scipy-references.json")
contents = {"scipy": scipy.__version__, "intervals": intervals, "correlations": correlations, "normal": normal}
path.write_text(json.dumps(contents, indent=2) + "\n")
