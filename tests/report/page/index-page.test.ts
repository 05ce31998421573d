import { createHash } from "node:crypto";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { addressOf, bibliography, type Claim, claims } from "../../../src/claims";
import { figureThumbnail, type IndexContent, type IndexedRun, renderIndex } from "../../../src/report";
import { html } from "../../../src/report/html";
import {
  allFindings,
  disputed,
  groupFindings,
  type IndexedVerdict,
  kinds,
  tally,
} from "../../../src/report/page/index-findings";
import { whereItTurns } from "../../../src/report/tables/verdict-map";
import { law } from "../../property";
import { verdictMap } from "../maps";
import { sampleFigures } from "../sample";

const registry: readonly Claim[] = claims;
const publications = new Set(bibliography().map(addressOf));

const verdict = fc.constantFrom(
  ...(["reproduced", "partly", "not reproduced", "correct", "imprecise", "wrong", "inconclusive"] as const),
  "not testable here",
);
/** Rows of the audit with the finding whose sentence they are about. */
const sentences = new Map<string, string>(
  registry.flatMap(({ id, sentenceOf }) => (sentenceOf === undefined ? [] : [[id, sentenceOf]])),
);
const identifier = fc.oneof(fc.constantFrom(...claims.map(({ id }) => id as string)), fc.constantFrom("H99", "Z1"));

function judged(claim: string, given: IndexedVerdict["verdict"], words = "words"): IndexedVerdict {
  return {
    claim,
    verdict: given,
    effect: { estimate: 0.5, low: 0.25, high: 0.75, count: 5 },
    unit: "points",
    statement: words,
    source: words,
    rule: words,
    paperValue: words,
    reason: words,
    sentence: words,
    range: words,
    postHoc: claim === "H99",
    thumbnail: null,
  };
}

const runOf = (name: string, verdicts: readonly IndexedVerdict[], more: Partial<IndexedRun> = {}): IndexedRun => ({
  name,
  isDefault: false,
  isReference: false,
  scale: "quick",
  data: "mnist",
  interim: false,
  command: `npx ts-node experiments/${name}.ts`,
  ended: "2026-11-23T18:40:00.000Z",
  report: `${name}.html`,
  verdicts,
  maps: [],
  ...more,
});
const contentOf = (runs: readonly IndexedRun[], more: Partial<IndexContent> = {}): IndexContent => ({
  claims,
  runs,
  commands: new Map(),
  faults: [],
  ...more,
});
const content: fc.Arbitrary<IndexContent> = fc
  .array(
    fc.record({
      verdicts: fc.uniqueArray(fc.tuple(identifier, verdict), { selector: ([id]) => id, maxLength: 6 }),
      isDefault: fc.boolean(),
      isReference: fc.boolean(),
      interim: fc.boolean(),
    }),
    { maxLength: 5 },
  )
  .map((runs) =>
    contentOf(
      runs.map(({ verdicts, ...more }, i) =>
        runOf(
          `run-${i}`,
          verdicts.map(([id, given]) => judged(id, given)),
          more,
        ),
      ),
    ),
  );

/** A claim's row, or what the audit says of a finding's sentence, within the finding's row. */
const rowsOf = (page: string) => {
  const words = /<details class="words" id="claim-([^"]*)"(.*?)<\/details>/gs;
  const rows = /<tr role="row" id="claim-([^"]*)"(.*?)<\/tr>/gs;
  return [...page.matchAll(words), ...page.replace(words, "").matchAll(rows)].map(([, id, body]) => ({
    id: id!,
    runs: [...body!.matchAll(/data-run="([^"]*)"/g)].map(([, name]) => name!),
    body: body!,
  }));
};
const rowOf = (page: string, wanted: string) => rowsOf(page).find(({ id }) => id === wanted)!;

law(
  "where a claim's verdict turns stands in its row and with its headline, with a way to the map",
  [verdictMap],
  (map) => {
    const maps = [map];
    const varied = runOf("block-deletion-by-p0-123456", [judged("E1", "partly"), judged("E2", "partly")], { maps });
    const page = renderIndex(contentOf([runOf("block-deletion", [judged("E1", "reproduced")]), varied]));
    const link = `href="${varied.report}#map-of-E1"`;
    const lines = whereItTurns(map);
    const { body } = rowOf(page, "E1");
    assert.is(body.split(link).length, 2);
    assert.is(page.split(link).length, 3, "in the row, and in the article of what people come for");
    assert.not.match(rowOf(page, "E2").body, /#map-of-/);
    if (lines.length <= 3) for (const line of lines) assert.ok(body.includes(`${html`${line}`}`), line);
  },
  { numRuns: 20 },
);

law(
  "every claim of the registry or of a run is one row of the page, with one line for each run that judged it",
  [content],
  (given) => {
    const page = renderIndex(given);
    const shown = rowsOf(page);
    const known = [
      ...claims.map(({ id }) => id as string),
      ...given.runs.flatMap(({ verdicts }) => verdicts.map((one) => one.claim)),
    ];
    assert.equal(shown.map(({ id }) => id).sort(), [...new Set(known)].sort());
    for (const id of known) assert.is(page.split(` id="claim-${id}"`).length, 2, id);
    for (const { id, runs } of shown) {
      const expected = given.runs.filter(({ verdicts }) => verdicts.some(({ claim }) => claim === id));
      assert.equal([...runs].sort(), expected.map(({ name }) => name).sort(), id);
    }
  },
);

law("a tally counts the rows of its kind that have its verdict", [content], (given) => {
  const page = renderIndex(given);
  const rows = rowsOf(page).map(({ body }) => ({
    standing: /data-standing="([^"]*)"/.exec(body)![1],
    kind: /data-kind="([^"]*)"/.exec(body)![1],
  }));
  const counted = [...page.matchAll(/<p class="tally" data-kind="([^"]*)">(.*?)<\/p>/gs)].flatMap(([, kind, body]) =>
    [...body!.matchAll(/data-standing="([^"]*)" data-count="(\d+)"/g)].map(([, standing, count]) => {
      assert.is(rows.filter((row) => row.kind === kind && row.standing === standing).length, Number(count));
      return Number(count);
    }),
  );
  assert.is(
    counted.reduce((sum, count) => sum + count, 0),
    rows.length,
  );
});

law(
  "a headline stands for each claim in front that a run has judged, with what its first run found",
  [content],
  (given) => {
    const page = renderIndex(given);
    const shown = [...page.matchAll(/id="headline-([^"]*)"/g)].map(([, id]) => id!);
    const judgedOnes = new Set(given.runs.flatMap(({ verdicts }) => verdicts.map(({ claim }) => claim)));
    assert.equal(
      shown,
      ["E1", "E8", "C5", "D3", "F2"].filter((id) => judgedOnes.has(id)),
    );
  },
);

law("every claim counts once, under the verdict of its first run", [content], (given) => {
  const groups = groupFindings(given);
  const findings = allFindings(groups);
  const counted = kinds.flatMap((kind) => [...tally(groups, kind).values()]);
  assert.is(
    counted.reduce((sum, count) => sum + count, 0),
    findings.length,
  );
  for (const { standing, verdicts } of findings) {
    assert.is(standing, verdicts[0]?.judged.verdict ?? "not run");
    if (verdicts.some(({ run }) => !run.interim)) assert.is(verdicts[0]!.run.interim, false);
  }
  const divided = findings.filter(({ verdicts }) =>
    verdicts.some(({ judged: one }) => one.verdict !== verdicts[0]!.judged.verdict),
  );
  assert.equal(
    disputed(groups),
    divided.map(({ id }) => id),
  );
});

law("claims stand under the heading of their letter, in the registry's order", [content], (given) => {
  const groups = groupFindings(given);
  assert.equal(
    groups.map(({ letter }) => letter).filter(Boolean),
    [...new Set("ABCDEFGH")].filter((letter) => groups.some((group) => group.letter === letter)),
  );
  for (const { letter, findings } of groups) {
    assert.ok(findings.every(({ id }) => (letter === "" ? !/^[A-H]/.test(id) : id.startsWith(letter))));
    const registered = findings.filter((finding) => finding.registered).map(({ id }) => id);
    assert.equal(
      registered,
      claims.filter(({ id }) => id.startsWith(letter) && letter !== "").map(({ id }) => id as string),
    );
  }
});

test("of finished runs with the experiment's own settings the one nearest to the source comes first, one under way last", () => {
  const one = [judged("E1", "reproduced")];
  const runs = [
    runOf("a-interim", [judged("E1", "partly")], { interim: true, isDefault: true, scale: "paper" }),
    runOf("b-cifar10", [judged("E1", "not reproduced")], { scale: "paper" }),
    runOf("b", [judged("E1", "partly")], { isDefault: true }),
    runOf("c", one, { isDefault: true, isReference: true, scale: "standard" }),
  ];
  const page = renderIndex(contentOf(runs));
  const { body, runs: order } = rowOf(page, "E1");
  assert.equal(order, ["c", "b", "b-cifar10", "a-interim"]);
  assert.match(body, 'data-standing="reproduced"');
  assert.is(body.split("(interim)").length, 2);
  assert.match(page, 'Runs disagree on <a href="#claim-E1">E1</a>');
});

test("a row holds verdict, effect with interval, seeds, scale, data, source, command and the way to the report", () => {
  const page = renderIndex(
    contentOf([runOf("block-deletion", [judged("E1", "partly")], { scale: "paper", data: "cifar10" })]),
  );
  const { body } = rowOf(page, "E1");
  for (const text of [
    "</span> partly</span>",
    "<strong>0.50 points</strong> [0.25, 0.75]",
    "0.50 points [0.25, 0.75], 5 seeds.",
    '<a href="block-deletion.html#claim-E1" aria-label="cifar10: report of block-deletion">cifar10</a>, paper',
    '<a href="https://arxiv.org/abs/1605.06431">Veit et al. 2016</a>',
    "<code>npx ts-node experiments/block-deletion.ts</code>",
    "Judged by an earlier wording of the rule.",
  ])
    assert.ok(body.includes(text), text);
  const claim = claims.find(({ id }) => id === "E1")!;
  assert.ok(body.includes(claim.statement) && body.includes(claim.paperValue));
});

test("what the audit says of a finding's sentence stands in the finding's row, and counts apart", () => {
  assert.equal([...sentences].sort(), [
    ["H12", "A7"],
    ["H18", "A2"],
    ["H19", "A3"],
    ["H20", "A1"],
  ]);
  const given = contentOf([
    runOf("layers", [judged("A1", "reproduced")]),
    runOf("audit", [judged("H20", "imprecise")]),
  ]);
  const page = renderIndex(given);
  const [row = ""] = /<tr role="row" id="claim-A1".*?<\/tr>/s.exec(page) ?? [];
  assert.match(row, /<details class="words" id="claim-H20"/);
  assert.match(row, /The lecture's words \(H20\): <span aria-hidden="true">◐<\/span> imprecise/);
  assert.match(rowOf(page, "H20").body, 'data-run="audit"');
  assert.not.match(page, '<tr role="row" id="claim-H20"');
  const groups = groupFindings(given);
  assert.is(tally(groups, "findings").get("reproduced"), 1);
  assert.is(tally(groups, "audit").get("imprecise"), 1);
});

test("a claim that was not run says so, with the command where it is known", () => {
  const page = renderIndex(contentOf([], { commands: new Map([["E1", "npx ts-node experiments/block-deletion.ts"]]) }));
  const [known, unknown] = ["E1", "E2"].map((wanted) => rowOf(page, wanted).body);
  assert.match(known!, "not run here yet");
  assert.match(known!, "<code>npx ts-node experiments/block-deletion.ts</code>");
  assert.match(unknown!, "not run here yet");
  assert.not.match(unknown!, "<code>");
});

test("a claim that has left the registry keeps the words it was judged by", () => {
  const page = renderIndex(contentOf([runOf("old", [judged("H99", "partly", "an old statement")])]));
  const { body } = rowOf(page, "H99");
  assert.match(body, "an old statement");
  assert.match(body, "no longer in the registry");
});

test("the page leads to the pages beside it that are there, and to no other", () => {
  const page = renderIndex(contentOf([], { beside: [{ label: "Playground", href: "playground.html" }] }));
  assert.match(page, '<a href="playground.html">Playground</a>');
  assert.not.match(renderIndex(contentOf([])), "playground");
});

test("missing and damaged files are named, on top and below", () => {
  const page = renderIndex(contentOf([], { faults: ["a/claims.csv is missing", "b/<i>.csv is damaged"] }));
  assert.match(page, "Some files of runs are missing or damaged.");
  assert.match(page, "<li>a/claims.csv is missing</li><li>b/&#60;i&#62;.csv is damaged</li>");
  assert.not.match(renderIndex(contentOf([])), 'id="faults"');
});

const skeleton = (page: string) => page.replace(/<script>.*<\/script>/s, "").match(/<\/?[a-z][^\s>]*/gi);

law(
  "no text of a run adds a tag to the page",
  [fc.oneof(fc.string(), fc.constantFrom("</p><script>", "<!--", '" onclick="'))],
  (text) => {
    const page = (words: string) =>
      renderIndex(
        contentOf(
          [
            runOf("a", [judged("E1", "partly", words), judged("H99", "partly", words)], {
              scale: words,
              data: words,
              command: words,
            }),
          ],
          {
            commands: new Map([["E2", words]]),
            faults: [words],
          },
        ),
      );
    assert.equal(skeleton(page(`x${text}`)), skeleton(page("harmless")));
  },
);

test("a thumbnail stands in its headline; other markup in its place is refused", () => {
  const withThumbnail = (thumbnail: string) =>
    renderIndex(contentOf([runOf("a", [{ ...judged("E1", "partly"), thumbnail }])]));
  const thumbnail = figureThumbnail(sampleFigures[0]!);
  assert.match(withThumbnail(thumbnail), `<a class="thumbnail" href="a.html#claim-E1">${thumbnail}</a>`);
  assert.throws(() => withThumbnail("<svg onload='x'></svg>\n"), /need a thumbnail/);
});

test("the security policy admits the page's own script and nothing else", () => {
  const page = renderIndex(contentOf([]));
  const [, policy] = /Content-Security-Policy" content="([^"]*)"/.exec(page) ?? [];
  const script = page.slice(page.lastIndexOf("<script>") + "<script>".length, page.lastIndexOf("</script>"));
  const hash = createHash("sha256").update(script).digest("base64");
  assert.equal(policy!.replace(/&#39;/g, "'").split("; ").slice(0, 3), [
    "default-src 'none'",
    `script-src 'sha256-${hash}'`,
    "style-src 'unsafe-inline'",
  ]);
  assert.not.match(page, /src="/);
  for (const [, address] of page.matchAll(/href="((?:https?:|\/\/)[^"]*)"/g))
    assert.ok(publications.has(address!), address);
});

test.run();
