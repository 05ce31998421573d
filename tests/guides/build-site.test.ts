/** The site is built from the sources, whole: TypeDoc takes some twenty seconds. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { execute } from "../../src/runtime/set-up/tools";
import { root, temporaryFolder } from "../runtime/sandbox";

test("the site is built, its links lead somewhere, and it has guides, doors and docstrings", async () => {
  const out = join(temporaryFolder(), "site");
  const program = [join(root, "node_modules/ts-node/dist/bin.js"), join(root, "src/guides/build-site.ts")];
  const { status, stdout, stderr } = await execute(process.execPath, [...program, "--out", out], { cwd: root });
  assert.is(status, 0, `${stdout}\n${stderr}`);
  const page = (name: string) => readFileSync(join(out, name), "utf8");
  for (const name of ["documents/First_run.html", "documents/Adding_an_experiment.html", "modules/routes.html"]) {
    assert.ok(existsSync(join(out, name)), name);
  }
  assert.match(page("functions/statistics.kendallTau.html"), /concordant/);
  assert.match(page("documents/Adding_a_claim.html"), /minimumSeeds/);
});

test("an option that is not known is misuse", async () => {
  const program = [join(root, "node_modules/ts-node/dist/bin.js"), join(root, "src/guides/build-site.ts")];
  const { status, stderr } = await execute(process.execPath, [...program, "--into", "x"], { cwd: root });
  assert.is(status, 2);
  assert.match(stderr, /Usage: npm run docs/);
});

const citation = readFileSync(join(root, "CITATION.cff"), "utf8");
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Readonly<Record<string, string>>;

test("citation, licence and change log name what package.json names", () => {
  const cited = (field: string) => new RegExp(`^${field}: (.*)$`, "m").exec(citation)?.[1];
  assert.is(cited("title"), manifest.name);
  assert.is(cited("version"), manifest.version);
  assert.is(cited("license"), manifest.license);
  assert.match(readFileSync(join(root, "CHANGELOG.md"), "utf8"), new RegExp(`^## ${manifest.version}`, "m"));
  assert.match(readFileSync(join(root, "LICENSE"), "utf8"), /^\s+Apache License\n\s+Version 2\.0, January 2004\n/);
});

test.run();
