#!/usr/bin/env python3
"""Makes small files that are huge, endless or exponential for whoever opens them.

    make_bombs.py OUTDIR

Each begins like the type that it is said to be, so that it gets past the sniffing and meets the renderer. Some stay within the
limits of the service on purpose (12,000 pixels a side, 50 megapixels) and are dear all the same. Needs Python alone; ffmpeg,
where it is, makes one more.
"""

import json
import shutil
import struct
import subprocess
import sys
import zipfile
import zlib
from base64 import b64encode
from functools import reduce
from io import BytesIO
from operator import xor

from corpus import (
    OFFICE,
    PNG_SIGNATURE,
    Folder,
    archive,
    box,
    chunk,
    deck,
    packed_zeros,
    paragraph_shape,
    pdf,
    pdf_stream,
    png,
    slide_xml,
)

# --- PNG --------------------------------------------------------------------------------------------------------------


def row_bytes(width, depth, colour):
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    return 1 + (width * channels * depth + 7) // 8


def flat_png(width, height, depth=8, colour=0, **more):
    """A complete picture of one colour. Interlaced, there are more rows, each with a byte in front: two more a row are enough."""
    count = height * (row_bytes(width, depth, colour) + (2 if more.get("interlaced") else 0))
    return png(width, height, packed_zeros(count), depth, colour, **more)


def pngs(folder):
    largest = (1 << 31) - 1
    folder.add("png-largest.png", png(largest, largest, packed_zeros(1000), 16, 6), "PNG that claims 2^31-1 pixels a side")
    folder.add("png-65535.png", png(65535, 65535, packed_zeros(100000)), "PNG that claims 65535x65535 and stops")
    folder.add("png-zero.png", png(0, 0, packed_zeros(10)), "PNG of no pixels")
    folder.add("png-20000.png", flat_png(20000, 20000), "PNG, 20,000x20,000, complete")
    folder.add("png-20000-rgba16.png", flat_png(20000, 4000, 16, 6), "PNG, 20,000x4,000 of 64 bits each: 640 MB")
    folder.add("png-within-limits.png", flat_png(7000, 7000, 16, 6), "PNG, 49 megapixels of 64 bits each: within the limits, 392 MB")
    folder.add("png-wide-within.png", flat_png(12000, 4166, 8, 6), "PNG, 12,000x4,166 RGBA: just within the limits")
    folder.add("png-interlaced.png", flat_png(7000, 7000, 8, 6, interlaced=True), "PNG, 49 megapixels, interlaced")
    folder.add("png-one-row.png", flat_png(60_000_000, 1, 1), "PNG, one row of 60 million pixels")
    folder.add("png-too-much-data.png", png(10, 10, packed_zeros(1 << 28), 8, 0), "PNG of 10x10 whose data unpacks to 256 MB")
    palette = chunk(b"PLTE", bytes(768))
    folder.add("png-palette.png", png(12000, 4000, packed_zeros(4000 * 12001), 8, 3, before=palette), "PNG with a palette, 48 megapixels")
    huge = packed_zeros(1 << 28)
    folder.add("png-iccp.png", flat_png(8, 8, before=chunk(b"iCCP", b"profile\0\0" + huge)), "PNG whose colour profile unpacks to 256 MB")
    folder.add("png-ztxt.png", flat_png(8, 8, before=chunk(b"zTXt", b"Comment\0\0" + huge)), "PNG whose comment unpacks to 256 MB")
    text = chunk(b"iTXt", b"Comment\0\1\0\0\0" + packed_zeros(1 << 20))
    folder.add("png-itxt.png", flat_png(8, 8, before=text * 300), "PNG with 300 comments of 1 MB each, packed")
    folder.add("png-chunks.png", flat_png(8, 8, before=chunk(b"tEXt", b"a\0b") * 50_000), "PNG with 50,000 chunks")
    folder.add("png-exif.png", flat_png(8, 8, before=chunk(b"eXIf", exif_loop())), "PNG with EXIF directories that point at themselves")
    folder.add("apng-frames.png", apng(500, 4000), "animated PNG: 500 frames of 4000x4000")
    folder.add("bmp-disguised.png", b"BM" + struct.pack("<IIIIiiHHIIiiII", 54, 0, 54, 40, 65535, 65535, 1, 32, 0, 0, 0, 0, 0, 0), "BMP of 65535x65535 that is said to be PNG")


def apng(frames, side):
    frame = packed_zeros(side * row_bytes(side, 1, 0))
    control = lambda number: chunk(b"fcTL", struct.pack(">IIIIIHHBB", number, side, side, 0, 0, 1, 1000, 0, 0))
    body = [PNG_SIGNATURE, chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)), chunk(b"acTL", struct.pack(">II", frames, 0))]
    body += [control(0), chunk(b"IDAT", frame)]
    for n in range(1, frames):
        body += [control(2 * n - 1), chunk(b"fdAT", struct.pack(">I", 2 * n) + frame)]
    return b"".join(body) + chunk(b"IEND", b"")


def exif_loop():
    """A directory of 4,000 entries, each a pointer to a directory at the same place, which is also its own next."""
    entries = struct.pack("<HHII", 0x8769, 4, 1, 8) * 4000
    return b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", 4000) + entries + struct.pack("<I", 8)


# --- GIF --------------------------------------------------------------------------------------------------------------


def gif_run(count):
    """The LZW data of so many pixels of one colour, as sub-blocks."""
    out, held, bits = bytearray([2]), 0, 0
    codes = []
    left = count
    while left > 0:
        # 4 means clear; then a pixel; then each code stands for one pixel more than the one before it.
        codes.append((4, 3))
        size, length, following = 3, 1, 6
        codes.append((0, size))
        left -= 1
        while left > 0 and following < 4095:
            length += 1
            codes.append((following, size) if length <= left else (0, size))
            left -= length if length <= left else 1
            if following == (1 << size) - 1 and size < 12:
                size += 1
            following += 1
    codes.append((5, size))
    packed = bytearray()
    for code, size in codes:
        held |= code << bits
        bits += size
        while bits >= 8:
            packed.append(held & 255)
            held >>= 8
            bits -= 8
    packed.append(held & 255)
    for at in range(0, len(packed), 255):
        block = packed[at : at + 255]
        out += bytes([len(block)]) + block
    return bytes(out) + b"\0"


def gif(width, height, frames):
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff" + b"".join(frames) + b";"


def gif_frame(width, height, data):
    return b"!\xf9\4\0\1\0\0\0," + struct.pack("<HHHHB", 0, 0, width, height, 0) + data


def gifs(folder):
    dot = gif_frame(1, 1, gif_run(1))
    folder.add("gif-canvas.gif", gif(65535, 65535, [dot]), "GIF: canvas of 65535x65535, one frame of a pixel")
    folder.add("gif-10000-frames.gif", gif(4000, 4000, [dot] * 10_000), "GIF: 10,000 tiny frames on 16 megapixels")
    run = gif_run(4000 * 4000)
    folder.add("gif-full-frames.gif", gif(4000, 4000, [gif_frame(4000, 4000, run)] * 60), "GIF: 60 complete frames of 16 megapixels")
    folder.add("gif-within-limits.gif", gif(7000, 7000, [gif_frame(7000, 7000, gif_run(7000 * 7000))]), "GIF: one complete frame of 49 megapixels")
    folder.add("gif-cut.gif", gif(65535, 65535, [gif_frame(65535, 65535, run[:5000])])[:-1], "GIF: frame of 65535x65535 that breaks off")
    folder.add("gif-comments.gif", gif(10, 10, [b"!\xfe\1a\0" * 100_000, dot]), "GIF with 100,000 comments before its frame")


# --- WebP -------------------------------------------------------------------------------------------------------------


def riff(*chunks):
    body = b"WEBP" + b"".join(kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) & 1) for kind, data in chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def vp8l(width, height):
    """A whole lossless picture of one colour in a handful of bytes: codes with one symbol take no bits at all."""
    held, bits = 0, 0

    def put(value, count):
        nonlocal held, bits
        held |= value << bits
        bits += count

    put(0x2F, 8)
    put(width - 1, 14)
    put(height - 1, 14)
    put(0, 1 + 3)  # no alpha, version 0
    put(0, 1)  # no transform
    put(0, 1)  # no colour cache
    put(0, 1)  # one set of codes
    for symbol in (0x80, 0x40, 0x20, 0xFF, 0):
        # A simple code of one symbol, which has 8 bits (the last, for distances, has 1).
        put(1, 1)
        put(0, 1)
        put(1 if symbol else 0, 1)
        put(symbol, 8 if symbol else 1)
    return held.to_bytes((bits + 7) // 8 + 4, "little")


def webps(folder):
    three = lambda value: struct.pack("<I", value)[:3]
    canvas = lambda flags, width, height: (b"VP8X", bytes([flags, 0, 0, 0]) + three(width - 1) + three(height - 1))
    folder.add("webp-16383.webp", riff((b"VP8L", vp8l(16383, 16383))), "WebP: 268 megapixels in 60 bytes, complete")
    folder.add("webp-within-limits.webp", riff((b"VP8L", vp8l(7000, 7000))), "WebP: 49 megapixels in 60 bytes, complete, within the limits")
    folder.add("webp-canvas.webp", riff(canvas(0, 1 << 24, 1 << 24), (b"VP8L", vp8l(1, 1))), "WebP: canvas of 2^24 pixels a side")
    frame = lambda side: (b"ANMF", three(0) * 2 + three(side - 1) * 2 + three(1) + b"\0" + riff((b"VP8L", vp8l(side, side)))[12:])
    moving = lambda count, side: riff(canvas(2, side, side), (b"ANIM", bytes(6)), *[frame(side)] * count)
    folder.add("webp-frames.webp", moving(8000, 4000), "animated WebP: 8,000 complete frames of 16 megapixels")
    folder.add("webp-giant-frames.webp", moving(500, 16383), "animated WebP: 500 frames of 268 megapixels")
    lossy = b"\x10\0\0\x9d\x01\x2a" + struct.pack("<HH", 16383, 16383) + bytes(400)
    folder.add("webp-lossy.webp", riff((b"VP8 ", lossy)), "WebP, lossy: 16383x16383 that breaks off")
    profile = (b"ICCP", bytes(300_000))
    folder.add("webp-iccp.webp", riff(canvas(0x20, 100, 100), profile, (b"VP8L", vp8l(100, 100))), "WebP with 300 KB of colour profile")


# --- JPEG -------------------------------------------------------------------------------------------------------------


def marker(code, body):
    return bytes([0xFF, code]) + struct.pack(">H", len(body) + 2) + body


QUANTISERS = marker(0xDB, b"\0" + b"\x10" * 64)


def jpeg_frame(code, width, height, components):
    parts = b"".join(bytes([n + 1, 0x11, 0]) for n in range(components))
    return marker(code, struct.pack(">BHHB", 8, height, width, components) + parts)


def huffman(kind, symbol):
    """A table with one code of one bit, 0, for one symbol."""
    return marker(0xC4, bytes([kind, 1]) + bytes(15) + bytes([symbol]))


def scan(components, first, last, bits=0):
    parts = b"".join(bytes([n + 1, 0]) for n in components)
    return marker(0xDA, bytes([len(components)]) + parts + bytes([first, last, bits]))


def flat_jpeg(width, height, components=1):
    """A complete progressive JPEG, mid-grey all over: one bit a block and component, each 0."""
    blocks = ((width + 7) // 8) * ((height + 7) // 8)
    data = bytes(blocks * components // 8 + 1)
    head = b"\xff\xd8" + QUANTISERS + jpeg_frame(0xC2, width, height, components) + huffman(0, 0)
    return head + scan(range(components), 0, 0) + data + b"\xff\xd9"


def jpeg_of_scans(width, height, scans):
    """Each scan goes over all blocks and says, in a few bytes, that they stay as they are."""
    blocks = ((width + 7) // 8) * ((height + 7) // 8)
    body = flat_jpeg(width, height)[:-2]
    # Symbol 0xE0: so many blocks are at their end as the next 14 bits say and 16,384 more. Bits: 0, then the 14.
    bits, left = "", blocks
    while left >= 16384:
        more = min(left - 16384, 16383)
        bits += "0" + f"{more:014b}"
        left -= 16384 + more
    bits += "1" * (-len(bits) % 8)
    data = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")
    one = scan([0], 1, 63) + data
    return body + huffman(0x10, 0xE0) + one * scans + b"\xff\xd9"


def jpegs(folder):
    head = b"\xff\xd8" + QUANTISERS
    folder.add("jpeg-65500.jpg", head + jpeg_frame(0xC0, 65500, 65500, 3) + huffman(0, 0) + huffman(0x10, 0) + scan(range(3), 0, 63) + bytes(50_000), "JPEG of 65500x65500 that breaks off")
    folder.add("jpeg-20000.jpg", flat_jpeg(20_000, 20_000), "progressive JPEG of 20,000x20,000, complete")
    folder.add("jpeg-within-limits.jpg", flat_jpeg(7000, 7000, 4), "progressive JPEG of 49 megapixels and four components, complete")
    folder.add("jpeg-scans.jpg", jpeg_of_scans(6000, 6000, 8000), "progressive JPEG with 8,000 scans over 36 megapixels")
    folder.add("jpeg-few-scans.jpg", jpeg_of_scans(7000, 7000, 200), "progressive JPEG with 200 scans over 49 megapixels")
    folder.add("jpeg-small-scans.jpg", jpeg_of_scans(1200, 1200, 60_000), "progressive JPEG with 60,000 scans over a small picture")
    folder.add("jpeg-no-height.jpg", head + jpeg_frame(0xC0, 65500, 0, 1) + huffman(0, 0) + huffman(0x10, 0) + scan([0], 0, 63) + bytes(50_000), "JPEG whose height is to follow, and does not")
    exif = marker(0xE1, b"Exif\0\0" + exif_loop())
    folder.add("jpeg-exif-loop.jpg", b"\xff\xd8" + exif + flat_jpeg(100, 100)[2:], "JPEG with EXIF directories that point at themselves")
    folder.add("jpeg-segments.jpg", b"\xff\xd8" + marker(0xE2, b"ICC_PROFILE\0" + b"\1\xff" + bytes(65_000)) * 8 + flat_jpeg(100, 100)[2:], "JPEG with 500 KB of colour profile in front")
    folder.add("jpeg-fill.jpg", b"\xff\xd8" + b"\xff" * 400_000 + flat_jpeg(100, 100)[3:], "JPEG with 400,000 fill bytes")


def avifs(folder):
    brand = box(b"ftyp", b"avif\0\0\0\0avifmif1miaf")
    full = lambda kind, *contents: box(kind, bytes(4), *contents)
    size = full(b"ispe", struct.pack(">II", (1 << 32) - 1, (1 << 32) - 1))
    properties = box(b"iprp", box(b"ipco", size), full(b"ipma", struct.pack(">IHBB", 1, 1, 1, 1)))
    item = full(b"iinf", struct.pack(">H", 1), box(b"infe", b"\2\0\0\0", struct.pack(">HH", 1, 0), b"av01\0"))
    place = full(b"iloc", struct.pack(">BBHHHHII", 0x44, 0, 1, 1, 0, 1, 300, 1000))
    meta = full(b"meta", full(b"hdlr", bytes(4) + b"pict" + bytes(13)), full(b"pitm", struct.pack(">H", 1)), place, item, properties)
    folder.add("avif-largest.avif", brand + meta + box(b"mdat", bytes(2000)), "AVIF that claims 2^32-1 pixels a side")
    many = full(b"iloc", struct.pack(">BBH", 0x44, 0, 65535), struct.pack(">HHHII", 1, 0, 1, 0, 0xFFFFFFFF) * 65535)
    folder.add("avif-items.avif", brand + full(b"meta", full(b"pitm", struct.pack(">H", 1)), many, properties), "AVIF with 65,535 items of 4 GB each")
    folder.add("avif-nested.avif", brand + nested_boxes(b"meta", 30_000), "AVIF: 30,000 boxes, one in the other")


# --- SVG --------------------------------------------------------------------------------------------------------------


def svg(body, root='width="800" height="600"', doctype=""):
    return f'{doctype}<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {root}>{body}</svg>'


def laughs(root, levels=12):
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, levels))
    return f'<!DOCTYPE {root} [<!ENTITY l0 "laugh ">{entities}]>', f"&l{levels - 1};"


def svgs(folder):
    doctype, last = laughs("svg")
    folder.add("svg-laughs.svg", svg(f"<text>{last}</text>", doctype=f'<?xml version="1.0"?>\n{doctype}'), "SVG: billion laughs")
    folder.add("svg-quadratic.svg", svg("<text>" + "&a;" * 50_000 + "</text>", doctype=f'<!DOCTYPE svg [<!ENTITY a "{"a" * 100_000}">]>'), "SVG: one long entity, 50,000 times")
    folder.add("svg-entity-loop.svg", svg("<text>&a;</text>", doctype='<!DOCTYPE svg [<!ENTITY a "&b;"><!ENTITY b "&a;">]>'), "SVG: entities that name each other")
    uses = '<g id="u0"><rect width="9" height="9"/></g>' + "".join(f'<g id="u{n}">{f"""<use xlink:href="#u{n - 1}" x="{n}"/>""" * 10}</g>' for n in range(1, 12))
    folder.add("svg-uses.svg", svg(f'<defs>{uses}</defs><use xlink:href="#u11"/>'), "SVG: <use> of <use>, ten times each, twelve deep")
    folder.add("svg-use-loop.svg", svg('<g id="a"><use xlink:href="#b"/></g><g id="b"><use xlink:href="#a"/><use xlink:href="#b"/></g>'), "SVG: <use> of itself")
    noise = '<filter id="f" filterUnits="userSpaceOnUse" x="-100000" y="-100000" width="200000" height="200000"><feTurbulence baseFrequency="0.9" numOctaves="1000000"/></filter>'
    folder.add("svg-turbulence.svg", svg(f'{noise}<rect width="800" height="600" filter="url(#f)"/>'), "SVG: turbulence of a million octaves over a huge region")
    octaves = '<filter id="f" x="0" y="0" width="1" height="1"><feTurbulence baseFrequency="0.5" numOctaves="20"/></filter>'
    folder.add("svg-noise.svg", svg(octaves + '<rect width="800" height="600" filter="url(#f)"/>' * 300), "SVG: plain turbulence, 300 times")
    blur = '<filter id="f" x="-500%" y="-500%" width="1100%" height="1100%">' + '<feGaussianBlur stdDeviation="500"/><feMorphology operator="dilate" radius="400"/>' * 200 + "</filter>"
    folder.add("svg-blur.svg", svg(f'{blur}<rect width="800" height="600" filter="url(#f)"/>'), "SVG: 400 large filters in a chain")
    matrix = f'<filter id="f"><feConvolveMatrix order="200" kernelMatrix="{"1 " * 40_000}"/></filter>'
    folder.add("svg-convolve.svg", svg(f'{matrix}<rect width="800" height="600" filter="url(#f)"/>'), "SVG: convolution with a matrix of 200x200")
    folder.add("svg-giant.svg", svg('<circle r="9"/>', 'width="1000000000" height="1000000000"'), "SVG of 10^9 pixels a side")
    folder.add("svg-viewbox.svg", svg('<rect width="1e30" height="1e30"/><circle r="1e-30" stroke="red" stroke-width="1e30"/>', 'viewBox="-1e30 -1e30 1e31 1e31"'), "SVG with a viewBox of 10^31")
    folder.add("svg-thin.svg", svg('<rect width="1" height="1"/>', 'viewBox="0 0 1 1000000000"'), "SVG a billion times higher than wide")
    folder.add("svg-deep.svg", svg("<g>" * 100_000 + "</g>" * 100_000), "SVG: 100,000 groups, one in the other")
    folder.add("svg-deep-opacity.svg", svg('<g opacity=".9">' * 900 + '<rect width="800" height="600"/>' + "</g>" * 900), "SVG: 900 groups that each need a layer of their own")
    folder.add("svg-paths.svg", svg("".join(f'<path d="M{n % 800} {n % 600}l9 9"/>' for n in range(30_000))), "SVG: 30,000 paths")
    folder.add("svg-long-path.svg", svg(f'<path stroke="red" stroke-width="30" stroke-linejoin="round" d="M0 0{"l799 599-799-599" * 40_000}"/>'), "SVG: one path of 80,000 long strokes")
    folder.add("svg-dashes.svg", svg('<path d="M0 0H1e7" stroke="red" stroke-dasharray="0.00001"/>'), "SVG: a line with 10^12 dashes")
    tiles = '<pattern id="p0" width=".01" height=".01"><rect width="9" height="9"/></pattern>' + "".join(
        f'<pattern id="p{n}" width=".01" height=".01"><rect width="800" height="600" fill="url(#p{n - 1})"/></pattern>' for n in range(1, 20)
    )
    folder.add("svg-patterns.svg", svg(f'{tiles}<rect width="800" height="600" fill="url(#p19)"/>'), "SVG: patterns of patterns, twenty deep")
    folder.add("svg-pattern-loop.svg", svg('<pattern id="p" width="9" height="9" patternUnits="userSpaceOnUse"><rect width="9" height="9" fill="url(#p)" stroke="url(#p)"/></pattern><rect width="800" height="600" fill="url(#p)"/>'), "SVG: pattern filled with itself")
    masks = "".join(f'<mask id="m{n}"><rect width="800" height="600" fill="#fff" mask="url(#m{n - 1})"/><circle r="99" mask="url(#m{n - 1})"/></mask>' for n in range(1, 25))
    folder.add("svg-masks.svg", svg(f'<mask id="m0"><rect width="9" height="9"/></mask>{masks}<rect width="800" height="600" mask="url(#m24)"/>'), "SVG: masks of masks, two each, 24 deep")
    clips = "".join(f'<clipPath id="c{n}"><rect width="800" height="600" clip-path="url(#c{n - 1})"/><circle r="99" clip-path="url(#c{n - 1})"/></clipPath>' for n in range(1, 25))
    folder.add("svg-clips.svg", svg(f'<clipPath id="c0"><rect width="9" height="9"/></clipPath>{clips}<rect width="800" height="600" clip-path="url(#c24)"/>'), "SVG: clip paths of clip paths, 24 deep")
    markers = '<marker id="m"><path d="M0 0h9" stroke="red"/></marker>'
    folder.add("svg-markers.svg", svg(f'{markers}<path marker-mid="url(#m)" d="M0 0{"l1 1" * 120_000}"/>'), "SVG: a path with a marker on each of 120,000 points")
    rules = "".join(f".c{n} g rect:first-child{{fill:#{n % 4096:03x}}}" for n in range(8000))
    shapes = "".join(f'<g class="c{n}"><rect width="1" height="1"/></g>' for n in range(8000))
    folder.add("svg-styles.svg", svg(f"<style>{rules}</style>{shapes}"), "SVG: 8,000 rules for 8,000 elements")
    folder.add("svg-text.svg", svg(f'<text font-size="9999">{"ﷺ" * 100_000}</text>'), "SVG: 100,000 large ligatures in a line")
    inner = b64encode(flat_png(20_000, 20_000)).decode()
    folder.add("svg-data.svg", svg(f'<image width="9" height="9" xlink:href="data:image/png;base64,{inner}"/>'), "SVG: PNG bomb inside")
    small = b64encode(flat_png(7000, 7000, 1)).decode()
    folder.add("svg-data-many.svg", svg(f'<image width="9" height="9" xlink:href="data:image/png;base64,{small}"/>' * 20), "SVG: 20 pictures of 49 megapixels inside")
    russian = svg('<rect width="9" height="9"/>')
    for _ in range(21):
        russian = svg(f'<image width="9" height="9" xlink:href="data:image/svg+xml;base64,{b64encode(russian.encode()).decode()}"/>' * (2 if len(russian) < 1000 else 1))
    folder.add("svg-russian.svg", russian, "SVG in SVG in SVG, 21 deep")
    folder.add("svg-attributes.svg", svg("<rect " + " ".join(f'a{n}="1"' for n in range(30_000)) + "/>"), "SVG: one element of 30,000 attributes")


# --- Decks ------------------------------------------------------------------------------------------------------------

CATALOGUE = "<< /Type /Catalog /Pages 2 0 R >>"


def one_page(resources="", content=b"", box_="0 0 600 800", filters="", more=()):
    """A PDF of one page whose content is object 4 and whose further objects begin with 5."""
    pages = "<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
    page = f"<< /Type /Page /Parent 2 0 R /MediaBox [{box_}] /Resources << {resources} >> /Contents 4 0 R >>"
    return pdf([CATALOGUE, pages, page, pdf_stream(content, filters), *more])


def pdfs(folder):
    folder.add("pdf-tree-loop.pdf", pdf([CATALOGUE, "<< /Type /Pages /Kids [2 0 R 2 0 R 3 0 R] /Count 3 >>", "<< /Type /Pages /Kids [2 0 R 3 0 R] /Count 9 >>"]), "PDF: a tree of pages that contains itself")
    kids = [f"<< /Type /Pages /Kids [{f'{n + 1} 0 R ' * 10}] /Count 1000000000 >>" for n in range(2, 12)]
    folder.add("pdf-tree-wide.pdf", pdf([CATALOGUE, *kids, "<< /Type /Page /MediaBox [0 0 9 9] >>"]), "PDF: 10^10 pages by ten nodes that share their children")
    folder.add("pdf-count.pdf", pdf([CATALOGUE, "<< /Type /Pages /Kids [3 0 R] /Count 2147483647 >>", "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] >>"]), "PDF that claims two billion pages and has one")
    kids = " ".join(f"{n} 0 R" for n in range(3, 8_003))
    folder.add("pdf-8000-pages.pdf", pdf([CATALOGUE, f"<< /Type /Pages /Kids [{kids}] /Count 8000 >>", *["<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>"] * 8_000]), "PDF of 8,000 empty pages")
    form = lambda names, body: pdf_stream(body, f"/Type /XObject /Subtype /Form /BBox [0 0 600 800] /Resources << /XObject << {names} >> >> ")
    folder.add("pdf-form-loop.pdf", one_page("/XObject << /A 5 0 R >>", "/A Do", more=[form("/A 5 0 R", "/A Do /A Do")]), "PDF: form that draws itself twice")
    forms = [form(f"/A {n + 6} 0 R", "/A Do " * 10) for n in range(12)] + [form("", "0 0 9 9 re f")]
    folder.add("pdf-laughs.pdf", one_page("/XObject << /A 5 0 R >>", "/A Do", more=forms), "PDF: forms that draw forms, ten times each, twelve deep")
    folder.add("pdf-giant.pdf", one_page(content="0 0 1e9 1e9 re f", box_="0 0 1000000000 1000000000"), "PDF: page of 10^9 points a side")
    folder.add("pdf-thin.pdf", one_page(content="0 0 9 9 re f", box_="0 0 0.0001 14400"), "PDF: page a ten-thousandth of a point wide")
    folder.add("pdf-userunit.pdf", pdf([CATALOGUE, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>", "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 14400 14400] /UserUnit 75000 >>"]), "PDF: page of 14,400 units of 26 metres each")
    data, names = packed_zeros(3 << 30), ["/FlateDecode"]
    for _ in range(3):
        data, names = zlib.compress(data, 9), [*names, "/FlateDecode"]
    folder.add("pdf-flate.pdf", one_page(content=data, filters=f"/Filter [{' '.join(names)}] "), "PDF: content packed four times, 3 GB in the end")
    folder.add("pdf-filters.pdf", one_page(content=b"30 3e>" * 9, filters=f"/Filter [{'/ASCIIHexDecode ' * 30_000}] "), "PDF: 30,000 filters on one stream")
    picture = pdf_stream(packed_zeros(60_000 * 60_000 // 8), "/Type /XObject /Subtype /Image /Width 60000 /Height 60000 /BitsPerComponent 1 /ColorSpace /DeviceGray /Filter /FlateDecode ")
    folder.add("pdf-picture.pdf", one_page("/XObject << /A 5 0 R >>", "600 0 0 800 0 0 cm /A Do", more=[picture]), "PDF: picture of 60,000x60,000, complete")
    picture = pdf_stream(packed_zeros(8000 * 8000 * 3), "/Type /XObject /Subtype /Image /Width 8000 /Height 8000 /BitsPerComponent 8 /ColorSpace /DeviceRGB /Filter /FlateDecode /Interpolate true ")
    folder.add("pdf-pictures.pdf", one_page("/XObject << /A 5 0 R >>", "600 0 0 800 0 0 cm " + "/A Do " * 300, more=[picture]), "PDF: picture of 64 megapixels, drawn 300 times")
    folder.add("pdf-jpeg.pdf", one_page("/XObject << /A 5 0 R >>", "600 0 0 800 0 0 cm /A Do", more=[pdf_stream(jpeg_of_scans(6000, 6000, 5000), "/Type /XObject /Subtype /Image /Width 6000 /Height 6000 /BitsPerComponent 8 /ColorSpace /DeviceGray /Filter /DCTDecode ")]), "PDF: JPEG bomb as a picture")
    tile = pdf_stream("0 0 1 1 re f", "/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 1 1] /XStep 0.0005 /YStep 0.0005 /Resources << >> ")
    folder.add("pdf-tiles.pdf", one_page("/Pattern << /P 5 0 R >>", "/Pattern cs /P scn 0 0 600 800 re f", more=[tile]), "PDF: 2 x 10^12 tiles")
    loop = pdf_stream("/Pattern cs /P scn 0 0 9 9 re f", "/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 9 9] /XStep 9 /YStep 9 /Resources << /Pattern << /P 5 0 R >> >> ")
    folder.add("pdf-tile-loop.pdf", one_page("/Pattern << /P 5 0 R >>", "/Pattern cs /P scn 0 0 600 800 re f", more=[loop]), "PDF: pattern filled with itself")
    program = pdf_stream("{ " + "2 copy sin exch cos mul " * 5000 + "pop 1 1 }", "/FunctionType 4 /Domain [0 1 0 1] /Range [0 1 0 1 0 1] ")
    shading = "<< /ShadingType 1 /ColorSpace /DeviceRGB /Domain [0 1 0 1] /Matrix [600 0 0 800 0 0] /Function 6 0 R >>"
    folder.add("pdf-function.pdf", one_page("/Shading << /S 5 0 R >>", "/S sh", more=[shading, program]), "PDF: shading by a program of 20,000 steps a pixel")
    mesh = pdf_stream(packed_zeros(40_000_000), "/ShadingType 4 /ColorSpace /DeviceRGB /BitsPerCoordinate 8 /BitsPerComponent 8 /BitsPerFlag 8 /Decode [0 600 0 800 0 1 0 1 0 1] /Filter /FlateDecode ")
    folder.add("pdf-mesh.pdf", one_page("/Shading << /S 5 0 R >>", "/S sh", more=[mesh]), "PDF: shading of 6 million triangles")
    table = pdf_stream(packed_zeros(1 << 20), "/FunctionType 0 /Domain [0 1] /Range [0 1 0 1 0 1] /Size [2147483647] /BitsPerSample 32 /Filter /FlateDecode ")
    folder.add("pdf-samples.pdf", one_page("/Shading << /S 5 0 R >>", "/S sh", more=["<< /ShadingType 2 /ColorSpace /DeviceRGB /Coords [0 0 600 800] /Function 6 0 R >>", table]), "PDF: function that claims 2^31 samples")
    lines = b"0 0 m 600 800 l S 600 0 m 0 800 l S 9 w\n"
    folder.add("pdf-operators.pdf", one_page(content=zlib.compress(lines * 300_000, 9), filters="/Filter /FlateDecode "), "PDF: 2 million operators")
    folder.add("pdf-saves.pdf", one_page(content=zlib.compress(b"q " * 20_000_000, 1), filters="/Filter /FlateDecode "), "PDF: 20 million times saved, never restored")
    folder.add("pdf-clips.pdf", one_page(content=zlib.compress(b"0 0 m 600 1 l 3 800 l h W n " * 100_000, 9), filters="/Filter /FlateDecode "), "PDF: 100,000 clip paths")
    group = lambda names: pdf_stream("/A Do", f"/Type /XObject /Subtype /Form /BBox [0 0 600 800] /Group << /S /Transparency /I true >> /Resources << /XObject << {names} >> >> ")
    folder.add("pdf-groups.pdf", one_page("/XObject << /A 5 0 R >>", "/A Do", more=[group(f"/A {n + 6} 0 R") for n in range(500)] + [form("", "0 0 9 9 re f")]), "PDF: 500 transparent groups, one in the other")
    folder.add("pdf-nested.pdf", one_page(f"/Deep {'[' * 300_000}{']' * 300_000}"), "PDF: 300,000 arrays, one in the other")
    folder.add("pdf-nested-dictionaries.pdf", one_page(content="/A " + "<< /A " * 50_000 + " BDC"), "PDF: 50,000 dictionaries, one in the other, in the content")
    body = pdf([CATALOGUE, "<< /Type /Pages /Kids [] /Count 0 >>"])
    place = body.index(b"xref\n")
    folder.add("pdf-xref-loop.pdf", body.replace(b"/Root 1 0 R ", b"/Root 1 0 R /Prev %d " % place), "PDF: cross-reference table before which comes itself")
    folder.add("pdf-size.pdf", body.replace(b"/Size 3", b"/Size 2147483647"), "PDF that claims 2^31 objects")
    folder.add("pdf-length-loop.pdf", pdf([CATALOGUE, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>", "<< /Type /Page /Parent 2 0 R /Contents 4 0 R /MediaBox 5 0 R >>", b"<< /Length 4 0 R >>\nstream\nq\nendstream", "5 0 R"]), "PDF: lengths and boxes that refer to themselves")


def pptxs(folder):
    plain = slide_xml(paragraph_shape(1, "Slide"))
    folder.add("pptx-spaces.pptx", deck([slide_xml(" " * 500_000_000 + paragraph_shape(1, "far behind"))]), "PPTX: a slide of 500 MB of spaces")
    doctype, last = laughs("p:sld")
    folder.add("pptx-laughs.pptx", deck([slide_xml(paragraph_shape(1, last), doctype)]), "PPTX: billion laughs")
    folder.add("pptx-shapes.pptx", deck([slide_xml("".join(paragraph_shape(n % 9, "x") for n in range(200_000)))]), "PPTX: 200,000 shapes on a slide")
    folder.add("pptx-slides.pptx", deck([plain], slide_ids="".join(f'<p:sldId id="{256 + n}" r:id="rId1"/>' for n in range(200_000))), "PPTX: 200,000 times the same slide")
    folder.add("pptx-2000-slides.pptx", deck([plain] * 2000), "PPTX of 2,000 slides")
    nested = "<p:grpSp>" * 200_000 + "</p:grpSp>" * 200_000
    folder.add("pptx-deep.pptx", deck([slide_xml(nested)]), "PPTX: 200,000 groups, one in the other")
    cover = f'<Relationship Id="rId9" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/thumbnail" Target="docProps/thumbnail.jpeg"/>'
    folder.add("pptx-cover.pptx", deck([plain], package=cover, more=[("docProps/thumbnail.jpeg", jpeg_of_scans(7000, 7000, 2000))]), "PPTX: its cover picture is a JPEG bomb")
    picture = (
        '<p:pic><p:nvPicPr><p:cNvPr id="4" name="bomb"/><p:cNvPicPr/><p:nvPr/></p:nvPicPr><p:blipFill><a:blip r:embed="rId1"/><a:stretch><a:fillRect/></a:stretch></p:blipFill>'
        '<p:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="9144000" cy="6858000"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></p:spPr></p:pic>'
    )
    link = f'<Relationship Id="rId1" Type="{OFFICE}/image" Target="../media/image1.png"/>'
    folder.add("pptx-picture.pptx", deck([slide_xml(picture)], link, [("ppt/media/image1.png", flat_png(20_000, 20_000, 8, 2))]), "PPTX: PNG bomb on a slide")
    text = "<a:t>" + "word " * 2_000_000 + "</a:t>"
    folder.add("pptx-words.pptx", deck([slide_xml(paragraph_shape(1, "x").replace("<a:t>x</a:t>", text))] * 30), "PPTX: 30 slides of 2 million words each")


# --- ZIP --------------------------------------------------------------------------------------------------------------


def crc_matrix(length):
    """What so many zero bytes behind it make of a CRC-32, as a matrix over GF(2)."""
    odd = [0xEDB88320] + [1 << n for n in range(31)]
    times = lambda matrix, vector: reduce(xor, (matrix[n] for n in range(32) if vector >> n & 1), 0)
    square = lambda matrix: [times(matrix, row) for row in matrix]
    power, result = square(square(square(odd))), [1 << n for n in range(32)]
    while length:
        if length & 1:
            result = [times(power, row) for row in result]
        power, length = square(power), length >> 1
    return lambda crc: times(result, crc)


def overlapping(files, kernel_bytes):
    """Files that all share one packed kernel: each begins by quoting the header of the next (David Fifield's construction)."""
    packed = packed_zeros(kernel_bytes)[2:-4]
    crc = 0
    piece = zlib.crc32(bytes(1 << 20))
    shift = crc_matrix(1 << 20)
    for _ in range(kernel_bytes >> 20):
        crc = shift(crc) ^ piece
    assert kernel_bytes % (1 << 20) == 0
    size, packed_size, body, places = kernel_bytes, len(packed), packed, []
    header = lambda name, crc, packed_size, size: struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, 0, 8, 0, 0x21, crc, packed_size, size, len(name), 0) + name
    names = [b"%05d.png" % n for n in range(files)]
    local = header(names[-1], crc, packed_size, size)
    places.append((names[-1], crc, packed_size, size, len(body) + len(local)))
    body = local + body
    first_header = len(local)
    for name in reversed(names[:-1]):
        # A stored block that is not the last holds the header which follows; behind it the packed data go on.
        quoted = body[:first_header]
        crc = crc_matrix(size)(zlib.crc32(quoted)) ^ crc
        size += len(quoted)
        packed_size += 5 + len(quoted)
        local = header(name, crc, packed_size, size)
        body = local + struct.pack("<BHH", 0, len(quoted), len(quoted) ^ 0xFFFF) + body
        first_header = len(local)
        places.append((name, crc, packed_size, size, len(body)))
    total = len(body)
    return body, [(name, crc, packed, size, total - behind) for name, crc, packed, size, behind in reversed(places)]


def directory(body, entries, method=8, count=None, claimed_size=None):
    central = b"".join(
        struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", 20, 20, 0, method, 0, 0x21, crc, packed, size, len(name), 0, 0, 0, 0, 0, place) + name
        for name, crc, packed, size, place in entries
    )
    number = min(len(entries), 65535) if count is None else count
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, number, number, len(central) if claimed_size is None else claimed_size, len(body), 0)
    return body + central + end


def stored(name, data, crc=None, size=None):
    return struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, 0, 0, 0, 0x21, zlib.crc32(data) if crc is None else crc, len(data), size or len(data), len(name), 0) + name + data


def zips(folder):
    inner = archive([("zeros.bin", bytes(100_000_000))])
    for _ in range(6):
        inner = archive([(f"lib {n:x}.zip", inner) for n in range(16)])
    folder.add("zip-42.zip", inner, "ZIP in ZIP, sixteen each, six deep: petabytes")
    body, entries = overlapping(400, 20 << 20)
    folder.add("zip-overlap.zip", directory(body, entries), "ZIP of 400 files that share their data: 8 GB")
    place = stored(b"a.png", b"x" * 1000)
    same = [(b"%05d.png" % n, zlib.crc32(b"x" * 1000), 1000, 1000, 0) for n in range(10_000)]
    folder.add("zip-same.zip", directory(place, same, 0), "ZIP: 10,000 names for one file")
    # The member reaches from behind its header to the end of the archive, so that its content is again an archive with it.
    shell = directory(stored(b"again.zip", b""), [(b"again.zip", 0, 0, 0, 0)], 0)
    swallowed = len(shell) - 30 - 9
    folder.add("zip-itself.zip", directory(stored(b"again.zip", b"", 0, swallowed), [(b"again.zip", 0, swallowed, swallowed, 0)], 0), "ZIP whose member is the rest of the archive, its directory included")
    zeros = packed_zeros(1 << 29)[2:-4]
    local = struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, 0, 8, 0, 0x21, 0, len(zeros), 100, 9, 0) + b"small.png" + zeros
    folder.add("zip-lies-small.zip", directory(local, [(b"small.png", 0, len(zeros), 100, 0)]), "ZIP: says 100 bytes, holds 512 MB")
    local = stored(b"large.png", b"x" * 100, size=0xFFFFFFFE)
    folder.add("zip-lies-large.zip", directory(local, [(b"large.png", 0, 100, 0xFFFFFFFE, 0)] * 2000, 0), "ZIP: says 4 GB 2,000 times, holds 100 bytes")
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for n in range(66_000):
            file.writestr(zipfile.ZipInfo(f"{n}"), b"")
    folder.add("zip-66000.zip", out.getvalue(), "ZIP64 of 66,000 empty files")
    folder.add("zip-claims.zip", directory(place, same[:1], 0, 65535, 0xFFFFFFFE), "ZIP that claims a directory of 4 GB with 65,535 entries")
    giant = (1 << 63) - 1
    end64 = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, giant, giant, giant, len(place)) + struct.pack("<4sIQI", b"PK\6\7", 0, len(place), 1)
    folder.add("zip64-claims.zip", place + end64 + struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 65535, 65535, 0xFFFFFFFF, 0xFFFFFFFF, 0), "ZIP64 that claims 2^63 entries")
    loop = place + struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 1, 1, 46, 0, 0)
    folder.add("zip-directory-loop.zip", loop, "ZIP whose directory lies at its own first file")
    long_names = [(b"n" * 65_000 + b"%04d" % n, 0, 0, 0, 0) for n in range(8)]
    folder.add("zip-names.zip", directory(place, long_names, 0), "ZIP with names of 65,004 characters")
    deep = [("/".join(["d"] * 4000) + f"/{n}.txt", b"") for n in range(25)]
    folder.add("zip-folders.zip", archive(deep), "ZIP with files 4,000 folders deep")


# --- Words ------------------------------------------------------------------------------------------------------------


def texts(folder):
    mark = lambda name, text, about, **more: folder.add(f"md-{name}.md", text, f"Markdown: {about}", **more)
    mark("quotes", ">" * 150_000 + " deep", "150,000 quotes, one in the other")
    mark("quote-lines", (">" * 200 + " x\n") * 3000, "3,000 lines, each 200 quotes deep")
    mark("lists", "".join("  " * n + "- x\n" for n in range(700)), "lists 700 deep")
    mark("list-line", "- " * 100_000 + "x", "100,000 lists in a line")
    mark("ordered", "1. " * 80_000 + "x\n" * 50, "80,000 numbered lists in a line")
    mark("brackets", "[" * 300_000, "300,000 opening brackets")
    mark("bracket-pairs", "[" * 80_000 + "a" + "]" * 80_000, "80,000 brackets, one in the other")
    mark("links", "[a](<b" * 80_000, "80,000 links that do not end")
    mark("links-nested", "[a](" * 80_000 + "b" + ")" * 80_000, "80,000 links, one in the other")
    mark("pictures", "![" * 80_000 + "](x)" * 80_000, "80,000 pictures, one in the other")
    mark("emphasis", "*a **a " * 80_000, "emphasis that does not end")
    mark("emphasis-mixed", "a**b" + "c* " * 80_000, "emphasis of odd length")
    mark("emphasis-deep", "*_" * 80_000 + "a" + "_*" * 80_000, "emphasis 160,000 deep")
    mark("strikes", "~~a ~" * 80_000, "strikes that do not end")
    mark("ticks", "".join("`" * n + " " for n in range(1, 900)), "runs of backticks, each of another length")
    mark("autolinks", "<http://" * 40_000, "links in angle brackets that do not end")
    mark("bare-links", "http://a.b/" + "(" * 100_000 + ")" * 80_000, "a bare link with 180,000 brackets")
    mark("mail", "a" * 100_000 + "@" + "a." * 80_000, "an address without end")
    mark("entities", "&a" * 150_000, "150,000 entities that do not end")
    mark("comments", "a <!-- " * 100_000, "comments that do not end")
    mark("declarations", "a <!A " * 20_000 + "<?a " * 20_000 + "a <![CDATA[ " * 20_000, "declarations that do not end")
    mark("tags", "<a " * 40_000 + "<b c='" * 40_000, "tags that do not end")
    mark("references", "[a]: /" + "u" * 20_000 + "\n\n" + "[a] " * 100_000, "one long address, referred to 100,000 times: 2 GB of links")
    mark("definitions", "".join(f"[{n}]: x\n" for n in range(50_000)) + "[x]" * 50_000, "50,000 definitions, 50,000 references to none")
    mark("footnotes", "".join(f"[^{n}]: [^{n + 1}][^{n + 1}]\n\n" for n in range(20_000)) + "[^0]", "footnotes that refer to footnotes")
    mark("footnote-uses", "[^a]" * 100_000 + "\n\n[^a]: x\n", "one footnote, used 100,000 times")
    mark("table", "|" + "a|" * 5000 + "\n|" + "-|" * 5000 + "\n" + "|\n" * 50_000, "5,000 columns and 50,000 rows that are nearly empty: 250 million cells")
    mark("table-cells", "|" + "a|" * 500 + "\n|" + "-|" * 500 + "\n" + ("|" + "b|" * 500 + "\n") * 500, "250,000 cells")
    mark("setext", "a\n" * 150_000 + "===", "a heading of 150,000 lines")
    mark("html", "<div>\n" * 60_000, "60,000 divisions in Markdown")
    mark("escapes", "\\" * 300_001, "300,001 backslashes")
    mark("breaks", "a  \n" * 100_000, "100,000 line breaks")
    mark("fences", "```\n" * 100_001, "100,001 fences")
    mark("large", "# Heading\n\nWords and *words*, again.\n\n" * 15_000, "half a megabyte of plain Markdown")

    page = lambda name, text, about: folder.add(f"html-{name}.html", text, f"HTML: {about}")
    page("divs", "<div>" * 209_716, "1 MiB of <div>")
    page("adoption", "<a><b><i><u><p>" * 30_000, "formatting elements that are adopted again and again")
    page("tables", "<table><tr><td>" * 30_000, "tables, one in the other")
    page("attributes", "<p " + " ".join(f"a{n}=b" for n in range(50_000)) + ">x", "one element of 50,000 attributes")
    page("attribute", '<p title="' + "&amp;" * 100_000 + '">x', "an attribute of 100,000 entities")
    page("select", "<select><option>" * 40_000, "options, one in the other")
    page("svg-math", "<svg><math><mi><desc>" * 25_000, "foreign elements, one in the other")
    page("lt", "<" * 600_000, "600,000 times <")
    page("comment", "<!--" + "-" * 300_000, "a comment that does not end")
    page("table-cells", "<table>" + "<tr>" + "<td>x" * 100_000, "a row of 100,000 cells")

    one = '{"label":"a","text":"b"}'
    listed = lambda count: '{"variants":[' + ",".join([one] * count) + "]}"
    folder.add("json-40000.json", listed(40_000), "copy with 40,000 variants, within 1 MiB")
    folder.add("json-50000.json", listed(50_000), "copy with 50,000 variants")
    folder.add("json-nested.json", '{"variants":' + "[" * 250_000 + "]" * 250_000 + "}", "copy with 250,000 arrays, one in the other")
    text = json.dumps({"variants": [{"label": "x" * 100_000, "locale": "x" * 100_000, "text": "&<>\"'" * 30_000}]})
    folder.add("json-long.json", text, "copy whose label, locale and text are very long")
    folder.add("txt-line.txt", "x" * 500_000, "text of one line of half a million letters")
    folder.add("txt-lines.txt", "\n" * 400_000 + "x", "text of 400,000 lines")
    folder.add("txt-marks.txt", "a" + "\u0301" * 150_000, "a letter with 150,000 accents")
    folder.add("txt-turns.txt", "\u202e\u2067a\u202d\u2066b" * 40_000, "text that changes its direction 160,000 times")
    folder.add("txt-escapes.txt", "<&>\"'" * 60_000, "text that is five times as long as HTML")
    folder.add("txt-blog.txt", "word " * 80_000, "a plain blog of 80,000 words", type="blog")


# --- Video ------------------------------------------------------------------------------------------------------------


def nested_boxes(kind, depth):
    sizes = range(8 * depth, 0, -8)
    return b"".join(struct.pack(">I", size) + kind for size in sizes)


def track(width, height, duration, *samples):
    header = box(b"tkhd", b"\1\0\0\3", bytes(16), struct.pack(">IIQ", 1, 0, duration), bytes(16), struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30), struct.pack(">II", width, height))
    media = box(b"mdhd", b"\1\0\0\0", bytes(16), struct.pack(">IQHH", 1, duration, 0x55C4, 0))
    handler = box(b"hdlr", bytes(8), b"vide", bytes(13))
    entry = box(b"avc1", bytes(24), struct.pack(">HH", width >> 16, height >> 16), bytes(50))
    table = box(b"stbl", box(b"stsd", bytes(4), struct.pack(">I", 1), entry), *samples)
    return box(b"trak", header, box(b"mdia", media, handler, box(b"minf", table)))


def movie(duration, *tracks):
    return box(b"moov", box(b"mvhd", b"\1\0\0\0", bytes(16), struct.pack(">IQ", 1, duration), bytes(80)), *tracks)


def ebml(identity, *contents, size=None):
    body = b"".join(contents)
    length = len(body) if size is None else size
    return identity + (1 << 56 | length).to_bytes(8, "big") + body


def videos(folder, with_ffmpeg):
    brand = box(b"ftyp", b"isom\0\0\2\0isomiso2mp41")
    largest = 0xFFFFFFFF
    folder.add("mp4-nested.mp4", brand + nested_boxes(b"moov", 80_000), "MP4: 80,000 boxes, one in the other")
    folder.add("mp4-nested-trak.mp4", brand + box(b"moov", nested_boxes(b"trak", 50_000)), "MP4: 50,000 tracks, one in the other")
    folder.add("mp4-largest.mp4", brand + movie(2**64 - 1, track(largest, largest, 2**64 - 1)), "MP4 of 65,535x65,535 pixels and 2^64 seconds")
    counts = [box(b"stts", bytes(4), struct.pack(">III", 1, largest, largest)), box(b"stsc", bytes(4), struct.pack(">IIII", 1, 1, largest, 1)), box(b"stsz", bytes(4), struct.pack(">II", 1, largest)), box(b"stco", bytes(4), struct.pack(">II", largest, 0))]
    folder.add("mp4-counts.mp4", brand + movie(10, track(640 << 16, 360 << 16, 10, *counts)), "MP4: tables that claim 2^32 entries")
    folder.add("mp4-tracks.mp4", brand + movie(10, *[track(640 << 16, 360 << 16, 10)] * 1500), "MP4 with 1,500 tracks")
    folder.add("mp4-size-one.mp4", brand + struct.pack(">I4sQ", 1, b"moov", 0) * 3, "MP4: boxes whose long size is 0, for those who go round in circles")
    folder.add("mp4-size-zero.mp4", brand + struct.pack(">I4s", 0, b"free") + movie(1), "MP4: a box to the end, in front of everything")
    folder.add("mp4-size-small.mp4", brand + struct.pack(">I4s", 3, b"moov") * 1000, "MP4: boxes smaller than their own heads")
    folder.add("mp4-overflow.mp4", brand + struct.pack(">I4sQ", 1, b"moov", 2**64 - 9), "MP4: a box whose end is before its beginning")
    folder.add("mp4-boxes.mp4", brand + box(b"free") * 50_000 + movie(1), "MP4 with 50,000 empty boxes in front")
    packed = packed_zeros(1 << 29)
    compressed = box(b"moov", box(b"cmov", box(b"dcom", b"zlib"), box(b"cmvd", struct.pack(">I", largest), packed)))
    folder.add("mov-packed.mov", box(b"ftyp", b"qt  \0\0\0\0qt  ") + compressed, "QuickTime: packed index of 512 MB")
    references = box(b"moov", box(b"rmra", *[box(b"rmda", box(b"rdrf", bytes(4), b"url ", struct.pack(">I", 24), b"file:///dev/zero\0\0\0\0\0\0\0\0"))] * 1000))
    folder.add("mov-references.mov", box(b"ftyp", b"qt  \0\0\0\0qt  ") + references, "QuickTime that refers to an endless file of the machine")

    head = ebml(b"\x1a\x45\xdf\xa3", ebml(b"\x42\x86", b"\1"), b"\x42\x82\x84webm", ebml(b"\x42\x87", b"\4"), ebml(b"\x42\x85", b"\2"))
    info = ebml(b"\x15\x49\xa9\x66", ebml(b"\x2a\xd7\xb1", b"\x0f\x42\x40"), ebml(b"\x44\x89", struct.pack(">d", 1e300)))
    video = lambda width, height: ebml(b"\x16\x54\xae\x6b", ebml(b"\xae", ebml(b"\xd7", b"\1"), ebml(b"\x83", b"\1"), ebml(b"\x86", b"V_VP9"), ebml(b"\xe0", ebml(b"\xb0", struct.pack(">Q", width)), ebml(b"\xba", struct.pack(">Q", height)))))
    folder.add("webm-largest.webm", head + ebml(b"\x18\x53\x80\x67", info, video(2**63, 2**63)), "WebM of 2^63 pixels a side and 10^300 seconds")
    unknown = b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff"
    folder.add("webm-unknown.webm", head + unknown + b"\x1f\x43\xb6\x75\x01\xff\xff\xff\xff\xff\xff\xff" * 40_000, "WebM: 40,000 clusters of unknown size, one in the other")
    folder.add("webm-nested.webm", head + unknown + b"\xb6\xff" * 200_000, "WebM: 200,000 chapters, one in the other")
    folder.add("webm-void.webm", head + unknown + b"\xec\x80" * 200_000, "WebM with 200,000 empty elements")
    folder.add("webm-overflow.webm", head + ebml(b"\x18\x53\x80\x67", ebml(b"\x15\x49\xa9\x66", size=(1 << 56) - 2)), "WebM: element of 2^56 bytes")
    if with_ffmpeg:
        target = folder.path / "mp4-8192.mp4"
        command = ["ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", "color=red:size=8192x8192:rate=25:duration=0.12"]
        options = ["-c:v", "libx264", "-preset", "ultrafast", "-threads", "2", "-pix_fmt", "yuv420p", "-fflags", "+bitexact", "-flags:v", "+bitexact"]
        subprocess.run([*command, *options, str(target)], check=True, timeout=60)
        folder.note("mp4-8192.mp4", "MP4: real frames of 67 megapixels")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = Folder(sys.argv[1])
    pngs(folder)
    gifs(folder)
    webps(folder)
    jpegs(folder)
    avifs(folder)
    svgs(folder)
    pdfs(folder)
    pptxs(folder)
    zips(folder)
    texts(folder)
    videos(folder, shutil.which("ffmpeg") is not None)
    folder.finish(60_000_000)
    assert len(folder.entries) >= 60
    assert all((folder.path / entry["file"]).stat().st_size < 10_000_000 for entry in folder.entries)


main()
