/** What holds the parts of the site together: the line of links above every page, and how large they are. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { html } from "../report";

/** A part of the site. */
export interface Place {
  readonly label: string;
  /** Its first page, from the site's root. */
  readonly file: string;
  /** Which pages are within it, by the beginnings of their paths. */
  readonly within: RegExp;
}

/** The parts in the order of their links. */
const places: readonly Place[] = [
  { label: "Findings", file: "index.html", within: /^[^/]+\.html$/ },
  { label: "Playground", file: "playground.html", within: /^playground\.html$/ },
  { label: "Lessons", file: "lessons/index.html", within: /^lessons\// },
  { label: "Guides", file: "guides/index.html", within: /^guides\/(?:index\.html|documents\/)/ },
  { label: "API", file: "guides/modules.html", within: /^guides\// },
];

/** The parts that there are: the playground only where its page is. @param has whether the site's root has a file */
export function placesWith(has: (file: string) => boolean): readonly Place[] {
  return places.filter(({ file }) => file !== "playground.html" || has(file));
}

/** The links to the parts of the site, on one of its pages. @param page its path from the site's root */
export function placesMarkup(page: string, known: readonly Place[]): string {
  const up = "../".repeat(page.split("/").length - 1);
  const most = known.filter(({ within }) => within.test(page));
  const here = most.find(({ file }) => file === page) ?? most[0];
  return html`<nav class="places" aria-label="Parts of the site"><strong>cnn-findings</strong> ${known.map(
    (place) => html`<a href="${up}${place.file}"${place === here && html` aria-current="true"`}>${place.label}</a> `,
  )}</nav>
`.markup;
}

/** The style of these links, the same above pages of every kind. */
export const placesStyle = readFileSync(path.join(__dirname, "assets", "places.css"), "utf8");

/** A page with the links to the parts of the site above it, behind the one that skips to its content. */
export function withPlaces(text: string, page: string, known: readonly Place[]): string {
  return text
    .replace("</head>", (end) => `<style>${placesStyle}</style>\n${end}`)
    .replace(/<body[^>]*>\n?(?:<a class="skip"[^>]*>[^<]*<\/a>\n)?/, (start) => start + placesMarkup(page, known));
}

/** How many pages there are, and how large all files are together, in bytes. */
export function sizesOf(folder: string): { readonly pages: number; readonly bytes: number } {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const sizes = files.map((name) => statSync(path.join(folder, name))).filter((stat) => stat.isFile());
  return {
    pages: files.filter((name) => name.endsWith(".html")).length,
    bytes: sizes.reduce((sum, { size }) => sum + size, 0),
  };
}
