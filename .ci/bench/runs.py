#!/usr/bin/env python3
"""Times whole evaluations against ONNX Runtime alone and against a hand-tuned Python program, where ../shared has them.

    make bench-runs                       the four jobs, two cores
    runs.py --jobs camvid,pets --rounds 3 some of them

First `segmetry bench --write` tries settings on some images and writes the fastest, as a user would. A round runs `segmetry bench`
on that (cold pass, warm pass, and ONNX Runtime alone on the model's file and the same inputs) and then
../shared/peer/peer.py --mode strong, which measures the same of itself. Ratios are formed round by round; shown are their
medians, least and largest. Where operators are rewritten, the time over that of the rewritten model alone is shown too. Needs
numpy, opencv-python-headless, pillow and onnxruntime in the Python that runs it.
"""
import argparse, json, os, statistics, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SHARED = os.path.join(os.path.dirname(ROOT), "shared")
MATERIAL = os.path.join(SHARED, "material")
IMAGENET = {"mean": [.485, .456, .406], "std": [.229, .224, .225]}
CAMVID = {"color": "bgr", "scale": 1, "mean": [110.331, 108.409, 105.033], "std": [72.126, 72.691, 69.904], "post_scale": 1 / 255}
numbered = lambda n: [f"c{i}" for i in range(n)]
# job: model, classes, preprocessing, the peer's preset, the bar for wall ÷ ONNX Runtime alone
JOBS = {
    "camvid": ("models/espnet_camvid_dyn.onnx", numbered(12), CAMVID, "bench-camvid", 1.10),
    "city": ("models/espnetv2_s2.0_city_1024x512.onnx", numbered(20), {"size": [512, 1024], "interpolation": "cv_linear", **IMAGENET}, "bench-city", 1.18),
    "nuclei-val": ("nuclei/models/nuclei3_dyn_logits.onnx", ["background", "interior", "border"], {"pad": {"multiple": 8, "mode": "edge"}}, "nuclei-val", 1.12),
    "pets": ("pets/dicenet_s1.0_pascal_384x384.onnx", ["background", "cat", "dog"], {"size": [384, 384], "interpolation": "cv_linear", **IMAGENET}, "pets", 1.12),
}
PEER_BAR = 0.9


def dataset(job, work):
    if job not in ("camvid", "city"):
        return os.path.join(MATERIAL, job)
    folder = os.path.join(work, job)
    if not os.path.exists(folder):
        subprocess.run([sys.executable, os.path.join(SHARED, "peer", "generate.py"), folder, job], check=True)
    return folder


def configuration(job, work):
    model, classes, preprocess, _, _ = JOBS[job]
    folder = dataset(job, work)
    c = {"model": {"path": os.path.join(MATERIAL, model), "device": "cpu"},
         "dataset": {"images": os.path.join(folder, "images"), "masks": os.path.join(folder, "masks"), "classes": classes, "ignore_index": 255},
         "preprocess": preprocess}
    if job == "pets":
        c["model"]["class_map"] = {"8": 1, "12": 2, "default": 0}
    path = os.path.join(work, job + ".yaml")
    with open(path, "w") as f:
        json.dump(c, f)
    return path


def tuned(binary, path):
    """The configuration with the fastest setting, as bench writes it, and its workers x threads."""
    fast = path.removesuffix(".yaml") + "-fast.yaml"
    text = subprocess.run([binary, "bench", path, "--images", "24", "--write", fast, "--json", "--quiet"], check=True, capture_output=True, text=True).stdout
    f = json.loads(text)["fastest"]
    return fast, f"{f['workers']}x{f['threads']}"


def ours(binary, path, split):
    text = subprocess.run([binary, "bench", path, "--images", "0", "--rounds", "1", "--split", split, "--json", "--quiet"], check=True, capture_output=True, text=True).stdout
    r = json.loads(text)
    s = r["settings"][0]
    return {"cold": s["cold_s"], "warm": s["wall_s"][0], "pure": s["pure_s"][0], "inference": s.get("rewritten_s", s["pure_s"])[0]}


def theirs(job, work):
    out = os.path.join(work, "peer.json")
    subprocess.run([sys.executable, os.path.join(SHARED, "peer", "peer.py"), dataset(job, work), os.path.join(MATERIAL, JOBS[job][0]), "--preset", JOBS[job][3],
                    "--mode", "strong", "--workers", "2", "--out", out], check=True, capture_output=True)
    r = json.load(open(out))
    return {"cold": r["wall_s"], "warm": r["wall_warm_s"], "pure": r["pure_ort_s"], "peak": r["peak_rss_mb"]}


def peak(binary, path, work):
    """MB of a whole run, which holds no inputs for ONNX Runtime alone."""
    out = os.path.join(work, "run")
    subprocess.run([binary, "run", path, "--out", out, "--overwrite", "--quiet"], check=True)
    return json.load(open(os.path.join(out, "manifest.json")))["peak_rss_bytes"] / 2**20


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--jobs", default=",".join(JOBS))
    a.add_argument("--rounds", type=int, default=3)
    a.add_argument("--work", default=None, help="folder for the drawn pictures, to use them again")
    a = a.parse_args()
    if not os.path.exists(os.path.join(SHARED, "peer")):
        sys.exit("runs.py needs ../shared beside the checkout: it has the jobs' models and pictures")
    work = a.work or tempfile.mkdtemp()
    os.makedirs(work, exist_ok=True)
    binary = os.path.join(work, "segmetry")
    subprocess.run(["go", "build", "-o", binary, "./cmd/segmetry"], cwd=ROOT, check=True)
    show = lambda r: f"{statistics.median(r):.3f} ({min(r):.3f} to {max(r):.3f})"
    print("| job | wall ÷ ONNX Runtime alone, warm | bar | ÷ the rewritten model alone | cold ÷ peer's cold | warm ÷ peer's warm | bar | images' wall s | peak MB, ours and peer's |\n|---|---|---|---|---|---|---|---|---|")
    for job in a.jobs.split(","):
        path, split = tuned(binary, configuration(job, work))
        us, them = [], []
        for _ in range(a.rounds):
            us.append(ours(binary, path, split))
            them.append(theirs(job, work))
        alone = [min(u["pure"], t["pure"]) for u, t in zip(us, them)]
        pure = show([u["warm"] / p for u, p in zip(us, alone)])
        inference = show([u["warm"] / u["inference"] for u in us])
        cold, warm = (show([u[k] / t[k] for u, t in zip(us, them)]) for k in ("cold", "warm"))
        print(f"| {job} | {pure} | {JOBS[job][4]:.2f} | {inference} | {cold} | {warm} | {PEER_BAR} | {statistics.median(u['warm'] for u in us):.2f} | {peak(binary, path, work):.0f}, {statistics.median(t['peak'] for t in them):.0f} |", flush=True)


main()
