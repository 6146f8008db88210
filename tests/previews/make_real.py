#!/usr/bin/env python3
"""Makes real files of every kind that the service takes, with the tools that people use.

    make_real.py OUTDIR

OUTDIR/manifest.json says of each what it is and what is to be known of it: width and height as shown (that is, turned as the
camera says), pages, seconds, words. `corners` are the colours to be seen in the four corners, left to right, top to bottom.
Needs the packages of requirements.txt and ffmpeg; uses Chromium (CHROMIUM, else `chromium`) and LibreOffice where they are.
"""

import json
import os
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import zipfile
import zlib
from base64 import b64encode
from datetime import datetime
from io import BytesIO
from pathlib import Path

import pikepdf
from PIL import Image, ImageDraw, ImageFilter, ImageFont, features
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches, Pt
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas

from corpus import Folder, archive, png

RED, GREEN, BLUE, YELLOW = (220, 40, 40), (40, 170, 70), (40, 80, 200), (240, 200, 40)
CORNERS = [list(colour) for colour in (RED, GREEN, BLUE, YELLOW)]


def letters(size):
    return ImageFont.load_default(size)


def quarters(width=640, height=400):
    """Four colours and an F, which looks different whichever way it is turned or mirrored."""
    image = Image.new("RGB", (width, height))
    draw = ImageDraw.Draw(image)
    middle, half = width // 2, height // 2
    draw.rectangle((0, 0, middle - 1, half - 1), RED)
    draw.rectangle((middle, 0, width, half - 1), GREEN)
    draw.rectangle((0, half, middle - 1, height), BLUE)
    draw.rectangle((middle, half, width, height), YELLOW)
    unit = height // 8
    left, top = middle - unit, half - 2 * unit
    draw.rectangle((left, top, left + unit // 2, top + 4 * unit), "white")
    draw.rectangle((left, top, left + 2 * unit, top + unit // 2), "white")
    draw.rectangle((left, top + 3 * unit // 2, left + 3 * unit // 2, top + 2 * unit), "white")
    return image


def scenery(width, height, seed):
    """Something like a photograph: light that falls off, hills, and the grain of film."""
    chance = random.Random(seed)
    small = Image.new("RGB", (64, 48))
    pixels = small.load()
    for y in range(48):
        for x in range(64):
            hill = 24 + 8 * ((x * 7 + seed) % 13) / 13
            base = (90 + 2 * y, 130 + 2 * y, 230 - y) if y < hill else (40 + x, 110 - y, 40)
            pixels[x, y] = tuple(max(0, min(255, c + chance.randint(-8, 8))) for c in base)
    image = small.resize((width, height), Image.BICUBIC)
    grain = Image.frombytes("L", (width // 2, height // 2), chance.randbytes((width // 2) * (height // 2)))
    grain = grain.resize((width, height)).filter(ImageFilter.GaussianBlur(1))
    return Image.blend(image, Image.merge("RGB", [grain] * 3), 0.12)


def glow(width=480, height=320):
    """A picture that fades into nothing at its edge."""
    image = quarters(width, height).convert("RGBA")
    mask = Image.new("L", (width, height), 0)
    ImageDraw.Draw(mask).ellipse((20, 20, width - 20, height - 20), fill=255)
    image.putalpha(mask.filter(ImageFilter.GaussianBlur(12)))
    return image


def bytes_of(image, kind, **options):
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


# --- Pictures ---------------------------------------------------------------------------------------------------------


def jpegs(folder):
    picture = quarters()
    seen = {"width": 640, "height": 400, "corners": CORNERS}
    folder.add("baseline.jpg", bytes_of(picture, "JPEG", quality=90), "baseline JPEG", **seen)
    folder.add("progressive.jpg", bytes_of(picture, "JPEG", quality=85, progressive=True), "progressive JPEG", **seen)
    folder.add("grey.jpg", bytes_of(scenery(800, 600, 1).convert("L"), "JPEG"), "JPEG of one component", width=800, height=600)
    cmyk = picture.convert("CMYK")
    # Within the range of print: what is shown depends on who converts, so no colours are promised.
    folder.add("cmyk.jpg", bytes_of(cmyk, "JPEG", quality=92), "CMYK JPEG with Adobe's marker, stored inverted", width=640, height=400)
    # How the picture must lie in the file so that a reader which turns it as told shows it upright.
    turns = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    for orientation, turn in turns.items():
        exif = Image.Exif()
        exif[0x0112] = orientation
        lying = picture if turn is None else picture.transpose(turn)
        content = bytes_of(lying, "JPEG", quality=90, exif=exif.tobytes())
        folder.add(f"turned-{orientation}.jpg", content, f"JPEG with EXIF orientation {orientation}; upright when shown", **seen)
    photo = scenery(4000, 3000, 2)
    folder.add("photo-12mp.jpg", bytes_of(photo, "JPEG", quality=88), "12 megapixels, like a photograph", width=4000, height=3000)
    folder.add("panorama.jpg", bytes_of(scenery(6000, 200, 3), "JPEG", quality=70), "very wide", width=6000, height=200)


def pngs(folder):
    picture = quarters()
    seen = {"width": 640, "height": 400, "corners": CORNERS}
    folder.add("rgb.png", bytes_of(picture, "PNG"), "PNG, RGB", **seen)
    folder.add("alpha.png", bytes_of(glow(), "PNG"), "PNG, RGBA, transparent at the edge", width=480, height=320)
    folder.add("palette.png", bytes_of(picture.quantize(16), "PNG"), "PNG with a palette", **seen)
    one_bit = Image.new("1", (300, 200), 1)
    ImageDraw.Draw(one_bit).text((60, 60), "One bit", font=letters(48), fill=0)
    folder.add("one-bit.png", bytes_of(one_bit, "PNG"), "PNG of one bit a pixel", width=300, height=200)
    grey = Image.merge("LA", [glow().convert("L"), glow().getchannel("A")])
    folder.add("grey-alpha.png", bytes_of(grey, "PNG"), "PNG, grey and alpha", width=480, height=320)
    rows = bytearray()
    for y in range(256):
        rows.append(0)
        for x in range(512):
            rows += struct.pack(">HHH", x * 128, y * 257, 65535 - x * 128)
    folder.add("deep.png", png(512, 256, zlib.compress(bytes(rows), 9), depth=16), "PNG of 16 bits a channel: a smooth ramp", width=512, height=256)
    folder.add("interlaced.png", interlaced(picture), "PNG, interlaced (Adam7)", **seen)
    dot = png(1, 1, zlib.compress(b"\0\xdc\x28\x28", 9))
    folder.add("one-pixel.png", dot, "PNG of one red pixel", width=1, height=1)
    frames = turning(PNG_FRAMES)
    content = bytes_of(frames[0], "PNG", save_all=True, append_images=frames[1:], duration=120, loop=0)
    folder.add("animated.png", content, "animated PNG", width=240, height=160)


def interlaced(image):
    """Pillow reads interlaced PNG but does not write it: the seven passes of Adam7, by hand."""
    width, height = image.size
    pixels = image.tobytes()
    rows = bytearray()
    for x0, y0, dx, dy in [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]:
        for y in range(y0, height, dy):
            row = b"".join(pixels[(y * width + x) * 3 :][:3] for x in range(x0, width, dx))
            if row:
                rows += b"\0" + row
    return png(width, height, zlib.compress(bytes(rows), 9), interlaced=True)


PNG_FRAMES = 8


def turning(count, size=(240, 160)):
    """A hand that goes round; the first frame is full, so that a still of it shows something."""
    frames = []
    for n in range(count):
        frame = quarters(*size)
        draw = ImageDraw.Draw(frame)
        draw.pieslice((60, 20, 180, 140), -90, -90 + 360 * (n + 1) / count, fill="black")
        draw.text((100, 60), str(n + 1), font=letters(32), fill="white")
        frames.append(frame)
    return frames


def other_pictures(folder, work):
    picture = quarters()
    seen = {"width": 640, "height": 400, "corners": CORNERS}
    frames = turning(PNG_FRAMES)
    small = {"width": 240, "height": 160, "corners": CORNERS}
    folder.add("still.gif", bytes_of(picture.quantize(32), "GIF"), "GIF, one frame", **seen)
    folder.add("animated.gif", bytes_of(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=120, loop=0), "animated GIF", **small)
    folder.add("lossy.webp", bytes_of(picture, "WEBP", quality=85), "WebP, lossy", **seen)
    folder.add("lossless.webp", bytes_of(picture, "WEBP", lossless=True), "WebP, lossless", **seen)
    folder.add("alpha.webp", bytes_of(glow(), "WEBP", quality=85), "WebP, lossy with alpha", width=480, height=320)
    content = bytes_of(frames[0], "WEBP", save_all=True, append_images=frames[1:], duration=120, loop=0, quality=80)
    folder.add("animated.webp", content, "animated WebP", **small)
    if features.check("avif"):
        folder.add("pillow.avif", bytes_of(picture, "AVIF", quality=70, max_threads=1), "AVIF by Pillow (libavif)", **seen)
        folder.add("alpha.avif", bytes_of(glow(), "AVIF", quality=70, max_threads=1), "AVIF with alpha", width=480, height=320)
    (work / "still.png").write_bytes(bytes_of(picture, "PNG"))
    ffmpeg("-i", work / "still.png", "-frames:v", "1", "-c:v", "libaom-av1", "-still-picture", "1", "-cpu-used", "8", "-crf", "25", folder.path / "ffmpeg.avif")
    folder.note("ffmpeg.avif", "AVIF by ffmpeg (libaom)", **seen)


def svgs(folder):
    folder.add(
        "shapes.svg",
        """<svg xmlns="http://www.w3.org/2000/svg" width="600" height="400" viewBox="0 0 600 400">
<defs><linearGradient id="sky" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#2a5bd7"/><stop offset="1" stop-color="#f7c873"/></linearGradient>
<radialGradient id="sun"><stop offset="0" stop-color="#fff7c0"/><stop offset="1" stop-color="#f2994a"/></radialGradient></defs>
<rect width="600" height="400" fill="url(#sky)"/><circle cx="430" cy="130" r="70" fill="url(#sun)"/>
<path d="M0 320 Q150 200 300 300 T600 260 V400 H0Z" fill="#2e7d4f"/><polygon points="80,330 130,210 180,330" fill="#7a4b2a"/>
<g stroke="#fff" stroke-width="6" fill="none" stroke-linecap="round"><path d="M60 80h100"/><path d="M100 110h120" stroke-dasharray="2 14"/></g>
</svg>
""",
        "SVG with shapes and gradients",
        width=600,
        height=400,
    )
    folder.add(
        "words.svg",
        """<?xml version="1.0" encoding="UTF-8"?>
<!-- Words are drawn with whatever letters the machine has. -->
<svg xmlns="http://www.w3.org/2000/svg" width="640" height="240">
<rect width="640" height="240" rx="24" fill="#101828"/>
<text x="40" y="110" font-family="sans-serif" font-size="56" font-weight="bold" fill="#fff">Spring launch</text>
<text x="40" y="170" font-family="serif" font-size="30" fill="#a5b4fc">Grüße · café · Ελληνικά · Привет</text>
</svg>
""",
        "SVG with words",
        width=640,
        height=240,
    )
    folder.add(
        "unsized.svg",
        """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 150"><rect width="300" height="150" fill="#0f766e"/>
<circle cx="75" cy="75" r="50" fill="#5eead4"/><rect x="160" y="30" width="100" height="90" rx="12" fill="#fde68a"/></svg>
""",
        "SVG with a viewBox and no size",
        width=300,
        height=150,
    )
    picture = b64encode(bytes_of(quarters(320, 200), "PNG", optimize=True)).decode()
    folder.add(
        "embedded.svg",
        f"""<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="400" height="280">
<rect width="400" height="280" fill="#eee"/><image x="40" y="40" width="320" height="200" xlink:href="data:image/png;base64,{picture}"/></svg>
""",
        "SVG with a PNG inside as data:",
        width=400,
        height=280,
    )
    folder.add(
        "effects.svg",
        """<svg xmlns="http://www.w3.org/2000/svg" width="400" height="300">
<defs><filter id="soft"><feGaussianBlur stdDeviation="6"/></filter><clipPath id="round"><circle cx="200" cy="150" r="120"/></clipPath>
<pattern id="dots" width="20" height="20" patternUnits="userSpaceOnUse"><circle cx="10" cy="10" r="5" fill="#be185d"/></pattern></defs>
<style>.frame { fill: none; stroke: #334155; stroke-width: 8 }</style>
<g clip-path="url(#round)"><rect width="400" height="300" fill="url(#dots)"/><rect x="150" y="100" width="150" height="120" fill="#38bdf8" filter="url(#soft)"/></g>
<circle class="frame" cx="200" cy="150" r="120"/></svg>
""",
        "SVG with filter, clip path, pattern and styles",
        width=400,
        height=300,
    )


# --- Decks ------------------------------------------------------------------------------------------------------------


def pptx_deck(folder):
    deck = Presentation()
    when = datetime(2025, 1, 1)
    deck.core_properties.created = deck.core_properties.modified = when
    deck.core_properties.author = "Corpus"

    title = deck.slides.add_slide(deck.slide_layouts[0])
    title.shapes.title.text = "Quarterly campaign review"
    title.placeholders[1].text = "Made by an agent, for a person to approve"

    bullets = deck.slides.add_slide(deck.slide_layouts[1])
    bullets.shapes.title.text = "What we learned"
    frame = bullets.placeholders[1].text_frame
    frame.text = "Short copy wins on mobile"
    for level, text in [(1, "Nine words or fewer"), (1, "One verb"), (0, "Pictures of people lift replies by 18 %"), (2, "In every market but one")]:
        line = frame.add_paragraph()
        line.text, line.level = text, level

    table = deck.slides.add_slide(deck.slide_layouts[5])
    table.shapes.title.text = "Numbers"
    cells = table.shapes.add_table(4, 3, Inches(1), Inches(1.8), Inches(8), Inches(3)).table
    for row, line in enumerate([("Channel", "Spend", "Leads"), ("E-mail", "€ 1,200", "310"), ("Search", "€ 8,400", "455"), ("Social", "€ 5,150", "268")]):
        for column, text in enumerate(line):
            cells.cell(row, column).text = text

    picture = deck.slides.add_slide(deck.slide_layouts[6])
    picture.shapes.add_picture(BytesIO(bytes_of(quarters(960, 600), "PNG")), Inches(1), Inches(0.8), width=Inches(8))
    caption = picture.shapes.add_textbox(Inches(1), Inches(6), Inches(8), Inches(1)).text_frame
    caption.text = "Hero picture, second draft"
    caption.paragraphs[0].runs[0].font.size = Pt(24)

    chart = deck.slides.add_slide(deck.slide_layouts[5])
    chart.shapes.title.text = "Leads by quarter"
    data = CategoryChartData()
    data.categories = ["Q1", "Q2", "Q3", "Q4"]
    data.add_series("2024", (210, 260, 240, 330))
    data.add_series("2025", (280, 310, 345, 402))
    chart.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(1), Inches(1.6), Inches(8), Inches(5), data)

    out = BytesIO()
    deck.save(out)
    folder.add("deck.pptx", undated(out.getvalue()), "PPTX by python-pptx: title, bullets, table, picture, chart", pages=5)


def undated(content):
    """The same package without the dates at which it was made, the workbooks of its charts included."""
    members = []
    with zipfile.ZipFile(BytesIO(content)) as package:
        for name in package.namelist():
            data = package.read(name)
            if name.endswith(".xlsx"):
                data = undated(data)
            elif name == "docProps/core.xml":
                data = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"2025-01-01T00:00:00Z", data)
            members.append((name, data))
    return archive(members)


def pdfs(folder, work):
    def drawn(name, size, pages, **options):
        out = BytesIO()
        sheet = canvas.Canvas(out, pagesize=size, invariant=True, **options)
        sheet.setTitle(name)
        for page in pages:
            page(sheet)
            sheet.showPage()
        sheet.save()
        return out.getvalue()

    def prose(number):
        def draw(sheet):
            sheet.setFont("Helvetica-Bold", 24)
            sheet.drawString(72, 760, f"Chapter {number}")
            body = sheet.beginText(72, 720)
            body.setFont("Times-Roman", 12)
            for line in range(36):
                body.textLine(f"Line {line + 1} of chapter {number}: what is approved is what is published, byte for byte.")
            sheet.drawText(body)

        return draw

    text = drawn("Three chapters", A4, [prose(n) for n in (1, 2, 3)])
    folder.add("text.pdf", text, "PDF by ReportLab: three pages of words", pages=3)

    def slide(number, colour):
        def draw(sheet):
            width, height = landscape(A4)
            sheet.setFillColorRGB(*colour)
            sheet.rect(0, 0, width, height, fill=1, stroke=0)
            sheet.setFillColorRGB(1, 1, 1)
            sheet.setFont("Helvetica-Bold", 44)
            sheet.drawString(60, height - 120, f"Slide {number}")
            sheet.setFont("Helvetica", 22)
            sheet.drawString(60, height - 170, "A deck as agents export it: landscape, one thought a page")
            sheet.setLineWidth(6)
            sheet.setStrokeColorRGB(1, 1, 1)
            sheet.bezier(60, 100, 200, 300, 500, 20, width - 80, 240)

        return draw

    colours = [(0.1, 0.2, 0.5), (0.5, 0.1, 0.3), (0.1, 0.45, 0.35), (0.35, 0.25, 0.1)]
    folder.add("deck.pdf", drawn("Deck", landscape(A4), [slide(n + 1, c) for n, c in enumerate(colours)]), "PDF: A4 landscape deck", pages=4)

    scan = scenery(1240, 1754, 5).convert("L")
    draw = ImageDraw.Draw(scan)
    for line in range(30):
        draw.text((120, 150 + line * 48), f"Scanned line {line + 1}: nobody typed this into the file", font=letters(28), fill=20)
    page = ImageReader(BytesIO(bytes_of(scan.rotate(0.7, fillcolor=200), "JPEG", quality=60)))
    folder.add("scanned.pdf", drawn("Scan", A4, [lambda sheet: sheet.drawImage(page, 0, 0, *A4)] * 2), "PDF of pictures alone, like a scan", pages=2)

    with pikepdf.open(BytesIO(text)) as document:
        out = BytesIO()
        document.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate, compress_streams=True, deterministic_id=True, linearize=True)
    folder.add("object-streams.pdf", out.getvalue(), "PDF with compressed object streams and cross-reference stream, linearised", pages=3)

    with pikepdf.open(BytesIO(text)) as document:
        document.pages[1].rotate(90, relative=False)
        document.pages[2].cropbox = [100, 300, 500, 800]
        out = BytesIO()
        document.save(out, deterministic_id=True)
    folder.add("turned-pages.pdf", out.getvalue(), "PDF with a turned page and a cropped one", pages=3)

    chromium = shutil.which(os.environ.get("CHROMIUM", "chromium"))
    if chromium:
        source, target = work / "print.html", work / "print.pdf"
        source.write_text(HTML_BLOG)
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-pdf-header-footer", f"--user-data-dir={work / 'profile'}"]
        subprocess.run([chromium, *flags, f"--print-to-pdf={target}", source.as_uri()], check=True, capture_output=True, timeout=60)
        # Dates of the same length, so that nothing else in the file moves.
        content = re.sub(rb"\(D:\d{14}", b"(D:20250101000000", target.read_bytes())
        pages = len(pikepdf.open(BytesIO(content)).pages)
        folder.add("chromium.pdf", content, "PDF by Chromium's print to PDF: embedded fonts, links, tagged", pages=pages)


def by_libreoffice(folder, work):
    soffice = shutil.which("soffice")
    if not soffice:
        print("LibreOffice is not installed: its PPTX and PDF are left out")
        return
    source = work / "libreoffice.odp"
    source.write_bytes(odp())
    for ending, about in [("pptx", "PPTX by LibreOffice, of an ODP"), ("pdf", "PDF by LibreOffice, of an ODP")]:
        profile = (work / "office").as_uri()
        command = [soffice, f"-env:UserInstallation={profile}", "--headless", "--convert-to", ending, "--outdir", str(work), str(source)]
        subprocess.run(command, check=True, capture_output=True, timeout=180)
        content = (work / f"libreoffice.{ending}").read_bytes()
        content = undated(content) if ending == "pptx" else re.sub(rb"\(D:\d{14}", b"(D:20250101000000", content)
        folder.add(f"libreoffice.{ending}", content, about, pages=2)


def odp():
    """A deck of two slides as OpenDocument has it."""
    names = (
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"'
    )
    slides = "".join(
        f'<draw:page draw:name="{n}"><draw:frame svg:x="2cm" svg:y="2cm" svg:width="20cm" svg:height="3cm"><draw:text-box>'
        f"<text:p>Slide {n} out of LibreOffice</text:p></draw:text-box></draw:frame></draw:page>"
        for n in (1, 2)
    )
    content = f'<office:document-content {names} office:version="1.2"><office:body><office:presentation>{slides}</office:presentation></office:body></office:document-content>'
    kind = "application/vnd.oasis.opendocument.presentation"
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    return archive([("mimetype", kind), ("content.xml", content), ("META-INF/manifest.xml", manifest)], stored=("mimetype",))


# --- Video ------------------------------------------------------------------------------------------------------------


def ffmpeg(*arguments):
    exact = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact", "-threads", "1"]
    *before, target = [str(argument) for argument in arguments]
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *before, *exact, target], check=True, timeout=120)


def videos(folder, work):
    picture = ["-f", "lavfi", "-i"]
    sound = ["-f", "lavfi", "-i", "sine=frequency=440:duration={}"]
    h264 = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "30", "-pix_fmt", "yuv420p"]
    tone = lambda seconds: [part.format(seconds) for part in sound]

    target = folder.path / "full-hd.mp4"
    ffmpeg(*picture, "testsrc2=size=1920x1080:rate=25:duration=3", *tone(3), *h264, "-c:a", "aac", "-b:a", "64k", "-shortest", "-movflags", "+faststart", target)
    folder.note("full-hd.mp4", "H.264 1080p with sound, index in front", width=1920, height=1080, duration_seconds=3)
    target = folder.path / "index-behind.mp4"
    ffmpeg(*picture, "smptebars=size=1280x720:rate=25:duration=2", *h264, target)
    folder.note("index-behind.mp4", "H.264 720p without sound, index behind the data", width=1280, height=720, duration_seconds=2)
    lying = work / "lying.mp4"
    ffmpeg(*picture, "testsrc=size=640x360:rate=25:duration=2", *h264, lying)
    upright = turned_by_matrix(lying.read_bytes())
    folder.add("portrait.mp4", upright, "stored lying at 640x360, with a matrix that turns it upright: a telephone held upright", width=360, height=640, duration_seconds=2)
    ffmpeg(*picture, "mandelbrot=size=640x360:rate=25:end_scale=0.3", *tone(2), "-t", "2", "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "300k", "-c:a", "libopus", "-b:a", "32k", folder.path / "vp9.webm")
    folder.note("vp9.webm", "VP9 and Opus in WebM", width=640, height=360, duration_seconds=2)
    ffmpeg(*picture, "testsrc2=size=854x480:rate=24:duration=2", *tone(2), *h264, "-c:a", "aac", "-b:a", "64k", "-shortest", folder.path / "quicktime.mov")
    folder.note("quicktime.mov", "H.264 in QuickTime", width=854, height=480, duration_seconds=2)


def turned_by_matrix(content):
    """Writes into the track header that the picture is turned by 90 degrees clockwise, as telephones do."""
    at = content.index(b"tkhd") + 4
    version = content[at]
    matrix = at + (40 if version == 0 else 52)
    assert struct.unpack(">i", content[matrix : matrix + 4])[0] == 0x10000, "the matrix is where it is thought to be"
    turned = struct.pack(">9i", 0, 0x10000, 0, -0x10000, 0, 0, 360 << 16, 0, 0x40000000)
    return content[:matrix] + turned + content[matrix + 36 :]


# --- Words ------------------------------------------------------------------------------------------------------------

MARKDOWN_BLOG = """---
title: Why approvals matter
author: Draft agent
tags: [governance, content]
---

# Why approvals matter

A *generated* draft is **cheap**; a ~~wrong~~ published one is not. See [the guide](https://example.com/guide "Guide") or <https://example.com>.

> What a publisher receives as approved is what a person approved.
>
> > And nobody has taken that back.

## What we measured

| Channel | Spend | Leads | Note |
|:--------|------:|:-----:|------|
| E-mail  | 1,200 |  310  | `utm_source=mail` |
| Search  | 8,400 |  455  | **dear** |
| Social  | 5,150 |  268  | a \\| b |

### To do

- [x] Write the draft
- [ ] Have it read
  - [ ] by a person
    1. who may approve
    2. and did not write it
- [ ] Publish

```python
def approve(asset, digest):
    if asset.digest != digest:  # <b>not bold</b>
        raise StaleVersion(asset)
    return "approved & published"
```

    indented code, for those who like it

![A hero picture](https://example.com/hero.png "Hero")

Footnotes work[^1], twice[^note]. Auto link: https://example.com/path?a=1&b=2

[^1]: The first.
[^note]: The second, with `code`.

Term with entity &copy; &mdash; and a line break\\
after a backslash. Emoji 🎉 and ½ cup.

---

***Bold italic*** ends it.
"""

HTML_BLOG = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Launch notes</title>
<style>body { font-family: sans-serif; max-width: 40em; margin: 3em auto } th { text-align: left } .lead { font-size: 1.3em; color: #345 }</style></head>
<body><article><h1>Launch notes</h1>
<p class="lead">Everything that changed in this release, in one place.</p>
<h2>New</h2><ul><li>Previews of <em>every</em> type</li><li>Links that <strong>expire</strong><ul><li>within a week</li></ul></li></ul>
<h2>Numbers</h2><table border="1"><thead><tr><th>Before</th><th>After</th></tr></thead><tbody><tr><td>7.3&nbsp;s</td><td>0.21&nbsp;s</td></tr></tbody></table>
<blockquote><p>Faster than I can read.</p></blockquote>
<pre><code>curl -sS http://127.0.0.1:8080/healthz</code></pre>
<figure><img alt="No picture is embedded" width="200" height="100" src="data:image/gif;base64,R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs="><figcaption>A caption</figcaption></figure>
<p>Read <a href="https://example.com/more">more</a>. <br>Grüße &amp; salutations.</p></article></body></html>
"""

VARIANTS = {
    "variants": [
        {"label": "Headline A", "locale": "en-GB", "text": "Approve once. Publish everywhere."},
        {"label": "Überschrift A", "locale": "de-DE", "text": "Einmal freigeben. Überall veröffentlichen – ohne Größenwahn."},
        {"label": "見出しA", "locale": "ja", "text": "承認は一度。公開はどこへでも。"},
        {"label": "العنوان أ", "locale": "ar", "text": "وافق مرة واحدة. انشر في كل مكان (حتى 2025)."},
        {"label": "शीर्षक अ", "locale": "hi-IN", "text": "एक बार स्वीकृति दें। हर जगह प्रकाशित करें।"},
        {"label": "No locale", "text": "Line one\nLine two\n\nAfter an empty line"},
    ]
}


def words(text):
    """Words as the service counts them: what stands between white space and has a letter or a digit."""
    return sum(any(c.isalnum() for c in word) for word in text.split())


def texts(folder):
    folder.add("blog.md", MARKDOWN_BLOG, "Markdown with front matter, tables, task lists, footnotes, code, nested lists, pictures", words=words(MARKDOWN_BLOG))
    # How many words there are in markup is a matter of what counts as one.
    folder.add("blog.html", HTML_BLOG, "HTML blog draft")
    chance = random.Random(7)
    vocabulary = "asset review copy launch market draft headline agent person approve publish version digest archive".split()
    long_lines = "\n".join(" ".join(chance.choice(vocabulary) for _ in range(count)) for count in (5, 600, 1, 0, 1500, 40)) + "\n"
    long_lines += "x" * 4000 + "\n\tA tab, then  two spaces.\r\nA line that ends as on Windows.\r\n"
    folder.add("long-lines.txt", long_lines, "plain text as a blog, with very long lines", type="blog", words=words(long_lines))
    short = "Your next campaign,\nalready approved.\n\nStart today → example.com\n"
    folder.add("copy.txt", short, "plain copy", words=words(short))
    copy = "## Headline\n\n**Approve once.** Publish everywhere.\n\n- Call to action: _Start now_\n- Disclaimer: terms apply\n"
    folder.add("copy.md", copy, "copy in Markdown", type="copy", words=words(copy))
    right_to_left = "# مرحبا بالعالم\n\nهذا نص **عربي** مع [رابط](https://example.com) وكلمة English في الوسط.\n\n- واحد\n- اثنان\n\nשלום עולם\n"
    folder.add("right-to-left.md", right_to_left, "Markdown from right to left", words=words(right_to_left))
    content = json.dumps(VARIANTS, ensure_ascii=False, indent=2)
    folder.add("variants.json", content, "copy with variants in English, German, Japanese, Arabic, Hindi", words=sum(words(v["text"]) for v in VARIANTS["variants"]))


def bundles(folder):
    picture = bytes_of(quarters(300, 250), "PNG", optimize=True)
    page = '<!doctype html><link rel="stylesheet" href="css/style.css"><img src="img/banner.png" alt="Banner"><h1>Click here</h1>'
    banner = [("index.html", page), ("css/style.css", "body { margin: 0; font: 16px sans-serif }\n"), ("img/banner.png", picture), ("img/banner@2x.jpg", bytes_of(quarters(600, 500), "JPEG"))]
    folder.add("banner.zip", archive(banner), "ZIP with a page, its styles and pictures")
    nested = [
        ("Kampagne/Frühjahr/Größen/300x250/Anzeige.png", picture),
        ("Kampagne/Frühjahr/Größen/728x90/Anzeige.png", bytes_of(quarters(728, 90), "PNG")),
        ("キャンペーン/春/コピー.txt", "承認は一度。\n"),
        ("حملة/ملف.txt", "مرحبا\n"),
        ("Кампания/план.md", "# План\n"),
        ("emoji 🎉/read me (final) v2.txt", "hello\n"),
        ("empty/", ""),
    ]
    folder.add("nested.zip", archive(nested), "ZIP with nested folders and names that are not ASCII")
    many = [(f"sizes/{n % 12:02d}/creative-{n:03d}.svg", f'<svg xmlns="http://www.w3.org/2000/svg" width="{n + 10}" height="20"/>') for n in range(300)]
    folder.add("many.zip", archive(many), "ZIP with 300 members")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = Folder(sys.argv[1])
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        jpegs(folder)
        pngs(folder)
        other_pictures(folder, work)
        svgs(folder)
        pptx_deck(folder)
        pdfs(folder, work)
        by_libreoffice(folder, work)
        videos(folder, work)
        texts(folder)
        bundles(folder)
    folder.finish(40_000_000)
    assert len(folder.entries) >= 44


main()
