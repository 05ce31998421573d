/** Pages and figures whose every text means harm, in a headless Chromium: nothing of it runs, and all of it is read. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import { suite, test } from "uvu";
import * as assert from "uvu/assert";
import { addressOf, bibliography, claims } from "../../../src/claims";
import {
  drawFigures,
  ensurePlotlyAsset,
  type Figure,
  figureThumbnail,
  type IndexContent,
  isThumbnail,
  paperFigure,
  type ReportContent,
  renderIndex,
  renderPlainPage,
  renderReport,
  seriesStyles,
} from "../../../src/report";
import { findChromium, openChromium } from "../chromium";
import { sampleContent, sampleFigures, sampleHeatMap } from "../sample";

const chromium = findChromium();
const browser = suite("hostile texts in a browser");
const folder = mkdtempSync(join(tmpdir(), "hostile-texts-"));
let page: Page;
let close: (() => Promise<void>) | undefined;

/** Each would run something, change the page or break out of where it stands, if it were not taken for a text. */
const hostileTexts = [
  `<script>window.ran = "a script"</script>`,
  `</script><script>window.ran = "a script behind the page's data"</script>`,
  `"><img src="x" onerror="window.ran = 'an attribute'">`,
  `' onmouseover='window.ran = "a quoted attribute"' x='`,
  `<svg onload="window.ran = 'a drawing'"><title><iframe src="javascript:parent.ran = 1"></iframe></title></svg>`,
  `<a href="javascript:window.ran = 'a link'">link</a>`,
  `</title></style></textarea></template></noscript><style>body { display: none }</style>`,
  `<!-- --> <![CDATA[ ]]> <?x?> &lt;b&gt; &#60;b&#62; <b>bold</b><br>`,
  "%{y} %{customdata[0]} $ {window.ran} {{x}} $x^2$ `x` \\u003cscript\\u003e \\",
  "line\u2028paragraph\u2029next right\u202Eleft zero\u200Bwidth é 中 😀",
];
const hostile = hostileTexts.join(" ");
/** And what no file can hold as it is. */
const unprintable = `${hostile} nul\u0000 escape\u001b[31m half\ud800 next\u0085line none\uffff line\nend`;

function hostileFigures(text: string): Figure[] {
  const [marks] = sampleFigures;
  const points = [{ x: text, y: 1, low: 0.5, high: 2, note: text, label: text }];
  return [
    {
      ...marks!,
      ...{ id: "marks", title: text, caption: text, xAxis: { label: text, categories: [text, `${text} 2`] } },
      ...{ yAxis: { label: text }, references: [{ y: 1.5, label: text }], areaLabel: text },
      series: [
        { name: text, kind: "points", points, seeds: [{ seed: 1, points }] },
        { name: `${text} 2`, kind: "line", points },
        { name: `${text} 3`, kind: "points", published: true, points: [{ x: text, y: 2 }] },
      ],
    },
    {
      ...sampleHeatMap,
      ...{ id: "cells", title: text, caption: text },
      ...{ xAxis: { label: text, categories: [text, "b"] }, yAxis: { label: text } },
      matrix: { x: [text, "b"], y: [1, 2], values: [[1, 2], [3, null]], label: text }, // biome-ignore format: a matrix
      lines: [{ name: text, points: [{ x: text, y: 1 }, { x: "b", y: 2 }] }], // biome-ignore format: one line
    },
  ];
}

/** The sample with every text of it, outside identifiers that code chooses, replaced. */
function hostileContent(text: string): ReportContent {
  const [judgement] = sampleContent.judgements;
  const words = { statement: text, rule: text, source: text, measuredBy: text, paperValue: text, unit: text };
  return {
    ...sampleContent,
    ...{ title: text, question: text, source: text, figures: hostileFigures(text), departures: [text], notes: [text] },
    run: { ...sampleContent.run, name: text, scale: text, data: text, command: text, date: text },
    judgements: [
      {
        ...judgement!,
        claim: { ...judgement!.claim, ...words },
        conditions: [{ text, found: text, outcome: "undecided" }],
        ...{ reason: text, verdict: "partly" },
      },
    ],
    comparison: text,
    maps: [1, 2].map((count) => ({
      claim: { id: count === 1 ? "E1" : "E2", effectName: text, unit: text },
      parameters: [{ name: text, unit: text }, { name: "other", unit: text }].slice(0, count), // biome-ignore format: one line
      points: [{ values: { [text]: text, other: text }, effect: judgement!.effect!, verdict: "partly", range: text }],
    })),
    parameters: [{ name: text, value: text, default: [text], unit: text, description: text }],
    columns: [{ name: text, type: "string", unit: text, description: text }],
    links: [{ label: text, href: "rows.csv" }],
    provenance: { [`key ${text}`]: text, nested: { inner: [text] } },
  };
}

const plainPage = (text: string) =>
  renderPlainPage({
    ...{ name: text, title: text, question: text, command: text, date: text, notes: [text] },
    tables: [{ id: "table-a", caption: text, headings: [text, text], rows: [[text, text]] }],
    ...{ figures: hostileFigures(text), provenance: { [text]: text } },
  });

function indexContent(text: string): IndexContent {
  const words = {
    unit: text,
    statement: text,
    source: text,
    rule: text,
    paperValue: text,
    reason: text,
    sentence: text,
  };
  const [figure] = hostileFigures(text);
  const verdicts = ["E1", "H99"].map((claim) => ({
    ...words,
    ...{ range: text, postHoc: true },
    ...{ claim, verdict: "partly" as const, effect: { estimate: 1, low: 0, high: 2, count: 5 } },
    thumbnail: figureThumbnail(figure!),
  }));
  const run = {
    name: text,
    isDefault: false,
    isReference: false,
    scale: text,
    data: text,
    interim: true,
    command: text,
    ended: text,
    maps: hostileContent(text).maps ?? [],
  };
  const runs = [{ ...run, report: encodeURIComponent(`${Buffer.from(text)}.html`), verdicts }];
  return { claims, runs, commands: new Map([["E2", text]]), faults: [text] };
}

async function open(name: string, markup: string): Promise<void> {
  const file = join(folder, `${name}.html`);
  writeFileSync(file, markup);
  await page.goto(pathToFileURL(file).href);
}

/** Where texts that cite them may lead. */
const publications = new Set(bibliography().map(addressOf));

/** What a reader's page holds that can run or load, and whether anything did. */
const inspection = `({
  ran: "ran" in window ? String(window.ran) : null,
  scripts: document.scripts.length,
  foreign: [...document.querySelectorAll("iframe, object, embed, img, base, link, form, foreignObject")]
    .map((element) => element.outerHTML.slice(0, 200)),
  handlers: [...document.querySelectorAll("*")]
    .flatMap((element) => [...element.attributes].map(({ name }) => name)).filter((name) => name.startsWith("on")),
  links: [...document.links].map((link) => link.getAttribute("href") ?? link.getAttribute("xlink:href"))
    .filter((href) => !/^(#|[\\w%.!'()*~-]+$|[\\w%.!'()*~-]+#)/.test(href)),
})`;

interface Inspection {
  readonly ran: string | null;
  readonly scripts: number;
  readonly foreign: readonly string[];
  readonly handlers: readonly string[];
  readonly links: readonly string[];
}

async function assertHarmless(scripts: number): Promise<void> {
  const found = await page.evaluate<Inspection>(inspection);
  const links = found.links.filter((address) => !publications.has(address));
  assert.equal({ ...found, links }, { ran: null, scripts, foreign: [], handlers: [], links: [] });
}

/** As the page shows a text: white space folded. */
const folded = (text: string) => text.replace(/\s+/g, " ").trim();
const shown = async (selector: string) =>
  (await page.locator(selector).allTextContents()).map((text) => folded(text.replaceAll("\u200b", "")));

browser.before(async () => {
  await ensurePlotlyAsset(folder);
  const started = await openChromium(chromium!, { viewport: { width: 1200, height: 900 } });
  close = started.close;
  page = started.context.pages()[0]!;
});
browser.after(async () => {
  await close?.();
  rmSync(folder, { recursive: true, force: true });
});

browser("a report of hostile texts runs none of them, draws its figures, and shows every text as it is", async () => {
  await open("report", renderReport(hostileContent(hostile)));
  assert.is(await page.locator(".plot .main-svg").first().isVisible(), true);
  for (const summary of await page.locator("details.map > summary").all()) await summary.click();
  await page.locator('[data-figure="map-e2"] .heatmaplayer image').waitFor();
  assert.is(await page.locator('[data-figure="cells"] .heatmaplayer image').count(), 1);
  await assertHarmless(3);
  const expected = folded(hostile.replaceAll("\u200b", ""));
  for (const place of ["h1", ".question", "#command", "#marks-title", "#cells-title", ".reason"]) {
    assert.ok((await shown(place)).includes(expected), place);
  }
  // What stands in a drawing keeps its line breaks as elements, so white space between its lines is not compared.
  const dense = (text: string) => text.replace(/\s+/g, "");
  for (const place of [".xtitle", ".ytitle", ".legendtext", ".annotation-text"]) {
    const texts = await shown(`[data-figure="marks"] ${place}`);
    assert.ok(
      texts.some((text) => dense(text).startsWith(dense(expected))),
      `${place}: ${texts}`,
    );
  }
});

browser("nor does anything run when a reader hovers, sorts, copies and shows seeds", async () => {
  for (const id of ["marks", "cells"]) {
    const plot = page.locator(`[data-figure="${id}"] .plotly .nsewdrag`).first();
    await plot.scrollIntoViewIfNeeded();
    const box = (await plot.boundingBox())!;
    for (const share of [0.15, 0.25, 0.4, 0.75]) {
      for (const up of [0.25, 0.5, 0.75]) await page.mouse.move(box.x + share * box.width, box.y + up * box.height);
    }
  }
  await page.check('[data-seeds="marks"]');
  for (const heading of await page.locator("#table-provenance thead button").all()) await heading.click();
  await page.locator('[data-copy="csv"]').first().click();
  await page.locator('[data-copy="latex"]').first().click();
  await assertHarmless(3);
});

browser("nor on a plain page and on the page of all claims", async () => {
  await open("plain", plainPage(hostile));
  await assertHarmless(3);
  assert.ok((await shown("h1")).includes(folded(hostile.replaceAll("\u200b", ""))));
  await open("index", renderIndex(indexContent(hostile)));
  await assertHarmless(1);
  assert.is(await page.locator(".thumbnail svg").count() > 0, true); // biome-ignore format: one law
});

browser("characters that no page can hold do no harm either", async () => {
  await open("report", renderReport(hostileContent(unprintable)));
  await assertHarmless(3);
  assert.is(await page.locator('[data-figure="cells"] .heatmaplayer image').count(), 1);
  await open("index", renderIndex(indexContent(unprintable)));
  await assertHarmless(1);
});

browser("a thumbnail and a figure for paper are well-formed drawings without anything that runs", async () => {
  const figures = hostileFigures(unprintable);
  const styles = seriesStyles(figures);
  const wanted = figures.map((figure) => ({ figure: paperFigure(figure, styles, 1), title: figure.title }));
  const drawn = await drawFigures(wanted, chromium!, "2026-01-02T03:04:05Z");
  for (const svg of [...figures.map(figureThumbnail), ...drawn.map((one) => one.svg)]) {
    const found = await page.evaluate<{ fault: string | null; running: string[] }>(`(() => {
      const drawing = new DOMParser().parseFromString(${JSON.stringify(svg)}, "image/svg+xml");
      const running = [...drawing.querySelectorAll("*")].filter((element) =>
        /^(script|foreignObject|iframe|a)$/i.test(element.localName) ||
        [...element.attributes].some(({ name, value }) => /^on/i.test(name) || /^\\s*javascript:/i.test(value)));
      return {
        fault: drawing.querySelector("parsererror")?.textContent ?? null,
        running: running.map((element) => element.outerHTML.slice(0, 200)),
      };
    })()`);
    assert.equal(found, { fault: null, running: [] });
  }
  assert.ok(figures.map(figureThumbnail).every(isThumbnail));
});

browser(
  "a page that was tampered with, with scripts of all kinds in its markup, still runs its own alone",
  async () => {
    const injected = [
      `<script>window.ran = "inline"</script>`,
      `<img src="x" onerror="window.ran = 'handler'">`,
      `<svg onload="window.ran = 'drawing'"></svg>`,
      `<a id="link" href="javascript:window.ran = 'link'">link</a>`,
      `<iframe srcdoc="<script>parent.ran = 'frame'</script>"></iframe>`,
      `<script src="data:text/javascript,window.ran='address'"></script>`,
      `<script src="https://example.invalid/x.js"></script>`,
      `<object data="data:text/html,<script>parent.ran=1</script>"></object>`,
      `<base href="https://example.invalid/">`,
    ].join("");
    const letThrough: string[] = [];
    page.on("requestfailed", (request) => {
      const { errorText = "" } = request.failure() ?? {}; // the browser tells of a request that its policy stops, too
      if (/^https?:/.test(request.url()) && errorText !== "csp") letThrough.push(`${request.url()}: ${errorText}`);
    });
    page.on("response", (response) => {
      if (/^https?:/.test(response.url())) letThrough.push(response.url());
    });
    for (const [name, markup] of [
      ["report", renderReport({ ...sampleContent, question: "QUESTION" })],
      ["plain", plainPage("QUESTION")],
      ["index", renderIndex({ claims, runs: [], commands: new Map(), faults: ["QUESTION"] })],
    ] as const) {
      assert.ok(markup.includes(">QUESTION<"));
      await open(name, markup.replaceAll(">QUESTION<", `>${injected}<`));
      await page.locator("#link").first().click();
      await page.waitForTimeout(200);
      assert.is(await page.evaluate(`"ran" in window ? window.ran : null`), null, name);
      assert.is(await page.evaluate("document.documentElement.classList.contains('scripted')"), true, name);
      if (name === "report") assert.ok((await page.locator(".plot .main-svg").count()) > 0); // its figures are drawn
    }
    assert.equal(letThrough, []);
  },
);

test("every text stands for itself", () => {
  assert.is(new Set(hostileTexts).size, hostileTexts.length);
});

test.run();
if (chromium === undefined) {
  console.log(
    "skipped: hostile texts in a browser, for no Chromium is on PATH; name one by CHROMIUM=/path/to/chromium",
  );
} else {
  browser.run();
}
