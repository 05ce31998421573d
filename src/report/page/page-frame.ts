/** What all pages share: their head with its security policy, the line with the title, the scripts, Plotly beside them. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomically } from "../../base";
import { type Html, html, jsonMarkup, trusted } from "../html";
import { withCitations } from "./citations";

/** The page of all claims, beside the reports of the runs. */
export const indexFile = "index.html";

/** Where a report looks for Plotly, relative to its page. */
export const plotlyAssetPath = "assets/plotly.js";

/** Files of assets/ that a kind of page runs, one after the other, as one script. */
const scripts = {
  index: ["theme.js", "tables.js", "index.js"],
  report: ["theme.js", "tables.js", "figures.js", "report.js"],
  live: ["theme.js", "figures.js", "live.js"],
} as const;
/** `index` draws nothing; `report` draws figures from its own data; `live` gets them from its server. */
type PageKind = keyof typeof scripts;

interface PageParts {
  /** For the tab of the browser. */
  readonly title: string;
  /** What stands at the top, beside the button that switches the theme; the title as a heading by default. */
  readonly heading?: Html;
  /** Above everything else. */
  readonly banner?: Html;
  /** Below the heading. */
  readonly header: Html;
  readonly nav?: Html;
  readonly main: Html;
  /** What the script of a report draws, downloads and copies. */
  readonly data?: unknown;
}

/** A whole page. It stands alone but for Plotly (`ensurePlotlyAsset`), and reaches for no network. */
export function renderPage(kind: PageKind, { data, ...parts }: PageParts): string {
  return documentMarkup(parts, {
    kind,
    policy: pagePolicy(kind),
    style: asset("report.css") + (kind === "live" ? asset("live.css") : ""),
    script: scriptOf(kind),
    before: html`${data !== undefined && html`<script type="application/json" id="page-data">${jsonMarkup(data)}</script>\n`}${
      kind !== "index" && html`<script src="${plotlyAssetPath}"></script>\n`
    }`,
  });
}

/** What a page of one's own brings along, beside what all pages have. */
export interface OwnPage extends Omit<PageParts, "data"> {
  /** Behind the style sheet of all pages. */
  readonly style: string;
  /** Behind the script that switches the theme. */
  readonly script: string;
  /** The script of a worker, which may run WebAssembly: `document.getElementById("worker").textContent`. None by default. */
  readonly worker?: string;
  /** By the identifiers of the elements that hold them, as JSON. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** A whole page in the manner of the others, with a script of its own. It stands alone, and reaches for no network. */
export function renderOwnPage({ style, script, worker, data, ...parts }: OwnPage): string {
  const whole = asset("theme.js") + script;
  return documentMarkup(parts, {
    kind: "own",
    policy: [
      "default-src 'none'",
      `script-src '${digestOf(whole)}'${worker === undefined ? "" : " 'wasm-unsafe-eval'"}`,
      ...(worker === undefined ? [] : ["worker-src blob:"]),
      "style-src 'unsafe-inline'",
      "base-uri 'none'",
      "form-action 'none'",
    ].join("; "),
    style: asset("report.css") + style,
    script: whole,
    before: html`${Object.entries(data).map(
      ([id, value]) => html`<script type="application/json" id="${id}">${jsonMarkup(value)}</script>\n`,
    )}${worker !== undefined && html`<script type="text/plain" id="worker">${trusted(worker)}</script>\n`}`,
  });
}

interface DocumentFrame {
  /** Class of the body. */
  readonly kind: PageKind | "own";
  /** Of what the page may do. */
  readonly policy: string;
  readonly style: string;
  readonly script: string;
  /** Before the script. */
  readonly before: Html;
}

function documentMarkup(
  parts: Omit<PageParts, "data">,
  { kind, policy, style, script, before }: DocumentFrame,
): string {
  const { title, heading = html`<h1>${title}</h1>`, banner, header, nav, main } = parts;
  const content = html`${banner}<header>
  <div class="title-line">
    ${heading}
    <button type="button" id="theme" data-needs-script>Dark theme</button>
  </div>
  ${header}
</header>
${nav}<main id="main">
${main}
</main>
`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${trusted(style)}</style>
</head>
<body class="${kind}">
<a class="skip" href="#main">Skip to main content</a>
${trusted(withCitations(content.markup))}${before}<script>${trusted(script)}</script>
</body>
</html>
`.markup;
}

/**
 * The security policy of a page: nothing but its own script and, where it draws figures, Plotly runs, and nothing is
 * fetched but news from its own server where it has one, not even if the page was tampered with through the texts in it.
 *
 * `file:` lets the page load Plotly from disk, where browsers do not agree on what 'self' means; on a server it matches
 * nothing. Styles are allowed inline because Plotly sets them on what it draws. Images are Plotly's own exports.
 */
export function pagePolicy(kind: PageKind): string {
  const drawsFigures = kind !== "index";
  return [
    "default-src 'none'",
    `script-src ${drawsFigures ? "'self' file: " : ""}'${digestOf(scriptOf(kind))}'`,
    "style-src 'unsafe-inline'",
    ...(drawsFigures ? ["img-src data: blob:"] : []),
    ...(kind === "live" ? ["connect-src 'self'"] : []),
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

/** By which a policy knows a script. */
function digestOf(script: string): string {
  return `sha256-${createHash("sha256").update(script).digest("base64")}`;
}

/** A moment for people, to the second. @param moment ISO 8601, UTC */
export function timeMarkup(moment: string): Html {
  return html`<time datetime="${moment}">${moment.replace("T", " ").replace(/(:\d\d)(\.\d+)?Z$/, "$1 UTC")}</time>`;
}

/** The command that makes a page, with a button that copies it. */
export function commandBlock(command: string): Html {
  return html`
  <h3>Reproduce</h3>
  <div class="command"><code id="command">${command}</code>
    <button type="button" data-copy-text="command" data-needs-script>Copy</button></div>`;
}

/** A section of a page under a heading of its own. */
export function section(id: string, heading: string, content: Html): Html {
  return html`<section id="${id}" aria-labelledby="${id}-heading">
  <h2 id="${id}-heading">${heading}</h2>
  ${content}
</section>
`;
}

function scriptOf(kind: PageKind): string {
  return scripts[kind].map(asset).join("");
}

/** A file of assets/, as it stands in a page. */
function asset(name: string): string {
  return `\n${readFileSync(join(__dirname, "..", "assets", name), "utf8")}`;
}

/**
 * Puts Plotly beside the reports of a folder, once for all of them: they open without a network.
 *
 * @param reportsFolder folder of the pages
 * @returns path of the copy; it is written only where it is missing or differs from the installed one
 */
export async function ensurePlotlyAsset(reportsFolder: string): Promise<string> {
  const installed = require.resolve("plotly.js-dist/plotly.js");
  const copy = join(reportsFolder, plotlyAssetPath);
  const [wanted, present] = await Promise.all([readFile(installed), readFile(copy).catch(() => undefined)]);
  if (present === undefined || !wanted.equals(present)) writeFileAtomically(copy, wanted);
  return copy;
}
