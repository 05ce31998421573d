/** The guides and the reference of the API as pages of the site, made by TypeDoc in the look of the others. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { projectRoot } from "../base";
import { withCitations } from "../report";
import { type Place, withPlaces } from "./site";

/** Makes them in guides/ of the site. @returns whether TypeDoc was content */
export function guides(out: string, known: readonly Place[]): boolean {
  const typedoc = path.join(projectRoot, "node_modules", "typedoc", "bin", "typedoc");
  const folder = path.join(out, "guides");
  const options = ["--options", path.join(__dirname, "typedoc.json"), "--out", folder];
  const { status } = spawnSync(process.execPath, [typedoc, ...options], { cwd: projectRoot, stdio: "inherit" });
  if (status !== 0) return false;
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".html")) continue;
    const file = path.join(folder, name);
    const page = ["guides", ...name.split(path.sep)].join("/");
    writeFileSync(file, withPlaces(withCitations(readFileSync(file, "utf8")), page, known));
  }
  return true;
}
