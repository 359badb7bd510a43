"""Renders a tiny instance of every dataset format, and writes expected.json: for each, the items' names, a digest of each
item's classes (one byte a pixel, 255 where ignored), and the confusion matrix against a prediction that is a pattern of the
pixel's place. The mapping from files to classes is done here with numpy and with the formats' own readers (pycocotools,
datasets, webdataset; their versions stand in expected.json), never with this project's code.

    python3 make.py     (numpy, pillow, pycocotools, pyarrow, datasets, webdataset)
"""
import hashlib, io, json, os, shutil, tempfile, zipfile
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


def coco():
    """Instances as polygons, compressed and plain run lengths, with crowds and overlaps; rasterised by pycocotools."""
    import importlib.metadata
    from pycocotools import mask as cm
    from pycocotools.coco import COCO
    expected["versions"]["pycocotools"] = importlib.metadata.version("pycocotools")
    categories = [{"id": i, "name": n, "supercategory": s} for i, n, s in [(1, "person", "person"), (3, "car", "vehicle"), (18, "dog", "animal"), (90, "toothbrush", "indoor")]]
    images, annotations, w, h = [], [], 40, 30
    for i in range(4):
        images.append({"id": 1000 - 7 * i, "file_name": f"{1000 - 7 * i:012d}.jpg", "width": w, "height": h, "license": 1})
        picture(50 + i, w, h).save(at("coco/val2017", images[-1]["file_name"]))
    r = np.random.default_rng(5)
    for k in range(14):
        image = images[r.integers(0, 3)]  # the last image has no annotation
        kind = k % 4
        if kind < 2:  # polygons, some of them crossing the border or themselves
            segm = [[round(float(v), 2) for v in (r.uniform(-3, 44, n) if j % 2 else r.uniform(2, 28, n))] for j, n in enumerate([8] if kind == 0 else [6, 12])]
        else:
            m = np.zeros((h, w), np.uint8, order="F")
            y, x = r.integers(0, 20), r.integers(0, 30)
            m[y:y + r.integers(3, 12), x:x + r.integers(3, 12)] = 1
            m[r.random((h, w)) < .01] = 1
            rle = cm.encode(m)
            if kind == 2:
                segm = {"size": [h, w], "counts": rle["counts"].decode()}
            else:
                flat = m.flatten(order="F")
                edges = np.flatnonzero(np.diff(flat)) + 1
                counts = np.diff(np.concatenate([[0], edges, [flat.size]])).tolist()
                segm = {"size": [h, w], "counts": ([0] if flat[0] else []) + counts}
        annotations.append({"id": 1 + k, "image_id": image["id"], "category_id": categories[r.integers(0, 4)]["id"], "iscrowd": int(k in (3, 6)), "segmentation": segm, "bbox": [0, 0, 1, 1], "area": 1.5})
    doc = {"info": {"year": 2026, "contributor": ["rendered", {"by": "make.py"}]}, "licenses": [], "images": images, "annotations": annotations, "categories": categories}
    json.dump(doc, open(at("coco/annotations/instances_val2017.json"), "w"))
    api = COCO(at("coco/annotations/instances_val2017.json"))
    index = {c["id"]: n + 1 for n, c in enumerate(categories)}
    for rule in ["later", "smaller"]:
        items = []
        for image in images:
            masks = [(a, api.annToMask(a).astype(bool)) for a in api.loadAnns(api.getAnnIds(imgIds=image["id"]))]
            masks.sort(key=lambda p: p[0]["id"])
            if rule == "smaller":
                masks.sort(key=lambda p: -p[1].sum())
            masks.sort(key=lambda p: not p[0]["iscrowd"])
            m = np.zeros((h, w), np.int64)
            for a, inside in masks:
                m[inside] = 255 if a["iscrowd"] else index[a["category_id"]]
            items.append((image["file_name"], m))
        note("coco-" + rule, 5, items)

    things = [{"id": 1, "name": "person", "isthing": 1, "color": [220, 20, 60]}, {"id": 7, "name": "train", "isthing": 1, "color": [0, 80, 100]}, {"id": 187, "name": "sky-other-merged", "isthing": 0, "color": [70, 130, 180]}]
    items, annotations = [], []
    for i, image in enumerate(images):
        ids = truth(60 + i, [0, 3, 300, 70000], w, h)
        segments = {3: 1, 300: 187, 70000: 7}
        Image.fromarray(np.stack([ids % 256, ids // 256 % 256, ids // 65536], -1).astype(np.uint8)).save(at("coco/annotations/panoptic_val2017", image["file_name"][:-4] + ".png"))
        annotations.append({"image_id": image["id"], "file_name": image["file_name"][:-4] + ".png", "segments_info": [{"id": s, "category_id": c, "area": 1, "bbox": [0, 0, 1, 1], "iscrowd": 0} for s, c in segments.items()]})
        items.append((image["file_name"], lookup(ids, [(3, 0), (70000, 1), (300, 2)]) if ids.max() < 65536 else np.select([ids == 3, ids == 70000, ids == 300], [0, 1, 2], 255)))
    json.dump({"annotations": annotations[::-1], "categories": things, "images": images}, open(at("coco/annotations/panoptic_val2017.json"), "w"), indent=1)
    note("coco-panoptic", 3, items)

    stuff = [{"id": 92, "name": "banner"}, {"id": 183, "name": "other"}]
    items, annotations = [], []
    for i, image in enumerate(images):
        m = truth(70 + i, [0, 92, 183], w, h)
        for c in (92, 183):
            rle = cm.encode(np.asfortranarray((m == c).astype(np.uint8)))
            annotations.append({"id": len(annotations), "image_id": image["id"], "category_id": c, "iscrowd": 0, "segmentation": {"size": [h, w], "counts": rle["counts"].decode()}})
        items.append((image["file_name"], np.select([m == 92, m == 183], [0, 1], 255)))
    json.dump({"images": images, "annotations": annotations, "categories": stuff}, open(at("coco/annotations/stuff_val2017.json"), "w"))
    note("coco-stuff", 2, items)


def png(im, **options):
    b = io.BytesIO()
    im.save(b, "PNG", **options)
    return b.getvalue()


def jpg(im):
    b = io.BytesIO()
    im.save(b, "JPEG", quality=90)
    return b.getvalue()


def webdataset_shards():
    """Two shards, plain and gzip; what they hold is read back by webdataset."""
    import importlib.metadata, gzip, tarfile
    import webdataset
    expected["versions"]["webdataset"] = importlib.metadata.version("webdataset")
    n = 0
    for shard in range(2):
        members = []
        for i in range(2):
            key = f"train/{n:06d}" if shard else f"{n:06d}"
            m = truth(80 + n, [0, 1, 2, 255])
            image = [("jpg", jpg(picture(80 + n))), ("PNG", png(picture(80 + n)))][n % 2]
            members += [(key + "." + image[0], image[1]), (key + ".cls", b"3"), (key + ".seg.png", png(gray(m))), (key + ".json", b"{}")]
            n += 1
        for name, pack in [(f"webdataset/val-{shard:06d}.tar", lambda b: b), (f"webdataset-gzip/val-{shard:06d}.tar.gz", lambda b: gzip.compress(b, mtime=0))]:
            b = io.BytesIO()
            with tarfile.open(fileobj=b, mode="w") as t:
                for member, content in [("__meta__", b"{}"), ("notes", b"no sample")] + members:
                    info = tarfile.TarInfo(member)
                    info.size = len(content)
                    t.addfile(info, io.BytesIO(content))
            open(at(name), "wb").write(pack(b.getvalue()))
    items = []
    for shard in range(2):
        for sample in webdataset.WebDataset(at(f"webdataset/val-{shard:06d}.tar"), shardshuffle=False, empty_check=False):
            sample = {k if k.startswith("__") else k.lower(): v for k, v in sample.items()}
            ext = "jpg" if "jpg" in sample else "png"
            Image.open(io.BytesIO(sample[ext])).load()
            items.append((f"val-{shard:06d}/{sample['__key__']}.{ext}", np.array(Image.open(io.BytesIO(sample["seg.png"]))).astype(np.int64)))
    note("webdataset", 3, items)
    note("webdataset-gzip", 3, items)


def parquet():
    """Two shards that Hugging Face's datasets wrote, of one and several row groups; what they hold is read back by it."""
    import importlib.metadata, datasets, pyarrow.parquet
    expected["versions"].update({m: importlib.metadata.version(m) for m in ["datasets", "pyarrow"]})
    features = datasets.Features({"scene": datasets.Value("string"), "image": datasets.Image(), "annotation": datasets.Image()})
    n = 0
    for shard, rows in enumerate([11, 2]):
        d = {"scene": [], "image": [], "annotation": []}
        for _ in range(rows):
            d["scene"].append(f"scene {n}")
            d["image"].append({"bytes": [jpg, png][n % 2](picture(100 + n)), "path": f"ADE_val_{n:08d}.{['jpg', 'png'][n % 2]}" if n != 4 else None})
            d["annotation"].append({"bytes": png(gray(truth(100 + n, [0, 1, 2, 255]))), "path": None})
            n += 1
        table = datasets.Dataset.from_dict(d, features=features).with_format("arrow")[:]
        pyarrow.parquet.write_table(table, at(f"parquet/data/validation-{shard:05d}-of-00002.parquet"), row_group_size=[9, 100][shard], compression=["snappy", "zstd"][shard])
    items, rows = [], 0
    for shard in range(2):
        path = at(f"parquet/data/validation-{shard:05d}-of-00002.parquet")
        d = datasets.Dataset.from_parquet(path, cache_dir=tempfile.mkdtemp())
        paths = datasets.Dataset.from_parquet(path, cache_dir=tempfile.mkdtemp()).cast_column("image", datasets.Image(decode=False))["image"]
        for i, (row, image) in enumerate(zip(d, paths)):
            row["image"].load()
            items.append((f"validation-{shard:05d}-of-00002/{i:06d}" + (f"/{image['path']}" if image["path"] else ""), np.array(row["annotation"]).astype(np.int64)))
    note("parquet", 3, items)


def polygons():
    """Polygons of every kind with pycocotools' run lengths, plain and compressed."""
    from pycocotools import mask as cm
    r, cases = np.random.default_rng(9), []
    for k in range(300):
        h, w = int(r.integers(1, 60)), int(r.integers(1, 60))
        n = int(r.integers(3, 12))
        p = r.uniform(-.3, 1.3, (n, 2)) * [w, h]
        p = [p, np.round(p), np.round(p * 2) / 2, np.repeat(p, 2, 0), np.clip(p, 0, [w, h])][k % 5]
        xy = [float(v) for v in np.round(p.ravel(), 3)]
        rle = cm.frPyObjects([xy], h, w)[0]
        flat = cm.decode(rle).flatten(order="F")
        edges = np.flatnonzero(np.diff(flat)) + 1
        counts = ([0] if flat[0] else []) + np.diff(np.concatenate([[0], edges, [flat.size]])).tolist()
        cases.append({"size": [h, w], "polygon": xy, "compressed": rle["counts"].decode(), "counts": counts})
    json.dump(cases, open(at("polygons.json"), "w"))


if __name__ == "__main__":
    for name in os.listdir(HERE):
        if name != "make.py":
            path = os.path.join(HERE, name)
            shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)
    for render in [folder, voc, cityscapes, ade20k, camvid, coco, polygons, webdataset_shards, parquet]:
        render()
    json.dump(expected, open(at("expected.json"), "w"), indent=1)
