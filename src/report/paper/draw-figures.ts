import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import type { Page } from "playwright-core";
import { escapeHtml, plainText } from "../html";
import type { PaperFigure } from "./paper-figure";

interface DrawnFigure {
  readonly svg: string;
  readonly pdf: Uint8Array;
}

interface FigureToDraw {
  readonly figure: PaperFigure;
  /** For screen readers and the properties of the files; it is not drawn. */
  readonly title: string;
}

/**
 * Draws figures for paper, in a headless Chromium without network access.
 *
 * @param chromium path of the browser (`findChromium`)
 * @param date ISO 8601, of the measurement; written into the PDFs, so that equal figures give equal files
 * @returns SVG and PDF of each, in their order
 */
export async function drawFigures(
  figures: readonly FigureToDraw[],
  chromium: string,
  date: string,
): Promise<DrawnFigure[]> {
  // Loaded only now: it takes a while, and most programs that use this room draw nothing.
  const playwright = require("playwright-core") as typeof import("playwright-core");
  const browser = await playwright.chromium.launch({ executablePath: chromium, args: [...chromiumArguments] });
  try {
    const context = await browser.newContext({ offline: true, colorScheme: "light" });
    const [board, press] = [await context.newPage(), await context.newPage()];
    await board.setContent('<!doctype html><meta charset="utf-8"><div id="figure"></div>');
    await board.addScriptTag({ path: require.resolve("plotly.js-dist/plotly.js") });
    await board.addScriptTag({ path: join(__dirname, "..", "assets", "paper-figure.js") });
    const drawn: DrawnFigure[] = [];
    for (const one of figures) {
      const image = await drawSvg(board, one);
      drawn.push({ svg: image.svg, pdf: dated(await printPdf(press, image, one.title), date) });
    }
    return drawn;
  } finally {
    await browser.close();
  }
}

interface Image {
  readonly svg: string;
  /** Pixels, 96 an inch. */
  readonly width: number;
  readonly height: number;
}

async function drawSvg(board: Page, { figure, title }: FigureToDraw): Promise<Image> {
  const [width, plotHeight] = [figure.width, figure.plotHeight].map((side) => Math.round(pixels(side))) as [
    number,
    number,
  ];
  const asked = JSON.stringify({ data: figure.data, layout: figure.layout, width, plotHeight });
  const { svg, height } = await board.evaluate<{ svg: string; height: number }>(`drawPaperFigure(${asked})`);
  const start =
    `<svg class="main-svg" xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" role="img" ` +
    `width="${figure.width}mm" height="${millimetres(height)}mm" viewBox="0 0 ${width} ${height}">` +
    `<title>${escapeHtml(plainText(title))}</title>`;
  return { svg: svg.replace(/^<svg[^>]*>/, start), width, height };
}

async function printPdf(press: Page, { svg, width, height }: Image, title: string): Promise<Uint8Array> {
  const style = "html, body { margin: 0 } svg { display: block; width: 100vw; height: 100vh }";
  await press.setContent(
    `<!doctype html><meta charset="utf-8"><title>${escapeHtml(title)}</title><style>${style}</style>${svg}`,
  );
  const size = { width: `${width}px`, height: `${height}px` };
  return press.pdf({ ...size, printBackground: true, pageRanges: "1", tagged: false });
}

/** A PDF with its two dates set, to the same number of letters, so that the offsets within the file stay valid. */
function dated(pdf: Uint8Array, date: string): Uint8Array {
  const stamp = date.replace(/\D/g, "").slice(0, 14).padEnd(14, "0");
  const text = Buffer.from(pdf).toString("latin1");
  return Buffer.from(text.replace(/(\/(?:Creation|Mod)Date \(D:)\d{14}/g, `$1${stamp}`), "latin1");
}

function pixels(millimetresLong: number): number {
  return (millimetresLong * 96) / 25.4;
}

function millimetres(pixelsLong: number): number {
  return Math.round((pixelsLong * 25.4 * 100) / 96) / 100;
}

/** Start options of a headless Chromium, beside those of playwright-core, which already keep it from the network. */
export const chromiumArguments: readonly string[] = ["--disable-gpu", "--disable-sync"];

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

/** Path of the browser named by the environment variable `CHROMIUM`, else of the first on PATH; undefined without any. */
export function findChromium(): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const candidates = process.env.CHROMIUM
    ? [process.env.CHROMIUM]
    : names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
