// Writes a PMTiles archive, version 3 (https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md): one file of
// vector tiles that a browser reads in ranges. Equal tiles are kept once.
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";

const HEADER_BYTES = 127;
/** Header and root directory together stay within the first 16 kB, which a reader fetches at once. */
const LARGEST_ROOT_BYTES = 16_384 - HEADER_BYTES;
const GZIP = 2;
const MVT = 1;

/** Number of a tile along the Hilbert curve of its zoom, after all tiles of lower zooms. */
function tileId(z, x, y) {
  let id = (4 ** z - 1) / 3;
  for (let s = 2 ** (z - 1); s >= 1; s /= 2) {
    const rx = (x & s) > 0 ? 1 : 0;
    const ry = (y & s) > 0 ? 1 : 0;
    id += s * s * ((3 * rx) ^ ry);
    if (ry === 0) {
      if (rx === 1) {
        x = s - 1 - x;
        y = s - 1 - y;
      }
      [x, y] = [y, x];
    }
  }
  return id;
}

function varints(numbers) {
  const bytes = [];
  for (let n of numbers) {
    while (n >= 0x80) {
      bytes.push((n % 0x80) | 0x80);
      n = Math.floor(n / 0x80);
    }
    bytes.push(n);
  }
  return Buffer.from(bytes);
}

function directory(entries) {
  const ids = entries.map((e, i) => e.id - (i === 0 ? 0 : entries[i - 1].id));
  const offsets = entries.map((e, i) => {
    const before = entries[i - 1];
    return before && e.offset === before.offset + before.length ? 0 : e.offset + 1;
  });
  return gzipSync(varints([entries.length, ...ids, ...entries.map((e) => e.run), ...entries.map((e) => e.length), ...offsets]));
}

/** Root directory and the leaves it points to. */
function directories(entries) {
  const whole = directory(entries);
  if (whole.length <= LARGEST_ROOT_BYTES) return { root: whole, leaves: Buffer.alloc(0) };
  const size = 1_024;
  const leaves = [];
  const pointers = [];
  let offset = 0;
  for (let i = 0; i < entries.length; i += size) {
    const leaf = directory(entries.slice(i, i + size));
    pointers.push({ id: entries[i].id, run: 0, length: leaf.length, offset });
    leaves.push(leaf);
    offset += leaf.length;
  }
  return { root: directory(pointers), leaves: Buffer.concat(leaves) };
}

/** The archive of these tiles: `{z, x, y, bytes}` each, bytes not compressed. */
export function archive(tiles, metadata, maxZoom) {
  const sorted = tiles.map((tile) => ({ id: tileId(tile.z, tile.x, tile.y), bytes: tile.bytes })).sort((a, b) => a.id - b.id);
  const kept = new Map();
  const contents = [];
  const entries = [];
  let end = 0;
  for (const { id, bytes } of sorted) {
    const hash = createHash("sha256").update(bytes).digest("hex");
    let place = kept.get(hash);
    if (!place) {
      const packed = gzipSync(bytes, { level: 9 });
      place = { offset: end, length: packed.length };
      kept.set(hash, place);
      contents.push(packed);
      end += packed.length;
    }
    const last = entries.at(-1);
    if (last && last.offset === place.offset && last.id + last.run === id) last.run += 1;
    else entries.push({ id, run: 1, ...place });
  }
  const { root, leaves } = directories(entries);
  const about = gzipSync(JSON.stringify(metadata));
  const header = Buffer.alloc(HEADER_BYTES);
  header.write("PMTiles", 0, "ascii");
  header.writeUInt8(3, 7);
  const aboutAt = HEADER_BYTES + root.length;
  const leavesAt = aboutAt + about.length;
  const numbers = [HEADER_BYTES, root.length, aboutAt, about.length, leavesAt, leaves.length, leavesAt + leaves.length, end, sorted.length, entries.length, contents.length];
  numbers.forEach((n, i) => header.writeBigUInt64LE(BigInt(n), 8 + 8 * i));
  header.set([1, GZIP, GZIP, MVT, 0, maxZoom], 96);
  [-180, -85, 180, 85].forEach((degrees, i) => header.writeInt32LE(degrees * 1e7, 102 + 4 * i));
  return Buffer.concat([header, root, about, leaves, ...contents]);
}
