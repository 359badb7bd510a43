#!/usr/bin/env python3
"""Times what a worker does to a JPEG before inference, against OpenCV and numpy, on one core, and prints ratios and bars.

    make bench-decode
    decode.py --picture FILE --rounds 9   another file than the drawn one of 2048×1024, quality 92

Ours: read, SHA-256, decode, resize to 1024×512 (cv_linear), normalise, channels first (BenchmarkLoad of package dataset), by
the program's own decoder, by libjpeg-turbo where there is one, and without assembly. Theirs: cv2.imread, cv2.resize, (x/255 −
mean)/std in float32, transpose, contiguous, cv2.setNumThreads(1). Rounds take turns on the same core; times are the processor's; ratios
are formed round by round and shown as median (least to largest). Needs numpy and opencv-python-headless in the Python that runs it.
"""
import argparse, os, re, statistics, subprocess, sys, tempfile, time

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
import cv2, numpy

cv2.setNumThreads(1)
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
MEAN, STD = numpy.float32([0.485, 0.456, 0.406]), numpy.float32([0.229, 0.224, 0.225])
BARS = {"turbo": 1.0, "go": 2.0, "go, no assembly": 2.0}  # of sequential 4:2:0
KINDS = {
    "4:2:0": [],
    "4:2:2": [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422],
    "4:4:4": [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444],
    "4:2:0 progressive": [cv2.IMWRITE_JPEG_PROGRESSIVE, 1],
}


def field(rng, h, w, cells):
    """A smooth random field with about `cells` bumps down the height."""
    grid = rng.normal(size=(cells + 3, cells * w // h + 3)).astype(numpy.float32)
    return cv2.resize(grid, (w, h), interpolation=cv2.INTER_CUBIC)


def drawn(h=1024, w=2048, regions=20):
    """Blobs of plain colours under shading and grain: its JPEG weighs what a photograph's does."""
    rng = numpy.random.default_rng(1)
    labels = numpy.argmax([field(rng, h, w, 5) + 0.15 * field(rng, h, w, 40) for _ in range(regions)], 0)
    x = rng.integers(20, 235, size=(regions, 3))[labels] * (1 + 0.25 * field(rng, h, w, 4) + 0.1 * field(rng, h, w, 60))[..., None]
    return numpy.clip(x + 5 * rng.normal(size=(h, w, 1)), 0, 255).astype(numpy.uint8)


def load(path):
    x = cv2.resize(cv2.imread(path), (1024, 512), interpolation=cv2.INTER_LINEAR)
    return numpy.ascontiguousarray(((x.astype(numpy.float32) / 255 - MEAN) / STD).transpose(2, 0, 1))


def theirs(path, images):
    """Milliseconds of an image, of the processor's time."""
    load(path)
    start = time.process_time()
    for _ in range(images):
        load(path)
    return (time.process_time() - start) * 1e3 / images


def ours(binary, path, images, names):
    """Milliseconds, allocations and bytes of an image by each decoder."""
    cmd = [binary, "-test.run", "^$", "-test.bench", "^BenchmarkLoad$/^(" + "|".join(names) + ")$", "-test.benchtime", f"{images}x", "-test.cpu", "1"]
    text = subprocess.run(cmd, cwd=os.path.join(ROOT, "dataset"), check=True, capture_output=True, text=True,
                          env={**os.environ, "SEGMETRY_PICTURE": path, "GOMAXPROCS": "1"}).stdout
    rows = re.findall(r"^BenchmarkLoad/(\w+)\s.*?([\d.]+) cpu-ms\s+(\d+) B/op\s+(\d+) allocs/op", text, re.M)
    return {name: (float(ms), int(allocations), int(size)) for name, ms, size, allocations in rows}


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--picture", help="a JPEG file; one is drawn where this is not given, in four kinds")
    a.add_argument("--rounds", type=int, default=7)
    a.add_argument("--images", type=int, default=10, help="of each in a round")
    a.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)))
    a = a.parse_args()
    with tempfile.TemporaryDirectory() as work:
        fast, plain = os.path.join(work, "fast"), os.path.join(work, "plain")
        subprocess.run(["go", "test", "-c", "-o", fast, "./dataset"], cwd=ROOT, check=True)
        subprocess.run(["go", "test", "-c", "-tags", "purego", "-o", plain, "./dataset"], cwd=ROOT, check=True)
        os.sched_setaffinity(0, {a.core})
        files = {"given": os.path.abspath(a.picture)} if a.picture else {}
        if not files:
            picture = drawn()
            for i, (kind, options) in enumerate(KINDS.items()):
                files[kind] = os.path.join(work, f"{i}.jpg")
                cv2.imwrite(files[kind], picture, [cv2.IMWRITE_JPEG_QUALITY, 92, *options])
        print(f"OpenCV {cv2.__version__}, numpy {numpy.__version__}; {a.rounds} rounds of {a.images} images, core {a.core}")
        print("| file | kB | decoder | ours, ms | OpenCV + numpy, ms | ratio | bar | allocations, bytes an image |\n|---|---|---|---|---|---|---|---|")
        missed = False
        for kind, path in files.items():
            us, them = [], []
            for _ in range(a.rounds):
                got = ours(fast, path, a.images, ["go", "turbo"])
                them.append(theirs(path, a.images))
                got["go, no assembly"] = ours(plain, path, a.images, ["go"])["go"]
                us.append(got)
            for name in us[0]:
                ratios = [u[name][0] / t for u, t in zip(us, them)]
                bar = BARS[name] if kind in ("4:2:0", "given") else None
                missed = missed or bar is not None and statistics.median(ratios) > bar
                print(f"| {kind} | {os.path.getsize(path) // 1000} | {name} | {statistics.median(u[name][0] for u in us):.1f} | {statistics.median(them):.1f} | "
                      f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) | {bar or ''} | {us[-1][name][1]}, {us[-1][name][2]} |", flush=True)
        sys.exit(missed)


main()
