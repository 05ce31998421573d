import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { judgeAnew, rejudge } from "../../src/archive/judge-anew";
import { runInFolder } from "../../src/archive/stored-run";
import { hashOf, type Json } from "../../src/base";
import { findExperiments } from "../../src/experiment";
import { buildByName, parseName } from "../../src/networks";
import { checkFiles, writeChecksums } from "../../src/store/checked-files";
import { smokeRun } from "../run/program";

const root = path.resolve(__dirname, "..", "..");
const folder = mkdtempSync(path.join(os.tmpdir(), "stored-network-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));

test("a stored run on a custom network is judged and drawn from its own folder, where nothing knows the network", async () => {
  const [found] = findExperiments(path.join(root, "experiments"), ["effective-paths"]);
  const measured = await smokeRun("effective-paths", path.join(folder, "measured"));
  const { parameters } = runInFolder(measured).provenance();
  const taken = parameters.find(({ name }) => name === "residual")!.value;
  const { depth } = parseName(taken);
  const name = `nowhere-else-resnet${depth}`;
  const architecture = buildByName(taken, { inputShape: [28, 28, 1], classes: 10 });
  cpSync(measured, folder, { recursive: true });
  for (const file of ["rows.csv", "provenance.json"]) {
    const text = readFileSync(path.join(folder, file), "utf8");
    writeFileSync(path.join(folder, file), text.replaceAll(taken, name));
  }
  const provenance = JSON.parse(readFileSync(path.join(folder, "provenance.json"), "utf8"));
  const network = {
    ...{ name, architecture: hashOf(architecture as unknown as Json), insteadOf: taken },
    files: [{ file: "gone/my-network.ts", sha256: "0".repeat(64), weights: null }],
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

test("such a run is judged anew by today's rules, and its page tells of its network", async () => {
  const [results, name] = [path.dirname(folder), path.basename(folder)];
  const place = { results, reports: path.join(folder, "pages"), experiments: path.join(root, "experiments") };
  const refused = await rejudge(name, place).catch((error: Error) => error);
  assert.match(String(refused), /is not as it was written\nRun it again: /); // the rows of another network, put there by hand
  writeChecksums(folder, ["rows.csv", "claims.csv", "columns.json", "provenance.json", "code.json", "network.json"]);
  const { before, after } = await rejudge(name, place);
  assert.equal(
    after.map(({ claim, verdict }) => [claim.id, verdict]),
    before.map(({ claim, verdict }) => [claim, verdict]),
  );
  const page = readFileSync(path.join(folder, "pages", `${name}.html`), "utf8");
  assert.match(
    page,
    /The network under test is not the experiment(?:'|&#39;)s: nowhere-else-resnet\d+ is \S+ of gone\/my-network\.ts/,
  );
  assert.equal(checkFiles(folder, ["network.json"]), []);
  rmSync(path.join(folder, "network.json"));
  assert.match(
    String(await rejudge(name, place).catch((error: Error) => error)),
    "it keeps nothing of its custom network",
  );
});

test.run();
