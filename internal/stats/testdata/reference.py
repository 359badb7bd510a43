"""Writes reference.json: what scipy says of a pooled ratio, the expected values of TestScipy. Run it with scipy and numpy."""
import json
import pathlib

import numpy as np
import scipy
from scipy import stats

rng = np.random.default_rng(7)
union = rng.integers(1, 1000, 60)
union[::7] *= 8  # large images
inter = (union * rng.beta(6, 2, 60)).astype(int)


def pooled(i, u, axis=-1):
    return i.sum(axis) / u.sum(axis)


def interval(data, method):
    """The mean of 25 runs, and their spread."""
    runs = [stats.bootstrap(data, pooled, paired=True, n_resamples=20000, method=method, rng=seed).confidence_interval for seed in range(25)]
    return {"interval": np.mean(runs, axis=0).tolist(), "deviation": np.std(runs, axis=0).tolist()}


group = np.arange(60) // 4
by_group = tuple(np.bincount(group, x).astype(int) for x in (inter, union))

n = 9
base, new = np.stack([inter, union])[:, :n], None
new = np.stack([np.minimum(union[:n], inter[:n] + rng.integers(-20, 60, n)), union[:n]])
both = np.concatenate([base, new], axis=1)


def difference(a, b):
    a, b = both[:, a.astype(int)].sum(1), both[:, b.astype(int)].sum(1)
    return b[0] / b[1] - a[0] / a[1]


test = stats.permutation_test((np.arange(n), np.arange(n) + n), difference, permutation_type="samples", n_resamples=10**6, vectorized=False)
p = [0.012, 0.041, 0.003, 0.2, 0.04, 0.6, 0.041]
pathlib.Path(__file__).with_name("reference.json").write_text(json.dumps({
    "scipy": scipy.__version__, "numpy": np.__version__, "inter": inter.tolist(), "union": union.tolist(), "group": group.tolist(),
    "bca": interval((inter, union), "BCa"), "percentile": interval((inter, union), "percentile"), "cluster": interval(by_group, "BCa"),
    "pairs": {"base": base.tolist(), "new": new.tolist(), "difference": float(test.statistic), "p": float(test.pvalue)},
    "p": p, "bh": stats.false_discovery_control(p).tolist()}, indent=1) + "\n")
