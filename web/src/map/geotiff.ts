// Images of evidence in the browser: GeoTIFF (also cloud optimised) through geotiff.js, everything else
// as the browser itself shows it.

import { fromArrayBuffer } from "geotiff";

export type Corners = [[number, number], [number, number], [number, number], [number, number]];

export interface Picture {
  readonly canvas: HTMLCanvasElement;
  /** Upper left, upper right, lower right, lower left; null where the image is not placed in degrees or Web Mercator. */
  readonly corners: Corners | null;
}

/** Longest side that is drawn, in pixels: more than a screen shows, less than a browser refuses. */
const LONGEST = 4096;
/** Share of the darkest and brightest values that is cut off when values are no colours. */
const CUT = 0.02;

export class Unreadable extends Error {}

/** The image at an address of this registry. */
export async function readImage(address: string): Promise<Picture> {
  const answer = await fetch(address);
  if (!answer.ok) throw new Unreadable(answer.status === 403 ? "This file is restricted; its custodian can open it." : `The file could not be fetched (${answer.status}).`);
  const bytes = await answer.arrayBuffer();
  return isTiff(bytes) ? fromTiff(bytes) : fromBrowser(bytes);
}

function isTiff(bytes: ArrayBuffer): boolean {
  if (bytes.byteLength < 8) return false;
  const view = new DataView(bytes);
  const order = view.getUint16(0);
  const isLittle = order === 0x4949;
  const version = view.getUint16(2, isLittle);
  return (isLittle || order === 0x4d4d) && (version === 42 || version === 43);
}

async function fromBrowser(bytes: ArrayBuffer): Promise<Picture> {
  try {
    const bitmap = await createImageBitmap(new Blob([bytes]), { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
    const [canvas, context] = blank(Math.round(bitmap.width * scale), Math.round(bitmap.height * scale));
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    return { canvas, corners: null };
  } catch {
    throw new Unreadable("This file is no image that a browser can show.");
  }
}

function blank(width: number, height: number): [HTMLCanvasElement, CanvasRenderingContext2D] {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  if (!context) throw new Unreadable("This browser cannot draw the image.");
  return [canvas, context];
}

async function fromTiff(bytes: ArrayBuffer): Promise<Picture> {
  const tiff = await fromArrayBuffer(bytes);
  const image = await tiff.getImage();
  const [fullWidth, fullHeight] = [image.getWidth(), image.getHeight()];
  const scale = Math.min(1, LONGEST / Math.max(fullWidth, fullHeight));
  const [width, height] = [Math.max(1, Math.round(fullWidth * scale)), Math.max(1, Math.round(fullHeight * scale))];
  // Takes the overview that fits, of a file that has some.
  const bands = image.getSamplesPerPixel();
  const rasters = (await tiff.readRasters({ width, height, samples: bands >= 3 ? [0, 1, 2] : [0], interleave: false, bbox: bounds(image) })) as unknown as ArrayLike<number>[];
  const nothing = image.getGDALNoData();
  const [canvas, context] = blank(width, height);
  const drawn = context.createImageData(width, height);
  const scaled = rasters.map((values) => stretch(values, image.getBitsPerSample() === 8, nothing));
  const [red, green = red, blue = red] = scaled;
  for (let i = 0; i < width * height; i += 1) {
    const isNothing = nothing !== null && rasters.every((values) => values[i] === nothing);
    drawn.data.set([red?.[i] ?? 0, green?.[i] ?? 0, blue?.[i] ?? 0, isNothing ? 0 : 255], i * 4);
  }
  context.putImageData(drawn, 0, 0);
  return { canvas, corners: cornersOf(image) };
}

type Image = Awaited<ReturnType<Awaited<ReturnType<typeof fromArrayBuffer>>["getImage"]>>;

function bounds(image: Image): number[] | undefined {
  try {
    return image.getBoundingBox();
  } catch {
    return undefined;
  }
}

/** Values as brightness: colours as they are, measurements between their usual least and most. */
function stretch(values: ArrayLike<number>, isColour: boolean, nothing: number | null): Uint8ClampedArray {
  if (isColour) return Uint8ClampedArray.from(values);
  const step = Math.max(1, Math.floor(values.length / 20_000));
  const sample: number[] = [];
  for (let i = 0; i < values.length; i += step) {
    const value = values[i];
    if (value !== undefined && value !== nothing && Number.isFinite(value)) sample.push(value);
  }
  sample.sort((a, b) => a - b);
  const least = sample[Math.floor(sample.length * CUT)] ?? 0;
  const most = sample[Math.ceil(sample.length * (1 - CUT)) - 1] ?? 1;
  return Uint8ClampedArray.from(values, (value) => ((value - least) / Math.max(most - least, Number.EPSILON)) * 255);
}

/** Corners in degrees; of the two systems that need no library of projections. */
function cornersOf(image: Image): Corners | null {
  const box = bounds(image);
  const keys = image.getGeoKeys() as Readonly<Record<string, unknown>> | null;
  if (!box || !keys) return null;
  const [west = 0, south = 0, east = 0, north = 0] = box;
  const projected = Number(keys["ProjectedCSTypeGeoKey"] ?? 0);
  const geographic = Number(keys["GeographicTypeGeoKey"] ?? 0);
  const degrees: ((x: number, y: number) => [number, number]) | null =
    projected === 3857
      ? (x, y) => [(x / 20_037_508.342789244) * 180, (Math.atan(Math.sinh((y / 20_037_508.342789244) * Math.PI)) * 180) / Math.PI]
      : projected === 0 && (geographic === 4326 || geographic === 0)
        ? (x, y) => [x, y]
        : null;
  if (!degrees) return null;
  return [degrees(west, north), degrees(east, north), degrees(east, south), degrees(west, south)];
}
