/** The lessons: their numbers are those of the reference runs, their answers are right, and a class can read and print them. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import type { Page } from "playwright-core";
import { suite, test } from "uvu";
import * as assert from "uvu/assert";
import { lesson, lessonOrder, lessons, lessonsFolder, lessonsIndex, referenceRuns } from "../../src/site/lessons";
import { measuredValue } from "../../src/site/values";
import { median, quantity } from "../../src/statistics";
import { law } from "../property";
import { findChromium, openChromium, until } from "../report/chromium";

const findRun = referenceRuns();
const all = lessons(findRun);
const textOf = (name: string) => readFileSync(join(lessonsFolder, `${name}.md`), "utf8");
const answersOf = (name: string) =>
  textOf(name)
    .split(/^#### Answer\n/m)
    .slice(1)
    .map((part) => part.split(/^###? /m)[0]!);

test("every lesson has its figures, its command, three exercises, and no number that was left open", () => {
  assert.is(all.length, 5);
  for (const { page, question } of all) {
    assert.not.match(page, /\{\{|\}\}|[\uE000\uE001]/);
    assert.match(question, /\?$/m);
    assert.ok([...page.matchAll(/<figure>/g)].length >= 1);
    assert.match(page, /<code id="command-1">npx cnn-findings run /);
    assert.is([...page.matchAll(/<details class="answer">/g)].length, 3);
    assert.match(page, /<a href="https:\/\/arxiv\.org\/abs\//);
  }
  for (const { name } of all) assert.match(lessonsIndex(all), `href="${name}.html"`);
});

test("what a lesson says of a run is what the run's files say", () => {
  const run = findRun("block-deletion");
  const e1 = run.claims().find(({ claim }) => claim === "E1")!;
  assert.is(measuredValue("block-deletion E1 verdict", findRun), e1.verdict);
  assert.is(measuredValue("block-deletion E1 sentence", findRun), e1.sentence);
  assert.ok(measuredValue("block-deletion E1", findRun).startsWith(`${quantity(e1.effect!)}`.slice(0, 3)));
  const rises = run
    .rows()
    .flatMap((row) =>
      row.network === "plain32" && row.measurement === "one deleted" && typeof row.rise_points === "number"
        ? [row.rise_points]
        : [],
    );
  assert.is(
    measuredValue('block-deletion median rise_points network=plain32 measurement="one deleted"', findRun),
    quantity(median(rises)),
  );
  assert.is(measuredValue("block-deletion setting residual", findRun), "preactivation-resnet32");
  assert.match(all[0]!.page, e1.sentence.replaceAll("'", "&#39;"));
});

test("a number that no run tells is refused, with file, line and what there is", () => {
  const refused = (expression: string, words: RegExp) => {
    const text = textOf("paths").replace("## Predict\n", `## Predict\n\n{{${expression}}}\n`);
    assert.throws(() => lesson("paths", text, [], findRun), words);
  };
  refused(
    "block-deletoin E1",
    /^paths\.md, line 9: \{\{block-deletoin E1\}\}: there is no reference run "block-deletoin"/,
  );
  refused("block-deletion E9", /has no "E9"\. There are: E1, E2/);
  refused("block-deletion E1 colour", /a claim has no "colour"\. There are: effect, verdict/);
  refused("block-deletion median rise", /no column "rise"\. There are: seed, network/);
  refused("block-deletion mean rise_points network=vgg99", /no row .* where network=vgg99/);
  refused("block-deletion mean rise_points network", /"network" is no condition; need column=value/);
  refused("block-deletion setting depth", /has no parameter "depth"\. There are: residual/);
  refused("figure block-deletion H1", /no figure of block-deletion shows H1/);
});

test("a lesson without one of its parts is refused, in words", () => {
  const refused = (change: (text: string) => string, words: RegExp) =>
    assert.throws(() => lesson("paths", change(textOf("paths")), [], findRun), words);
  refused((text) => text.replace("# Count the paths\n", ""), /paths\.md does not begin with a heading/);
  refused((text) => text.replace("## Predict\n", ""), /paths\.md needs the sections The question, Predict/);
  refused((text) => text.replace(/^### Count by hand\n/m, ""), /has 2 exercises, need 3/);
  refused((text) => text.replace(/^#### Answer\n/m, ""), /the exercise "Count by hand" has no answer/);
});

law("no word of an expression makes it fail but in words", [fc.string(), fc.string()], (subject, more) => {
  try {
    measuredValue(`block-deletion ${subject} ${more}`, findRun);
  } catch (error) {
    assert.is((error as Error).constructor.name, "UsageError", String(error));
  }
});

const binomial = (n: number, k: number): number => (k === 0 ? 1 : (binomial(n, k - 1) * (n - k + 1)) / k);
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const counted = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const survival = (blocks: number, last: number) => counted(1, blocks).map((t) => 1 - (t / blocks) * (1 - last));
const share = (ratio: number, from: number, to: number) =>
  sum(counted(from, to).map((k) => binomial(54, k) * ratio ** k)) / (1 + ratio) ** 54;
const error = 100 * Math.sqrt((0.9 * 0.1) / 2000);
const superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";
/** "9.5 · 10⁻⁷" */
const scientific = (value: number) => {
  const [digits, power] = value.toExponential(1).split("e");
  const raised = [...power!.replace(/^\+/, "")]
    .map((sign) => (sign === "-" ? "⁻" : superscripts[Number(sign)]))
    .join("");
  return `${digits} · 10${raised}`;
};

/** Numbers that an answer has to state, computed here: by lesson, one list an exercise. */
const wanted: Readonly<Record<(typeof lessonOrder)[number], readonly (readonly string[])[]>> = {
  "block-deletion": [
    ["90 %", `${0.75 * 90} %`, `${error.toFixed(2)} points`, `${(2 * error).toFixed(2)} points`],
    [(2 ** 15).toLocaleString("en"), (2 ** 14).toLocaleString("en"), (2 ** 12).toLocaleString("en"), "an eighth"],
    [],
  ],
  paths: [
    [
      (2 ** 10).toLocaleString("en"),
      `${binomial(10, 5)} of them`,
      `${((100 * binomial(10, 5)) / 1024).toFixed(1)} %`,
      `${sum(counted(0, 2).map((k) => binomial(10, k)))} have at most`,
      `${(5600 / 1024).toFixed(1)} %`,
      ...[2, 5, 8].map((k) => `${binomial(9, k) / binomial(10, k)} of`),
    ],
    [
      (0.27 / 1.27).toFixed(4),
      `${((54 * 0.27) / 1.27).toFixed(1)} blocks`,
      `${(100 * share(0.27, 5, 17)).toFixed(1)} %`,
      `${(100 * share(1, 5, 17)).toFixed(2)} %`,
    ],
    [(0.3 / 1.3).toFixed(3), `${((27 * 0.3) / 1.3).toFixed(1)} blocks`, `${27 / 2} blocks`],
  ],
  degradation: [
    [
      scientific(4 ** -10),
      scientific(4 ** -50),
      `from ${counted(1, 99).find((n) => 4 ** -n < 2 ** -126)} layers on`,
      Math.log10(4).toFixed(3),
    ],
    [(1.1 ** 50).toFixed(0), (0.9 ** 50).toFixed(4)],
    [scientific(Math.sqrt(1.467 ** 55)).replace("⁴", "⁴")],
  ],
  "stochastic-depth": [
    [
      `${sum(survival(54, 0.5)).toFixed(2)} blocks`,
      `${(100 * (1 - sum(survival(54, 0.5)) / 54)).toFixed(1)} %`,
      `${sum(survival(54, 0.2)).toFixed(0)} blocks`,
      `${(100 * (1 - sum(survival(54, 0.2)) / 54)).toFixed(1)} %`,
      `${sum(survival(21, 0.5)).toFixed(1)} blocks`,
      `${(100 * (1 - sum(survival(21, 0.5)) / 21)).toFixed(1)} %`,
    ],
    [
      sum(survival(54, 0.5).map((p) => p * (1 - p))).toFixed(2),
      `${Math.sqrt(sum(survival(54, 0.5).map((p) => p * (1 - p)))).toFixed(1)} blocks`,
      scientific(survival(54, 0.5).reduce((product, p) => product * p, 1)),
    ],
    [`${(1 + 9) / 2} on average`, `2² = ${2 ** 2}`],
  ],
  "euler-steps": [
    [`h ≤ ${2 / 10}`, (0.9 ** 50).toFixed(4), (1.1 ** 50).toFixed(0)],
    [
      ((1 + (20 / 64) ** 2) ** 32).toFixed(1),
      ((1 + (20 / 256) ** 2) ** 128).toFixed(2),
      (0.5 / (0.25 ** 2 + 1)).toFixed(3),
    ],
    [scientific(2 ** 100), ((1 + 1 / 100) ** 100).toFixed(2), ((1 + 1e-4) ** 100).toFixed(2)],
  ],
};

for (const name of lessonOrder) {
  test(`the answers of ${name} state the numbers that its exercises come to`, () => {
    const answers = answersOf(name);
    assert.is(answers.length, 3);
    wanted[name].forEach((numbers, i) => {
      for (const number of numbers)
        assert.ok(answers[i]!.replace(/\s+/g, " ").includes(number), `${number} in:\n${answers[i]}`);
    });
  });
}

const chromium = findChromium();
const browser = suite("lessons in a browser");
const folder = mkdtempSync(join(tmpdir(), "lessons-"));
const complaints: string[] = [];
let page: Page;
let close: (() => Promise<void>) | undefined;

browser.before(async () => {
  for (const one of all) writeFileSync(join(folder, `${one.name}.html`), one.page);
  writeFileSync(join(folder, "index.html"), lessonsIndex(all));
  const started = await openChromium(chromium!, { colorScheme: "light", viewport: { width: 1280, height: 900 } });
  close = started.close;
  page = started.context.pages()[0]!;
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (fault) => complaints.push(fault.message));
});
browser.after(async () => {
  await close?.();
  rmSync(folder, { recursive: true, force: true });
});

const open = (name: string) => page.goto(pathToFileURL(join(folder, `${name}.html`)).href);
const width = async () => Number(await page.evaluate("document.documentElement.scrollWidth"));

for (const name of ["index", ...lessonOrder]) {
  browser(
    `${name} keeps nobody out: axe finds nothing serious, wide and light, narrow and dark, and it fits a phone`,
    async () => {
      for (const [across, theme] of [
        [1280, "light"],
        [390, "dark"],
      ] as const) {
        await page.setViewportSize({ width: across, height: 844 });
        await open(name);
        await page.evaluate(`document.documentElement.dataset.theme = "${theme}"`);
        await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true");
        await page.evaluate(readFileSync(require.resolve("axe-core/axe.min.js"), "utf8"));
        const found = (await page.evaluate("axe.run().then(({ violations }) => violations)")) as readonly {
          readonly id: string;
          readonly impact: string;
          readonly nodes: readonly { readonly html: string }[];
        }[];
        const serious = found.filter(({ impact }) => impact === "serious" || impact === "critical");
        assert.equal(
          serious.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)]),
          [],
        );
        assert.ok((await width()) <= across, `${await width()} pixels`);
      }
      assert.equal(complaints, []);
    },
  );
}

browser("by keys alone the figure is shown, an answer unfolded and a command copied", async () => {
  await page.setViewportSize({ width: 1280, height: 900 });
  await open("block-deletion");
  const shown = (selector: string) => page.evaluate<boolean>(`document.querySelector("${selector}").open`);
  assert.not(await shown("details.reveal"));
  const tabTo = async (selector: string) => {
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press("Tab");
      if (await page.evaluate(`document.activeElement?.matches("${selector}") ?? false`)) return;
    }
    throw new Error(`no way to ${selector} by the Tab key`);
  };
  await tabTo("details.reveal > summary");
  await page.keyboard.press("Enter");
  assert.ok(await shown("details.reveal"));
  await tabTo("[data-copy-text]");
  await page.keyboard.press("Enter");
  await until(page, "document.querySelector('[data-copy-text]').textContent === 'Copied'");
  await tabTo("details.answer > summary");
  await page.keyboard.press("Enter");
  assert.ok(await shown("details.answer"));
});

browser("on paper the figure is there, the answers stand at the end, and nothing is cut off", async () => {
  await page.setViewportSize({ width: 680, height: 960 }); // A4 between margins of 15 mm
  for (const name of lessonOrder) {
    await open(name);
    await page.emulateMedia({ media: "print" });
    await page.evaluate("dispatchEvent(new Event('beforeprint'))");
    const visible = (selector: string) =>
      page.evaluate<boolean[]>(
        `[...document.querySelectorAll("${selector}")].map((one) => one.checkVisibility() && one.getBoundingClientRect().right <= 681)`,
      );
    assert.equal([...new Set(await visible("#answers, #answers p, figcaption, pre, .command"))], [true], name);
    assert.ok((await visible(".drawing svg")).includes(true), name);
    assert.equal([...new Set(await visible("details.answer p, nav, button"))], [false], name);
    const pdf = Buffer.from(await page.pdf({ format: "A4", preferCSSPageSize: true })).toString("latin1");
    const pages = [...pdf.matchAll(/\/Type \/Page\b/g)].length;
    assert.ok(pages >= 2 && pages <= 6, `${name}: ${pages} pages`);
    await page.emulateMedia({ media: "screen" });
  }
});

test.run();
if (chromium === undefined) {
  console.log("skipped: the lessons in a browser, for no Chromium is on PATH; name one by CHROMIUM=/path/to/chromium");
  rmSync(folder, { recursive: true, force: true });
} else browser.run();
