/** The reports of the reference runs as pages of the site. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { transform } from "esbuild";
import { projectRoot } from "../base";
import { plotlyAssetPath } from "../report";
import { placesWith, withPlaces } from "./site";

/** Folder of the site with the files that its pages link to: tables of runs, sources of experiments. */
const filesFolder = "files";

/**
 * Puts the reports of the reference runs, and Plotly for them, into the site's root, and what they link to beside them.
 *
 * @throws Error for a link that leads out of the project or to nothing
 */
export async function copyReports(out: string, folder = path.join(projectRoot, "reports", "reference")): Promise<void> {
  const pages = readdirSync(folder).filter((name) => name.endsWith(".html"));
  const known = placesWith((file) => pages.includes(file));
  for (const page of pages) {
    const text = readFileSync(path.join(folder, page), "utf8").replace(
      /(\s(?:href|src)=")(\.\.\/[^"#]*)/g,
      (_, before: string, link: string) =>
        before + copyFile(path.join(folder, decodeURI(link)), out, `${page}: ${link}`),
    );
    writeFileSync(path.join(out, page), withPlaces(text, page, known));
  }
  const plotly = readFileSync(require.resolve("plotly.js-dist/plotly.js"), "utf8");
  mkdirSync(path.dirname(path.join(out, plotlyAssetPath)), { recursive: true });
  const { code } = await transform(plotly, { minify: true, legalComments: "inline", charset: "utf8" });
  writeFileSync(path.join(out, plotlyAssetPath), code);
}

/** Copies a file of the project into the site. @returns its address from the site's root */
function copyFile(file: string, out: string, where: string): string {
  const inside = path.relative(projectRoot, file);
  if (inside.startsWith("..") || !existsSync(file) || !statSync(file).isFile())
    throw new Error(`${where}: there is no such file in the project`);
  const copy = path.join(out, filesFolder, inside);
  mkdirSync(path.dirname(copy), { recursive: true });
  cpSync(file, copy);
  return encodeURI([filesFolder, ...inside.split(path.sep)].join("/"));
}
