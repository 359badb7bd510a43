"""Renders a tiny instance of every dataset format, and writes expected.json: for each, the items' names, a digest of each
item's classes (one byte a pixel, 255 where ignored), and the confusion matrix against a prediction that is a pattern of the
pixel's place. The mapping from files to classes is done here with numpy and with the formats' own readers (pycocotools,
datasets, webdataset; their versions stand in expected.json), never with this project's code.

    python3 make.py     (numpy, pillow, pycocotools, pyarrow, datasets, webdataset)
"""
import hashlib, json, os, shutil, zipfile
import numpy as np
from PIL import Image

HERE = os.path.dirname(os.path.abspath(__file__))
expected = {"versions": {}, "datasets": {}}


def at(*parts):
    path = os.path.join(HERE, *parts)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    return path


def truth(seed, values, width=24, height=16):
    """A label image of rectangles."""
    r = np.random.default_rng(seed)
    m = np.full((height, width), values[0], np.int64)
    for v in r.permutation(values):
        y, x = r.integers(0, height - 3), r.integers(0, width - 4)
        m[y:y + r.integers(2, 7), x:x + r.integers(2, 9)] = v
    return m


def picture(seed, width=24, height=16):
    r = np.random.default_rng(seed + 1000)
    y, x = np.mgrid[:height, :width]
    base = np.stack([x * 9, y * 12, x * 4 + y * 5], -1) + r.integers(0, 30, 3)
    return Image.fromarray(base.astype(np.uint8))


def gray(m):
    return Image.fromarray(m.astype(np.uint8))


def indexed(m, palette):
    im = gray(m).convert("P") if False else Image.fromarray(m.astype(np.uint8), mode="P")
    flat = np.zeros((256, 3), np.uint8)
    for i, c in enumerate(palette):
        flat[i] = c
    flat[255] = (224, 224, 192)
    im.putpalette(flat.tobytes())
    return im


def note(name, classes, items):
    """items: (name, classes as an array with 255 where ignored)"""
    confusion = np.zeros((classes, classes), np.int64)
    for _, m in items:
        y, x = np.mgrid[:m.shape[0], :m.shape[1]]
        predicted = (x // 3 + y // 2) % classes
        valid = m != 255
        np.add.at(confusion, (m[valid], predicted[valid]), 1)
    expected["datasets"][name] = {"classes": classes, "items": [
        {"name": n, "width": m.shape[1], "height": m.shape[0], "sha256": hashlib.sha256(m.astype(np.uint8).tobytes()).hexdigest()} for n, m in items],
        "confusion": {f"{i},{j}": int(confusion[i, j]) for i, j in zip(*np.nonzero(confusion))}}


def table(name):
    rows = open(os.path.join(HERE, "../../dataset/classes", name + ".csv")).read().split()
    lines = open(os.path.join(HERE, "../../dataset/classes", name + ".csv")).read().splitlines()[1:]
    return [(int(l.split(",")[0]), l.split(",")[1], tuple(map(int, l.split(",")[2:]))) for l in lines]


def lookup(m, pairs, rest=255):
    t = np.full(65536, rest, np.int64)
    for value, c in pairs:
        t[value] = c
    return t[m]


def folder():
    items = []
    for i, (image, mask) in enumerate([("val/a.png", "val/a_mask.png"), ("val/b.jpg", "val/b.png"), ("val/sub/c_0000.png", "val/sub/c.png")]):
        m = truth(i, [0, 1, 2, 255])
        picture(i).save(at("folder/images", image))
        gray(m).save(at("folder/masks", mask))
        items.append((image.removeprefix("val/"), m))
    note("folder", 3, items)
    with zipfile.ZipFile(at("folder.zip"), "w", zipfile.ZIP_DEFLATED) as z:
        for root, _, files in sorted(os.walk(os.path.join(HERE, "folder"))):
            for f in sorted(files):
                full = os.path.join(root, f)
                info = zipfile.ZipInfo(os.path.relpath(full, HERE), (2026, 1, 1, 0, 0, 0))
                info.compress_type = zipfile.ZIP_DEFLATED
                z.writestr(info, open(full, "rb").read())
    note("folder.zip", 3, items)


def voc():
    t, root, items = table("voc"), "voc/VOCdevkit/VOC2012", []
    stems = ["2007_000033", "2007_000042"]
    for i, stem in enumerate(stems):
        m = truth(10 + i, [0, 1 + i, 8, 12, 20, 255])
        picture(10 + i).save(at(root, "JPEGImages", stem + ".jpg"))
        indexed(m, [c for _, _, c in t]).save(at(root, "SegmentationClass", stem + ".png"))
        items.append((stem + ".jpg", m))
    picture(19).save(at(root, "JPEGImages", "2007_000001.jpg"))  # without a mask: in no list
    open(at(root, "ImageSets/Segmentation/val.txt"), "w").write("\n".join(stems) + "\n")
    open(at(root, "ImageSets/Segmentation/train.txt"), "w").write("2007_000001\n")
    note("voc", 21, items)


def cityscapes():
    t, items = table("cityscapes"), []
    for i, (city, frame) in enumerate([("bonn", "000000_000019"), ("ulm", "000003_000019")]):
        ids = truth(20 + i, [0, 3, 4, 7, 8, 11, 14, 17, 23, 24, 26, 29, 33, 255])  # 255: licence plate, -1
        stem = f"val/{city}/{city}_{frame}"
        classes = lookup(ids, [(value, c) for c, (value, _, _) in enumerate(t)])
        for root, m, kind in [("cityscapes", ids, "labelIds"), ("cityscapes-trainids", classes, "labelTrainIds")]:
            picture(20 + i).save(at(root, "leftImg8bit", stem + "_leftImg8bit.png"))
            gray(m).save(at(root, "gtFine", stem + f"_gtFine_{kind}.png"))
            gray(m).save(at(root, "gtFine", stem + "_gtFine_instanceIds.png"))  # another kind of truth, passed over
        items.append((f"{city}/{city}_{frame}_leftImg8bit.png", classes))
    note("cityscapes", 19, items)
    note("cityscapes-trainids", 19, items)


def ade20k():
    items = []
    for i in range(2):
        values = truth(30 + i, [0, 1, 2, 13, 75, 150])
        stem = f"ADE_val_0000000{i + 1}"
        picture(30 + i).save(at("ade20k/ADEChallengeData2016/images/validation", stem + ".jpg"))
        gray(values).save(at("ade20k/ADEChallengeData2016/annotations/validation", stem + ".png"))
        items.append((stem + ".jpg", lookup(values, [(v, v - 1) for v in range(1, 151)])))
    note("ade20k", 150, items)


def camvid():
    t = table("camvid32")
    full, fast = [], []
    for i, stem in enumerate(["0001TP_006690", "Seq05VD_f00000"]):
        ids = truth(40 + i, [30, 0, 5, 17, 21, 26, 31])
        colors = np.array([c for _, _, c in t], np.uint8)[ids]
        classes = np.where(ids == 30, 255, ids)
        picture(40 + i).save(at("camvid-full/701_StillsRaw_full", stem + ".png"))
        Image.fromarray(colors).save(at("camvid-full/LabeledApproved_full", stem + "_L.png"))
        full.append((stem + ".png", classes))
        picture(40 + i).save(at("camvid-fastai/images", stem + ".png"))
        gray(ids).save(at("camvid-fastai/labels", stem + "_P.png"))
        fast.append((stem + ".png", classes))
    open(at("camvid-fastai/codes.txt"), "w").write("\n".join(n for _, n, _ in t) + "\n")
    open(at("camvid-fastai/valid.txt"), "w").write("Seq05VD_f00000.png\n")
    note("camvid-full", 32, full)
    note("camvid-fastai", 32, fast[1:])
    items = []
    for i, stem in enumerate(["0016E5_07959", "0016E5_07961"]):
        ids = truth(45 + i, [11, 0, 1, 3, 5, 8, 10])
        picture(45 + i).save(at("camvid-segnet/test", stem + ".png"))
        gray(ids).save(at("camvid-segnet/testannot", stem + ".png"))
        items.append((stem + ".png", np.where(ids == 11, 255, ids)))
    note("camvid-segnet", 11, items)


if __name__ == "__main__":
    for name in os.listdir(HERE):
        if name != "make.py":
            path = os.path.join(HERE, name)
            shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)
    for render in [folder, voc, cityscapes, ade20k, camvid]:
        render()
    json.dump(expected, open(at("expected.json"), "w"), indent=1)
