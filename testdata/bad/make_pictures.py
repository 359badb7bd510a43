"""Writes damaged and unfitting pictures into pictures/ and masks into masks/ (standard library alone; the bytes are the same
every time): python3 make_pictures.py. cmd/segmetry/badinputs_pictures_test.go has what is said of each."""
import os, shutil, struct, zlib

HERE = os.path.dirname(os.path.abspath(__file__))
JPEG = open(os.path.join(HERE, "../datasets/folder/images/val/b.jpg"), "rb").read()  # 24×16


def save(name, content):
    path = os.path.join(HERE, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(content)


# ---- PNG

def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def ihdr(w=24, h=16, depth=8, colour=2, interlace=0):
    return chunk(b"IHDR", struct.pack(">IIBBBBB", w, h, depth, colour, 0, 0, interlace))


def png(*chunks):
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks) + chunk(b"IEND", b"")


def rows(w=24, h=16, channels=3, filter=0, value=None):
    row = bytes(value if value is not None else x * 5 % 251 for x in range(w * channels))
    return (bytes([filter]) + row) * h


def idat(raw):
    return chunk(b"IDAT", zlib.compress(raw, 9))


def zeros(n):
    """A zlib stream of n zeros, without n bytes of memory."""
    c, out, block = zlib.compressobj(9), b"", bytes(1 << 20)
    for _ in range(n >> 20):
        out += c.compress(block)
    return out + c.flush()


def stream(bits):
    """Raw deflate bits, lowest first, as a zlib stream."""
    b = bytearray()
    for i in range(0, len(bits), 8):
        b.append(sum(int(bit) << k for k, bit in enumerate(bits[i:i + 8])))
    return b"\x78\x9c" + bytes(b)


def pngs():
    good = png(ihdr(), idat(rows()))
    gray = dict(colour=0)
    yield "empty", b""
    yield "signature-alone", good[:8]
    yield "cut-in-header", good[:20]
    yield "cut-in-pixels", good[:60]
    yield "cut-before-end", good[:-20]
    yield "header-checksum", good[:29] + b"\0" + good[30:]
    yield "pixels-checksum", good[:50] + bytes([good[50] ^ 1]) + good[51:]
    yield "width-0", png(ihdr(w=0), idat(rows()))
    yield "height-0", png(ihdr(h=0), idat(rows()))
    yield "bomb-by-size", png(ihdr(60000, 60000, colour=0), chunk(b"IDAT", zeros(64 << 20)))
    yield "claims-16384", png(ihdr(16384, 16384), idat(rows()))
    yield "claims-16384-16-bit", png(ihdr(16384, 16384, depth=16, colour=6), idat(rows()))
    yield "claims-16384-interlaced", png(ihdr(16384, 16384, colour=6, interlace=1), idat(rows()))
    yield "bomb-by-content", png(ihdr(), chunk(b"IDAT", zeros(64 << 20)))
    yield "bomb-in-text", png(ihdr(), chunk(b"zTXt", b"Comment\0\0" + zeros(64 << 20)))
    yield "few-pixels", png(ihdr(), idat(rows(h=9)))
    yield "no-pixels", png(ihdr())
    yield "no-palette", png(ihdr(colour=3), idat(rows(channels=1)))
    yield "palette-of-4-bytes", png(ihdr(colour=3), chunk(b"PLTE", b"1234"), idat(rows(channels=1)))
    yield "beyond-palette", png(ihdr(colour=3), chunk(b"PLTE", bytes(6)), idat(rows(channels=1)))
    yield "filter-9", png(ihdr(), idat(rows(filter=9)))
    yield "depth-3", png(ihdr(depth=3, colour=0), idat(rows(channels=1)))
    yield "colour-type-5", png(ihdr(colour=5), idat(rows()))
    yield "interlaced-cut", png(ihdr(interlace=1), idat(rows(h=4)))
    yield "16-bit-cut", png(ihdr(depth=16), idat(rows(h=4)))
    yield "zlib-header", png(ihdr(**gray), chunk(b"IDAT", b"\x79\x9c" + zlib.compress(rows(channels=1))[2:]))
    yield "deflate-block-3", png(ihdr(**gray), chunk(b"IDAT", stream("111" + "0" * 40)))
    yield "deflate-too-far-back", png(ihdr(**gray), chunk(b"IDAT", stream("110" + "0000001" + "00010" + "0" * 16)))
    yield "deflate-stored-length", png(ihdr(**gray), chunk(b"IDAT", stream("100") + b"\x10\0\x10\0" + bytes(16)))
    yield "deflate-no-codes", png(ihdr(**gray), chunk(b"IDAT", stream("101" + "00000" + "00000" + "0000" + "0" * 200)))
    yield "chunk-of-4-GiB", good[:33] + b"\xff\xff\xff\xff" + good[37:]
    yield "two-headers", png(ihdr(), ihdr(), idat(rows()))


# ---- JPEG

def segments():
    """The segments of the good JPEG: marker, place, length with the marker."""
    at = 2
    while True:
        n = 2 + struct.unpack(">H", JPEG[at + 2:at + 4])[0]
        yield JPEG[at + 1], at, n
        if JPEG[at + 1] == 0xda:
            return
        at += n


def without(marker):
    out = JPEG
    for m, at, n in reversed(list(segments())):
        if m == marker:
            out = out[:at] + out[at + n:]
    return out


def at_marker(marker):
    return next(at for m, at, _ in segments() if m == marker)


def patched(at, new):
    return JPEG[:at] + new + JPEG[at + len(new):]


def jpegs():
    frame, scan = at_marker(0xc0), at_marker(0xda)
    yield "cut-in-header", JPEG[:200]
    yield "cut-in-frame", JPEG[:frame + 6]
    yield "cut-in-pixels", JPEG[:scan + 30]
    yield "no-frame", JPEG[:2] + b"\xff\xd9"
    yield "height-0", patched(frame + 5, struct.pack(">H", 0))
    yield "width-0", patched(frame + 7, struct.pack(">H", 0))
    yield "bomb-by-size", patched(frame + 5, struct.pack(">HH", 65535, 65535))
    yield "claims-16000", patched(frame + 5, struct.pack(">HH", 16000, 16000))
    yield "no-huffman-tables", without(0xc4)
    yield "no-quantisation", without(0xdb)
    yield "no-scan", JPEG[:scan] + b"\xff\xd9"
    yield "12-bit", patched(frame + 4, b"\x0c")
    yield "arithmetic", patched(frame + 1, b"\xc9")
    yield "lossless", patched(frame + 1, b"\xc3")
    yield "hierarchical", patched(frame + 1, b"\xc5")
    yield "segment-of-length-0", patched(at_marker(0xdb) + 2, b"\0\0")
    yield "huffman-overfull", patched(at_marker(0xc4) + 5, b"\xff" * 16)
    yield "two-frames", JPEG[:scan] + JPEG[frame:scan] + JPEG[scan:]
    yield "five-components", patched(frame + 9, b"\x05")
    yield "sampling-0", patched(frame + 11, b"\0")
    yield "scan-of-a-stranger", patched(scan + 5, b"\x63")
    yield "damaged-pixels", JPEG[:scan + 14] + bytes(i * 37 % 255 for i in range(len(JPEG) - scan - 16)) + b"\xff\xd9"


# ---- TIFF: tags (tag, type, values)

SIZES = {1: "B", 2: "B", 3: "H", 4: "I", 11: "f", 12: "d", 16: "Q"}


def tiff(tags, data=b"", order="<", magic=42):
    entries, extra = b"", b""
    base = 8 + 2 + 12 * len(tags) + 4
    for tag, kind, values in sorted(tags):
        body = struct.pack(order + str(len(values)) + SIZES[kind], *values)
        count = len(values)
        if len(body) > 4:
            place = struct.pack(order + "I", base + len(data) + len(extra))
            extra += body
        else:
            place = body.ljust(4, b"\0")
        entries += struct.pack(order + "HHI", tag, kind, count) + place
    return {"<": b"II", ">": b"MM"}[order] + struct.pack(order + "HI", magic, 8) + struct.pack(order + "H", len(tags)) + entries + bytes(4) + data + extra


def basic(data, w=24, h=16, bits=(8, 8, 8), compression=1, photometric=2, samples=None, offset=None, **more):
    samples = samples or len(bits)
    n = 10 + len(more)
    tags = [(256, 4, [w]), (257, 4, [h]), (258, 3, list(bits)), (259, 3, [compression]), (262, 3, [photometric]), (273, 4, [8 + 6 + 12 * n if offset is None else offset]),
            (277, 3, [samples]), (278, 4, [h]), (279, 4, [len(data)]), (284, 3, [1])]
    tags += [(int(k[1:]), *v) for k, v in more.items()]
    return tiff(tags, data)


def tiffs():
    pixels = bytes(x % 251 for x in range(24 * 16 * 3))
    good = basic(pixels)
    yield "cut-in-directory", good[:40]
    yield "cut-in-pixels", good[:len(good) - 600]
    yield "magic-43-alone", b"II\x2b\0" + good[4:8]
    yield "no-directory", good[:4] + struct.pack("<I", 1 << 30)
    yield "empty-directory", tiff([])
    yield "width-0", basic(pixels, w=0)
    yield "bomb-by-size", basic(zeros(16 << 20), 60000, 60000, (8,), 8, 1)
    yield "claims-16384", basic(zeros(1 << 20), 16384, 16384, (8, 8, 8), 8)
    yield "bomb-by-strip", basic(zeros(32 << 20), 4096, 8193, (8,), 8, 1)
    yield "strip-outside", basic(pixels, offset=1 << 30)
    yield "strips-4-billion", basic(pixels, t322=(4, [1]), t323=(4, [1]))
    yield "tiles-of-2-31", basic(pixels, t322=(4, [1 << 31]), t323=(4, [1 << 31]))
    yield "compression-unknown", basic(pixels, compression=34925)
    yield "lzw-damaged", basic(b"\xff" * 600, compression=5)
    yield "deflate-damaged", basic(zlib.compress(pixels)[:40] + b"\xff" * 40, compression=8)
    yield "jpeg-damaged", basic(JPEG[:100], compression=7, photometric=6)
    yield "photometric-lab", basic(pixels, photometric=8)
    yield "bits-5", basic(pixels, bits=(5,), photometric=1)
    yield "bits-8-8-16", basic(pixels, bits=(8, 8, 16))
    yield "no-samples", basic(pixels, bits=(8,), samples=60000)
    yield "complex-samples", basic(bytes(24 * 16 * 8), bits=(64,), photometric=1, t339=(3, [6]))
    yield "float-32", basic(bytes(24 * 16 * 4), bits=(32,), photometric=1, t339=(3, [3]))
    yield "signed-16", basic(bytes(24 * 16 * 2), bits=(16,), photometric=1, t339=(3, [2]))
    yield "unsigned-32", basic(bytes(24 * 16 * 4), bits=(32,), photometric=1)
    yield "cmyk", basic(bytes(24 * 16 * 4), bits=(8, 8, 8, 8), photometric=5)
    yield "planes", basic(pixels).replace(struct.pack("<HHIHH", 284, 3, 1, 1, 0), struct.pack("<HHIHH", 284, 3, 1, 2, 0))
    yield "big", b"II" + struct.pack("<HHHQQ", 43, 8, 0, 16, 0) + bytes(16)
    yield "palette-missing", basic(bytes(24 * 16), bits=(8,), photometric=3)


# ---- GIF, BMP, WebP and other things

def gif(w=24, h=16, frames=b"", flags=0x80):
    return b"GIF89a" + struct.pack("<HHBBB", w, h, flags, 0, 0) + (bytes(6) if flags & 0x80 else b"") + frames + b";"


def frame(w=24, h=16, data=b"\x02\x02\x4c\x01\0", left=0, top=0):
    return b"," + struct.pack("<HHHHB", left, top, w, h, 0) + data


def bmp(w=24, h=16, bits=24, compression=0, data=None, offset=54):
    data = bytes(24 * 16 * 3) if data is None else data
    return b"BM" + struct.pack("<IHHI", 54 + len(data), 0, 0, offset) + struct.pack("<IiiHHIIiiII", 40, w, h, 1, bits, compression, len(data), 0, 0, 0, 0) + data


def riff(*chunks):
    body = b"WEBP" + b"".join(k + struct.pack("<I", len(d)) + d + bytes(len(d) % 2) for k, d in chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def vp8l(w, h, bits=b""):
    return (b"VP8L", b"\x2f" + struct.pack("<I", (w - 1) | (h - 1) << 14) + bits)


def others():
    yield "gif-cut.gif", gif(frames=frame())[:20]
    yield "gif-cut-in-pixels.gif", gif(frames=frame())[:-5]
    yield "gif-0x0.gif", gif(0, 0, frame(0, 0))
    yield "gif-no-frame.gif", gif()
    yield "gif-bomb.gif", gif(65535, 65535, frame(65535, 65535))
    yield "gif-claims-16384.gif", gif(16384, 16384, frame(16384, 16384))
    yield "gif-frame-smaller.gif", gif(frames=frame(2, 2, b"\x02\x02\x44\x01\0"))
    yield "gif-frame-outside.gif", gif(frames=frame(left=20))
    yield "gif-no-palette.gif", gif(frames=frame(), flags=0)
    yield "bmp-cut.bmp", bmp()[:300]
    yield "bmp-bomb.bmp", bmp(60000, 60000)
    yield "bmp-claims-16384.bmp", bmp(16384, 16384)
    yield "bmp-0x0.bmp", bmp(0, 0)
    yield "bmp-negative-width.bmp", bmp(-24, 16)
    yield "bmp-run-lengths.bmp", bmp(bits=8, compression=1)
    yield "bmp-pixels-at-4-GiB.bmp", bmp(offset=0xffffffff)
    yield "webp-cut.webp", riff((b"VP8 ", b"\x10\x02\0\x9d\x01\x2a\x18\0\x10\0"))[:26]
    yield "webp-cut-lossy.webp", riff((b"VP8 ", b"\x10\x02\0\x9d\x01\x2a\x18\0\x10\0" + bytes(10)))
    yield "webp-empty.webp", riff()
    yield "webp-animation.webp", riff((b"VP8X", b"\x02\0\0\0" + b"\x17\0\0\x0f\0\0"), (b"ANIM", bytes(6)), (b"ANMF", bytes(24)))
    yield "webp-bomb-lossless.webp", riff(vp8l(16383, 16383, stream("000" + "1000" * 5)[2:] + bytes(8)))
    yield "webp-damaged-lossless.webp", riff(vp8l(24, 16, b"\xff" * 30))
    yield "text.png", b"This is no picture at all.\n"
    yield "git-lfs-pointer.png", b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"
    yield "web-page.jpg", b"<!DOCTYPE html><html><head><title>404 Not Found</title></head></html>\n"
    yield "svg.png", b'<svg xmlns="http://www.w3.org/2000/svg" width="24" height="16"/>\n'
    yield "pdf.png", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
    yield "heic.jpg", struct.pack(">I", 24) + b"ftypheic\0\0\0\0mif1heic" + bytes(16)
    yield "avif.jpg", struct.pack(">I", 24) + b"ftypavif\0\0\0\0mif1avif" + bytes(16)
    yield "jpeg2000.jpg", b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(16)
    yield "jpeg-xl.jpg", b"\xff\x0a" + bytes(16)
    yield "npy.png", b"\x93NUMPY\x01\0" + bytes(24)
    yield "gzip.png", b"\x1f\x8b\x08\0\0\0\0\0\0\x03" + bytes(16)


# ---- masks

def masks():
    gray = lambda values, **more: png(ihdr(colour=0, **more), idat(b"".join(b"\0" + bytes(row) for row in values)))
    plain = [[0] * 24 for _ in range(16)]
    changed = lambda x, y, v: [[v if (i, j) == (x, y) else 0 for i in range(24)] for j in range(16)]
    rgb = bytearray(rows(value=0))
    rgb[1 + 73 * 2 + 3 * 5:1 + 73 * 2 + 3 * 5 + 3] = b"\x01\x02\x03"
    yield "jpeg.png", JPEG
    yield "jpeg.jpg", JPEG
    yield "value-7.png", gray(changed(4, 3, 7))
    yield "value-255.png", gray(changed(4, 3, 255))
    yield "value-1000-16-bit.png", png(ihdr(depth=16, colour=0), idat(b"".join(b"\0" + (b"\0\0" * 5 + b"\x03\xe8" + b"\0\0" * 18) for _ in range(16))))
    yield "index-9.png", png(ihdr(colour=3), chunk(b"PLTE", bytes(30)), idat(b"".join(b"\0" + bytes(9 if (i, j) == (2, 1) else 0 for i in range(24)) for j in range(16))))
    yield "unknown-colour.png", png(ihdr(), idat(bytes(rgb)))
    yield "unknown-colour-alpha.png", png(ihdr(colour=6), idat((b"\0" + b"\x09\x08\x07\xff" * 24) * 16))
    yield "unknown-colour-16-bit.png", png(ihdr(depth=16), idat((b"\0" + b"\x09\x00\x08\x00\x07\x00" * 24) * 16))
    yield "smaller.png", gray(plain[:8], h=8)
    yield "turned.png", png(ihdr(16, 24, colour=0), idat((b"\0" + bytes(16)) * 24))
    yield "cut.png", gray(plain)[:55]
    yield "claims-16384.png", png(ihdr(16384, 16384, colour=0), idat(b"\0" * 100))
    yield "bomb.png", png(ihdr(24, 16, colour=0), chunk(b"IDAT", zeros(64 << 20)))
    yield "palette-missing.png", png(ihdr(colour=3), idat(rows(channels=1, value=0)))
    yield "fraction.tif", basic(struct.pack("<384f", *([0.0] * 30 + [1.5] + [0.0] * 353)), bits=(32,), photometric=1, t339=(3, [3]))
    yield "nan.tif", basic(struct.pack("<384f", *([float("nan")] + [0.0] * 383)), bits=(32,), photometric=1, t339=(3, [3]))
    yield "negative.tif", basic(struct.pack("<384h", *([-1] + [0] * 383)), bits=(16,), photometric=1, t339=(3, [2]))
    yield "value-70000.tif", basic(struct.pack("<384I", *([70000] + [0] * 383)), bits=(32,), photometric=1)
    yield "value-9.tif", basic(bytes([0] * 50 + [9] + [0] * 333), bits=(8,), photometric=1)
    yield "jpeg-within.tif", basic(JPEG, compression=7, photometric=6)
    yield "unknown-colour.tif", basic(bytes([1, 2, 3] * 384))
    yield "cut.tif", basic(bytes(384), bits=(8,), photometric=1)[:200]
    yield "two-channels.tif", basic(bytes(768), bits=(8, 8), photometric=1)
    yield "value-3.gif", gif(frames=frame(data=b"\x02\x03\x4c\x6a\x01\0"))
    yield "unknown-colour.bmp", bmp(data=bytes([1, 2, 3] * 384))
    yield "lossy.webp", riff((b"VP8 ", b"\x10\x02\0\x9d\x01\x2a\x18\0\x10\0" + bytes(10)))
    yield "text.png", b"0 0 0 0 1 1 1\n"


if __name__ == "__main__":
    for folder in ["pictures", "masks"]:
        shutil.rmtree(os.path.join(HERE, folder), ignore_errors=True)
    for name, content in pngs():
        save(f"pictures/png-{name}.png", content)
    for name, content in jpegs():
        save(f"pictures/jpeg-{name}.jpg", content)
    for name, content in tiffs():
        save(f"pictures/tiff-{name}.tif", content)
    for name, content in others():
        save("pictures/" + name, content)
    for name, content in masks():
        save("masks/" + name, content)
    save("good.png", png(ihdr(colour=0), idat(rows(channels=1, value=0))))  # what the bad ones are paired with
