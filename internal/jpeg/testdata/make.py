#!/usr/bin/env python3
"""Writes pictures.zip: small JPEG files in the ways that cameras and programs write them, and digests.txt: for each the
SHA-256 of the RGB bytes that Pillow gives (libjpeg-turbo's defaults).

    python3 make.py            needs numpy, Pillow, and cjpeg and jpegtran of libjpeg-turbo

Pictures are rendered: waves, edges and grain. The versions used stand in the first line of digests.txt.
"""
import hashlib, io, os, subprocess, tempfile, zipfile
import numpy as np
import PIL
from PIL import Image, features

here = os.path.dirname(os.path.abspath(__file__))


def picture(width, height, seed):
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    p = np.stack([127 + 120 * np.sin(x / 5 + y / 9), 127 + 120 * np.cos(x / 7 - y / 4), 255.0 * ((x // 6 + y // 5) % 2)], -1)
    p[height // 3:height // 2] = rng.integers(0, 256, 3)  # saturated edges and a flat area
    p[:, width // 2:width // 2 + 2] = (255, 0, 0)
    return np.clip(p + rng.normal(0, 12, p.shape), 0, 255).astype(np.uint8)


def cjpeg(pixels, *args):
    kind = b"P5" if pixels.ndim == 2 else b"P6"
    head = kind + b" %d %d 255\n" % (pixels.shape[1], pixels.shape[0])
    return subprocess.run(["cjpeg", *args], input=head + pixels.tobytes(), stdout=subprocess.PIPE, check=True).stdout


def jpegtran(data, *args):
    return subprocess.run(["jpegtran", *args], input=data, stdout=subprocess.PIPE, check=True).stdout


files = {}
samplings = ["1x1", "2x1", "1x2", "2x2", "4x1", "1x4", "4x2", "2x4", "2x2,2x1,1x2", "2x1,1x1,2x1", "2x2,1x2,1x1", "1x1,2x2,1x1", "3x1", "1x3"]
sizes = [(1, 1), (3, 2), (5, 4), (8, 8), (7, 17), (16, 15), (33, 9), (50, 41)]
for i, sampling in enumerate(samplings):
    spec = sampling if "," in sampling else sampling + ",1x1,1x1"
    for j, (w, h) in enumerate(sizes):
        p = picture(w, h, 100 * i + j)
        quality = (92, 75, 100, 30)[(i + j) % 4]
        name = f"{sampling.replace(',', '-')}_{w}x{h}_q{quality}"
        files[name] = cjpeg(p, "-sample", spec, "-quality", str(quality))
        if j >= 4:
            files[name + "_progressive"] = cjpeg(p, "-sample", spec, "-quality", str(quality), "-progressive")
        if (i + j) % 3 == 0:
            files[name + "_restart"] = cjpeg(p, "-sample", spec, "-quality", str(quality), "-restart", "1B" if j % 2 else "1")
p = picture(67, 45, 7)
for quality in (1, 3, 10, 20, 60, 85, 98):
    files[f"extreme_q{quality}"] = cjpeg(p, "-quality", str(quality))  # below 25: divisors of 16 bits
    files[f"extreme_q{quality}_baseline"] = cjpeg(p, "-quality", str(quality), "-baseline", "-optimize")
    files[f"gray_q{quality}"] = cjpeg(p[..., 1], "-quality", str(quality))
    files[f"gray_q{quality}_progressive"] = cjpeg(p[..., 1], "-quality", str(quality), "-progressive")
    files[f"rgb_q{quality}"] = cjpeg(p, "-quality", str(quality), "-rgb")
noise = np.random.default_rng(9).integers(0, 256, (40, 56, 3), dtype=np.uint8)
files["noise_q100"] = cjpeg(noise, "-quality", "100", "-sample", "2x2")
files["noise_q100_progressive"] = cjpeg(noise, "-quality", "100", "-sample", "2x2", "-progressive", "-restart", "2B")
files["noise_q2"] = cjpeg(noise, "-quality", "2")
files["extremes_q100"] = cjpeg(noise // 128 * 255, "-quality", "100", "-sample", "1x1")
files["extremes_q40"] = cjpeg(noise // 128 * 255, "-quality", "40", "-sample", "2x1")
with tempfile.TemporaryDirectory() as tmp:  # sequential, a scan for each component
    scans = os.path.join(tmp, "scans")
    open(scans, "w").write("0;\n1;\n2;\n")
    files["three_scans"] = cjpeg(p, "-sample", "2x2", "-scans", scans)
    files["three_scans_restart"] = cjpeg(p, "-sample", "2x2", "-scans", scans, "-restart", "3B")
    open(scans, "w").write("0 1 2: 0-0, 0, 0;\n0: 1-63, 0, 0;\n1: 1-63, 0, 0;\n2: 1-63, 0, 0;\n")
    files["spectral_only"] = cjpeg(p, "-sample", "2x2", "-scans", scans)
    open(scans, "w").write("0 1 2: 0-0, 0, 2;\n0: 1-63, 0, 3;\n1: 1-63, 0, 1;\n2: 1-63, 0, 0;\n0 1 2: 0-0, 2, 1;\n0: 1-63, 3, 2;\n"
                           "0: 1-63, 2, 1;\n0: 1-63, 1, 0;\n1: 1-63, 1, 0;\n0 1 2: 0-0, 1, 0;\n")
    files["many_refinements"] = cjpeg(p, "-sample", "2x2", "-scans", scans, "-quality", "90")
files["optimized"] = jpegtran(files["three_scans"], "-optimize")
files["no_markers"] = jpegtran(files["three_scans"], "-copy", "none")
for name, transform in (("default", {}), ("420", {"subsampling": "4:2:0"}), ("progressive", {"progressive": True})):
    b = io.BytesIO()
    Image.fromarray(np.dstack([noise, noise[::-1, ::-1, 0]]), "CMYK").save(b, "JPEG", quality=80, **transform)
    files["cmyk_" + name] = b.getvalue()
    at = b.getvalue().index(b"Adobe")
    files["ycck_" + name] = b.getvalue()[:at + 11] + b"\x02" + b.getvalue()[at + 12:]  # the same planes, meant otherwise
    files["noadobe_" + name] = b.getvalue()[:at] + b"Other" + b.getvalue()[at + 5:]

lines = [f"# Pillow {PIL.__version__}, libjpeg-turbo {features.version('libjpeg_turbo')}; name, width, height, SHA-256 of the RGB bytes"]
with zipfile.ZipFile(os.path.join(here, "pictures.zip"), "w", zipfile.ZIP_DEFLATED, compresslevel=9) as z:
    for name, data in files.items():
        z.writestr(zipfile.ZipInfo(name + ".jpg", (2026, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED, 9)
        image = Image.open(io.BytesIO(data)).convert("RGB")
        lines.append(f"{name} {image.width} {image.height} {hashlib.sha256(image.tobytes()).hexdigest()}")
open(os.path.join(here, "digests.txt"), "w").write("\n".join(lines) + "\n")
print(len(files), "files")
