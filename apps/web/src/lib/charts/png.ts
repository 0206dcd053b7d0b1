import { page } from "$app/state";
import { chipsOf, chipsText, coarseFiltersOf } from "#lib/filters.ts";
import geist from "../../fonts/geist-latin-wght-normal.woff2?url";
import { saveFile } from "./csv.ts";

// Loaded only when someone asks for a picture.

export type Picture = {
  /** Name of the file. */
  name: string;
  title: string;
  /** Lines below the title: the range, the sentence. */
  notes: string[];
  /** What the marks mean: a colour as the page computes it, and a name. */
  legend?: { color: string; name: string }[];
};

const edge = 24;
const scale = 2;
/** Properties of style that make a mark look as it does. */
const kept = (
  "fill fill-opacity stroke stroke-width stroke-dasharray stroke-linecap stroke-linejoin opacity font-size font-weight " +
  "font-feature-settings text-anchor shape-rendering dominant-baseline overflow"
).split(" ");

/** What `read` finds while the page has the light theme; nothing is painted in between. */
function inLight<T>(read: () => T): T {
  const { dataset } = document.documentElement;
  const before = dataset["theme"];
  dataset["theme"] = "light";
  try {
    return read();
  } finally {
    if (before === undefined) delete dataset["theme"];
    else dataset["theme"] = before;
  }
}

/** A copy that needs no style sheet: every mark says itself how it looks. */
function withStyles(svg: SVGSVGElement): SVGSVGElement {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const copies = copy.querySelectorAll<SVGElement>("*");
  for (const [at, mark] of svg.querySelectorAll("*").entries()) {
    const look = getComputedStyle(mark);
    const target = copies[at]!;
    for (const property of kept) target.style.setProperty(property, look.getPropertyValue(property));
  }
  return copy;
}

/** The colour that a token stands for. */
function colorOf(svg: SVGSVGElement, token: string): string {
  const probe = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  probe.style.fill = token;
  svg.append(probe);
  const found = getComputedStyle(probe).fill;
  probe.remove();
  return found;
}

const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

/** The type of the page; a picture can't ask for it. */
async function fontFace(): Promise<string> {
  const bytes = new Uint8Array(await (await fetch(geist)).arrayBuffer());
  let binary = "";
  for (const byte of bytes) binary += String.fromCodePoint(byte);
  return `@font-face{font-family:"Picture";font-weight:100 900;src:url(data:font/woff2;base64,${btoa(binary)})}text{font-family:Picture,sans-serif}`;
}

/** Breaks a line between words where it is wider than `most`. */
function broken(text: string, most: number, pen: CanvasRenderingContext2D): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
    if (lines.length && pen.measureText(longer).width <= most) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** A picture goes where the page isn't: it says whose figures these are, and of whom. */
function whose(): string {
  const chips = chipsText(chipsOf(coarseFiltersOf(page.url.searchParams), page.data["names"]));
  return [page.data["viewer"].organization.name, chips].filter(Boolean).join(" · ");
}

/** Draws the chart of a figure with its title, as the light theme shows it, in twice its size. */
async function draw(figure: HTMLElement, { title, notes, legend = [] }: Picture): Promise<HTMLCanvasElement> {
  const svg = figure.querySelector<SVGSVGElement>("svg[data-picture], .plot svg");
  if (!svg) throw new Error("There is no chart to draw.");
  const { width, height } = svg.getBoundingClientRect();
  const { copy, ...color } = inLight(() => ({
    copy: withStyles(svg),
    muted: colorOf(svg, "var(--muted)"),
    text: colorOf(svg, "var(--text)"),
    surface: colorOf(svg, "var(--surface)"),
    legend: legend.map((one) => colorOf(svg, one.color)),
  }));
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d")!;
  pen.font = `12px ${getComputedStyle(figure).fontFamily}`;
  const lines = [whose(), ...notes].flatMap((note) => broken(note, width, pen));
  const top = edge + 24 + lines.length * 18 + 10;
  const bottom = legend.length ? 28 : 0;
  const size = { width: width + 2 * edge, height: top + height + bottom + edge };

  copy.setAttribute("x", String(edge));
  copy.setAttribute("y", String(top));
  copy.setAttribute("width", String(width));
  copy.setAttribute("height", String(height));
  copy.setAttribute("overflow", "visible");
  const text = (x: number, y: number, content: string, look: string) =>
    `<text x="${x}" y="${y}" style="${look}">${escaped(content)}</text>`;
  const muted = `font-size:12px;fill:${color.muted}`;
  let across = edge;
  const keys = legend.map(({ name }, at) => {
    const [x, y] = [across, top + height + 20];
    across += 34 + pen.measureText(name).width;
    return `<rect x="${x}" y="${y - 8}" width="8" height="8" rx="2" fill="${color.legend[at]}"/>${text(x + 13, y, name, muted)}`;
  });
  const source = `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}"><style>${await fontFace()}</style>
    <rect width="100%" height="100%" fill="${color.surface}"/>
    ${text(edge, edge + 14, title, `font-size:16px;font-weight:550;fill:${color.text}`)}
    ${lines.map((line, at) => text(edge, edge + 38 + at * 18, line, muted)).join("")}
    ${new XMLSerializer().serializeToString(copy)}${keys.join("")}</svg>`;

  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(source)}`;
  await image.decode();
  canvas.width = Math.round(size.width * scale);
  canvas.height = Math.round(size.height * scale);
  pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/**
 * Hands the chart of a figure to the reader as a picture.
 * @throws Error with a sentence, where the browser can't draw it
 */
export async function savePng(figure: HTMLElement, picture: Picture): Promise<void> {
  const canvas = await draw(figure, picture);
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
  if (!blob) throw new Error("The browser could not make a picture of this chart.");
  saveFile(picture.name, blob);
}
