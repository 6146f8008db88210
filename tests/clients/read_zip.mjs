// Reads a ZIP with yauzl. Prints how many files there are, and the SHA-256 of all their bytes in a row.
//
//     node read_zip.mjs FILE
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import { crc32 } from "node:zlib";

// The package is wherever NODE_PATH says, which modules of this kind do not look at by themselves.
const yauzl = createRequire(import.meta.url)("yauzl");

const file = await promisify(yauzl.open)(process.argv[2], { lazyEntries: true, strictFileNames: true });
const open = promisify(file.openReadStream.bind(file));
const all = createHash("sha256");
let count = 0;

file.on("entry", async (entry) => {
  let crc = 0;
  for await (const piece of await open(entry)) {
    crc = crc32(piece, crc);
    all.update(piece);
  }
  if (crc !== entry.crc32) throw new Error(`${entry.fileName} is not what the archive says`);
  count += 1;
  file.readEntry();
});
file.on("end", () => console.log("listed", count, all.digest("hex")));
file.on("error", (error) => { throw error; });
file.readEntry();
