/** The report as a reader meets it: opened from disk in a headless Chromium. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import { suite, test } from "uvu";
import * as assert from "uvu/assert";
import { ensurePlotlyAsset, figureCsv, renderReport } from "../../../src/report";
import { findChromium, openChromium, seriousFaults, until } from "../chromium";
import { sampleContent, sampleFigures, sampleHeatMap, sampleMaps } from "../sample";

const chromium = findChromium();
const lowContrasts = readFileSync(join(__dirname, "..", "low-contrasts.js"), "utf8");
const browser = suite("report in a browser");
const folder = mkdtempSync(join(tmpdir(), "report-"));
const address = pathToFileURL(join(folder, "sample.html")).href;
const complaints: string[] = [];
const foreign: string[] = [];
let page: Page;
let close: (() => Promise<void>) | undefined;

async function opened(path: string): Promise<void> {
  await page.goto(path);
  await until(page, "document.documentElement.classList.contains('scripted')");
}

browser.before(async () => {
  await ensurePlotlyAsset(folder);
  writeFileSync(join(folder, "sample.html"), renderReport(sampleContent));
  const started = await openChromium(chromium!, { colorScheme: "light", viewport: { width: 1200, height: 900 } });
  close = started.close;
  page = started.context.pages()[0]!;
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    if (!/^(file|data|blob):/.test(request.url())) foreign.push(request.url());
  });
  await opened(address);
});
browser.after(async () => {
  await close?.();
  rmSync(folder, { recursive: true, force: true });
});

browser("every series is drawn, with whiskers or a band", async () => {
  for (const { id, series } of sampleFigures) {
    const plot = page.locator(`[data-figure="${id}"]`);
    const bands = series.filter(({ kind, published }) => kind === "line" && !published).length;
    // a band is a trace of its own
    assert.is(await plot.locator(".scatterlayer .trace").count(), series.length + bands, id);
    assert.is(await plot.locator(".scatterlayer .fills path, .scatterlayer .js-fill").count(), bands, id);
    const whiskers = series.filter(({ kind }) => kind === "points").flatMap((one) => one.points).length;
    assert.is(await plot.locator(".errorbar").count(), whiskers, id);
  }
});

browser("a heat map is drawn with its scale of colours, and tells a cell's values", async () => {
  const plot = page.locator(`[data-figure="${sampleHeatMap.id}"]`);
  assert.is(await plot.locator(".heatmaplayer image").count(), 1);
  assert.match((await plot.locator(".colorbar").textContent()) ?? "", /10\u200b?-12.*gradient norm \(L2\)/);
  await plot.scrollIntoViewIfNeeded();
  const box = (await plot.locator(".heatmaplayer image").boundingBox())!;
  await page.mouse.move(box.x + 0.5 * box.width, box.y + 2); // layer 64 of 128, the deepest network
  await until(page, `document.querySelector('[data-figure="${sampleHeatMap.id}"] .hovertext') !== null`);
  const said = (await plot.locator(".hovertext").textContent()) ?? "";
  assert.match(said, /gradient norm \(L2\): [\d.e-]+layer, from the input: 6[3-6]depth \(layers\): 128/);
  const caption = await page.locator(`#${sampleHeatMap.id}-caption`).textContent();
  assert.match(caption ?? "", "2 cells are left blank");
});

browser("a map of verdicts is drawn when it is opened, by its summary or by a link from its claim's card", async () => {
  const file = join(folder, "maps.html");
  writeFileSync(file, renderReport({ ...sampleContent, maps: sampleMaps }));
  await opened(pathToFileURL(file).href);
  const [one, two, three] = ["map-e1", "map-e2", "map-e3-1"].map((id) => page.locator(`[data-figure="${id}"]`));
  assert.is(await one!.locator(".main-svg").count(), 0);
  await page.click('.card a[href="#map-of-E1"]');
  await one!.locator(".scatterlayer .trace").first().waitFor();
  assert.is(await one!.locator(".legendtext").count(), 3); // a verdict each
  await page.click("#map-of-E2 > summary");
  await two!.locator(".heatmaplayer image").waitFor();
  const texts = await two!.locator(".textpoint").allTextContents();
  assert.is(texts.filter((text) => /^(✓ reproduced|◐ partly|✗ not reproduced)$/.test(text)).length, 9);
  await page.setViewportSize({ width: 390, height: 800 });
  await until(page, `document.querySelector('[data-figure="map-e2"] .main-svg').clientWidth < 390`);
  assert.equal(
    (await two!.locator(".textpoint").allTextContents()).filter((text) => !/^[✓◐✗]$/.test(text)),
    [],
  );
  assert.is(await page.evaluate("document.documentElement.scrollWidth"), 390);
  await page.setViewportSize({ width: 1200, height: 900 });
  await page.click("#map-of-E3 > summary");
  await three!.locator(".heatmaplayer image").waitFor();
  await opened(address);
});

browser("individual seeds appear when asked for, and go", async () => {
  const [{ id, series }] = [sampleFigures[0]!];
  const traces = page.locator(`[data-figure="${id}"] .scatterlayer .trace`);
  const seeds = series.reduce((sum, one) => sum + (one.seeds?.length ?? 0), 0);
  await page.check(`[data-seeds="${id}"]`);
  assert.is(await traces.count(), series.length + seeds);
  await page.uncheck(`[data-seeds="${id}"]`);
  assert.is(await traces.count(), series.length);
});

browser("the switch changes the theme of page and figures, and is remembered", async () => {
  const colours = () =>
    page.evaluate<{ paper: string; text: string }>(`({
      paper: getComputedStyle(document.body).backgroundColor,
      text: getComputedStyle(document.querySelector(".plot .xtitle")).fill,
    })`);
  const light = await colours();
  await page.click("#theme");
  const dark = await colours();
  assert.is.not(dark.paper, light.paper);
  assert.is.not(dark.text, light.text);
  await opened(address);
  assert.equal(await colours(), dark);
  await page.click("#theme");
  assert.equal(await colours(), light);
});

browser("the text of both themes stands out from its paper at least 4.5 to 1", async () => {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.evaluate(`document.documentElement.dataset.theme = "${colorScheme}"`);
    assert.equal(await page.evaluate(lowContrasts), [], colorScheme);
  }
  await page.evaluate("delete document.documentElement.dataset.theme");
});

browser("a table is sorted by the number behind a cell, upward and then downward", async () => {
  const claims = () => page.locator("#table-verdicts tbody th").allTextContents();
  const heading = page.locator("#table-verdicts thead button", { hasText: "effect" });
  const expected = [...sampleContent.judgements]
    .sort((left, right) => left.effect!.estimate - right.effect!.estimate)
    .map(({ claim }) => claim.id as string);
  await heading.click();
  assert.equal(await claims(), expected);
  await heading.click();
  assert.equal(await claims(), expected.reverse());
});

browser("the CSV of a figure holds exactly its numbers; the specification and the SVG come too", async () => {
  const figure = sampleFigures[0]!;
  const downloaded = async (kind: string) => {
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.click(`[data-download="${kind}"][data-of="${figure.id}"]`),
    ]);
    return { name: download.suggestedFilename(), text: readFileSync(await download.path(), "utf8") };
  };
  const csv = await downloaded("csv");
  assert.is(csv.name, `block-deletion-${figure.id}.csv`);
  assert.is(csv.text, figureCsv(figure));
  const specification = JSON.parse((await downloaded("json")).text);
  assert.is(specification.layout.xaxis.title.text, figure.xAxis.label);
  assert.match((await downloaded("svg")).text, /^<svg/);
});

browser("no figure offers to send its data anywhere", async () => {
  const titles = await page
    .locator(".modebar-btn")
    .evaluateAll((buttons) => buttons.map((one) => one.outerHTML as string));
  assert.ok(titles.some((markup) => markup.includes("Download plot")));
  assert.not.match(titles.join(), /share|cloud|plotly\.com/i);
});

browser("no reader of a narrow screen has to scroll the page sideways", async () => {
  await page.setViewportSize({ width: 390, height: 800 });
  await until(page, "[...document.querySelectorAll('.plot .main-svg')].every((svg) => svg.clientWidth < 390)");
  assert.is(await page.evaluate("document.documentElement.scrollWidth"), 390);
  await page.setViewportSize({ width: 1200, height: 900 });
});

browser("it prints as a PDF", async () => {
  const pdf = await page.pdf({ format: "A4" });
  assert.is(pdf.subarray(0, 5).toString(), "%PDF-");
});

browser("axe finds nothing serious on a report", async () => {
  assert.equal(await seriousFaults(page), []);
});

browser("nothing was asked of the network, and no error was logged", () => {
  assert.equal(foreign, []);
  assert.equal(complaints, []);
});

browser("the policy stops a script and a request that do not belong to the page", async () => {
  const ran = await page.evaluate(`(async () => {
    const script = document.createElement("script");
    script.textContent = "window.foreignScriptRan = true";
    document.body.append(script);
    const fetched = await fetch("data:text/plain,x").then(() => true, () => false);
    return { script: "foreignScriptRan" in window, fetched };
  })()`);
  assert.equal(ran, { script: false, fetched: false });
});

browser("without Plotly beside it the page still shows its tables, and says so", async () => {
  const alone = join(folder, "alone", "sample.html");
  mkdirSync(join(folder, "alone"));
  writeFileSync(alone, renderReport(sampleContent));
  await opened(pathToFileURL(alone).href);
  assert.is(await page.locator(".no-plot:visible").count(), sampleContent.figures.length);
  assert.is(await page.locator("figure table:visible").count(), sampleContent.figures.length);
  assert.is(await page.locator("#table-verdicts tbody tr:visible").count(), sampleContent.judgements.length);
});

test("a browser that CHROMIUM names wrongly is not taken for one", () => {
  const before = process.env.CHROMIUM;
  process.env.CHROMIUM = join(folder, "nothing-here");
  try {
    assert.is(findChromium(), undefined);
  } finally {
    if (before === undefined) delete process.env.CHROMIUM;
    else process.env.CHROMIUM = before;
  }
});

test.run();
if (chromium === undefined) {
  console.log("skipped: the report in a browser, for no Chromium is on PATH; name one by CHROMIUM=/path/to/chromium");
} else {
  browser.run();
}
