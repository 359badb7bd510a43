"""Writes wrong JSON files of COCO, list files, arrays, metadata and configurations: coco/, lists/, npy/, metadata/, configs/ (standard
library alone; the bytes are the same every time): python3 make_files.py. cmd/segmetry/badinputs_files_test.go has what is said
of each."""
import json, os, shutil, struct, sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../../../testdata/bad"))
import make_pictures
from make_pictures import idat, ihdr, png, save

make_pictures.HERE = HERE  # where save puts files

# ---- COCO: one image, good.png of 24×16 pixels

IMAGE = {"id": 7, "file_name": "good.png", "width": 24, "height": 16}
CATEGORY = {"id": 1, "name": "cell"}
SQUARE = [[0, 0, 9, 0, 9, 9]]


def coco(segmentation=SQUARE, images=(IMAGE,), categories=(CATEGORY,), **more):
    a = {"id": 1, "image_id": 7, "category_id": 1, "iscrowd": 0, "segmentation": segmentation} | more
    return json.dumps({"images": list(images), "annotations": [a], "categories": list(categories)})


def rle(counts, size=(16, 24)):
    return coco({"size": list(size), "counts": counts})


def cocos():
    good = coco()
    yield "cut", good[:len(good) // 2]
    yield "no-bytes", ""
    yield "text", "This is no JSON.\n"
    yield "a-list", "[]"
    yield "a-number", "3"
    yield "two-values", good + good
    yield "no-images", json.dumps({"annotations": [], "categories": [CATEGORY]})
    yield "no-categories", json.dumps({"images": [IMAGE], "annotations": []})
    yield "images-of-text", good.replace('"images": [', '"images": ["a", ')
    yield "images-an-object", json.dumps({"images": IMAGE, "annotations": [], "categories": [CATEGORY]})
    yield "id-of-text", good.replace('"id": 7', '"id": "seven"')
    yield "id-missing", good.replace('"id": 7, ', '')
    yield "id-twice", coco(images=[IMAGE, IMAGE])
    yield "file-name-missing", good.replace('"file_name": "good.png", ', '')
    yield "file-name-traversal", good.replace("good.png", "../../good.png")
    yield "file-name-absolute", good.replace("good.png", "/etc/passwd")
    yield "picture-missing", good.replace("good.png", "gone.png")
    yield "size-absurd", coco(images=[IMAGE | {"width": 1 << 20, "height": 1 << 20}])
    yield "size-negative", coco(images=[IMAGE | {"width": -24}])
    yield "size-wrong", coco(images=[IMAGE | {"width": 12, "height": 8}])
    yield "annotation-of-no-image", coco(image_id=8)
    yield "annotation-without-image", good.replace('"image_id": 7, ', '')
    yield "category-unknown", coco(category_id=2)
    yield "category-negative", coco(category_id=-1)
    yield "category-65535", coco(categories=[{"id": 65535, "name": "cell"}])
    yield "category-id-of-text", coco(categories=[{"id": "one", "name": "cell"}])
    yield "category-id-twice", coco(categories=[CATEGORY, {"id": 1, "name": "other"}])
    yield "category-name-twice", coco(categories=[CATEGORY, {"id": 2, "name": "cell"}])
    yield "category-name-missing", coco(categories=[{"id": 1}])
    yield "segmentation-missing", good.replace('"segmentation"', '"segments"')
    yield "segmentation-of-text", coco("a polygon")
    yield "segmentation-of-a-number", coco(3)
    yield "polygon-odd", coco([[0, 0, 9, 0, 9, 9, 1]])
    yield "polygon-of-two-corners", coco([[0, 0, 9, 9]])
    yield "polygon-far-away", coco([[0, 0, 1e9, 0, 9, 9]])
    yield "polygon-of-text", coco([["a", 0, 9, 0, 9, 9]])
    yield "polygon-1e400", good.replace("[[0, 0, 9, 0, 9, 9]]", "[[0, 0, 1e400, 0, 9, 9]]")
    yield "polygon-outline-endless", coco([[0, 0, 9e5, 9e5] * 50])
    yield "counts-short", rle([100, 100])
    yield "counts-long", rle([100, 10000])
    yield "counts-negative", rle([-100, 484])
    yield "counts-2-40", rle([0, 1 << 40])
    yield "counts-fraction", rle([0.5, 383.5])
    yield "counts-of-text", rle(["a"])
    yield "counts-missing", coco({"size": [16, 24]})
    yield "counts-size-turned", rle([384], (24, 16))
    yield "counts-size-absurd", rle([384], (1 << 40, 1 << 40))
    yield "counts-size-of-text", coco({"size": "16x24", "counts": [384]})
    yield "packed-garbage", rle("\u00fc\u00fc")
    yield "packed-cut", rle("oooo")
    yield "packed-endless-number", rle("o" * 40)
    yield "packed-long", rle("P" * 6 + "0" + "PPPP0")
    yield "packed-empty", rle("")
    yield "deep", '{"info": ' + "[" * 20000 + "]" * 20000 + "}"


def panoptic(name, text, *pixels):
    """A JSON file with the PNG of its segments' ids beside it."""
    save(f"coco/panoptic-{name}.json", text.encode())
    if pixels:
        row = b"\0" + b"".join(struct.pack("<I", p)[:3] for p in pixels) * (24 // len(pixels))
        save(f"coco/panoptic-{name}/good.png", png(ihdr(), idat(row * 16)))


def panoptics():
    def one(segments, file="good.png", **more):
        return json.dumps({"images": [IMAGE], "annotations": [{"image_id": 7, "file_name": file, "segments_info": segments}], "categories": [CATEGORY]} | more)
    good = [{"id": 5, "category_id": 1}]
    panoptic("id-unknown", one(good), 5, 5, 6)
    panoptic("folder-missing", one(good))
    panoptic("png-missing", one(good, file="gone.png"), 5)
    panoptic("png-traversal", one(good, file="../good.png"), 5)
    panoptic("category-unknown", one([{"id": 5, "category_id": 9}]), 5)
    panoptic("category-negative", one([{"id": 5, "category_id": -9}]), 5)
    panoptic("segment-twice", one(good + [{"id": 5, "category_id": 2}], categories=[CATEGORY, {"id": 2, "name": "b"}]), 5)
    panoptic("segments-of-text", one("none"), 5)
    two = json.loads(one(good))
    two["annotations"] *= 2
    panoptic("two-annotations", json.dumps(two), 5)
    save("coco/panoptic-png-damaged.json", one(good).encode())
    save("coco/panoptic-png-damaged/good.png", b"\x89PNG\r\n\x1a\n")


# ---- list files, of good.png beside the folder

def lists():
    yield "three-columns", b"good.png good.png 3\n"
    yield "stem-missing", b"good\ngone\n"
    yield "mask-missing", b"good.png, gone.png\n"
    yield "image-missing", b"gone.png, good.png\n"
    yield "traversal", b"../" * 40 + b"etc/passwd, good.png\n"
    yield "absolute", b"/etc/passwd /etc/passwd\n"
    yield "folder", b"pictures, masks\n"
    yield "nul", b"good\x00.png, good.png\n"
    yield "quote-open", b'"good.png, good.png\n'
    yield "name-empty", b'"" good.png\n'
    yield "line-of-100-KB", b"a" * 100000 + b"\n"
    yield "no-lines", b""
    yield "comments-alone", b"# nothing\n\n   \n"
    yield "utf-16", "good.png, good.png\n".encode("utf-16")
    yield "a-picture", png(ihdr(), idat(b""))
    yield "json", b'{"images": []}\n'


# ---- arrays

def npy(shape="(1, 2, 2)", descr="'<i8'", order="False", data=bytes(32), version=1, text=None):
    text = (text or "{'descr': %s, 'fortran_order': %s, 'shape': %s, }" % (descr, order, shape)).encode()
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<I", len(text)) + text + data


def arrays():
    good = npy()
    yield "magic", b"\x93NUMPX" + good[6:]
    yield "no-bytes", b""
    yield "text", b"0 1 2\n"
    yield "zip", b"PK\x03\x04" + bytes(40)
    yield "pickle", b"\x80\x04\x95\x10" + bytes(40)
    yield "version-9", npy(version=9)
    yield "cut-in-header", good[:40]
    yield "header-of-4-GiB", b"\x93NUMPY\x02\x00\xff\xff\xff\xff" + good[10:]
    yield "cut", good[:-8]
    yield "longer", good + bytes(8)
    yield "shape-absurd", npy("(1000000, 1000000, 1000000)")
    yield "shape-overflow", npy("(4294967296, 4294967296, 4294967296, 4294967296)")
    yield "shape-negative", npy("(-1, 2, 2)")
    yield "shape-missing", npy(text="{'descr': '<i8', 'fortran_order': False, }")
    yield "shape-of-70-axes", npy("(" + "1, " * 70 + ")", data=bytes(8))
    yield "fortran", npy(order="True")
    yield "objects", npy(descr="'|O'")
    yield "text-elements", npy(descr="'<U8'")
    yield "records", npy(descr="[('a', '<i4'), ('b', '<i4')]")
    yield "complex", npy(descr="'<c8'")
    yield "float128", npy(descr="'<f16'", shape="(1, 2, 1)")
    yield "no-elements", npy("(0, 2, 2)", data=b"")
    yield "two-axes-too-few", npy("(4,)")
    yield "five-axes", npy("(1, 1, 1, 2, 2)")
    yield "fraction", npy(descr="'<f8'", data=struct.pack("<4d", 0, 1, .5, 1))
    yield "not-a-number", npy(descr="'<f8'", data=struct.pack("<4d", 0, 1, float("nan"), 1))
    yield "class-9", npy(data=struct.pack("<4q", 0, 1, 9, 1))
    yield "class-negative", npy(data=struct.pack("<4q", 0, 1, -7, 1))
    yield "class-2-40", npy(data=struct.pack("<4q", 0, 1, 1 << 40, 1))
    yield "size-other", npy("(1, 4, 1)")


# ---- metadata: images good.png, column patient

def metadata():
    yield "no-bytes", b""
    yield "ragged", b"image,patient\ngood.png,1\nb.png\n"
    yield "ragged-long", b"image,patient\ngood.png,1,2\n"
    yield "name-twice", b"image,patient\ngood.png,1\ngood.png,2\n"
    yield "column-missing", b"image,subject\ngood.png,1\n"
    yield "image-missing", b"file,patient\ngood.png,1\n"
    yield "column-twice", b"image,patient,patient\ngood.png,1,2\n"
    yield "semicolons", b"image;patient\ngood.png;1\n"
    yield "tabs", b"image\tpatient\ngood.png\t1\n"
    yield "quote-open", b'image,patient\n"good.png,1\n'
    yield "quote-within", b'image,patient\ngo"od.png,1\n'
    yield "utf-16", "image,patient\ngood.png,1\n".encode("utf-16")
    yield "a-picture", png(ihdr(), idat(b""))
    yield "nul", b"image,pat\x00ient\ngood.png,1\n"


# ---- configurations

MODEL = "model: {path: m.onnx}\n"
DATASET = "dataset: {images: i, masks: m, classes: [a, b, c]%s}\n"


def configs():
    d = lambda more: MODEL + DATASET % (", " + more)
    yield "not-yaml", "model: {path: [\n"
    yield "tabs", "model:\n\tpath: m.onnx\n"
    yield "a-list", "- model\n"
    yield "a-word", "model\n"
    yield "binary", "\x00\x01\x02"
    yield "two-documents", MODEL + "---\n" + MODEL
    yield "key-unknown", MODEL + DATASET % "" + "datasett: {}\n"
    yield "key-unknown-within", d("ignore_indx: 3")
    yield "key-twice", MODEL + MODEL
    yield "key-twice-within", d("limit: 1, limit: 2")
    yield "anchors-bomb", "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(f"{c}: &{c} [{', '.join(['*' + p] * 9)}]\n" for p, c in zip("abcdefgh", "bcdefghi"))
    yield "anchor-of-itself", "model: &m {path: *m}\n"
    yield "merge-key", "x: &x {path: m.onnx}\nmodel:\n  <<: *x\n"
    yield "deep", "model: " + "[" * 20000 + "]" * 20000 + "\n"
    yield "tag-foreign", "model: !!python/object/apply:os.system [echo]\n"
    yield "section-of-text", "model: m.onnx\n"
    yield "classes-of-text", MODEL + "dataset: {images: i, masks: m, classes: a}\n"
    yield "classes-a-map", MODEL + "dataset: {images: i, masks: m, classes: {0: a}}\n"
    yield "classes-none", MODEL + "dataset: {images: i, masks: m, classes: []}\n"
    yield "class-twice", MODEL + "dataset: {images: i, masks: m, classes: [a, a]}\n"
    yield "limit-of-text", d("limit: many")
    yield "limit-negative", d("limit: -1")
    yield "limit-2-70", d("limit: 1180591620717411303424")
    yield "ignore-index-70000", d("ignore_index: 70000")
    yield "ignore-index-fraction", d("ignore_index: 2.5")
    yield "filter-open", d("filter: '[a'")
    yield "format-unknown", d("format: cityscape")
    yield "instance-divisor-1", d("instance_divisor: 1")
    yield "label-map-a-list", d("label_map: [1, 2]")
    yield "label-map-key", d("label_map: {seven: 1}")
    yield "label-map-key-70000", d("label_map: {70000: 1}")
    yield "label-map-class-7", d("label_map: {5: 7}")
    yield "label-map-class-negative", d("label_map: {5: -1}")
    yield "label-map-class-fraction", d("label_map: {5: 1.5}")
    yield "label-map-class-unknown", d("label_map: {bb: [5, 6]}")
    yield "label-map-value-twice", d("label_map: {a: [5, 6], b: [6]}")
    yield "label-map-value-negative", d("label_map: {a: [-5]}")
    yield "label-map-key-twice", d("label_map: {5: 1, 5: 2}")
    yield "palette-short", d("palette: [[0, 0, 0]]")
    yield "palette-of-300", d("palette: [[0, 0, 0], [300, 0, 0], [1, 1, 1]]")
    yield "palette-negative", d("palette: [[0, 0, 0], [-1, 0, 0], [1, 1, 1]]")
    yield "palette-of-two-numbers", d("palette: [[0, 0], [1, 1], [2, 2]]")
    yield "palette-of-four-numbers", d("palette: [[0, 0, 0, 9], [1, 1, 1, 9], [2, 2, 2, 9]]")
    yield "palette-of-text", d("palette: [red, green, blue]")
    yield "ignore-colors-alone", d("ignore_colors: [[1, 2, 3]]")
    yield "size-0", MODEL + DATASET % "" + "preprocess: {size: [0, 5]}\n"
    yield "size-2-40", MODEL + DATASET % "" + "preprocess: {size: [1099511627776, 5]}\n"
    yield "size-of-three", MODEL + DATASET % "" + "preprocess: {size: [3, 5, 5]}\n"
    yield "scale-by-0", MODEL + DATASET % "" + "preprocess: {scale: 1/0}\n"
    yield "std-0", MODEL + DATASET % "" + "preprocess: {std: [1, 0, 1]}\n"
    yield "interpolation-unknown", MODEL + DATASET % "" + "preprocess: {interpolation: pil_bilinaer}\n"
    yield "workers-of-text", MODEL + DATASET % "" + "run: {workers: all}\n"
    yield "shard-0", MODEL + DATASET % "" + "run: {shard: 0/3}\n"
    yield "memory-unknown", MODEL + DATASET % "" + "run: {memory: lots}\n"
    yield "gate-wrong", MODEL + DATASET % "" + "gates: ['mIoU >']\n"


if __name__ == "__main__":
    for folder in ["coco", "lists", "npy", "metadata", "configs"]:
        shutil.rmtree(os.path.join(HERE, folder), ignore_errors=True)
    for name, text in cocos():
        save(f"coco/{name}.json", text.encode())
    panoptics()
    for folder, ending, cases in [("lists", ".txt", lists), ("npy", ".npy", arrays), ("metadata", ".csv", metadata)]:
        for name, content in cases():
            save(f"{folder}/{name}{ending}", content)
    for name, text in configs():
        save(f"configs/{name}.yaml", text.encode())
    save("npy/good/logits.npy", npy("(1, 3, 2, 2)", "'<f4'", data=bytes(48)))
    save("lists/good.png", png(ihdr(colour=0), idat((b"\0" + bytes(24)) * 16)))
