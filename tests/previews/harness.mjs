// What the browser harnesses share: the service's API, the manifest, the browser.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

/** Playwright, from where it is installed: beside this file, or in the folder of which MODULES is the path. */
export function playwright() {
  const require = createRequire(process.env.MODULES ? join(process.env.MODULES, 'x.js') : import.meta.url);
  return require('playwright-core');
}

/** The options of the command line; those in `needed` must be there. */
export function options(known, needed) {
  const { values } = parseArgs({ options: known });
  const missing = needed(values).filter((name) => values[name] === undefined);
  if (missing.length > 0) {
    console.error(`missing: ${missing.map((name) => `--${name}`).join(' ')}`);
    process.exit(2);
  }
  return values;
}

/** The browser. Every name but this machine's leads nowhere, so that what is asked for from outside shows itself as an error. */
export function launch() {
  return playwright().chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking', '--disable-component-update',
      '--disable-sync', '--no-first-run', '--no-default-browser-check', '--disable-default-apps', '--disable-extensions',
      '--metrics-recording-only', '--mute-audio', '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
    ],
  });
}

/** What is in a folder: files with `only` in their name, and of those each `every`th. */
export async function manifest(folder, only = '', every = '1') {
  const entries = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
  return entries.filter((entry) => entry.file.includes(only)).filter((_, place) => place % Number(every) === 0);
}

/** A server on this machine, on that port or on a free one. */
export function serve(handler, port = 0) {
  const server = createServer(handler);
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(port, '127.0.0.1', () => resolve({ server, origin: `http://127.0.0.1:${server.address().port}` }));
  });
}

export const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class Service {
  constructor(base, key) {
    this.base = base.replace(/\/$/, '');
    this.origin = new URL(base).origin;
    this.key = key;
  }

  /** Asks once, and again when told to wait. */
  async ask(path, init = {}) {
    for (;;) {
      const answer = await fetch(new URL(path, this.base), { redirect: 'manual', ...init, headers: { authorization: `Bearer ${this.key}`, ...init.headers } });
      if (answer.status !== 429) return answer;
      await answer.arrayBuffer();
      await sleep(1000 * Math.min(Number(answer.headers.get('retry-after') ?? 1) || 1, 60));
    }
  }

  /** Sends a file: the asset, or why it was refused. */
  async upload(folder, entry) {
    const content = await readFile(join(folder, entry.file));
    const metadata = { type: entry.type, title: entry.about.slice(0, 300), provenance: { agent_slug: 'corpus' } };
    const mark = 'corpus-7d1f0c2e9b';
    // By hand, not by FormData, which encodes the quotes and line breaks that some file names are made of.
    const name = (entry.filename ?? entry.file).replace(/[\\"]/g, (c) => `\\${c}`);
    const disposition = entry.disposition ?? `form-data; name="content"; filename="${name}"`;
    const body = Buffer.concat([
      Buffer.from(`--${mark}\r\nContent-Disposition: form-data; name="metadata"\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(metadata)}\r\n`),
      Buffer.from(`--${mark}\r\nContent-Disposition: ${disposition}\r\nContent-Type: ${entry.media_type}\r\n\r\n`),
      content,
      Buffer.from(`\r\n--${mark}--\r\n`),
    ]);
    const headers = { 'content-type': `multipart/form-data; boundary=${mark}`, 'content-length': String(body.length) };
    const answer = await this.ask('/api/v1/assets', { method: 'POST', headers, body });
    const text = await answer.text();
    let value;
    try {
      value = JSON.parse(text);
    } catch {
      value = { detail: text.slice(0, 300) };
    }
    if (answer.status === 201) return { asset: value };
    const words = [value.detail, ...(value.errors ?? []).map((error) => error.msg)].filter(Boolean).join('; ');
    return { refused: { status: answer.status, code: value.code, detail: words } };
  }

  /** The preview link of a variant, or the status with which it was refused. */
  async link(id, variant) {
    const answer = await this.ask(`/api/v1/assets/${id}/preview-url?variant=${variant}`);
    const value = await answer.json().catch(() => ({}));
    return answer.status === 200 ? { url: value.url, media_type: value.media_type } : { status: answer.status, code: value.code };
  }
}
