import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { gatherRuns, writeReportIndex } from "../../src/archive/report-index";
import { type Claim, claims, type Judgement } from "../../src/claims";
import { figureThumbnail, isThumbnail, writeClaimsCsv } from "../../src/report";
import { writeThumbnails } from "../../src/run/results";
import { sampleContent, sampleFigures, sampleHeatMap } from "../report/sample";
import { inPlace, type Place, run } from "../run/program";

const judgements: Judgement[] = sampleContent.judgements.map((judgement, i) => ({ ...judgement, claim: claims[i]! }));
const ids = judgements.map(({ claim }) => claim.id as string);

function sampleProvenance(run: string, scale: string): object {
  const when = "2026-11-23T18:40:00.000Z";
  return {
    ...{ experiment: "sample", run, complete: true, command: "npx ts-node experiments/sample.ts --scale x", scale },
    ...{ backend: "cpu", threads: 1, launcher: "local", seeds: [1], parameters: [], data: null },
    code: { commit: "unknown", dirty: null, differences: null, version: "0.1.0", cells: "", models: "" },
    packages: {},
    machine: { node: "20.19.0", system: "Linux", processor: "a processor", cores: 2, memoryGigabytes: 4 },
    ...{ runtimes: [], workers: 1, threadsPerWorker: 1, started: when, ended: when, seconds: 0, cellSeconds: 0 },
    cells: [],
    determinism: "",
  };
}

/** Writes the files of a run as the harness does, and a report. */
async function writeRun({ results, reports }: Place, name: string, scale = "quick"): Promise<string> {
  const folder = path.join(results, name);
  await writeClaimsCsv(path.join(folder, "claims.csv"), judgements, {
    scale,
    data: "mnist",
    commit: "",
    interim: false,
  });
  writeFileSync(path.join(folder, "provenance.json"), JSON.stringify(sampleProvenance(name, scale)));
  writeThumbnails(folder, judgements, sampleFigures);
  mkdirSync(reports, { recursive: true });
  writeFileSync(path.join(reports, `${name}.html`), "");
  return folder;
}

const gathered = (place: Place, includeSmoke = false) => gatherRuns({ ...place, includeSmoke });

test("a run is gathered as it was written, with its thumbnails", () =>
  inPlace(async (place) => {
    const folder = await writeRun(place, "sample");
    const { runs, faults } = gathered(place);
    assert.equal(faults, []);
    assert.is(runs.length, 1);
    const { verdicts, ...found } = runs[0]!;
    assert.equal(found, {
      name: "sample",
      isDefault: true,
      isReference: false,
      scale: "quick",
      data: "mnist",
      interim: false,
      command: "npx ts-node experiments/sample.ts --scale x",
      ended: "2026-11-23T18:40:00.000Z",
      report: "sample.html",
      maps: [],
    });
    assert.equal(
      verdicts,
      judgements.map(({ claim, verdict, effect, sentence, range, reason }) => ({
        claim: claim.id,
        verdict,
        effect: effect && { estimate: effect.estimate, low: effect.low, high: effect.high, count: effect.count },
        unit: claim.unit,
        statement: claim.statement,
        source: claim.source,
        rule: claim.rule,
        paperValue: claim.paperValue,
        reason,
        sentence,
        range,
        postHoc: claim.postHoc ?? false,
        thumbnail: readFileSync(path.join(folder, "thumbnails", `${claim.id}.svg`), "utf8"),
      })),
    );
  }));

test("only a run named like its experiment, with no more than its scale, has the experiment's own settings", () =>
  inPlace(async (place) => {
    const names = {
      sample: true,
      "sample-bfloat16": false,
      "sample-cifar10": false,
      "sample-paper": true,
      "sample-standard": true,
      "sample-standard-bfloat16": false,
      "sample-standard-mnist": false,
    };
    for (const name of Object.keys(names)) await writeRun(place, name);
    assert.equal(Object.fromEntries(gathered(place).runs.map(({ name, isDefault }) => [name, isDefault])), names);
  }));

test("smoke runs are left out unless asked for, but tell how their claims are run", () =>
  inPlace(async (place) => {
    const folder = await writeRun(place, "sample-smoke", "smoke");
    rmSync(path.join(folder, "thumbnails"), { recursive: true });
    const { runs, commands, faults } = gathered(place);
    assert.equal([runs, faults], [[], []]);
    assert.equal(
      [...commands],
      ids.map((id) => [id, "npx ts-node experiments/sample.ts"]),
    );
    assert.is(gathered(place, true).runs.length, 1);
  }));

test("folders that hold no run, and results that are not there, are passed over", () =>
  inPlace(async (place) => {
    assert.equal(gathered(place).runs, []);
    await writeRun(place, "sample");
    mkdirSync(path.join(place.results, "store", "cells"), { recursive: true });
    writeFileSync(path.join(place.results, "note.txt"), "");
    const { runs, faults } = gathered(place);
    assert.equal([runs.length, faults], [1, []]);
  }));

const damages: readonly {
  readonly what: string;
  readonly file: string;
  /** The file's new content, from its old; null where it is removed. */
  readonly content: ((old: string) => string) | null;
  readonly fault: RegExp;
  /** Whether the run's verdicts are lost. */
  readonly lost: boolean;
}[] = [
  { what: "no claims.csv", file: "claims.csv", content: null, fault: /^sample\/claims.csv is missing$/, lost: true },
  {
    what: "a claims.csv cut short",
    file: "claims.csv",
    content: (old) => old.slice(0, old.length / 2),
    fault: /^sample\/claims.csv is damaged \(.+\)$/,
    lost: true,
  },
  {
    what: "a verdict that is none",
    file: "claims.csv",
    content: (old) => old.replace(",reproduced,", ",perhaps,"),
    fault: /^sample\/claims.csv is damaged \(0: verdict: .+\)$/,
    lost: true,
  },
  {
    what: "a claim judged twice",
    file: "claims.csv",
    content: (old) => old + old.slice(old.indexOf("\r\n") + 2),
    fault: /^sample\/claims.csv is damaged \(it judges .+ twice\)$/,
    lost: true,
  },
  {
    what: "no provenance.json",
    file: "provenance.json",
    content: null,
    fault: /^sample\/provenance.json is missing$/,
    lost: false,
  },
  {
    what: "a provenance.json that is no JSON",
    file: "provenance.json",
    content: (old) => old.slice(0, -5),
    fault: /^sample\/provenance.json is damaged \(.+\)$/,
    lost: false,
  },
  {
    what: "a thumbnail with a script",
    file: `thumbnails/${ids[0]}.svg`,
    content: () => "<svg ><script>x</script></svg>\n",
    fault: /\.svg is damaged \(it holds something else than a thumbnail\)$/,
    lost: false,
  },
  {
    what: "no thumbnail",
    file: `thumbnails/${ids[0]}.svg`,
    content: null,
    fault: /^sample\/thumbnails\/.+\.svg is missing$/,
    lost: false,
  },
  {
    what: "no report",
    file: "../../reports/sample.html",
    content: null,
    fault: /^the report sample.html is missing$/,
    lost: false,
  },
];

for (const { what, file, content, fault, lost } of damages) {
  test(`${what} is named on the page, which is written all the same`, () =>
    inPlace(async (place) => {
      const folder = await writeRun(place, "sample");
      await writeRun(place, "whole");
      const damaged = path.join(folder, file);
      if (content === null) rmSync(damaged);
      else writeFileSync(damaged, content(readFileSync(damaged, "utf8")));
      const { runs, faults } = gathered(place);
      assert.is(faults.length, 1, faults.join("; "));
      assert.match(faults[0]!, fault);
      assert.equal(
        runs.map(({ name }) => name),
        lost ? ["whole"] : ["sample", "whole"],
      );
      const page = readFileSync(writeReportIndex(place), "utf8");
      assert.match(page, /<section id="faults".*<\/html>/s);
      assert.not.match(page, place.folder);
      assert.not.match(page, /<script>x/);
    }));
}

test("a claim's thumbnail is the first figure that names it, else the run's first", () =>
  inPlace(async ({ folder }) => {
    const named = { ...sampleHeatMap, claims: ["E1", "E2"] };
    const judged = ["E1", "E3"].map((id) => ({ ...judgements[0]!, claim: { ...judgements[0]!.claim, id } as Claim }));
    const figures = [sampleFigures[0]!, named, { ...sampleFigures[1]!, claims: ["E1"] }];
    writeThumbnails(folder, judged, figures);
    const thumbnail = (id: string) => readFileSync(path.join(folder, "thumbnails", `${id}.svg`), "utf8");
    assert.is(thumbnail("E1"), figureThumbnail(named));
    assert.is(thumbnail("E3"), figureThumbnail(sampleFigures[0]!));
    writeThumbnails(path.join(folder, "none"), judged, []);
    assert.not(existsSync(path.join(folder, "none")));
  }));

test("a run writes its thumbnails and the page of all claims, and tells where it is", () =>
  inPlace(async ({ results, reports, options }) => {
    const { status, stdout } = await run([...options, "--seeds", "1"]);
    assert.is(status, 0);
    assert.match(stdout, /all claims: .*index\.html/);
    const [name] = gatherRuns({ results, reports }).runs.map((found) => found.name);
    assert.ok(isThumbnail(readFileSync(path.join(results, name!, "thumbnails", "H9.svg"), "utf8")));
    const page = readFileSync(path.join(reports, "index.html"), "utf8");
    assert.match(page, `href="${name}.html#claim-H9"`);
    assert.match(readFileSync(path.join(reports, `${name}.html`), "utf8"), 'id="claim-H9"');
  }));

test.run();
