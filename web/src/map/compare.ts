// Before and after: two images of evidence under one divider, moved by pointer or arrow keys. Images
// that say where on the globe they lie are cut to the ground they share; others are laid edge to edge.

import { part } from "./config";
import type { Picture } from "./geotiff";
import { shared, type Box } from "./ground";

/** Longest side of what is compared, in pixels. */
const LONGEST = 2_048;

async function start(box: HTMLElement): Promise<void> {
  const says = part("compare-says");
  says.textContent = "The images are being fetched …";
  try {
    const { open } = await import("./geotiff");
    const pictures = await Promise.all([open(box.dataset["first"] ?? ""), open(box.dataset["second"] ?? "")]);
    const common = await sharedGround(pictures[0], pictures[1]);
    show(await Promise.all(pictures.map((picture) => (common ? cut(picture, common) : picture.whole()))));
    says.textContent = common ? "Both images say where they lie; they are cut to the ground they share." : "";
  } catch (error) {
    says.textContent = error instanceof Error ? error.message : "The images could not be shown.";
  }
}

async function sharedGround(...pictures: readonly [Picture, Picture]): Promise<Box | null> {
  // One that does not say where it lies is laid edge to edge with the other.
  const [a, b] = await Promise.all(pictures.map((picture) => picture.ground().catch(() => null)));
  return a && b ? shared(a.box, b.box) : null;
}

/** The part of an image within a box, north up. */
function cut(picture: Picture, box: Box): Promise<HTMLCanvasElement> {
  const [width, height] = [box[2] - box[0], box[3] - box[1]];
  const scale = LONGEST / Math.max(width, height);
  return picture.within(box, Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)));
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
