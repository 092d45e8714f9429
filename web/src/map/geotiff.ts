// Images of evidence in the browser. A GeoTIFF is read in parts, through geotiff.js: of the overview that
// fits what is shown, the tiles or strips that lie in it and no others. Everything else is shown as the
// browser itself shows it.

import { fromUrl, type GeoTIFF, type GeoTIFFImage } from "geotiff";
import { Ground, Unplaced, type Affine, type Box, type Point } from "./ground";

/** Longest side of what is drawn, in pixels: more than a screen shows, less than a browser refuses. */
const LONGEST = 4096;
/** Most bytes of values that are read for one drawing. */
const MOST_BYTES = 96 * 1024 * 1024;
/** Bytes of the file that are fetched at once, and how many such pieces are kept. */
const PIECE = { blockSize: 64 * 1024, cacheSize: 256 };
/** Pixels between points that are placed one by one; between them the image is flat. */
const MESH = 16;
/** Pixels of an image that is looked at to tell dark from bright. */
const LOOKED_AT = 512;
/** Share of the darkest and brightest values that is cut off when values are no colours. */
const CUT = 0.02;
/** Photometric interpretations whose values are colours once they are decoded (TIFF 6.0). */
const [WHITE_IS_ZERO, BLACK_IS_ZERO, RGB] = [0, 1, 2];

/** Why an image cannot be shown, as a sentence for who looks at it. */
export class Unreadable extends Error {}

type Bands = ArrayLike<number>[];
type Window = [left: number, top: number, right: number, bottom: number];

/** The image at an address of this registry. */
export async function open(address: string): Promise<Picture> {
  const answer = await fetch(address, { headers: { Range: "bytes=0-15" } });
  if (!answer.ok) throw new Unreadable(answer.status === 403 ? "This file is restricted; its custodian can open it." : `The file could not be fetched (${answer.status}).`);
  const first = await answer.arrayBuffer();
  if (!isTiff(first)) return fromBrowser(address);
  try {
    return await Raster.of(await fromUrl(address, { ...PIECE, allowFullFile: false }));
  } catch (error) {
    throw readable(error);
  }
}

function isTiff(bytes: ArrayBuffer): boolean {
  if (bytes.byteLength < 8) return false;
  const view = new DataView(bytes);
  const order = view.getUint16(0);
  const isLittle = order === 0x4949;
  const version = view.getUint16(2, isLittle);
  return (isLittle || order === 0x4d4d) && (version === 42 || version === 43);
}

/** What the library says is for programmers. */
function readable(error: unknown): Error {
  if (error instanceof Unreadable || error instanceof Unplaced) return error;
  if (error instanceof Error && error.name === "AbortError") return error;
  const why = error instanceof Error ? error.message : String(error);
  const method = /compression method(?: identifier)?:? *(\d+)/i.exec(why)?.[1];
  if (method) return new Unreadable(`This image is packed in a way that browsers cannot unpack (TIFF compression ${method}); gdal_translate -co COMPRESS=DEFLATE makes a copy that can be shown.`);
  return new Unreadable(`This image cannot be read: ${why}`);
}

/** An image, and where it lies if it says so. */
export interface Picture {
  /** The whole of it, no larger than is drawn. */
  whole(): Promise<HTMLCanvasElement>;
  /** Where it lies. Says why where it cannot be told. */
  ground(): Promise<Ground>;
  /** What of it lies in a box, in so many pixels, north up; what it does not cover stays clear. */
  within(box: Box, width: number, height: number): Promise<HTMLCanvasElement>;
}

async function fromBrowser(address: string): Promise<Picture> {
  const blob = await (await fetch(address)).blob();
  const none = (): never => {
    throw new Unplaced("This image does not say where on the globe it lies, so it cannot be laid over the map.");
  };
  try {
    const bitmap = await createImageBitmap(blob, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
    const [canvas, context] = blank(Math.round(bitmap.width * scale), Math.round(bitmap.height * scale));
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    return { whole: async () => canvas, ground: async () => none(), within: async () => none() };
  } catch {
    throw new Unreadable("This file is no image that a browser can show.");
  }
}

function blank(width: number, height: number): [HTMLCanvasElement, CanvasRenderingContext2D] {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, width);
  canvas.height = Math.max(1, height);
  const context = canvas.getContext("2d");
  if (!context) throw new Unreadable("This browser cannot draw the image.");
  return [canvas, context];
}

/** Brightness of measurements: least and most, for each band. */
type Stretch = readonly (readonly [least: number, most: number])[];

class Raster implements Picture {
  private placed: Promise<Ground> | null = null;
  private brightness: Promise<Stretch> | null = null;

  private constructor(
    private readonly full: GeoTIFFImage,
    /** The image and its overviews, finest first. */
    private readonly levels: readonly GeoTIFFImage[],
    /** Their masks, by width, of an image that says so where it holds nothing. */
    private readonly masks: ReadonlyMap<number, GeoTIFFImage>,
  ) {}

  static async of(tiff: GeoTIFF): Promise<Raster> {
    const full = await tiff.getImage(0);
    const levels = [full];
    const masks = new Map<number, GeoTIFFImage>();
    const count = await tiff.getImageCount();
    for (let i = 1; i < count; i += 1) {
      const image = await tiff.getImage(i);
      // Bits of NewSubfileType: a smaller version, a page, a mask.
      const kind = Number(image.fileDirectory.getValue("NewSubfileType") ?? 0);
      const hasShape = Math.abs(image.getWidth() / image.getHeight() - full.getWidth() / full.getHeight()) < 0.02 * (full.getWidth() / full.getHeight());
      if (kind & 4) masks.set(image.getWidth(), image);
      else if (kind & 1 && hasShape) levels.push(image);
    }
    const whole = Number(full.fileDirectory.getValue("NewSubfileType") ?? 0);
    if (whole & 4) throw new Unreadable("This file begins with a mask and not with an image.");
    levels.sort((a, b) => b.getWidth() - a.getWidth());
    return new Raster(full, levels, masks);
  }

  ground(): Promise<Ground> {
    this.placed ??= Promise.resolve().then(() => Ground.of(affine(this.full)));
    return this.placed;
  }

  async whole(): Promise<HTMLCanvasElement> {
    const [fullWidth, fullHeight] = [this.full.getWidth(), this.full.getHeight()];
    const scale = Math.min(1, LONGEST / Math.max(fullWidth, fullHeight));
    const [width, height] = [Math.max(1, Math.round(fullWidth * scale)), Math.max(1, Math.round(fullHeight * scale))];
    return this.drawn(width, height, ([x, y]) => [x / width, y / height]);
  }

  async within(box: Box, width: number, height: number): Promise<HTMLCanvasElement> {
    const ground = await this.ground();
    let guess: Point = [0.5, 0.5];
    return this.drawn(width, height, ([x, y]) => {
      guess = ground.part([box[0] + ((box[2] - box[0]) * x) / width, box[1] + ((box[3] - box[1]) * y) / height], guess);
      return guess;
    });
  }

  /** A picture of what lies at each point; `part` says where in the image, of 1 each way, a point of the picture is. */
  private async drawn(width: number, height: number, part: (point: Point) => Point): Promise<HTMLCanvasElement> {
    const [canvas, context] = blank(Math.min(width, LONGEST), Math.min(height, LONGEST));
    const mesh = new Mesh(canvas.width, canvas.height, part);
    const level = this.levelFor(mesh.finest(this.full.getWidth(), this.full.getHeight()));
    const window = mesh.window(level.getWidth(), level.getHeight());
    if (!window) return canvas;
    try {
      const stretch = await this.stretch();
      const values = await this.read(level, window);
      const seen = await this.seen(level, window);
      context.putImageData(mesh.sampled(context, level, window, (i, out, at) => paint(values, stretch, seen, i, out, at)), 0, 0);
    } catch (error) {
      throw readable(error);
    }
    return canvas;
  }

  /** The coarsest version in which a pixel of the picture is no less than one of the image. */
  private levelFor(perPixel: number): GeoTIFFImage {
    const fits = this.levels.filter((level) => this.full.getWidth() / level.getWidth() <= Math.max(1, perPixel) * 1.01);
    return fits.at(-1) ?? this.full;
  }

  private get isColour(): boolean {
    return this.full.getBitsPerSample() === 8 && (this.full.getSamplesPerPixel() >= 3 || ![WHITE_IS_ZERO, BLACK_IS_ZERO, RGB].includes(this.photometric));
  }

  /** The band that says how much is to be seen of a pixel, of an image that has one (ExtraSamples, TIFF 6.0). */
  private get alpha(): number | null {
    const extra = Array.from((this.full.fileDirectory.getValue("ExtraSamples") as ArrayLike<number> | undefined) ?? []);
    const at = extra.findIndex((kind) => kind === 1 || kind === 2);
    return at < 0 ? null : this.full.getSamplesPerPixel() - extra.length + at;
  }

  private get photometric(): number {
    return Number(this.full.fileDirectory.getValue("PhotometricInterpretation") ?? BLACK_IS_ZERO);
  }

  /** Values of a part, band by band: three of colours, else one. */
  private async read(level: GeoTIFFImage, window: Window): Promise<Bands> {
    const bands = level.getSamplesPerPixel();
    const pixels = (window[2] - window[0]) * (window[3] - window[1]);
    if (pixels * Math.max(3, Math.min(bands, 3)) * Math.max(1, level.getSampleByteSize(0)) > MOST_BYTES) {
      throw new Unreadable("So much of the image would have to be read at its full size, as it holds no smaller version of itself. Zoom in to see it; gdal_translate -of COG makes a copy that has some.");
    }
    // Its own colours (palettes, YCbCr) the library knows how to make red, green and blue of.
    const isOther = ![WHITE_IS_ZERO, BLACK_IS_ZERO, RGB].includes(this.photometric);
    const read = isOther ? level.readRGB({ window, interleave: false }) : level.readRasters({ window, interleave: false, samples: bands >= 3 ? [0, 1, 2] : [0] });
    return (await read) as unknown as Bands;
  }

  /** Which pixels of a part hold anything: by the mask, by a band, or by the value that stands for nothing. */
  private async seen(level: GeoTIFFImage, window: Window): Promise<(values: Bands, i: number) => boolean> {
    const mask = this.masks.get(level.getWidth());
    if (mask) {
      const [values] = (await mask.readRasters({ window, interleave: false })) as unknown as Bands;
      return (_, i) => values?.[i] !== 0;
    }
    if (this.alpha !== null) {
      const [values] = (await level.readRasters({ window, interleave: false, samples: [this.alpha] })) as unknown as Bands;
      return (_, i) => values?.[i] !== 0;
    }
    const nothing = this.full.getGDALNoData();
    if (nothing === null) return () => true;
    return (values, i) => values.some((band) => band[i] !== nothing && !(Number.isNaN(nothing) && Number.isNaN(band[i])));
  }

  /** Measured once and of the whole, so that moving the map changes no colour. */
  private stretch(): Promise<Stretch> {
    this.brightness ??= this.measured();
    return this.brightness;
  }

  private async measured(): Promise<Stretch> {
    if (this.isColour) return [[0, 255], [0, 255], [0, 255]];
    if (this.full.getBitsPerSample() === 8) return [[0, 255]];
    const smallest = this.levels.at(-1) ?? this.full;
    const [width, height] = [smallest.getWidth(), smallest.getHeight()];
    // Of an image without a small version its middle stands for all of it.
    const [w, h] = [Math.min(width, LOOKED_AT), Math.min(height, LOOKED_AT)];
    const [left, top] = [Math.floor((width - w) / 2), Math.floor((height - h) / 2)];
    const window: Window = [left, top, left + w, top + h];
    const values = await this.read(smallest, window);
    const seen = await this.seen(smallest, window);
    return values.map((band) => {
      const sample = Array.from(band).filter((value, i) => seen(values, i) && Number.isFinite(value));
      sample.sort((a, b) => a - b);
      return [sample[Math.floor(sample.length * CUT)] ?? 0, sample[Math.ceil(sample.length * (1 - CUT)) - 1] ?? 1];
    });
  }
}

function paint(values: Bands, stretch: Stretch, seen: (values: Bands, i: number) => boolean, i: number, out: Uint8ClampedArray, at: number): void {
  if (!seen(values, i)) return;
  for (let band = 0; band < 3; band += 1) {
    const of = values.length > band ? band : 0;
    const [least, most] = stretch[of] ?? [0, 255];
    out[at + band] = (((values[of]?.[i] ?? 0) - least) / Math.max(most - least, Number.EPSILON)) * 255;
  }
  out[at + 3] = 255;
}

/** Where in the image the points of a picture are, every so many pixels. */
class Mesh {
  private readonly columns: number;
  private readonly rows: number;
  private readonly parts: Point[] = [];

  constructor(
    private readonly width: number,
    private readonly height: number,
    part: (point: Point) => Point,
  ) {
    this.columns = Math.ceil(width / MESH);
    this.rows = Math.ceil(height / MESH);
    for (let row = 0; row <= this.rows; row += 1) for (let column = 0; column <= this.columns; column += 1) this.parts.push(part([column * MESH, row * MESH]));
  }

  private at(row: number, column: number): Point {
    return this.parts[row * (this.columns + 1) + column] ?? [0, 0];
  }

  /** Pixels of the image to one of the picture, where they are fewest. */
  finest(width: number, height: number): number {
    let least = Number.POSITIVE_INFINITY;
    for (let row = 0; row < this.rows; row += 1) {
      for (let column = 0; column < this.columns; column += 1) {
        const [[u, v], [ua, va], [ud, vd]] = [this.at(row, column), this.at(row, column + 1), this.at(row + 1, column)];
        const area = Math.abs((ua - u) * (vd - v) - (ud - u) * (va - v)) * width * height;
        least = Math.min(least, Math.sqrt(area) / MESH);
      }
    }
    return Number.isFinite(least) ? least : 1;
  }

  /** The part of an image of this size that is seen, if any is. */
  window(width: number, height: number): Window | null {
    const [us, vs] = [this.parts.map(([u]) => u), this.parts.map(([, v]) => v)];
    const within = (n: number, most: number): number => Math.min(Math.max(n, 0), most);
    const window: Window = [
      within(Math.floor(least(us) * width) - 1, width), within(Math.floor(least(vs) * height) - 1, height),
      within(Math.ceil(most(us) * width) + 1, width), within(Math.ceil(most(vs) * height) + 1, height),
    ];
    return window[0] < window[2] && window[1] < window[3] ? window : null;
  }

  /** The picture: each pixel is the one of the image that lies there. Nothing is mixed of several, as evidence it is. */
  sampled(context: CanvasRenderingContext2D, level: GeoTIFFImage, [left, top, right, bottom]: Window, put: (i: number, out: Uint8ClampedArray, at: number) => void): ImageData {
    const image = context.createImageData(this.width, this.height);
    const [width, height] = [level.getWidth(), level.getHeight()];
    for (let y = 0; y < this.height; y += 1) {
      const row = Math.floor(y / MESH);
      const t = (y + 0.5) / MESH - row;
      for (let x = 0; x < this.width; x += 1) {
        const column = Math.floor(x / MESH);
        const s = (x + 0.5) / MESH - column;
        const [a, b, c, d] = [this.at(row, column), this.at(row, column + 1), this.at(row + 1, column), this.at(row + 1, column + 1)];
        const u = a[0] * (1 - s) * (1 - t) + b[0] * s * (1 - t) + c[0] * (1 - s) * t + d[0] * s * t;
        const v = a[1] * (1 - s) * (1 - t) + b[1] * s * (1 - t) + c[1] * (1 - s) * t + d[1] * s * t;
        if (u < 0 || u >= 1 || v < 0 || v >= 1) continue;
        const [px, py] = [Math.floor(u * width), Math.floor(v * height)];
        if (px < left || px >= right || py < top || py >= bottom) continue;
        put((py - top) * (right - left) + (px - left), image.data, (y * this.width + x) * 4);
      }
    }
    return image;
  }
}

function least(all: readonly number[]): number {
  return all.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
}

function most(all: readonly number[]): number {
  return all.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
}

/** How the image says it is placed (GeoTIFF 1.1, clauses 7.5.1 and B.6). */
function affine(image: GeoTIFFImage): Affine {
  const directory = image.fileDirectory;
  const numbers = (tag: "ModelTransformation" | "ModelTiepoint" | "ModelPixelScale"): number[] => Array.from((directory.getValue(tag) as ArrayLike<number> | undefined) ?? []);
  const [matrix, tie, scale] = [numbers("ModelTransformation"), numbers("ModelTiepoint"), numbers("ModelPixelScale")];
  const epsg = epsgOf(image);
  let [x0, y0, ax, ay, dx, dy] = [0, 0, 0, 0, 0, 0];
  if (matrix.length === 16) {
    [ax, dx, , x0, ay, dy, , y0] = matrix as [number, number, number, number, number, number, number, number];
  } else if (scale.length >= 2 && tie.length >= 6) {
    const [i = 0, j = 0, , x = 0, y = 0] = tie;
    [ax, dy] = [scale[0] ?? 0, -(scale[1] ?? 0)];
    [x0, y0] = [x - i * ax, y - j * dy];
  } else {
    throw new Unplaced(tie.length > 6 ? "This image is placed by control points only; gdalwarp makes a copy that can be laid over the map." : "This image does not say where on the globe it lies, so it cannot be laid over the map.");
  }
  // A pixel that stands for a point has it in its middle.
  if (Number(image.getGeoKeys()?.["GTRasterTypeGeoKey"] ?? 1) === 2) [x0, y0] = [x0 - (ax + dx) / 2, y0 - (ay + dy) / 2];
  const [width, height] = [image.getWidth(), image.getHeight()];
  return { epsg, origin: [x0, y0], across: [ax * width, ay * width], down: [dx * height, dy * height] };
}

/** The number of its system in the EPSG registry. */
function epsgOf(image: GeoTIFFImage): number {
  const keys = (image.getGeoKeys() ?? {}) as Readonly<Record<string, unknown>>;
  const code = (name: string): number => Number(keys[name] ?? 0);
  const [projected, geographic] = [code("ProjectedCSTypeGeoKey"), code("GeographicTypeGeoKey")];
  const isProjected = code("GTModelTypeGeoKey") === 1 || projected > 0;
  const found = isProjected ? projected : geographic;
  if (found >= 1024 && found < 32_767) return found;
  const named = String(keys["PCSCitationGeoKey"] ?? keys["GTCitationGeoKey"] ?? keys["GeogCitationGeoKey"] ?? "").split("|")[0]?.trim();
  throw new Unplaced(`This image ${named ? `is in a coordinate system of its own (${named.slice(0, 80)})` : "does not say in which coordinate system it lies"}; gdalwarp -t_srs EPSG:3857 makes a copy that can be laid over the map.`);
}
