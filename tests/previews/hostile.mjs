// Shows hostile files in a real browser, in every way in which a page may show them, and watches whether anything runs or calls
// home. Exit code 0: nothing did; 1: something did; 2: it could not be tried.
//
//   node hostile.mjs --base http://127.0.0.1:PORT --key KEY --files DIR --beacon-port N --out report.json
//                    [--screens DIR] [--host-port N] [--only SUBSTRING] [--every N] [--workers 3]
//   node hostile.mjs --control --files DIR --beacon-port N --out control.json
//
// DIR is what make_polyglots.py made with --beacon http://127.0.0.1:N/. With --control the same files are shown by a careless
// server, to know which of them are alive: a harness that finds nothing there would find nothing anywhere. --host-port fixes the
// origin of the page that embeds, so that the service can be told to allow it in frames (ASSETS_EMBED_ORIGINS); do both.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { Service, launch, manifest, options, serve, sleep } from './harness.mjs';

const wanted = options(
  {
    base: { type: 'string' }, key: { type: 'string' }, files: { type: 'string' }, out: { type: 'string' },
    'beacon-port': { type: 'string' }, 'host-port': { type: 'string', default: '0' }, screens: { type: 'string' },
    only: { type: 'string' }, every: { type: 'string' }, workers: { type: 'string', default: '3' }, control: { type: 'boolean', default: false },
  },
  (values) => ['files', 'out', 'beacon-port', ...(values.control ? [] : ['base', 'key'])],
);

const VARIANTS = ['original', 'page', 'large', 'text'];
const SETTLE = 150;
const escape = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

// --- Who listens ------------------------------------------------------------------------------------------------------

/** Calls home, as they come: [{id, what}]. */
const calls = [];
const beacon = await serve((request, response) => {
  const url = new URL(request.url, 'http://beacon');
  const [what, id] = [...url.searchParams][0] ?? ['other', url.pathname];
  if (url.pathname !== '/favicon.ico') calls.push({ what, id, path: request.url.slice(0, 200) });
  // Whoever asks gets an answer that cannot do anything by itself, from anywhere.
  response.writeHead(200, { 'content-type': 'text/plain', 'access-control-allow-origin': '*', 'cache-control': 'no-store' });
  response.end();
}, Number(wanted['beacon-port']));

/** The page of somebody else that embeds a link in every way there is. */
const host = await serve((request, response) => {
  const link = new URL(request.url, 'http://host').searchParams.get('link');
  response.writeHead(link === null ? 404 : 200, { 'content-type': 'text/html; charset=utf-8' });
  if (link === null) return response.end();
  const url = escape(link);
  response.end(`<!doctype html><meta charset="utf-8"><title>host</title>
<iframe width="400" height="300" src="${url}"></iframe><iframe width="400" height="300" sandbox src="${url}"></iframe>
<img width="200" src="${url}" alt=""><embed width="400" height="300" src="${url}"><object width="400" height="300" data="${url}"></object>
<script src="${url}"></script><link rel="stylesheet" href="${url}">`);
}, Number(wanted['host-port']));

// --- Watching ---------------------------------------------------------------------------------------------------------

/** Everything that a browser context does while `act` runs. `own` are the origins that may be asked for anything; `id` is the
 * file's, by which its calls home are told from those of the others that are shown at the same time. */
async function watched(browser, own, id, act) {
  const seen = { ran: new Set(), foreign: new Set(), dialogs: 0, windows: 0, downloads: 0, framesRefused: 0, policy: 0 };
  const before = calls.length;
  const context = await browser.newContext({ acceptDownloads: true, viewport: { width: 1200, height: 800 } });
  const observe = (page) => {
    page.on('console', (message) => {
      const text = message.text();
      if (text.startsWith('RAN ')) seen.ran.add(text);
      else if (/frame-ancestors|X-Frame-Options/i.test(text)) seen.framesRefused += 1;
      else if (/Content Security Policy|sandboxed/i.test(text)) seen.policy += 1;
    });
    page.on('dialog', (dialog) => {
      seen.dialogs += 1;
      dialog.dismiss().catch(() => {});
    });
    page.on('download', (download) => {
      seen.downloads += 1;
      download.cancel().catch(() => {});
    });
  };
  let pages = 0;
  context.on('page', (page) => {
    // The first is ours; any other was opened by what is shown.
    if (pages++ > 0) seen.windows += 1;
    observe(page);
  });
  context.on('request', (request) => {
    const url = request.url();
    if (!/^(https?|ftp|wss?|file):/.test(url)) return;
    if (!own.includes(new URL(url).origin)) seen.foreign.add(url.slice(0, 200));
  });
  let note;
  try {
    note = await act(context, seen);
  } catch (error) {
    note = { error: String(error).split('\n')[0] };
  }
  for (const page of context.pages()) {
    for (const frame of page.frames()) {
      const title = await within(300, frame.title(), '');
      if (title === 'RAN') seen.ran.add('title');
    }
  }
  await within(3000, context.close());
  const calledHome = calls.slice(before).filter((call) => call.id === id || !entries.some((entry) => entry.id === call.id)).map((call) => `${call.what} ${call.id}`);
  return { ...seen, ran: [...seen.ran], foreign: [...seen.foreign], calledHome: [...new Set(calledHome)], ...note };
}

async function within(milliseconds, promise, otherwise) {
  return Promise.race([promise.catch(() => otherwise), sleep(milliseconds).then(() => otherwise)]);
}

/** Opens an address. A download is no page and no failure. */
async function open(page, url) {
  try {
    const answer = await page.goto(url, { waitUntil: 'load', timeout: 8000 });
    return answer === null ? {} : { status: answer.status(), headers: kept(answer.headers()) };
  } catch (error) {
    return /Download is starting|ERR_ABORTED/.test(String(error)) ? { download: true } : { error: String(error).split('\n')[0] };
  }
}

const kept = (headers) => Object.fromEntries(
  ['content-type', 'content-disposition', 'content-security-policy', 'x-content-type-options', 'cross-origin-resource-policy'].map((name) => [name, headers[name] ?? null]),
);

/** Touches what waits to be touched: hovers over everything that could mind, clicks what does not openly lead away. */
async function touch(page) {
  for (const frame of page.frames()) {
    // The limits are for pages that hang; a machine that is busy with other work must not make a page look harmless.
    const found = await within(4000, frame.$$('a, area, button, input[type=submit], input[type=image], summary, [onmouseover], [onclick], rect'), []);
    for (const element of found.slice(0, 8)) {
      // Playwright's own hover and click wait for things to be visible and at rest; events sent at once reach hidden ones, too.
      await within(2000, element.dispatchEvent('mouseover'));
      const href = await within(2000, element.evaluate((node) => {
        const link = node.closest?.('a, area') ?? node;
        const value = link.href?.baseVal ?? link.getAttribute?.('href') ?? link.getAttributeNS?.('http://www.w3.org/1999/xlink', 'href');
        return value ?? (link.matches?.('button, input, summary, [onclick]') ? 'button:' : '');
      }), '');
      if (href === '' || /^\s*(https?:|\/\/|#|mailto:|\?|\/)/i.test(href)) {
        await within(600, element.hover({ timeout: 500, force: true }));
      } else {
        await within(1500, element.click({ timeout: 1200, force: true, noWaitAfter: true }));
        await within(2000, element.dispatchEvent('click'));
        await sleep(30);
      }
    }
  }
}

let shots = 0;
async function shot(page, name) {
  if (wanted.screens === undefined) return;
  await mkdir(wanted.screens, { recursive: true });
  shots += 1;
  await within(4000, page.screenshot({ path: join(wanted.screens, `${name}.png`) }));
}

/** One link, opened by itself and then embedded by another origin; for the control the first that is alive is enough. */
async function show(url, own, id, variant) {
  const name = `${id}-${variant}`;
  const alone = await watched(await living(), own, id, async (context) => {
    const page = await context.newPage();
    const note = await open(page, url);
    await sleep(SETTLE);
    if (!note.download && !note.error) {
      await shot(page, name);
      await touch(page);
      await sleep(SETTLE);
    }
    return note;
  });
  if (wanted.control && isAlive(alone)) return { alone };
  const embedded = await watched(await living(), [...own, host.origin], id, async (context) => {
    const page = await context.newPage();
    const { headers, ...note } = await open(page, `${host.origin}/?link=${encodeURIComponent(url)}`);
    await sleep(SETTLE);
    await touch(page);
    await sleep(SETTLE);
    return note;
  });
  return { alone, embedded };
}

const isLinkAlive = (link) => [link.alone, link.embedded].some((seen) => seen !== undefined && isAlive(seen));
const isAlive = (seen) => seen.ran.length + seen.calledHome.length + seen.foreign.length + seen.dialogs + seen.windows > 0;

// --- The careless server ----------------------------------------------------------------------------------------------

/** The members of a ZIP: [{name, text()}]. Only what the makers write: no ZIP64, no encryption. */
function members(zip) {
  const found = [];
  let at = zip.readUInt32LE(zip.lastIndexOf('PK\x05\x06') + 16);
  while (zip.readUInt32LE(at) === 0x02014b50) {
    const [nameSize, extra, comment] = [28, 30, 32].map((place) => zip.readUInt16LE(at + place));
    const [method, size, local] = [zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 20), zip.readUInt32LE(at + 42)];
    const data = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const bytes = zip.subarray(data, data + size);
    found.push({ name: zip.subarray(at + 46, at + 46 + nameSize).toString(), text: () => (method === 0 ? bytes : inflateRawSync(bytes)).toString() });
    at += 46 + nameSize + extra + comment;
  }
  return found;
}

/** Markdown as a careless converter writes it: HTML as it is, links as they are. */
function carelessMarkdown(text) {
  const definitions = Object.fromEntries([...text.matchAll(/^\[([^\]^]+)\]:\s*(?:<([^>]*)>|(\S+))/gm)].map((found) => [found[1], found[2] ?? found[3]]));
  const target = (angle, plain, title) => `${angle ?? plain ?? ''}"${title ? ` title="${title}` : ''}`;
  return text
    .replace(/!\[([^\]]*)\]\((?:<([^>]*)>|([^\s)]*))(?:\s+['"](.*?)['"])?\)/g, (_, alt, a, b, title) => `<img src="${target(a, b, title)}" alt="${alt}">`)
    .replace(/!\[([^\]]*)\]\[([^\]]+)\]/g, (_, alt, name) => `<img src="${definitions[name] ?? ''}" alt="${alt}">`)
    .replace(/\[([^\]]*)\]\((?:<([^>]*)>|([^\s)]*))(?:\s+['"](.*?)['"])?\)/g, (_, words, a, b, title) => `<a href="${target(a, b, title)}">${words}</a>`)
    .replace(/\[([^\]]*)\]\[([^\]]+)\]/g, (_, words, name) => `<a href="${definitions[name] ?? ''}">${words}</a>`)
    .replace(/<(javascript:[^>]*)>/gi, '<a href="$1">x</a>')
    .replace(/```(.*)\n([^]*?)```/g, '<pre class="$1">$2</pre>')
    .replace(/^# (.*)$/gm, '<h1 id="$1">$1</h1>');
}

function carelessPage(entry, content) {
  const name = entry.filename ?? entry.file;
  const frame = (body) => `<!doctype html><meta charset="utf-8"><p>${name}<p title="${name}">x</p>${body}`;
  switch (entry.media_type) {
    case 'text/html':
      return content;
    case 'text/markdown':
      return frame(carelessMarkdown(content.toString()));
    case 'application/json':
      return frame(JSON.parse(content.toString()).variants.map((v) => `<h2>${v.label}</h2><p lang="${v.locale}">${carelessMarkdown(v.text)}</p>`).join(''));
    case 'application/zip':
      return frame(members(content).map((member) => `<li><a href='${member.name}'>${member.name}</a>`).join(''));
    case 'text/plain':
      return frame(`<pre>${content.toString()}</pre>`);
    default: {
      if (!entry.file.endsWith('.pptx')) return frame(`<img src="${name}" alt='${name}'>`);
      // The words of the slides, and whatever its relationships name, as links and pictures.
      const parts = members(content);
      const unescape = (text) => text.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&quot;/g, '"').replace(/&#x27;/g, "'").replace(/&amp;/g, '&');
      const words = parts.filter((part) => /slides\/slide\d+\.xml$/.test(part.name)).flatMap((part) => [...part.text().matchAll(/<a:t>([^]*?)<\/a:t>/g)].map((found) => unescape(found[1])));
      const targets = parts.filter((part) => part.name.endsWith('.rels')).flatMap((part) => [...part.text().matchAll(/Target="([^"]*)" TargetMode="External"/g)].map((found) => unescape(found[1])));
      const outside = parts.flatMap((part) => (/\.(xml|jpeg)$/.test(part.name) ? [...part.text().matchAll(/SYSTEM "([^"]*)"/g)].map((found) => found[1]) : []));
      return frame([...words, ...[...targets, ...outside].map((target) => `<a href="${target}"><img src="${target}">x</a>`)].join('<br>'));
    }
  }
}

/** Three ways to be careless: as the sender says, as a page made of it without care, and as a page whatever it is. */
const WAYS = ['declared', 'page', 'sniffed'];
/** What most likely is alive, first. */
const waysOf = (entry) => (/svg|html/.test(entry.media_type) ? WAYS : entry.type === 'image' || entry.type === 'video' ? ['sniffed', 'page', 'declared'] : ['page', 'sniffed', 'declared']);

async function careless(entries) {
  const shown = new Map();
  for (const entry of entries) shown.set(entry.id, { entry, content: await readFile(join(wanted.files, entry.file)) });
  return serve((request, response) => {
    const [, way, id] = new URL(request.url, 'http://careless').pathname.split('/');
    const found = shown.get(id);
    if (found === undefined) {
      response.writeHead(404);
      return response.end();
    }
    const { entry, content } = found;
    if (way === 'page') {
      const page = carelessPage(entry, content);
      // Pages say themselves how they are written, if anything does.
      response.writeHead(200, { 'content-type': typeof page === 'string' ? 'text/html; charset=utf-8' : 'text/html' });
      return response.end(page);
    }
    const type = way === 'declared' ? entry.media_type : 'text/html';
    response.writeHead(200, { 'content-type': /\.(gif|jpg)$/.test(entry.file) && way === 'declared' ? 'application/octet-stream' : type });
    response.end(content);
  });
}

// --- The run ----------------------------------------------------------------------------------------------------------

const entries = await manifest(wanted.files, wanted.only, wanted.every);
const named = entries.find((entry) => entry.beacon)?.beacon;
if (named === undefined || new URL(named).port !== String(wanted['beacon-port'])) {
  console.error(`the files call ${named}, not port ${wanted['beacon-port']}`);
  process.exit(2);
}

const began = Date.now();
let browser = launch();
process.once('SIGTERM', () => process.exit(2));
const results = [];

/** A browser that a file has killed is no success of the file's: it is noted, and there is a new one. */
async function living() {
  if (!(await browser).isConnected()) browser = launch();
  return browser;
}

/** Does it for every file, some at a time: most of the time is spent waiting. */
async function each(act) {
  const waiting = [...entries];
  const worker = async () => {
    for (let entry = waiting.shift(); entry !== undefined; entry = waiting.shift()) await act(entry);
  };
  await Promise.all(Array.from({ length: Number(wanted.workers) }, worker));
}

async function tryService() {
  const service = new Service(wanted.base, wanted.key);
  await each(async (entry) => {
    const { asset, refused } = await service.upload(wanted.files, entry);
    const result = { id: entry.id, file: entry.file, about: entry.about, refused, links: {} };
    results.push(result);
    if (refused && (refused.status >= 500 || refused.status < 400 || refused.status === 401 || refused.status === 403)) result.broken = true;
    for (const variant of asset === undefined ? [] : VARIANTS) {
      const link = await service.link(asset.id, variant);
      if (link.url === undefined) {
        result.links[variant] = link;
        continue;
      }
      const own = [service.origin, new URL(link.url).origin];
      result.links[variant] = { media_type: link.media_type, ...(await show(link.url, own, entry.id, variant)) };
    }
    await progress(result);
  });
}

async function tryControl() {
  const server = await careless(entries);
  await each(async (entry) => {
    const result = { id: entry.id, file: entry.file, about: entry.about, links: {} };
    results.push(result);
    for (const way of waysOf(entry)) {
      // One that is alive need not be shown again.
      if (Object.values(result.links).some(isLinkAlive)) break;
      result.links[way] = await show(`${server.origin}/${way}/${entry.id}`, [server.origin], entry.id, `careless-${way}`);
    }
    await progress(result);
  });
  server.server.close();
}

let shown = 0;
async function progress(result) {
  shown += 1;
  if (shown % 10 === 0) {
    console.log(`${shown} of ${entries.length} after ${Math.round((Date.now() - began) / 1000)} s`);
    await written();
  }
  result.alive = Object.values(result.links).some(isLinkAlive);
  if (result.alive && !wanted.control) {
    console.log(`RAN OR CALLED HOME: ${result.file} (${result.about})`);
    for (const [variant, link] of Object.entries(result.links)) {
      for (const way of ['alone', 'embedded']) {
        const seen = link[way];
        if (seen && isAlive(seen)) console.log(`  ${variant}, ${way}: ${JSON.stringify({ ran: seen.ran, calledHome: seen.calledHome, foreign: seen.foreign, dialogs: seen.dialogs, windows: seen.windows })}`);
      }
    }
  }
}

/** Adds up what was seen, and writes it down: also on the way, so that a run which is broken off has not been for nothing. */
async function written() {
  const shownLinks = results.flatMap((result) => Object.values(result.links).filter((link) => link.alone));
  const views = shownLinks.flatMap((link) => [link.alone, link.embedded]).filter((view) => view !== undefined);
  const sum = (pick) => views.reduce((total, view) => total + pick(view), 0);
  const alive = results.filter((result) => result.alive);
  const total = {
    files: results.length,
    refused: results.filter((result) => result.refused).length,
    broken: results.filter((result) => result.broken).length,
    links: shownLinks.length,
    views: views.length,
    alive: alive.length,
    ran: results.filter((result) => Object.values(result.links).some((link) => [link.alone, link.embedded].some((view) => view?.ran.length > 0))).length,
    calls_home: calls.length,
    dialogs: sum((view) => view.dialogs),
    windows: sum((view) => view.windows),
    downloads: sum((view) => view.downloads),
    frames_refused: sum((view) => view.framesRefused),
    stopped_by_policy: sum((view) => view.policy),
    errors: views.filter((view) => view.error).length,
    // Inline without these two something is missing, even where nothing ran today.
    without_nosniff: shownLinks.filter((link) => link.alone.headers && link.alone.headers['x-content-type-options'] !== 'nosniff').length,
    without_policy: shownLinks.filter((link) => link.alone.headers && !/sandbox/.test(link.alone.headers['content-security-policy'] ?? '')).length,
    seconds: Math.round((Date.now() - began) / 1000),
  };
  await writeFile(wanted.out, `${JSON.stringify({ control: wanted.control, total, results, calls }, null, 1)}\n`);
  return { total, alive, shownLinks };
}

await (wanted.control ? tryControl() : tryService());
await sleep(500);
await (await browser).close();

const { total, alive, shownLinks } = await written();
console.log(JSON.stringify(total, null, 1));
beacon.server.close();
host.server.close();

if (wanted.control) {
  const still = results.filter((result) => !result.alive);
  console.log(`not alive: ${still.map((result) => result.file).join(' ')}`);
  process.exit(alive.length > results.length / 2 ? 0 : 1);
}
// What calls home after its page is closed counts, though it is nobody's view.
const nothingTried = shownLinks.length === 0;
process.exit(nothingTried || total.broken > 0 ? 2 : alive.length > 0 || calls.length > 0 ? 1 : 0);
