#!/usr/bin/env python3
"""Times the kernels and losses against torch, numpy, scipy and OpenCV, one thread each, and prints the ratios and bars.

    make bench            everything; the first time it makes a virtual environment with torch (about 5 GB)
    bench.py --venv DIR   where that environment is (default: $XDG_CACHE_HOME/segmetry/bench)

Rounds alternate between ours and theirs on the same machine; the figures are medians over the rounds.
"""
import argparse, json, os, re, statistics, subprocess, sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PACKAGES = ["torch==2.15.0", "numpy", "scipy", "opencv-python-headless", "segmentation-models-pytorch==0.6.0"]

# name of the Go benchmark, its package, the reference, the bar for the ratio of their times
PAIRS = [
    ("FourValues", "./losses", "torch_values", 0.05),
    ("FourGradients", "./losses", "torch_gradients", 0.10),
    ("LovaszValue", "./losses", "smp_lovasz", 0.15),
    ("UpsampleArgmax", "./internal/pass", "cv2_upsample_argmax", 0.30),
    ("Confusion", "./pipeline/metrics", "numpy_bincount", 0.30),
    ("Surfaces", "./pipeline/metrics", "scipy_surfaces", 0.20),
    ("Squared", "./internal/distance", "scipy_edt", 0.15),
]
TWINS = [("FourValues", "./losses", "torch_values", 0.40)]


def environment(folder):
    python = os.path.join(folder, "bin", "python")
    if not os.path.exists(python):
        print(f"making {folder} (once)", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    have = subprocess.run([python, "-c", "import torch, numpy, scipy, cv2, segmentation_models_pytorch"], capture_output=True)
    if have.returncode:
        subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES], check=True)
    return python


def ours(pairs, tags=""):
    """Milliseconds of each benchmark on one thread."""
    found = {}
    for package in sorted({p for _, p, _, _ in pairs}):
        names = "|".join(n for n, p, _, _ in pairs if p == package)
        cmd = ["go", "test", "-run", "^$", "-bench", f"^Benchmark({names})$", "-benchtime", "0.5s", "-cpu", "1", *(["-tags", tags] if tags else []), package]
        text = subprocess.run(cmd, cwd=ROOT, check=True, capture_output=True, text=True, env={**os.environ, "GOMAXPROCS": "1"}).stdout
        for name, ns in re.findall(r"^Benchmark(\w+)\s+\d+\s+([\d.]+) ns/op", text, re.M):
            found[name] = float(ns) / 1e6
    return found


def main():
    cache = os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache"))
    a = argparse.ArgumentParser()
    a.add_argument("--venv", default=os.path.join(cache, "segmetry", "bench"))
    a.add_argument("--rounds", type=int, default=3)
    a = a.parse_args()
    python = environment(a.venv)
    fast, twins, theirs = [], [], []
    for _ in range(a.rounds):
        fast.append(ours(PAIRS))
        theirs.append(json.loads(subprocess.run([python, os.path.join(HERE, "reference.py")], check=True, capture_output=True, text=True).stdout))
        twins.append(ours(TWINS, "purego"))
    median = lambda rounds, name: statistics.median(r[name] for r in rounds)
    print(f"{'benchmark':<28}{'ours ms':>9}{'theirs ms':>11}  {'reference':<22}{'ratio':>7}{'bar':>7}")
    for rows, rounds, label in ((PAIRS, fast, ""), (TWINS, twins, " (pure Go)")):
        for name, _, reference, bar in rows:
            x, y = median(rounds, name), median(theirs, reference)
            print(f"{name + label:<28}{x:>9.2f}{y:>11.2f}  {reference:<22}{x / y:>7.3f}{bar:>7.2f}{'' if x / y <= bar else '  above the bar'}")


main()
