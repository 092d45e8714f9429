// Where the pixels of an image lie: a mesh of positions over the image, on the square of Web Mercator. Each
// mesh is so small that between its corners the image is flat. What system the image is in only the server
// knows, by whose transformations imported lists are placed too.

/** West, north, east, south on the square of Web Mercator: 0 to 1, east and south; a box may reach over its edge. */
export type Box = readonly [west: number, north: number, east: number, south: number];
export type Point = readonly [x: number, y: number];

/** Meshes of a side: an image in UTM of 600 km lies right to 5 cm (docs/decisions.md). */
const STEPS = 32;
/** Beyond this latitude Web Mercator shows nothing. */
const HIGHEST = 85.051129;
/** Rounds of improving a guess; two or three are enough. */
const ROUNDS = 12;

/** From the image's pixels to positions of its system: origin, and the way to the next corners. */
export interface Affine {
  readonly epsg: number;
  readonly origin: Point;
  readonly across: Point;
  readonly down: Point;
}

export class Unplaced extends Error {}

function mercator([lon, lat]: readonly [number, number]): Point {
  const sin = Math.sin((lat * Math.PI) / 180);
  return [lon / 360 + 0.5, 0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI)];
}

/** Longitude and latitude of a point of the square. */
export function degrees([x, y]: Point): [number, number] {
  return [(x - 0.5) * 360, (Math.atan(Math.sinh((0.5 - y) * 2 * Math.PI)) * 180) / Math.PI];
}

/** The box around the corners of a box in degrees: west, south, east, north. */
export function boxOf([west, south, east, north]: readonly [number, number, number, number]): Box {
  const [[left, bottom], [right, top]] = [mercator([west, Math.max(south, -HIGHEST)]), mercator([east, Math.min(north, HIGHEST)])];
  return [left, top, right, bottom];
}

/** What two boxes share, if anything. */
export function shared(a: Box, b: Box): Box | null {
  const box: Box = [Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])];
  return box[0] < box[2] && box[1] < box[3] ? box : null;
}

export class Ground {
  readonly box: Box;

  private constructor(private readonly points: readonly Point[]) {
    const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
    this.box = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
  }

  /** Asks the server where an image lies. */
  static async of({ epsg, origin, across, down }: Affine): Promise<Ground> {
    const said = new URLSearchParams({ epsg: String(epsg), origin: origin.join(), across: across.join(), down: down.join(), steps: String(STEPS) });
    const answer = await fetch(`/map/ground?${said}`);
    const told = (await answer.json()) as { positions?: [number, number][]; detail?: string };
    if (!told.positions) throw new Unplaced(`The image cannot be laid over the map: ${told.detail ?? "its place is not understood."}`);
    if (told.positions.some(([, lat]) => Math.abs(lat) > HIGHEST)) throw new Unplaced("The image reaches to a pole, which this map cannot show.");
    const points = told.positions.map(mercator);
    // East of the antimeridian longitudes begin anew; the image does not.
    const first = points[0]?.[0] ?? 0;
    return new Ground(points.map(([x, y]) => [x - Math.round(x - first), y]));
  }

  /** Its edge in longitude and latitude. */
  outline(): [number, number][] {
    const at = (row: number, column: number): [number, number] => degrees(this.at(row, column));
    const side = Array.from({ length: STEPS }, (_, i) => i);
    const ring = [...side.map((i) => at(0, i)), ...side.map((i) => at(i, STEPS)), ...side.map((i) => at(STEPS, STEPS - i)), ...side.map((i) => at(STEPS - i, 0))];
    return [...ring, at(0, 0)];
  }

  private at(row: number, column: number): Point {
    return this.points[row * (STEPS + 1) + column] ?? [0, 0];
  }

  /** Which part of the image lies at a point, of 1 each way; it may lie outside. `guess` is where to begin. */
  part([x, y]: Point, guess: Point): Point {
    let [u, v] = [guess[0] * STEPS, guess[1] * STEPS];
    for (let round = 0; round < ROUNDS; round += 1) {
      const [column, row] = [Math.min(Math.max(Math.floor(u), 0), STEPS - 1), Math.min(Math.max(Math.floor(v), 0), STEPS - 1)];
      const [s, t] = [u - column, v - row];
      const [a, b, c, d] = [this.at(row, column), this.at(row, column + 1), this.at(row + 1, column), this.at(row + 1, column + 1)];
      const along = (i: 0 | 1): [value: number, across: number, down: number] => [
        a[i] * (1 - s) * (1 - t) + b[i] * s * (1 - t) + c[i] * (1 - s) * t + d[i] * s * t,
        (b[i] - a[i]) * (1 - t) + (d[i] - c[i]) * t,
        (c[i] - a[i]) * (1 - s) + (d[i] - b[i]) * s,
      ];
      const [[px, pxu, pxv], [py, pyu, pyv]] = [along(0), along(1)];
      const area = pxu * pyv - pxv * pyu;
      if (area === 0) break;
      const [du, dv] = [((x - px) * pyv - (y - py) * pxv) / area, ((y - py) * pxu - (x - px) * pyu) / area];
      // A step further than the image is wide leads nowhere.
      u += Math.min(Math.max(du, -STEPS), STEPS);
      v += Math.min(Math.max(dv, -STEPS), STEPS);
      if (Math.abs(du) + Math.abs(dv) < 1e-7) break;
    }
    return [u / STEPS, v / STEPS];
  }
}
