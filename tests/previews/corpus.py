"""What the three makers of test material share: a folder with its manifest, and PNG and ZIP written by hand.

PNG and ZIP are written here, not by a library, because libraries refuse to write what a hostile sender would, and because
their files differ from one day to the next (dates) or from one release to the next (compression).
"""

import json
import struct
import zipfile
import zlib
from io import BytesIO
from pathlib import Path

MEDIA_TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "svg": "image/svg+xml",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "pdf": "application/pdf",
    "mp4": "video/mp4",
    "webm": "video/webm",
    "mov": "video/quicktime",
    "md": "text/markdown",
    "html": "text/html",
    "txt": "text/plain",
    "json": "application/json",
    "zip": "application/zip",
}

#: The type of asset that a file of this ending is, unless its maker says otherwise.
ASSET_TYPES = {
    **dict.fromkeys(["png", "jpg", "gif", "webp", "avif", "svg"], "image"),
    **dict.fromkeys(["pptx", "pdf"], "slide"),
    **dict.fromkeys(["mp4", "webm", "mov"], "video"),
    **dict.fromkeys(["md", "html"], "blog"),
    **dict.fromkeys(["txt", "json"], "copy"),
    "zip": "bundle",
}

#: The earliest date that a ZIP can hold: every archive says this, so that it is the same tomorrow.
ZIP_DATE = (1980, 1, 1, 0, 0, 0)


class Folder:
    """Where the files go, with a manifest of what each of them is."""

    def __init__(self, path):
        self.path = Path(path)
        self.path.mkdir(parents=True, exist_ok=True)
        self.entries = []

    def add(self, name, content, about, **more):
        """Writes a file and notes what it is. What `more` says goes into the manifest as it is, unless it is None."""
        if isinstance(content, str):
            content = content.encode()
        (self.path / name).write_bytes(content)
        return self.note(name, about, **more)

    def note(self, name, about, **more):
        """Notes what a file is that is there already."""
        ending = name.rsplit(".", 1)[-1]
        entry = {"file": name, "type": ASSET_TYPES[ending], "media_type": MEDIA_TYPES[ending]}
        entry |= {key: value for key, value in more.items() if value is not None}
        entry["about"] = about
        self.entries.append(entry)
        return entry

    def finish(self, most_bytes):
        """Writes the manifest and says how much there is."""
        sizes = {entry["file"]: (self.path / entry["file"]).stat().st_size for entry in self.entries}
        total = sum(sizes.values())
        (self.path / "manifest.json").write_text(json.dumps(self.entries, indent=1, ensure_ascii=False) + "\n")
        print(f"{len(self.entries)} files, {total / 1e6:.1f} MB, the largest {max(sizes.values()) / 1e6:.1f} MB, in {self.path}")
        assert len(sizes) == len(self.entries), "two files have one name"
        assert total <= most_bytes, f"more than {most_bytes} bytes"


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def png(width, height, packed, depth=8, colour=2, interlaced=False, before=b"", after=b""):
    """A PNG of data that is compressed already. Colour: 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced))
    return PNG_SIGNATURE + chunk(b"IHDR", header) + before + chunk(b"IDAT", packed) + after + chunk(b"IEND", b"")


def packed_zeros(count):
    """A zlib stream of so many zeros, made in no time however many they are."""
    piece = 1 << 24
    whole, rest = divmod(count, piece)

    def deflated(length, end):
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        return packer.compress(bytes(length)) + packer.flush(zlib.Z_FINISH if end else zlib.Z_FULL_FLUSH)

    # Behind a full flush nothing refers to what was before, so that one piece can be said again and again.
    body = (deflated(piece, False) * whole if whole else b"") + deflated(rest, True)
    adler = (count % 65521) << 16 | 1
    return b"\x78\xda" + body + struct.pack(">I", adler)


def archive(members, stored=()):
    """A ZIP of (name, content) whose bytes depend on nothing else."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, content in members:
            info = zipfile.ZipInfo(name, ZIP_DATE)
            info.compress_type = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            file.writestr(info, content)
    return out.getvalue()


PPTX_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
DECK = "http://schemas.openxmlformats.org/presentationml/2006/main"
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def paragraph_shape(number, text, hyperlink=""):
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="{number + 10}" name="Text {number}"/><p:cNvSpPr/><p:nvPr/></p:nvSpPr>'
        f'<p:spPr><a:xfrm><a:off x="457200" y="{300000 + number * 700000}"/><a:ext cx="8229600" cy="600000"/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></p:spPr>'
        f"<p:txBody><a:bodyPr/><a:p><a:r><a:rPr>{hyperlink}</a:rPr><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>"
    )


def slide_xml(shapes, doctype=""):
    return (
        f'{XML}{doctype}<p:sld xmlns:p="{DECK}" xmlns:a="{DRAWING}" xmlns:r="{OFFICE}"><p:cSld><p:spTree>'
        f'<p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>{shapes}</p:spTree></p:cSld></p:sld>'
    )


def deck(slides, relationships="", more=(), slide_ids=None, package=""):
    """A deck as small as programs still open it: each of `slides` is the XML of one. `relationships` are those of the first."""
    numbers = range(1, len(slides) + 1)
    overrides = "".join(
        f'<Override PartName="/ppt/slides/slide{n}.xml" ContentType="application/vnd.openxmlformats-officedocument.presentationml.slide+xml"/>'
        for n in numbers
    )
    ids = slide_ids or "".join(f'<p:sldId id="{255 + n}" r:id="rId{n}"/>' for n in numbers)
    links = "".join(f'<Relationship Id="rId{n}" Type="{OFFICE}/slide" Target="slides/slide{n}.xml"/>' for n in numbers)
    members = [
        (
            "[Content_Types].xml",
            f'{XML}<Types xmlns="{PPTX_TYPES}"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/>'
            '<Default Extension="jpeg" ContentType="image/jpeg"/>'
            '<Override PartName="/ppt/presentation.xml" '
            'ContentType="application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"/>'
            f"{overrides}</Types>",
        ),
        (
            "_rels/.rels",
            f'{XML}<Relationships xmlns="{RELATIONSHIPS}"><Relationship Id="rId1" Type="{OFFICE}/officeDocument" '
            f'Target="ppt/presentation.xml"/>{package}</Relationships>',
        ),
        (
            "ppt/presentation.xml",
            f'{XML}<p:presentation xmlns:p="{DECK}" xmlns:r="{OFFICE}"><p:sldIdLst>{ids}</p:sldIdLst>'
            '<p:sldSz cx="9144000" cy="6858000"/><p:notesSz cx="6858000" cy="9144000"/></p:presentation>',
        ),
        ("ppt/_rels/presentation.xml.rels", f'{XML}<Relationships xmlns="{RELATIONSHIPS}">{links}</Relationships>'),
    ]
    members += [(f"ppt/slides/slide{n}.xml", xml) for n, xml in zip(numbers, slides)]
    if relationships:
        members.append(("ppt/slides/_rels/slide1.xml.rels", f'{XML}<Relationships xmlns="{RELATIONSHIPS}">{relationships}</Relationships>'))
    return archive([*members, *more])


def pdf(objects, trailer=""):
    """A PDF of numbered objects, each text or bytes; the first is the catalogue."""
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + (body.encode("latin-1") if isinstance(body, str) else body) + b"\nendobj\n"
    table = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R {trailer}>>\nstartxref\n{table}\n%%EOF\n".encode()
    return bytes(out)


def pdf_stream(data, entries=""):
    data = data.encode("latin-1") if isinstance(data, str) else data
    return f"<< /Length {len(data)} {entries}>>\nstream\n".encode() + data + b"\nendstream"


def box(kind, *contents):
    """A box of an MP4."""
    body = b"".join(contents)
    return struct.pack(">I", len(body) + 8) + kind + body
