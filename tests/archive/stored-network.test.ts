import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { judgeAnew } from "../../src/archive/judge-anew";
import { runInFolder } from "../../src/archive/stored-run";
import { hashOf, type Json } from "../../src/base";
import { findExperiments } from "../../src/experiment";
import { buildByName, parseName } from "../../src/networks";

const root = path.resolve(__dirname, "..", "..");
const folder = mkdtempSync(path.join(os.tmpdir(), "stored-network-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));

test("a stored run on a custom network is judged and drawn from its own folder, where nothing knows the network", () => {
  const [found] = findExperiments(path.join(root, "experiments"), ["effective-paths"]);
  const reference = path.join(root, "results", "reference", "effective-paths");
  const { parameters } = runInFolder(reference).provenance();
  const taken = parameters.find(({ name }) => name === "residual")!.value;
  const { depth } = parseName(taken);
  const name = `nowhere-else-resnet${depth}`;
  const architecture = buildByName(taken, { inputShape: [28, 28, 1], classes: 10 });
  cpSync(reference, folder, { recursive: true });
  for (const file of ["rows.csv", "provenance.json"]) {
    const text = readFileSync(path.join(folder, file), "utf8");
    writeFileSync(path.join(folder, file), text.replaceAll(taken, name));
  }
  const provenance = JSON.parse(readFileSync(path.join(folder, "provenance.json"), "utf8"));
  const network = {
    ...{ name, file: "gone/my-network.ts", sha256: "0".repeat(64), insteadOf: taken },
    ...{ architecture: hashOf(architecture as unknown as Json), weights: null },
  };
  writeFileSync(path.join(folder, "provenance.json"), JSON.stringify({ ...provenance, network }));

  const draw = () => judgeAnew(runInFolder(folder), found!.definition).figures();
  assert.throws(draw, /no network .*nowhere-else/, "a run of before, which did not keep it");
  writeFileSync(path.join(folder, "network.json"), JSON.stringify({ ...architecture, classes: 11 }));
  assert.throws(draw, /network\.json is damaged \(it holds another network than the run is of\)/);
  writeFileSync(path.join(folder, "network.json"), JSON.stringify(architecture));
  assert.ok(draw().length > 0);
  assert.match(draw()[0]!.title, name);
});

test.run();
