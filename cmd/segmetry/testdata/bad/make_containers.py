"""Writes damaged and hostile containers: zip/, tar/, parquet/ (standard library, and pyarrow for parquet; the bytes are the same
every time with one version of it): python3 make_containers.py. cmd/segmetry/badinputs_containers_test.go has what is said of each."""
import gzip, io, os, shutil, struct, sys, tarfile, zipfile, zlib

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../../../testdata/bad"))
import make_pictures
from make_pictures import idat, ihdr, png, rows, save

make_pictures.HERE = HERE  # where save puts files

GOOD = png(ihdr(), idat(rows()))
MASK = png(ihdr(colour=0), idat(rows(channels=1, value=0)))
MIB = 1 << 20


# ---- zip

def zipped(*members, tail=(("images/a.png", GOOD), ("masks/a.png", MASK))):
    """Members are (name or ZipInfo, content); the good pair comes last."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        for name, content in members + tuple(tail):
            info = name if isinstance(name, zipfile.ZipInfo) else zipfile.ZipInfo(name)
            z.writestr(info, content)
    return out.getvalue()


def member(name, method=zipfile.ZIP_STORED, mode=0):
    info = zipfile.ZipInfo(name)
    info.compress_type, info.external_attr, info.create_system = method, mode << 16, 3
    return info


def patch(content, what, offset, new, which=0):
    """Overwrites bytes at an offset from the which-th place of a signature."""
    at = -1
    for _ in range(which + 1):
        at = content.index(what, at + 1)
    at += offset
    return content[:at] + new + content[at + len(new):]


LOCAL, CENTRAL, END = b"PK\3\4", b"PK\1\2", b"PK\5\6"


def both(content, local, central, new):
    return patch(patch(content, LOCAL, local, new), CENTRAL, central, new)


def zips():
    good = zipped()
    yield "traversal", zipped(("../images/b.png", GOOD))
    yield "traversal-within", zipped(("images/../../b.png", GOOD))
    yield "absolute", zipped(("/etc/b.png", GOOD))
    yield "backslash", zipped(("images\\..\\b.png", GOOD))
    yield "empty-element", zipped(("images//b.png", GOOD))
    yield "link", zipped((member("images/a.png", mode=0o120777), b"/etc/passwd"), tail=[("masks/a.png", MASK)])
    yield "link-to-folder", zipped((member("images", mode=0o120777), b".."), tail=[("masks/a.png", MASK)])
    yield "cut-in-half", good[:len(good) // 2]
    yield "cut-in-directory", good[:-30]
    yield "no-bytes", b""
    yield "no-members", zipped(tail=[])
    yield "text", b"This is no zip file.\n"
    yield "twice", zipped(("images/a.png", GOOD))
    yield "encrypted", both(good, 6, 8, b"\1\0")
    yield "method-bzip2", zipped((member("images/a.png", zipfile.ZIP_BZIP2), GOOD), tail=[("masks/a.png", MASK)])
    yield "method-lzma", zipped((member("images/a.png", zipfile.ZIP_LZMA), GOOD), tail=[("masks/a.png", MASK)])
    yield "method-aes", both(good, 8, 10, b"\x63\0")
    yield "bomb", zipped((member("images/a.png", zipfile.ZIP_DEFLATED), bytes(136 * MIB)), tail=[("masks/a.png", MASK)])
    lying = zipped((member("images/a.png", zipfile.ZIP_DEFLATED), bytes(64 * MIB)), tail=[("masks/a.png", MASK)])
    yield "bomb-lying", both(lying, 22, 24, struct.pack("<I", 1000))
    yield "checksum", both(good, 14, 16, b"\1\2\3\4")
    yield "content-damaged", good.replace(b"\x89PNG", b"\x89PNX", 1)
    yield "claims-4-GiB", both(good, 22, 24, b"\xfe\xff\xff\xff")
    yield "count-wrong", patch(good, END, 8, b"\xff\x7f\xff\x7f")
    yield "directory-outside", patch(good, END, 16, b"\0\0\0\x7f")
    yield "member-outside", patch(good, CENTRAL, 42, b"\0\0\0\x7f")
    yield "picture-is-folder", zipped(("images/a.png/", b""), tail=[("masks/a.png", MASK)])
    yield "file-and-folder", zipped(("images", b"a file"))
    yield "picture-is-text", zipped(("images/a.png", b"no picture"), tail=[("masks/a.png", MASK)])
    yield "picture-is-empty", zipped(("images/a.png", b""), tail=[("masks/a.png", MASK)])
    yield "no-masks", zipped(tail=[("images/a.png", GOOD)])


# ---- tar

def tarred(*members, end=True):
    """Members are (name, content) or (TarInfo, content)."""
    out = b""
    for name, content in members:
        info = name
        if not isinstance(name, tarfile.TarInfo):
            info = tarfile.TarInfo(name)
            info.size = len(content)
        out += info.tobuf(tarfile.PAX_FORMAT) + content + bytes(-len(content) % 512)
    return out + (bytes(1024) if end else b"")


def special(name, kind, link=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def sized(name, size):
    info = tarfile.TarInfo(name)
    info.size = size
    return info


PAIR = (("a.png", GOOD), ("a.seg.png", MASK))


def tars():
    good = tarred(*PAIR)
    yield "traversal", tarred(*PAIR, ("../b.png", GOOD))
    yield "absolute", tarred(("/etc/a.png", GOOD), ("/etc/a.seg.png", MASK))
    yield "backslash", tarred(("..\\a.png", GOOD))
    yield "link", tarred((special("a.png", tarfile.SYMTYPE, "/etc/passwd"), b""), PAIR[1])
    yield "hard-link", tarred((special("a.png", tarfile.LNKTYPE, "/etc/passwd"), b""), PAIR[1])
    yield "device", tarred((special("a.png", tarfile.CHRTYPE), b""), PAIR[1])
    yield "pipe", tarred((special("a.png", tarfile.FIFOTYPE), b""), PAIR[1])
    yield "cut-in-member", good[:600]
    yield "cut-in-header", good[:300]
    yield "no-bytes", b""
    yield "no-members", bytes(1024)
    yield "text", b"This is no tar file.\n" * 40
    yield "twice", tarred(PAIR[0], *PAIR)
    yield "header-checksum", good[:10] + b"x" + good[11:]
    yield "claims-8-GiB", tarred((sized("a.png", 8 << 30), GOOD))
    negative = good[:124] + b"\xff" * 12 + good[136:148] + b" " * 8 + good[156:]
    yield "negative-size", negative[:148] + b"%06o\0 " % sum(negative[:512]) + negative[156:]
    yield "no-mask", tarred(("a.png", GOOD), ("a.json", b"{}"))
    yield "no-image", tarred(PAIR[1])
    yield "unknown-extension", tarred(("a.exr", GOOD), PAIR[1])
    yield "no-key", tarred((".png", GOOD), (".seg.png", MASK))
    yield "no-extension", tarred(("a", GOOD), ("b", MASK))
    yield "apart", tarred(PAIR[0], ("b.png", GOOD), ("b.seg.png", MASK), PAIR[1])
    sparse = tarfile.TarInfo("a.png")
    sparse.size, sparse.pax_headers = 1024, {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "a.png", "GNU.sparse.realsize": "1000"}
    yield "sparse", tarred((sparse, b"1\n0\n10\n".ljust(512, b"\0") + GOOD[:10].ljust(512, b"\0")), PAIR[1])
    yield "picture-is-text", tarred(("a.png", b"no picture"), PAIR[1])
    yield "picture-is-empty", tarred(("a.png", b""), PAIR[1])


def packed(content):
    return gzip.compress(content, 9, mtime=0)


def gzips():
    good = packed(tarred(*PAIR))
    yield "cut", good[:len(good) // 2]
    yield "cut-in-header", good[:6]
    yield "checksum", good[:-8] + b"\1\2\3\4" + good[-4:]
    yield "damaged", good[:60] + b"\xff" * 20 + good[80:]
    yield "no-tar", packed(b"This is no tar file.\n" * 40)
    yield "text", b"This is no gzip file.\n" * 40
    yield "zstd", b"\x28\xb5\x2f\xfd" + bytes(40)
    yield "xz", b"\xfd7zXZ\0" + bytes(40)
    yield "bzip2", b"BZh91AY&SY" + bytes(40)
    yield "twice-packed", packed(good)
    z = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = z.compress(tarred((sized("a.png", 136 * MIB), b""), end=False))
    for _ in range(136):
        bomb += z.compress(bytes(MIB))
    yield "bomb", bomb + z.flush()
    yield "bomb-aside", packed(tarred((sized("a.txt", 1 << 40), b""), end=False) + bytes(64 * MIB))
    yield "traversal", packed(tarred(("../a.png", GOOD)))


# ---- parquet

def table(rows=1, image=GOOD, mask=MASK, names=("image", "annotation"), arrays={}):
    """A table of two columns; arrays has arguments of pyarrow.array by name."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    columns = {}
    for name, value in zip(names, [image, mask]):
        columns[name] = pa.array([value] * rows, **arrays.get(name, {}))
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out, compression="none", use_dictionary=False, store_schema=False)
    return out.getvalue()


def parquets():
    import pyarrow as pa
    struct_of = lambda **fields: pa.struct(list(fields.items()))
    good = table()
    yield "magic-at-end", good[:-4] + b"PAR2"
    yield "magic-at-beginning", b"PAR2" + good[4:]
    yield "cut", good[:len(good) // 2]
    yield "cut-in-footer", good[:-20]
    yield "no-bytes", b""
    yield "magic-alone", b"PAR1"
    yield "encrypted", good[:-4] + b"PARE"
    yield "footer-of-4-GiB", good[:-8] + b"\xff\xff\xff\xff" + good[-4:]
    yield "footer-of-0", good[:-8] + b"\0\0\0\0" + good[-4:]
    yield "footer-damaged", good[:-60] + b"\xff" * 40 + good[-20:]
    n = struct.unpack("<I", good[-8:-4])[0]
    # the footer begins with field 1 (version), field 2 (schema); field 3 is the number of rows, then row groups
    foot = good[-8 - n:-8]
    yield "footer-cut", good[:-8 - n] + foot[:n // 2] + struct.pack("<I", n // 2) + b"PAR1"
    many = foot.replace(b"\x16\x02\x19\x1c", b"\x16\xfe\xff\xff\xff\xff\xff\xff\xff\x7f\x19\x1c", 1)  # rows: 2^62
    assert many != foot
    yield "rows-2-62-in-file", good[:-8 - n] + many + struct.pack("<I", len(many)) + b"PAR1"
    group = foot.replace(b"\x16\x02\x26", b"\x16\xfe\xff\xff\xff\xff\xff\xff\xff\x7f\x26", 1)  # a row group's field 3 (rows), then 5
    assert group != foot
    yield "rows-2-62-in-group", good[:-8 - n] + group + struct.pack("<I", len(group)) + b"PAR1"
    yield "page-damaged", good[:4] + b"\xff" * 8 + good[12:]
    yield "page-cut", good[:4] + GOOD + good[4 + len(GOOD):]
    yield "column-missing", table(names=("image", "caption"))
    yield "column-missing-image", table(names=("caption", "annotation"))
    yield "column-of-numbers", table(image=1)
    yield "column-of-lists", table(image=[GOOD])
    yield "column-of-struct-without-bytes", table(image={"path": "a.png"}, arrays={"image": {"type": struct_of(path=pa.string())}})
    yield "picture-garbage", table(image=b"no picture")
    yield "picture-empty", table(image=b"")
    yield "mask-null", table(mask=None, arrays={"annotation": {"type": pa.binary()}})
    yield "path-alone", table(image={"bytes": None, "path": "a.png"}, arrays={"image": {"type": struct_of(bytes=pa.binary(), path=pa.string())}})
    yield "no-rows", table(rows=0, arrays={"image": {"type": pa.binary()}, "annotation": {"type": pa.binary()}})
    yield "text", b"This is no parquet file.\n"


if __name__ == "__main__":
    for folder, ending, cases in [("zip", ".zip", zips), ("tar", ".tar", tars), ("tar-gzip", ".tar.gz", gzips), ("parquet", ".parquet", parquets)]:
        shutil.rmtree(os.path.join(HERE, folder), ignore_errors=True)
        for name, content in cases():
            save(f"{folder}/{name}{ending}", content)
