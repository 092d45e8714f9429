// Signs of sites: the shape and colour tell the status, so that either is enough; the figure within
// tells the group of categories. Drawn on a canvas for the map and for the legend alike.

import { NONE } from "./config";

/** Figures in a box of 16, none of which belongs to one faith, people or state. */
const FIGURES: Readonly<Record<string, string>> = {
  religious_site: "M7.2 0h1.600v2.600C12 3.2 13.6 5.8 13.6 9v6H9.800v-3.400a1.8 1.8 0 0 0-3.6 0V15H2.400V9c0-3.2 1.6-5.8 4.8-6.400z",
  building: "M8 1.5 15 7v1.500h-1.500V15h-4v-4h-3v4h-4V8.500H1V7z",
  museum: "M8 .8 15 4.500v1.700H1V4.500zM2.5 7.200h2v5.300h-2zm4.5 0h2v5.300H7zm4.5 0h2v5.300h-2zM1 13.400h14V15H1z",
  library: "M.8 2.500c2.6-.9 5-.7 6.5.8v11c-1.7-1.2-4-1.4-6.5-.6zm14.4 0c-2.6-.9-5-.7-6.5.8v11c1.7-1.2 4-1.4 6.5-.6z",
  archive: "M1.5 1.500h13v4h-13zm1 5h11v8h-11zm3.5 2v1.600h4V8.500z",
  monument: "M8 .5 10 3l-.8 9H11v1.500h1V15H4v-1.500h1V12h1.800L6 3z",
  archaeological_site: "M5.5 1h5v1.700l-.9.6V5c2.6.9 3.9 2.5 3.9 4.6 0 2.4-1.9 4.2-3.5 5.400H6c-1.6-1.2-3.5-3-3.5-5.400C2.5 7.5 3.8 5.9 6.4 5V3.300l-.9-.6z",
  theatre: "M1.5 2c4.3 1.7 8.7 1.7 13 0v6c0 3.6-2.7 6-6.5 7.200C4.2 14 1.5 11.6 1.5 8zm3 4v1.500h2.700V6zm4.3 0v1.500h2.700V6zM5 9.700c1.9 2 4.1 2 6 0z",
  gallery: "M1 1.500h14v13H1zm2 2v9h10v-9zm.8 8.2 3-4.5 1.9 2.6 1.5-1.8 2.2 3.700z",
  reserve: "M1 15V8l2.5-2L6 8V3.500L8.5 1 11 3.500V9l2-1.500L15 9v6z",
  cemetery: "M4 12.500V6a4 4 0 0 1 8 0v6.500zm-2 1h12V15H2z",
  park: "M8 .5 12.5 6h-2l3.5 5H9v4H7v-4H2l3.5-5h-2z",
  refuge: "M8 .8 14 2.800v5c0 3.5-2.3 5.8-6 7.4-3.7-1.6-6-3.9-6-7.400v-5z",
  settlement: "M1 15V8.500L4.5 5.5 8 8.500V15zm8 0V8L7 6.200l3.5-4L15 6.500V15z",
  artefacts: "M5 1h6v1.500L9.8 4v1c2 .7 3.2 2.3 3.2 4.3 0 2.6-2 4.6-3 5.700H6c-1-1.1-3-3.1-3-5.700C3 7.3 4.2 5.7 6.2 5V4L5 2.500z",
  cultural_site: "M8 1.5 14.5 8 8 14.5 1.5 8z",
  other: "M8 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8z",
};

interface Look {
  /** Fill, as a colour variable of the style sheet. */
  readonly colour: string;
  /** Outline in a box of 24. */
  readonly shape: string;
  readonly double?: boolean;
  readonly dashed?: boolean;
}

const CIRCLE = "M12 2a10 10 0 1 1 0 20 10 10 0 0 1 0-20z";
const LOOKS: Readonly<Record<string, Look>> = {
  reported: { colour: "--map-reported", shape: CIRCLE, dashed: true },
  corroborated: { colour: "--map-corroborated", shape: CIRCLE, double: true },
  verified: { colour: "--map-verified", shape: "M4.5 2.500h15a2 2 0 0 1 2 2v15a2 2 0 0 1-2 2h-15a2 2 0 0 1-2-2v-15a2 2 0 0 1 2-2z" },
  refuted: { colour: "--map-refuted", shape: "M12 .8 23.2 12 12 23.2 .8 12z" },
  not_assessable: { colour: "--map-not-assessable", shape: "M7 2.500h10L22.5 12 17 21.500H7L1.5 12z" },
  disputed: { colour: "--map-disputed", shape: "M12 1.2 23.4 21.500H.6z" },
  [NONE]: { colour: "--map-none", shape: CIRCLE },
};

export type Colours = (name: string) => string;

/** The colours of the style sheet as the page shows them now. */
export function colours(): Colours {
  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  const known = new Map<string, string>();
  return (name) => {
    const had = known.get(name);
    if (had) return had;
    probe.style.color = `var(${name})`;
    const colour = getComputedStyle(probe).color;
    known.set(name, colour);
    return colour;
  };
}

/** Draws a sign into a square of so many pixels. `inCell`: of a protected place, shown as its cell. */
export function draw(context: CanvasRenderingContext2D, size: number, status: string, group: string, inCell: boolean, colour: Colours): void {
  const look = LOOKS[status] ?? LOOKS[NONE];
  if (!look) return;
  const scale = size / 28;
  context.save();
  context.scale(scale, scale);
  context.translate(2, 2);
  const shape = new Path2D(inCell ? "M1 1h22v22H1z" : look.shape);
  context.lineJoin = "round";
  context.strokeStyle = colour("--map-halo");
  context.lineWidth = 4;
  context.stroke(shape);
  context.fillStyle = inCell ? colour("--map-halo") : colour(look.colour);
  context.fill(shape);
  if (inCell) hatch(context, shape, colour(look.colour));
  else if (look.double || look.dashed) {
    context.save();
    context.clip(shape);
    context.strokeStyle = colour("--map-on");
    context.lineWidth = 1.5;
    if (look.dashed) context.setLineDash([3, 2.4]);
    context.translate(12, 12);
    context.scale(0.82, 0.82);
    context.translate(-12, -12);
    context.stroke(shape);
    context.restore();
  }
  const figure = new Path2D(FIGURES[group] ?? FIGURES["other"]);
  const low = status === "disputed" && !inCell ? 3.6 : 0;
  const side = status === "disputed" ? 9 : look.double || look.dashed ? 10.5 : 12;
  context.translate(12 - side / 2, 12 + low - side / 2);
  context.scale(side / 16, side / 16);
  if (inCell) {
    context.strokeStyle = colour("--map-halo");
    context.lineWidth = 3;
    context.stroke(figure);
  }
  context.fillStyle = inCell ? colour(look.colour) : colour("--map-on");
  context.fill(figure, "evenodd");
  context.restore();
}

function hatch(context: CanvasRenderingContext2D, shape: Path2D, colour: string): void {
  context.save();
  context.clip(shape);
  context.strokeStyle = colour;
  context.lineWidth = 1;
  for (let x = -24; x < 26; x += 4) {
    context.beginPath();
    context.moveTo(x, 25);
    context.lineTo(x + 26, -1);
    context.stroke();
  }
  context.lineWidth = 2.4;
  context.stroke(shape);
  context.restore();
}

/** Draws a sign into a canvas of the page, sharp at the screen's resolution. */
export function drawInto(canvas: HTMLCanvasElement, side: number, status: string, group: string, colour: Colours): void {
  const pixels = Math.round(side * Math.max(devicePixelRatio, 1));
  canvas.width = pixels;
  canvas.height = pixels;
  const context = canvas.getContext("2d");
  if (context) draw(context, pixels, status, group, false, colour);
}

/** A sign as an image of the map, at twice its size. */
export function image(side: number, status: string, group: string, inCell: boolean, colour: Colours): ImageData | null {
  const canvas = document.createElement("canvas");
  canvas.width = side * 2;
  canvas.height = side * 2;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) return null;
  draw(context, side * 2, status, group, inCell, colour);
  return context.getImageData(0, 0, side * 2, side * 2);
}
