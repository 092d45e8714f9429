// Choosing by hand: a box or a free line drawn over the map with the pointer. By keyboard, what is in
// view is chosen instead.

import type { Map as MapLibre } from "maplibre-gl";
import type { Ring } from "./sites";

export type Way = "box" | "lasso";

/** Pixels between the points kept of a free line. */
const STEP = 6;

export class Lasso {
  private way: Way | null = null;
  private points: [number, number][] = [];
  private readonly sheet = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  private readonly line = document.createElementNS("http://www.w3.org/2000/svg", "path");

  constructor(
    private readonly map: MapLibre,
    private readonly done: (ring: Ring) => void,
  ) {
    this.sheet.classList.add("map-lasso");
    this.sheet.setAttribute("aria-hidden", "true");
    this.sheet.append(this.line);
    map.getContainer().append(this.sheet);
    this.sheet.addEventListener("pointerdown", (event) => this.start(event));
    this.sheet.addEventListener("pointermove", (event) => this.move(event));
    this.sheet.addEventListener("pointerup", (event) => this.end(event));
    this.sheet.addEventListener("pointercancel", () => this.reset());
    this.begin(null);
  }

  get isActive(): boolean {
    return this.way !== null;
  }

  begin(way: Way | null): void {
    this.way = way;
    this.reset();
    this.sheet.classList.toggle("map-lasso--active", way !== null);
  }

  private reset(): void {
    this.points = [];
    this.line.setAttribute("d", "");
  }

  private at(event: PointerEvent): [number, number] {
    const box = this.sheet.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  private start(event: PointerEvent): void {
    if (!this.way || event.button !== 0) return;
    event.preventDefault();
    this.sheet.setPointerCapture(event.pointerId);
    this.points = [this.at(event)];
  }

  private move(event: PointerEvent): void {
    const first = this.points[0];
    const last = this.points.at(-1);
    if (!first || !last) return;
    const at = this.at(event);
    if (this.way === "box") this.points = [first, at];
    else if (Math.hypot(at[0] - last[0], at[1] - last[1]) >= STEP) this.points.push(at);
    this.line.setAttribute("d", `M${this.outline().map((p) => p.join(" ")).join("L")}Z`);
  }

  private outline(): [number, number][] {
    const [a, b] = this.points;
    return this.way === "box" && a && b ? [a, [b[0], a[1]], b, [a[0], b[1]]] : this.points;
  }

  private end(event: PointerEvent): void {
    this.sheet.releasePointerCapture(event.pointerId);
    const outline = this.outline();
    this.reset();
    const xs = outline.map(([x]) => x);
    const ys = outline.map(([, y]) => y);
    const isLarge = Math.max(...xs) - Math.min(...xs) > STEP && Math.max(...ys) - Math.min(...ys) > STEP;
    if (outline.length < 3 || !isLarge) return;
    const ring = outline.map(([x, y]): [number, number] => {
      const { lng, lat } = this.map.unproject([x, y]);
      return [lng, lat];
    });
    const first = ring[0];
    if (first) this.done([...ring, first]);
  }
}
