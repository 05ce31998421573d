/** Builds the site, a static folder of all that people read, and follows its links: `npm run site`. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { projectRoot, relative } from "../base";
import { brokenLinks } from "./broken-links";
import { guides } from "./guides";
import { lessons, lessonsIndex, referenceRuns } from "./lessons";
import { copyReports } from "./reports";
import { type Place, placesWith, sizesOf, withPlaces } from "./site";

const usage = `Usage: npm run site [-- --out FOLDER]

Builds one static folder: the reports of the reference runs with the page of all claims in front, the playground where it was made,
the lessons, the guides, and the API. Its links are relative: it opens from the disk as from any server, and from any folder there.

  --out FOLDER   where the site is written (reports/site); what is there is replaced
`;

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { out: { type: "string" }, help: { type: "boolean", default: false } } });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const out = path.resolve(values.out ?? path.join(projectRoot, "reports", "site"));
  refuseForeign(out);
  // First what can be wrong in a text: it is told of before anything is replaced.
  const all = lessons(referenceRuns());
  rmSync(out, { recursive: true, force: true });
  mkdirSync(path.join(out, "lessons"), { recursive: true });
  writeFileSync(path.join(out, marker), "Written by `npm run site`, which replaces this folder.\n");
  await copyReports(out);
  const known = placesWith((file) => existsSync(path.join(out, file)));
  writeLessons(out, all, known);
  if (!guides(out, known)) return 1;
  const broken = brokenLinks(out);
  for (const link of broken) console.error(`leads nowhere: ${link}`);
  if (broken.length > 0) return 1;
  const { pages, bytes } = sizesOf(out);
  const megabytes = (size: number) => (size / 1e6).toFixed(1);
  console.log(`${pages} pages, ${megabytes(bytes)} MB: ${relative(path.join(out, "index.html"))}`);
  return 0;
}

const marker = ".cnn-findings-site";

/** @throws Error for a folder that holds something else than a site */
function refuseForeign(out: string): void {
  if (!existsSync(out) || existsSync(path.join(out, marker))) return;
  throw new Error(`${out} is there and no site: name another folder, or remove it`);
}

function writeLessons(out: string, all: ReturnType<typeof lessons>, known: readonly Place[]): void {
  const write = (name: string, page: string) =>
    writeFileSync(path.join(out, "lessons", name), withPlaces(page, `lessons/${name}`, known));
  for (const { name, page } of all) write(`${name}.html`, page);
  write("index.html", lessonsIndex(all));
}

main()
  .then((status) => {
    process.exitCode = status;
  })
  .catch((error: unknown) => {
    console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`);
    process.exitCode = 2;
  });
