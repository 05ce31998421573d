/** The page of a run under way as a reader meets it: from its server, in a headless Chromium. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { suite, test } from "uvu";
import * as assert from "uvu/assert";
import { type LiveServer, serveLivePage } from "../../src/archive/live-server";
import type { LiveContent } from "../../src/report";
import { findChromium, openChromium, until as pageComesTo } from "../report/chromium";
import { sampleLive, sampleRun, sampleTrainings } from "../report/live-sample";

const chromium = findChromium();
const lowContrasts = readFileSync(join(__dirname, "..", "report", "low-contrasts.js"), "utf8");
const browser = suite("page of a run in a browser");
const complaints: string[] = [];
const foreign: string[] = [];
/** What the server finds; the tests change it. */
let content: LiveContent = sampleLive;
let server: LiveServer;
let page: Page;
let close: () => Promise<void>;

/** The server may need a while until its news are in the page. */
const until = (condition: string) => pageComesTo(page, condition, 1000);

const lines = (id: string) => page.locator(`[data-figure="${id}"] .scatterlayer .trace`).count();

browser.before(async () => {
  server = await serveLivePage({ port: 0, look: () => content, pollMilliseconds: 50 });
  const started = await openChromium(chromium!, { colorScheme: "light", viewport: { width: 1200, height: 900 } });
  close = started.close;
  page = started.context.pages()[0]!;
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    if (!request.url().startsWith(server.address) && !/^(data|blob):/.test(request.url())) foreign.push(request.url());
  });
  await page.goto(server.address, { waitUntil: "commit" });
  await until("document.querySelector('.scatterlayer') !== null");
});
browser.after(async () => {
  await close();
  await server.close();
});

browser("a line is drawn for each training that has begun", async () => {
  const begun = sampleRun.trainings.filter(({ points }) => points.length > 0).length;
  assert.is(await lines("loss"), begun);
  assert.is(await lines("error"), begun);
  assert.ok(await page.locator("#no-curves").isHidden());
});

browser("news come into the page while it is open", async () => {
  const later = { ...sampleRun, fraction: 0.8, timeLeft: "1 min left", trainings: sampleTrainings(700) };
  content = { ...sampleLive, shown: later };
  await until("document.title === '80 % block-deletion'");
  assert.match((await page.locator("#part-state").textContent())!, "1 min left");
  await until("document.querySelectorAll('[data-figure=\"loss\"] .scatterlayer .trace').length === 6");
});

browser("curves that come where there were none have the width of their places", async () => {
  const { shown } = content;
  content = { ...content, shown: { ...shown!, trainings: [] } };
  await until("!document.getElementById('no-curves').hidden");
  assert.ok(await page.locator(".plot").first().isHidden());
  content = { ...content, shown };
  await until("document.getElementById('no-curves').hidden");
  const widths = await page.evaluate<[number, number][]>(
    "[...document.querySelectorAll('.plot')].map((plot) => [plot.querySelector('.main-svg').clientWidth, plot.clientWidth])",
  );
  assert.is(widths.length, 2);
  for (const [drawn, place] of widths) assert.is(drawn, place);
});

browser("what the reader has opened stays open when news come", async () => {
  await page.click("summary");
  content = { ...content, shown: { ...content.shown!, timeLeft: "50 s left" } };
  await until("document.getElementById('part-state').textContent.includes('50 s left')");
  assert.ok(await page.locator("#part-cell-table table").isVisible());
});

browser(
  "the text of both themes stands out from its paper at least 4.5 to 1, and curves follow the theme",
  async () => {
    const ink = () => page.evaluate<string>("getComputedStyle(document.querySelector('.plot .xtitle')).fill");
    const before = await ink();
    assert.equal(await page.evaluate(lowContrasts), []);
    await page.click("#theme");
    assert.is.not(await ink(), before);
    assert.equal(await page.evaluate(lowContrasts), []);
    await page.click("#theme");
  },
);

browser("no reader of a narrow screen has to scroll the page sideways", async () => {
  await page.setViewportSize({ width: 390, height: 800 });
  await until("[...document.querySelectorAll('.plot .main-svg')].every((svg) => svg.clientWidth < 390)");
  assert.is(await page.evaluate("document.documentElement.scrollWidth"), 390);
  await page.setViewportSize({ width: 1200, height: 900 });
});

browser("the policy stops a script that does not belong to the page, and a request to elsewhere", async () => {
  assert.equal([foreign, complaints], [[], []]);
  const ran = await page.evaluate(`(async () => {
    document.getElementById("part-about").innerHTML = '<img src="x" onerror="window.foreignScriptRan = true">';
    const fetched = await fetch("http://127.0.0.1:9/").then(() => true, () => false);
    await new Promise((resolve) => setTimeout(resolve, 100));
    return { script: "foreignScriptRan" in window, fetched };
  })()`);
  assert.equal(ran, { script: false, fetched: false });
});

browser("when the server ends, the page says that what it shows is old", async () => {
  await server.close();
  await until("!document.getElementById('lost').hidden");
  assert.match((await page.locator("#lost").textContent())!, "Connection lost");
});

test("a port is given back when the server ends", async () => {
  const first = await serveLivePage({ port: 0, look: () => sampleLive });
  await first.close();
  const second = await serveLivePage({ port: first.port, look: () => sampleLive });
  assert.is((await fetch(second.address)).status, 200);
  await second.close();
});

test.run();
if (chromium === undefined) {
  console.log("skipped: the page in a browser, for no Chromium is on PATH; name one by CHROMIUM=/path/to/chromium");
} else {
  browser.run();
}
