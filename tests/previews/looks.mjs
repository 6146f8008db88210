// Shows real files through the service, for a person to look at, and checks what a machine can check.
//
//   node looks.mjs --base http://127.0.0.1:PORT --key KEY --files DIR --screens DIR --out report.json [--only SUBSTRING]
//
// DIR is what make_real.py made. Pictures are opened in a browser: their size, their shape and the colours of their corners must
// be those of the manifest, turned as the camera says. Pages are photographed light, dark and as printed. `sheet-N.png` have twelve
// assets each. Exit code 0: all as expected; 1: not so; 2: it could not be tried.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Service, launch, manifest, options, sleep } from './harness.mjs';

const wanted = options(
  { base: { type: 'string' }, key: { type: 'string' }, files: { type: 'string' }, screens: { type: 'string' }, out: { type: 'string' }, only: { type: 'string' } },
  () => ['base', 'key', 'files', 'screens', 'out'],
);

const LONGEST = { thumbnail: 256, small: 640, large: 1600 };
const FACTS = ['width', 'height', 'pages', 'duration_seconds', 'words'];
const PER_SHEET = 12;
const VIEWPORT = { width: 1200, height: 800 };
const escape = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

const service = new Service(wanted.base, wanted.key);
const entries = await manifest(wanted.files, wanted.only);
await mkdir(wanted.screens, { recursive: true });
const browser = await launch();
const context = await browser.newContext({ viewport: VIEWPORT, acceptDownloads: true });
const began = Date.now();

// --- One asset --------------------------------------------------------------------------------------------------------

function variantsOf(entry) {
  const slides = entry.type === 'slide' ? Array.from({ length: Math.min(entry.pages ?? 1, 3) }, (_, n) => `slide-${n + 1}`) : [];
  const words = ['copy', 'blog', 'slide'].includes(entry.type) ? ['text'] : [];
  return ['original', 'thumbnail', 'small', 'large', 'page', ...words, ...slides];
}

async function fetched(url) {
  for (;;) {
    const answer = await fetch(url);
    const bytes = Buffer.from(await answer.arrayBuffer());
    if (answer.status !== 429) return { status: answer.status, type: answer.headers.get('content-type') ?? '', headers: answer.headers, bytes };
    await sleep(1000);
  }
}

/** What the browser makes of picture bytes: its size, and the colours a little way in from each corner. */
async function measured(page, type, bytes) {
  return page.evaluate(async ({ type, data }) => {
    const image = new Image();
    image.src = `data:${type};base64,${data}`;
    try {
      await image.decode();
    } catch {
      return null;
    }
    const { naturalWidth: width, naturalHeight: height } = image;
    const canvas = Object.assign(document.createElement('canvas'), { width, height });
    const pen = canvas.getContext('2d');
    pen.drawImage(image, 0, 0);
    const colour = (x, y) => [...pen.getImageData(Math.floor(x * width), Math.floor(y * height), 1, 1).data.slice(0, 3)];
    return { width, height, corners: [colour(0.1, 0.1), colour(0.9, 0.1), colour(0.1, 0.9), colour(0.9, 0.9)] };
  }, { type, data: bytes.toString('base64') });
}

/** What is wrong with a picture that is to show `entry` with at most `longest` pixels a side. */
function wrongPicture(entry, seen, longest) {
  if (seen === null) return ['the browser cannot decode it'];
  const wrong = [];
  if (longest && Math.max(seen.width, seen.height) > longest) wrong.push(`${seen.width}x${seen.height} is more than ${longest} a side`);
  if (entry.width && (entry.type === 'image' || entry.type === 'video')) {
    // A drawing fills its size; a picture is never made larger than it is.
    const fill = longest ? longest / Math.max(entry.width, entry.height) : 1;
    const scale = entry.media_type === 'image/svg+xml' ? fill : Math.min(1, fill);
    const [width, height] = [entry.width, entry.height].map((side) => Math.max(1, side * scale));
    if (Math.abs(seen.width - width) > 1 || Math.abs(seen.height - height) > 1) {
      wrong.push(`${seen.width}x${seen.height}, expected ${Math.round(width)}x${Math.round(height)}`);
    }
  }
  entry.corners?.forEach((expected, n) => {
    const off = Math.max(...expected.map((value, channel) => Math.abs(value - seen.corners[n][channel])));
    if (off > 60) wrong.push(`corner ${['top left', 'top right', 'bottom left', 'bottom right'][n]} is ${seen.corners[n]}, expected ${expected}`);
  });
  return wrong;
}

/** Photographs of a page: light, dark, printed; and what it complained of. */
async function photographed(url, name) {
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (message) => {
    // The browser asks for this by itself.
    if (message.location().url.endsWith('/favicon.ico')) return;
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text().slice(0, 300));
  });
  const shots = {};
  try {
    for (const [look, media] of [['light', { colorScheme: 'light', media: 'screen' }], ['dark', { colorScheme: 'dark', media: 'screen' }], ['print', { colorScheme: 'light', media: 'print' }]]) {
      await page.emulateMedia(media);
      const answer = await page.goto(url, { waitUntil: 'load', timeout: 20000 });
      if (answer && answer.status() !== 200) complaints.push(`${look}: answered ${answer.status()}`);
      await sleep(60);
      shots[look] = await page.screenshot({ path: join(wanted.screens, `${name}-${look}.png`) });
    }
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth).catch(() => 0);
    if (wider > 1) complaints.push(`the page is ${wider} pixels wider than the window`);
  } catch (error) {
    complaints.push(String(error).split('\n')[0]);
  }
  await page.close();
  return { shots, complaints };
}

async function tried(entry, bench) {
  const result = { file: entry.file, about: entry.about, wrong: [], mismatches: [], variants: {}, kept: {} };
  const { asset, refused } = await service.upload(wanted.files, entry);
  if (asset === undefined) {
    result.wrong.push(`refused with ${refused.status}: ${refused.detail}`);
    return result;
  }
  const content = asset.latest_version.content;
  if (content.media_type !== entry.media_type) result.wrong.push(`taken for ${content.media_type}`);
  result.facts = content.facts ?? {};
  for (const fact of FACTS) {
    if (entry[fact] === undefined) continue;
    const given = result.facts[fact];
    const near = fact === 'duration_seconds' ? Math.abs((given ?? -9) - entry[fact]) <= 0.1 : given === entry[fact];
    if (!near) result.mismatches.push(`${fact}: ${given ?? null}, expected ${entry[fact]}`);
  }
  for (const variant of variantsOf(entry)) {
    const link = await service.link(asset.id, variant);
    if (link.url === undefined) {
      result.wrong.push(`no link to ${variant}: ${link.status} ${link.code ?? ''}`);
      continue;
    }
    const began = Date.now();
    const answer = await fetched(link.url);
    const seen = { status: answer.status, type: answer.type, bytes: answer.bytes.length, milliseconds: Date.now() - began };
    result.variants[variant] = seen;
    if (answer.status !== 200) {
      result.wrong.push(`${variant} answered ${answer.status}`);
      continue;
    }
    if (!answer.type.startsWith(link.media_type)) result.wrong.push(`${variant} is ${answer.type}, the link said ${link.media_type}`);
    if (variant === 'page') {
      const { shots, complaints } = await photographed(link.url, entry.file);
      Object.assign(result.kept, shots);
      result.wrong.push(...complaints.map((complaint) => `page: ${complaint}`));
    } else if (variant === 'text') {
      seen.beginning = answer.bytes.toString('utf8').slice(0, 200);
      if (answer.bytes.includes('\ufffd')) result.wrong.push('text has replacement characters');
    } else if (answer.type.startsWith('image/')) {
      const picture = await measured(bench, answer.type.split(';')[0], answer.bytes);
      Object.assign(seen, picture && { width: picture.width, height: picture.height });
      const longest = LONGEST[variant] ?? (variant === 'original' ? undefined : 1600);
      result.wrong.push(...wrongPicture(entry, picture, longest).map((fault) => `${variant}: ${fault}`));
      result.kept[variant] = answer.bytes;
      seen.src = { type: answer.type.split(';')[0] };
    } else if (variant !== 'original') {
      result.wrong.push(`${variant} is no picture: ${answer.type}`);
    }
  }
  return result;
}

// --- Contact sheets ---------------------------------------------------------------------------------------------------

const SHEET = `<!doctype html><meta charset="utf-8"><style>
body { margin: 12px; font: 13px sans-serif; width: 2376px; background: #fff }
main { display: grid; grid-template-columns: repeat(3, 1fr); gap: 12px }
section { border: 1px solid #999; padding: 6px; overflow: hidden }
h2 { font-size: 15px; margin: 0 } p { margin: 2px 0 4px; color: #444; height: 32px; overflow: hidden } .wrong { color: #b00 }
div { display: grid; grid-template-columns: repeat(2, 1fr); gap: 4px }
figure { margin: 0; height: 252px; position: relative; background: repeating-conic-gradient(#ddd 0 25%, #fff 0 50%) 0 0/16px 16px }
figure img { width: 100%; height: 100%; object-fit: contain } figcaption { position: absolute; right: 0; bottom: 0; background: #000a; color: #fff; padding: 1px 4px; font-size: 11px }
nav { display: flex; gap: 4px; height: 72px; margin-top: 4px } nav img { max-height: 72px; background: #eee }
</style>`;

function card(result) {
  const source = (name) => `data:${result.variants[name]?.src?.type ?? 'image/png'};base64,${result.kept[name].toString('base64')}`;
  const figure = (name, caption) => (result.kept[name] ? `<figure><img src="${source(name)}"><figcaption>${caption}</figcaption></figure>` : `<figure><figcaption>no ${caption}</figcaption></figure>`);
  const facts = Object.entries(result.facts ?? {}).filter(([, value]) => value !== null).map(([name, value]) => `${name} ${value}`).join(', ');
  const wrong = [...result.wrong, ...result.mismatches].join('; ');
  const small = ['thumbnail', 'slide-1', 'slide-2', 'slide-3'].filter((name) => result.kept[name]);
  return `<section><h2>${escape(result.file)}</h2><p>${escape(result.about)}. ${escape(facts)} <span class="wrong">${escape(wrong)}</span></p>
<div>${figure('large', 'large')}${figure('light', 'page, light')}${figure('dark', 'page, dark')}${figure('print', 'page, printed')}</div>
<nav>${small.map((name) => `<img title="${name}" src="${source(name)}">`).join('')}</nav></section>`;
}

async function sheets(results) {
  const page = await browser.newPage({ viewport: { width: 2400, height: 1000 } });
  const names = [];
  for (let first = 0; first < results.length; first += PER_SHEET) {
    const name = `sheet-${names.length + 1}.png`;
    await page.setContent(`${SHEET}<main>${results.slice(first, first + PER_SHEET).map(card).join('')}</main>`, { waitUntil: 'load' });
    await page.evaluate(() => Promise.all([...document.images].map((image) => image.decode().catch(() => {}))));
    await page.screenshot({ path: join(wanted.screens, name), fullPage: true });
    names.push(name);
  }
  await page.close();
  return names;
}

// --- The run ----------------------------------------------------------------------------------------------------------

const bench = await browser.newPage();
const results = [];
for (const entry of entries) {
  const result = await tried(entry, bench);
  results.push(result);
  for (const fault of result.wrong) console.log(`${result.file}: ${fault}`);
  for (const mismatch of result.mismatches) console.log(`${result.file}: fact ${mismatch}`);
}
const names = await sheets(results);
await browser.close();

const total = {
  assets: results.length,
  wrong: results.filter((result) => result.wrong.length > 0).length,
  with_other_facts: results.filter((result) => result.mismatches.length > 0).length,
  pictures: results.reduce((sum, result) => sum + Object.values(result.variants).filter((variant) => variant.width).length, 0),
  sheets: names,
  seconds: Math.round((Date.now() - began) / 1000),
};
const written = results.map(({ kept, ...result }) => result);
await writeFile(wanted.out, `${JSON.stringify({ total, results: written }, null, 1)}\n`);
console.log(JSON.stringify(total, null, 1));
process.exit(results.length === 0 ? 2 : total.wrong + total.with_other_facts > 0 ? 1 : 0);
