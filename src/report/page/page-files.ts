import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomically } from "../../base";
import { type Html, html, trusted } from "./html";

/** The page of all claims, beside the reports of the runs. */
export const indexFile = "index.html";

/** What a page does besides showing its own markup. */
export interface PageDrawing {
  /** It draws figures by Plotly. */
  readonly plotly: boolean;
  /** Its server tells it of news. */
  readonly live?: boolean;
}

/** The beginning of every page, up to its body: its policy, its title, the style sheet. */
export function pageHead(title: string, script: string, drawing: PageDrawing): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${pagePolicy(script, drawing)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${trusted(pageFile("report.css") + (drawing.live ? pageFile("live.css") : ""))}</style>
</head>`;
}

/** A file of page/, as it goes into a page. */
export function pageFile(name: string): string {
  return `\n${readFileSync(join(__dirname, "..", "assets", name), "utf8")}`;
}

/**
 * The security policy of a page: nothing but its own script and, where it draws figures, Plotly runs, and nothing is
 * fetched but news from its own server where it has one, not even where the page was tampered with by the texts in it.
 *
 * `file:` lets the page load Plotly from disk, where browsers do not agree on what 'self' means; on a server it matches
 * nothing. Styles are allowed inline because Plotly sets them on what it draws. Images are Plotly's own exports.
 */
export function pagePolicy(script: string, { plotly, live = false }: PageDrawing): string {
  const hash = createHash("sha256").update(script).digest("base64");
  return [
    "default-src 'none'",
    `script-src ${plotly ? "'self' file: " : ""}'sha256-${hash}'`,
    "style-src 'unsafe-inline'",
    ...(plotly ? ["img-src data: blob:"] : []),
    ...(live ? ["connect-src 'self'"] : []),
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

/** Where a report looks for Plotly, relative to its page. */
export const plotlyAssetPath = "assets/plotly.js";

/**
 * Puts Plotly beside the reports of a folder, once for all of them: they open without a network.
 *
 * @param reportsFolder folder of the pages
 * @returns path of the copy; it is written anew only where it is missing or another than the installed one
 */
export async function ensurePlotlyAsset(reportsFolder: string): Promise<string> {
  const installed = require.resolve("plotly.js-dist/plotly.js");
  const copy = join(reportsFolder, plotlyAssetPath);
  const [wanted, present] = await Promise.all([readFile(installed), readFile(copy).catch(() => undefined)]);
  if (present === undefined || !wanted.equals(present)) writeFileAtomically(copy, wanted);
  return copy;
}
