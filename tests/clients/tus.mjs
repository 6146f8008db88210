// Uploads a file with tus-js-client as it comes, and prints where it went.
//
//   node tus.mjs ENDPOINT KEY FILE NAME TYPE [CHUNK_BYTES]

import { createReadStream, statSync } from "node:fs";
import { createRequire } from "node:module";

// The package is wherever NODE_PATH says, which modules of this kind do not look at by themselves.
const { Upload } = createRequire(import.meta.url)("tus-js-client");

const [endpoint, key, file, filename, filetype, chunk] = process.argv.slice(2);

const upload = new Upload(createReadStream(file), {
  endpoint,
  headers: { Authorization: `Bearer ${key}` },
  metadata: { filename, filetype },
  uploadSize: statSync(file).size,
  chunkSize: chunk ? Number(chunk) : 64 * 1024 * 1024,
  retryDelays: Array.from({ length: 60 }, () => 500),
  onShouldRetry: (error) => {
    console.error(`goes on after: ${String(error.message).split("\n")[0]}`);
    const status = error.originalResponse?.getStatus() ?? 0;
    return status === 0 || status === 409 || status === 408 || status === 400 || status >= 500;
  },
  onError: (error) => {
    console.error(error);
    process.exit(1);
  },
  onSuccess: () => console.log(upload.url),
});
upload.start();
