/** The page of all claims as a reader meets it: opened from disk in a headless Chromium. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright-core";
import { suite, test } from "uvu";
import * as assert from "uvu/assert";
import { type Claim, claims } from "../../../src/claims";
import { figureThumbnail, type IndexedRun, renderIndex } from "../../../src/report";
import { findChromium, openChromium } from "../chromium";
import { sampleContent, sampleFigures, sampleHeatMap } from "../sample";

const chromium = findChromium();
const lowContrasts = readFileSync(join(__dirname, "..", "low-contrasts.js"), "utf8");
const browser = suite("page of all claims in a browser");
const folder = mkdtempSync(join(tmpdir(), "index-"));
const address = pathToFileURL(join(folder, "index.html")).href;
const thumbnails = [...sampleFigures, sampleHeatMap].map(figureThumbnail);
const complaints: string[] = [];
const foreign: string[] = [];
let page: Page;
let close: (() => Promise<void>) | undefined;

/** The sample's judgements, as if they were on the registry's first claims. */
const sampleRun = (name: string, more: Partial<IndexedRun> = {}): IndexedRun => ({
  name,
  isDefault: false,
  isReference: false,
  scale: "quick",
  data: "mnist",
  interim: false,
  command: `npx ts-node experiments/${name}.ts`,
  ended: "2026-11-23T18:40:00.000Z",
  report: `${name}.html`,
  verdicts: sampleContent.judgements.map(({ claim, verdict, effect, sentence, range, reason }, i) => ({
    claim: claims[i]!.id,
    verdict,
    effect,
    unit: claim.unit,
    statement: claim.statement,
    source: claim.source,
    rule: claim.rule,
    paperValue: claim.paperValue,
    ...{ sentence, range, reason, postHoc: false },
    thumbnail: thumbnails[i]!,
  })),
  ...more,
});

const runs = [
  sampleRun("sample", { isDefault: true }),
  sampleRun("sample-cifar10", { data: "cifar10", interim: true }),
];
const faults = ["sample/provenance.json is missing"];
const markup = renderIndex({ claims, runs, commands: new Map(), faults });

browser.before(async () => {
  writeFileSync(join(folder, "index.html"), markup);
  const started = await openChromium(chromium!, { colorScheme: "light", viewport: { width: 1200, height: 900 } });
  close = started.close;
  page = started.context.pages()[0]!;
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    if (!request.url().startsWith("file:")) foreign.push(request.url());
  });
  await page.goto(address);
});
browser.after(async () => {
  await close?.();
  rmSync(folder, { recursive: true, force: true });
});

/** All but the rows of the audit that stand on the card of a finding. */
const cards = (claims as readonly Claim[])
  .filter(({ sentenceOf }) => sentenceOf === undefined)
  .map(({ id }): string => id);

const shown = () => page.locator(".finding:visible > .card-head .claim-id").allTextContents();
const standingOf = (id: string) => page.getAttribute(`[id="claim-${id}"]`, "data-standing");

browser("a filter shows the claims of its verdict, two those of both, none all", async () => {
  const all = await shown();
  assert.equal(all, cards);
  const expected: string[] = [];
  for (const standing of ["reproduced", "not run"]) {
    await page.click(`[data-filter="findings: ${standing}"] button`);
    const findings = all.filter((id) => !id.includes(".") && !id.startsWith("H"));
    for (const id of findings) if ((await standingOf(id)) === standing) expected.push(id);
    assert.equal((await shown()).sort(), [...expected].sort());
  }
  assert.ok(expected.length > 1 && expected.length < all.length);
  assert.is(await page.textContent("#shown"), `${expected.length} of ${all.length} claims shown`);
  for (const standing of ["reproduced", "not run"]) await page.click(`[data-filter="findings: ${standing}"] button`);
  assert.equal(await shown(), all);
});

browser("a number of claims on top is that of the claims it filters", async () => {
  const filters = await page.locator("[data-filter] button").all();
  assert.ok(filters.length > 6); // of findings all standings, of post hoc claims and of the audit those that occur
  for (const button of filters) {
    await button.click();
    const text = (await button.textContent()) ?? "";
    assert.match(text, new RegExp(`\\b${(await shown()).length} `), text);
    await button.click();
  }
});

browser("claims are ordered by verdict within their group, and back", async () => {
  const before = await shown();
  const order = ["reproduced", "partly", "not reproduced", "inconclusive", "not testable here", "not run"];
  await page.selectOption("#order", "verdict");
  const places = await Promise.all(
    (await shown()).map(async (id) => `${id.charAt(0)}${order.indexOf((await standingOf(id)) ?? "")}`),
  );
  assert.equal(places, [...places].sort());
  await page.selectOption("#order", "claim");
  assert.equal(await shown(), before);
});

browser("a link to a claim that is filtered out brings it back", async () => {
  await page.click(`[data-filter="findings: not run"] button`);
  const hidden = claims[0]!.id;
  assert.is(await page.locator(`[id="claim-${hidden}"]`).isVisible(), false);
  await page.evaluate(`location.hash = "claim-${hidden}"`);
  await page.locator(`[id="claim-${hidden}"]`).waitFor({ state: "visible" });
});

browser("texts stand out from their paper at least 4.5 to 1, in both themes", async () => {
  for (const theme of ["light", "dark"] as const) {
    await page.evaluate(`document.documentElement.dataset.theme = "${theme}"`);
    assert.equal(await page.evaluate(lowContrasts), [], theme);
  }
  await page.evaluate("delete document.documentElement.dataset.theme");
});

browser("a thumbnail's axes have the colour of the text around it, in both themes", async () => {
  const colours = () =>
    page.evaluate<[string, string]>(
      `[getComputedStyle(document.querySelector(".thumbnail text")).fill, getComputedStyle(document.body).color]`,
    );
  const [light, ink] = await colours();
  assert.is(light, ink);
  await page.click("#theme");
  const [dark, darkInk] = await colours();
  assert.is(dark, darkInk);
  assert.is.not(dark, light);
  await page.click("#theme");
});

browser("every thumbnail is well-formed XML, so that its file opens by itself", async () => {
  for (const thumbnail of thumbnails) {
    const fault = await page.evaluate(
      `new DOMParser().parseFromString(${JSON.stringify(thumbnail)}, "image/svg+xml").querySelector("parsererror")?.textContent`,
    );
    assert.is(fault, undefined);
  }
});

browser("no reader of a narrow screen has to scroll the page sideways", async () => {
  await page.setViewportSize({ width: 390, height: 800 });
  assert.is(await page.evaluate("document.documentElement.scrollWidth"), 390);
  await page.setViewportSize({ width: 1200, height: 900 });
});

browser("it prints as a PDF", async () => {
  const pdf = await page.pdf({ format: "A4" });
  assert.is(pdf.subarray(0, 5).toString(), "%PDF-");
});

browser("nothing was asked of the network, and no error was logged", () => {
  assert.equal(foreign, []);
  assert.equal(complaints, []);
});

browser("without its script the page shows every claim, and no button", async () => {
  const bare = join(folder, "bare.html");
  writeFileSync(bare, readFileSync(join(folder, "index.html"), "utf8").replace(/<script>.*<\/script>/s, ""));
  await page.goto(pathToFileURL(bare).href);
  assert.equal(await shown(), cards);
  assert.is(await page.locator("button:visible, select:visible").count(), 0);
});

test("every line of the page has its thumbnail", () => {
  const lines = runs.reduce((sum, { verdicts }) => sum + verdicts.length, 0);
  assert.is(markup.split('<div class="thumbnail"><svg ').length - 1, lines);
});

test.run();
if (chromium === undefined) {
  console.log("skipped: the page of all claims in a browser, for no Chromium is on PATH");
} else {
  browser.run();
}
