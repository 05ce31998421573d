/** Builds the site of guides and API reference by TypeDoc, and follows its links: `npm run docs`. */
import { spawnSync } from "node:child_process";
import path from "node:path";
import { parseArgs } from "node:util";
import { brokenLinks } from "./broken-links";

const root = path.resolve(__dirname, "..", "..");

const usage = `Usage: npm run docs [-- --out FOLDER]

Builds the site of the guides and of every room's door, and checks that its links lead somewhere.

  --out FOLDER   where the site is written (reports/documentation); what is there is replaced
`;

function main(): number {
  const { values } = parseArgs({ options: { out: { type: "string" }, help: { type: "boolean", default: false } } });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const out = path.resolve(values.out ?? path.join(root, "reports", "documentation"));
  const typedoc = path.join(root, "node_modules", "typedoc", "bin", "typedoc");
  const options = ["--options", path.join(root, "src", "guides", "typedoc.json"), "--out", out];
  const { status } = spawnSync(process.execPath, [typedoc, ...options], { cwd: root, stdio: "inherit" });
  if (status !== 0) return 1;
  const broken = brokenLinks(out);
  for (const link of broken) console.error(`leads nowhere: ${link}`);
  if (broken.length > 0) return 1;
  console.log(`site: ${path.join(path.relative(process.cwd(), out), "index.html")}`);
  return 0;
}

try {
  process.exitCode = main();
} catch (error) {
  console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`);
  process.exitCode = 2;
}
