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
import { findChromium, openChromium, seriousFaults } from "../chromium";
import { sampleContent, sampleFigures, sampleHeatMap } from "../sample";

const chromium = findChromium();
const lowContrasts = readFileSync(join(__dirname, "..", "low-contrasts.js"), "utf8");
const browser = suite("page of all claims in a browser");
const folder = mkdtempSync(join(tmpdir(), "index-"));
const address = pathToFileURL(join(folder, "index.html")).href;
/** What is asked of an element in the page; the type checker knows Node here. */
interface Cell {
  readonly dataset: { readonly sort?: string };
}
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
  maps: [],
  verdicts: sampleContent.judgements.map(({ claim, verdict, effect, sentence, range, reason }, i) => ({
    claim: ["E1", "D3", "F2", "E3.1", "C5", "E8"][i]!,
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

const ids = (claims as readonly Claim[]).filter(({ audit }) => audit !== true).map(({ id }): string => id);
const shown = () => page.locator("#table-findings tbody tr:visible .claim-id").allTextContents();
const row = (id: string) => page.locator(`[id="claim-${id}"]`);
const chips = () => page.locator("[data-verdict]").all();
const hash = () => page.evaluate<string>("location.hash");
const open = async (text: string) => {
  await page.goto(`${address}${text}`);
  await page.reload();
};

browser("the number on a verdict is that of the claims that it shows, whatever else is asked for", async () => {
  assert.equal(await shown(), ids);
  for (const group of ["", "A", "E"]) {
    await page.selectOption("#filter-group", group);
    for (const chip of await chips()) {
      await chip.click();
      const found = await shown();
      assert.is(Number(await chip.locator(".count").textContent()), found.length);
      assert.ok(found.every((id) => id.startsWith(group)));
      assert.is(await page.textContent("#shown"), `${found.length} of ${ids.length} claims shown`);
      await chip.click();
    }
  }
  await page.selectOption("#filter-group", "");
  assert.equal(await shown(), ids);
});

browser("words, group, scale, kind and verdicts narrow the table together, and the address keeps them", async () => {
  await page.fill("#search", "arXiv:1409 parameters");
  const some = await shown();
  assert.ok(some.length > 0 && some.length < ids.length);
  await page.click('[data-verdict="not run"]');
  await page.selectOption("#filter-kind", "findings");
  const narrowed = await shown();
  assert.ok(narrowed.every((id) => some.includes(id) && !id.includes(".")));
  const asked = await hash();
  assert.is(asked, "#verdict=not+run&kind=findings&search=arXiv%3A1409+parameters");
  await open(asked);
  assert.equal(await shown(), narrowed);
  assert.is(await page.inputValue("#search"), "arXiv:1409 parameters");
  await page.click("#reset");
  assert.equal(await shown(), ids);
  assert.is(await hash(), "");
});

browser("an address that asks for what there is not asks for nothing", async () => {
  await open("#verdict=splendid&group=Q&sort=colour,sideways");
  assert.equal(await shown(), ids);
  await open("#claim-%");
  assert.equal(await shown(), ids);
});

browser("a heading sorts by its column, both ways, with the keyboard as well, and the address keeps it", async () => {
  const keys = (column: number) =>
    page
      .locator(`#table-findings tbody tr:visible > :nth-child(${column})`)
      .evaluateAll((cells) => cells.map((cell) => (cell as unknown as Cell).dataset.sort ?? ""));
  for (const column of [1, 2, 3]) {
    const heading = page.locator(`#table-findings thead th:nth-child(${column})`);
    const button = heading.locator("button");
    for (const direction of ["ascending", "descending"] as const) {
      await button.focus();
      await page.keyboard.press("Enter");
      if ((await heading.getAttribute("aria-sort")) !== direction) await page.keyboard.press("Space");
      assert.is(await heading.getAttribute("aria-sort"), direction);
      const given = await keys(column);
      const full = given.filter((key) => key !== "").map(Number);
      const sorted = [...full].sort((one, other) => (direction === "ascending" ? one - other : other - one));
      assert.equal(full, sorted);
      assert.ok(given.slice(full.length).every((key) => key === "")); // what has no number stays behind
    }
  }
  const order = await shown();
  await open(await hash());
  assert.equal(await shown(), order);
  await open("");
  assert.equal(await shown(), ids);
});

browser("a link to a claim that is filtered out, or folded, shows it", async () => {
  await page.click(`[data-verdict="not run"]`);
  const hidden = "E1";
  assert.is(await row(hidden).isVisible(), false);
  await page.evaluate(`location.hash = "claim-${hidden}"`);
  await row(hidden).waitFor({ state: "visible" });
  assert.is(await row("H1").isVisible(), false);
  await page.evaluate(`location.hash = "claim-H1"`);
  await row("H1").waitFor({ state: "visible" });
  await open("");
});

browser("axe finds nothing serious, wide and narrow, light and dark", async () => {
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: 900 });
    for (const theme of ["light", "dark"] as const) {
      await page.evaluate(`document.documentElement.dataset.theme = "${theme}"`);
      assert.equal(await seriousFaults(page), [], `${width} ${theme}`);
    }
  }
  await page.evaluate("delete document.documentElement.dataset.theme");
  await page.setViewportSize({ width: 1200, height: 900 });
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
  assert.equal(await shown(), ids);
  assert.is(await page.locator("button:visible, select:visible, input:visible").count(), 0);
});

test("every headline has its thumbnail", () => {
  assert.is(
    markup.split('<a class="thumbnail" href="').length - 1,
    markup.split('<article class="headline"').length - 1,
  );
  assert.ok(markup.includes('id="headline-E1"'));
});

test.run();
if (chromium === undefined) {
  console.log("skipped: the page of all claims in a browser, for no Chromium is on PATH");
} else {
  browser.run();
}
