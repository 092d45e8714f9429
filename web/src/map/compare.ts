// Before and after: two images of evidence under one divider, moved by pointer or arrow keys. Images
// that say where on the globe they lie are cut to the ground they share; others are laid edge to edge.

import { part } from "./config";
import type { Corners, Picture } from "./geotiff";

async function start(box: HTMLElement): Promise<void> {
  const says = part("compare-says");
  says.textContent = "The images are being fetched …";
  try {
    const { readImage } = await import("./geotiff");
    const pictures = await Promise.all([readImage(box.dataset["first"] ?? ""), readImage(box.dataset["second"] ?? "")]);
    const shared = sharedGround(pictures[0], pictures[1]);
    show(pictures.map((picture) => (shared ? cut(picture, shared) : picture.canvas)));
    says.textContent = shared ? "Both images say where they lie; they are cut to the ground they share." : "";
  } catch (error) {
    says.textContent = error instanceof Error ? error.message : "The images could not be shown.";
  }
}

type Box = readonly [west: number, south: number, east: number, north: number];

function boxOf([[west, north], , [east, south]]: Corners): Box {
  return [west, south, east, north];
}

function sharedGround(a: Picture, b: Picture): Box | null {
  if (!a.corners || !b.corners) return null;
  const [p, q] = [boxOf(a.corners), boxOf(b.corners)];
  const shared: Box = [Math.max(p[0], q[0]), Math.max(p[1], q[1]), Math.min(p[2], q[2]), Math.min(p[3], q[3])];
  return shared[0] < shared[2] && shared[1] < shared[3] ? shared : null;
}

/** The part of an image within a box. */
function cut(picture: Picture, [west, south, east, north]: Box): HTMLCanvasElement {
  const { canvas, corners } = picture;
  if (!corners) return canvas;
  const own = boxOf(corners);
  const x = (lon: number): number => ((lon - own[0]) / (own[2] - own[0])) * canvas.width;
  const y = (lat: number): number => ((own[3] - lat) / (own[3] - own[1])) * canvas.height;
  const drawn = document.createElement("canvas");
  drawn.width = Math.max(1, Math.round(x(east) - x(west)));
  drawn.height = Math.max(1, Math.round(y(south) - y(north)));
  drawn.getContext("2d")?.drawImage(canvas, x(west), y(north), x(east) - x(west), y(south) - y(north), 0, 0, drawn.width, drawn.height);
  return drawn;
}

function show(canvases: readonly HTMLCanvasElement[]): void {
  const [first, second] = canvases;
  if (!first || !second) return;
  const stage = part("compare-stage");
  first.setAttribute("role", "img");
  first.setAttribute("aria-label", "First image");
  second.setAttribute("role", "img");
  second.setAttribute("aria-label", "Second image");
  // One over the other they have to have one shape: that of the first.
  second.style.aspectRatio = first.style.aspectRatio = `${first.width} / ${first.height}`;
  const line = document.createElement("div");
  line.className = "compare__line";
  stage.replaceChildren(first, second, line);
  stage.hidden = false;
  for (const controls of document.querySelectorAll<HTMLElement>(".compare__controls")) controls.hidden = false;

  const at = part<HTMLInputElement>("compare-at");
  const move = (): void => {
    stage.style.setProperty("--at", `${at.value}%`);
    at.setAttribute("aria-valuetext", `${at.value} percent first, ${100 - Number(at.value)} percent second`);
  };
  at.addEventListener("input", move);
  const follow = (event: PointerEvent): void => {
    if (event.type === "pointermove" && event.buttons !== 1) return;
    const box = stage.getBoundingClientRect();
    at.value = String(Math.round(((event.clientX - box.left) / box.width) * 100));
    move();
  };
  stage.addEventListener("pointerdown", follow);
  stage.addEventListener("pointermove", follow);
  for (const way of document.querySelectorAll<HTMLInputElement>("input[name=way]")) {
    way.addEventListener("change", () => stage.classList.toggle("compare__stage--beside", part<HTMLInputElement>("compare-beside").checked));
  }
  move();
}

const box = document.querySelector<HTMLElement>("[data-compare]");
if (box) void start(box);
