import { createHash } from "node:crypto";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { addressOf, bibliography } from "../../../src/claims";
import { type ReportContent, renderReport, type Series } from "../../../src/report";
import type { Matrix } from "../../../src/report/figure/figure";
import { escapeHtml, html, jsonMarkup } from "../../../src/report/html";
import { law } from "../../property";
import { sampleContent, sampleFigures, sampleHeatMap, sampleMaps } from "../sample";

const hostile = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: fc.constantFrom("<", ">", '"', "'", "&", "/", "`", "=", "-", "!", "s", "\\", "\u2028") }),
  fc.constantFrom(
    "</script><script>alert(1)</script>",
    "<!--",
    "]]>",
    '" onload="x',
    "' x='",
    "</style>",
    "&lt;b&gt;",
    "%{y}",
  ),
);

/** The sample with every text of it, outside identifiers that code chooses, replaced. */
function withTexts(text: string): ReportContent {
  const [judgement] = sampleContent.judgements;
  const [figure] = sampleFigures;
  return {
    ...sampleContent,
    title: text,
    question: text,
    source: text,
    run: { ...sampleContent.run, name: text, scale: text, data: text, command: text, date: text },
    judgements: [
      {
        ...judgement!,
        claim: {
          ...judgement!.claim,
          statement: text,
          rule: text,
          source: text,
          measuredBy: text,
          paperValue: text,
          unit: text,
        },
        conditions: [{ text, found: text, outcome: "undecided" }],
        reason: text,
      },
    ],
    figures: [
      {
        ...figure!,
        title: text,
        caption: text,
        xAxis: { label: text, categories: [text] },
        yAxis: { label: text },
        series: [{ name: text, kind: "points", points: [{ x: text, y: 1, low: 0, high: 2, note: text }] }],
        references: [{ y: 1, label: text }],
      },
      {
        ...sampleHeatMap,
        title: text,
        caption: text,
        xAxis: { label: text, categories: [text] },
        yAxis: { label: text },
        matrix: { x: [text], y: [1], values: [[2]], label: text },
      },
    ],
    parameters: [{ name: text, value: text, default: [text], unit: text, description: text }],
    departures: [text],
    columns: [{ name: text, type: "string", unit: text, description: text }],
    links: [{ label: text, href: "rows.csv" }],
    provenance: { [`key ${text}`]: text, nested: { inner: [text] } },
    notes: [text],
    comparison: text,
    maps: [
      {
        claim: { id: "E1", effectName: text, unit: text },
        parameters: [
          { name: text, unit: text },
          { name: "b", unit: text },
        ],
        points: [{ values: { [text]: text, b: text }, effect: judgement!.effect!, verdict: "partly", range: text }],
      },
    ],
  };
}

/** Every tag of a page with the names of its attributes: what a text must not be able to change. */
function skeleton(page: string): string[] {
  return [...page.matchAll(/<!--|<!?\/?[a-z][^\s>]*(?:\s+[^\s=>]+(?:="[^"]*")?)*\s*>/gi)].map(([tag]) =>
    tag.replace(/="[^"]*"/g, ""),
  );
}

const expected = skeleton(renderReport(withTexts("harmless")));

test("the skeleton of a page holds all its tags", () => {
  assert.ok(expected.length > 150, `${expected.length}`);
});

law(
  "no text can add a tag or an attribute to the page, or end its script",
  [hostile],
  (text) => assert.equal(skeleton(renderReport(withTexts(`x${text}`))), expected),
  { numRuns: 150 },
);

law("the page's data are the same after their way through the page", [hostile], (text) => {
  const markup = jsonMarkup({ text }).markup;
  assert.is(markup.includes("<"), false);
  assert.equal(JSON.parse(markup), { text });
});

test("templates escape texts, keep markup, join lists and leave nothing out", () => {
  assert.is(
    html`<p title="${'"'}">${["<", html`<b>${"&"}</b>`, null, false, 0]}</p>`.markup,
    '<p title="&#34;">&#60;<b>&#38;</b>0</p>',
  );
});

law("an escaped text has no character that ends a text or an attribute", [hostile], (text) => {
  assert.not.match(escapeHtml(text), /[<>"'`]/);
});

test("the security policy admits no network and only the page's own script", () => {
  const page = renderReport(sampleContent);
  const [, policy] = /Content-Security-Policy" content="([^"]*)"/.exec(page) ?? [];
  const directives = policy!.replace(/&#39;/g, "'").split("; ");
  assert.is(directives[0], "default-src 'none'");
  const script = page.slice(page.lastIndexOf("<script>") + "<script>".length, page.lastIndexOf("</script>"));
  const hash = createHash("sha256").update(script).digest("base64");
  assert.ok(directives.includes(`script-src 'self' file: 'sha256-${hash}'`));
  assert.not.match(policy!, /https?:|\*|connect-src|unsafe-eval/);
  assert.not.match(page, /src="(https?:|\/\/)/);
  const publications = new Set(bibliography().map(addressOf));
  for (const [, address] of page.matchAll(/href="((?:https?:|\/\/)[^"]*)"/g)) assert.ok(publications.has(address!));
});

law(
  "long lists of conditions fold, and what fails of a few stands open",
  [fc.array(fc.constantFrom("holds", "fails", "undecided"), { minLength: 1, maxLength: 9 })],
  (outcomes) => {
    const conditions = outcomes.map((outcome, i) => ({ text: `condition ${i}`, found: "1", outcome }) as const);
    const [judgement] = sampleContent.judgements;
    const page = renderReport({ ...sampleContent, judgements: [{ ...judgement!, preconditions: [], conditions }] });
    const card = /<article class="card".*?<\/article>/s.exec(page)![0];
    const folded =
      /<details class="small"><summary>(?:All|\d+ of) \d+ conditions hold.*?<\/details>/s.exec(card)?.[0] ?? "";
    const open = card.replace(folded, "");
    const failing = outcomes.filter((outcome) => outcome !== "holds").length;
    for (const [i, outcome] of outcomes.entries()) {
      const stands = outcomes.length <= 3 || (outcome !== "holds" && failing <= 3);
      assert.is(open.includes(`condition ${i}:`), stands);
      assert.is(folded.includes(`condition ${i}:`), !stands);
    }
  },
);

test("a card says in what the run departs from the source, and that its scale is reduced", () => {
  const { run } = sampleContent;
  const page = (change: Partial<typeof run>, contrasts: readonly string[]) =>
    renderReport({ ...sampleContent, run: { ...run, ...change }, contrasts });
  const quick = page({ scale: "quick", data: "mnist" }, ["400 mini-batches (source: 64,000)"]);
  assert.match(quick, "MNIST (source: CIFAR-10); 400 mini-batches (source: 64,000).");
  assert.match(quick, "reduced scale: quick, mnist");
  const paper = page({ scale: "paper", data: "cifar10" }, []);
  assert.not.match(paper, "Departs from the source:");
  assert.not.match(paper, "reduced scale");
});

test("every claim stands in a card and in the table, with verdict, figure and conditions", () => {
  const page = renderReport(sampleContent);
  const table = page.slice(page.indexOf('id="table-verdicts"'));
  for (const { claim, verdict, conditions } of sampleContent.judgements) {
    assert.match(page, `id="claim-${claim.id}"`);
    assert.match(table, `<th scope="row">${claim.id}</th>`);
    assert.match(table, `</span> ${verdict}</span>`);
    for (const { found } of conditions) assert.match(page, `<strong>${found}</strong>`);
  }
});

test("a map stands closed below the last figure of its claim, and its claim's card leads to it", () => {
  const [first, second, ...others] = sampleContent.figures;
  const figures = [{ ...first!, claims: ["E1"] }, { ...second!, claims: ["E1"] }, ...others];
  const page = renderReport({ ...sampleContent, figures, maps: sampleMaps });
  const order = [...page.matchAll(/<figure id="([^"]*)"|<details class="map" id="([^"]*)">/g)].map(
    ([, figure, map]) => figure ?? map,
  );
  assert.equal(order, [
    ...[first!.id, second!.id, "map-of-E1", "map-e1", ...others.map(({ id }) => id)],
    ...["map-of-E2", "map-e2", "map-of-E3", "map-e3-1", "map-e3-2"],
  ]);
  const numbers = [...page.matchAll(/<strong>Figure (\d+)\.<\/strong>/g)].map(([, number]) => Number(number));
  assert.equal(
    numbers,
    numbers.map((_, i) => i + 1),
  );
  const [card] = /<article class="card" id="claim-E1".*?<\/article>/s.exec(page)!;
  assert.match(card, '<a href="#map-of-E1">Map of verdicts</a>');
  assert.match(card, "reproduced from 400 mini-batches on");
  const [, json] = /<script type="application\/json" id="page-data">(.*?)<\/script>/s.exec(page)!;
  const data = JSON.parse(json!);
  for (const id of ["map-e1", "map-e2", "map-e3-2"]) assert.ok(id in data.figures, id);
  for (const { claim } of sampleMaps) assert.match(data.tables[`table-map-${claim.id}`].csv, "verdict");
  assert.not.match(renderReport(sampleContent), 'class="map"');
});

test("the comparison with the reference stands with the verdicts, where there is one", () => {
  const comparison = "4 of 4 verdicts agree; rows equal bit for bit.";
  const page = renderReport({ ...sampleContent, comparison });
  const place = page.indexOf(comparison);
  assert.ok(place > page.indexOf('id="verdicts"') && place < page.indexOf('id="figures"'));
  assert.not.match(renderReport(sampleContent), "Compared with the reference");
});

test("a page of a run in progress says how far it is, one of a finished run does not", () => {
  const at = (doneSeeds: number) =>
    renderReport({ ...sampleContent, run: { ...sampleContent.run, interim: { doneSeeds, totalSeeds: 5 } } });
  assert.match(at(2), "Interim: seeds 1–2 of 5.");
  assert.match(at(1), "Interim: seed 1 of 5.");
  assert.not.match(renderReport(sampleContent), "Interim");
});

test("missing cells and points that cannot be drawn are said", () => {
  const [figure] = sampleFigures;
  const page = renderReport({
    ...sampleContent,
    rows: { ...sampleContent.rows, cells: { done: 9, total: 10 } },
    figures: [
      {
        ...figure!,
        yAxis: { label: "norm", scale: "log" },
        series: [
          {
            name: "a",
            kind: "line",
            points: [
              { x: 1, y: 0 },
              { x: 2, y: 1 },
            ],
          },
        ],
      },
    ],
  });
  assert.match(page, "1 of 10 cells are missing");
  assert.match(page, "1 point is at or below zero");
});

test("figures without an anchor's name and links out of the folder's reach are refused", () => {
  const [figure] = sampleFigures;
  assert.throws(() => renderReport({ ...sampleContent, figures: [{ ...figure!, id: "a b" }] }), /figure id/);
  assert.throws(() => renderReport({ ...sampleContent, figures: [figure!, figure!] }), /two figures/);
  for (const href of ["https://example.org", "javascript:alert(1)", "/etc/passwd", "//host/x", " \tdata:x"]) {
    assert.throws(() => renderReport({ ...sampleContent, links: [{ label: "x", href }] }), /relative link/);
  }
});

test("a published series with seeds, or with the name of a measured one, is refused", () => {
  const page = (...series: Series[]) => renderReport({ ...sampleContent, figures: [{ ...sampleFigures[0]!, series }] });
  const published: Series = { name: "He et al. 2015", kind: "points", published: true, points: [] };
  assert.ok(page(published, { ...published, name: "He et al. 2016" }));
  assert.throws(() => page({ ...published, seeds: [{ seed: 1, points: [] }] }), /has seeds/);
  assert.throws(
    () => page(published, { name: "He et al. 2015", kind: "line", points: [] }),
    /both published and measured/,
  );
});

test("a matrix that does not fit its places or its axes is refused", () => {
  const page = (matrix: Partial<Matrix>, xAxis = sampleHeatMap.xAxis) =>
    renderReport({
      ...sampleContent,
      figures: [{ ...sampleHeatMap, xAxis, matrix: { x: [1, 2], y: [1], values: [[1, 2]], label: "z", ...matrix } }],
    });
  assert.ok(page({}));
  assert.throws(() => page({ values: [[1]] }), /need 1 rows of 2 values/);
  assert.throws(() => page({ values: [] }), /need 1 rows/);
  assert.throws(() => page({ x: [2, 1] }), /out of order/);
  assert.throws(() => page({ x: [1, 1] }), /out of order/);
  assert.throws(() => page({ x: [0, 1] }, { label: "x", scale: "log" }), /"0" has no place/);
  assert.throws(() => page({ x: ["a", "c"] }, { label: "x", categories: ["a", "b"] }), /"c" has no place/);
  assert.throws(() => page({ range: [1, 1] }), /from low to high/);
  assert.throws(() => page({ range: [0, 1], scale: "log" }), /no logarithm/);
});

test("the report leads back to the page of all claims", () => {
  assert.match(renderReport(sampleContent), '<a href="index.html">');
});

test.run();
