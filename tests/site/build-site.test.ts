/** The site is built from the sources, whole: TypeDoc takes some twenty seconds. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, posix, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { execute } from "../../src/runtime/set-up/tools";
import { brokenLinks } from "../../src/site/broken-links";
import { findChromium, openChromium } from "../report/chromium";
import { unlinkedCitations } from "../report/citations";
import { root, temporaryFolder } from "../runtime/sandbox";

const program = [join(root, "node_modules/ts-node/dist/bin.js"), join(root, "src/site/build-site.ts")];
const build = (...words: readonly string[]) => execute(process.execPath, [...program, ...words], { cwd: root });
const out = join(temporaryFolder(), "site");
const chromium = findChromium();
const withBrowser = chromium === undefined ? test.skip : test;

const page = (name: string) => readFileSync(join(out, name), "utf8");
/** Paths from the site's root, with slashes. */
const files = () =>
  readdirSync(out, { recursive: true, encoding: "utf8" })
    .filter((name) => statSync(join(out, name)).isFile())
    .map((name) => name.split(sep).join("/"));
const pages = () => files().filter((name) => name.endsWith(".html"));

test("the site is built, its links lead somewhere, and it has guides, doors and docstrings", async () => {
  const { status, stdout, stderr } = await build("--out", out);
  assert.is(status, 0, `${stdout}\n${stderr}`);
  for (const name of [
    ...["index.html", "block-deletion.html", "lessons/index.html", "lessons/paths.html"],
    ...["documents/First_run.html", "documents/Adding_an_experiment.html", "modules/routes.html"].map(
      (one) => `guides/${one}`,
    ),
  ]) {
    assert.ok(existsSync(join(out, name)), name);
  }
  assert.match(page("guides/functions/statistics.kendallTau.html"), /concordant/);
  assert.match(page("guides/documents/Adding_a_claim.html"), /minimumSeeds/);
  assert.equal(brokenLinks(out), []);
});

test("every page leads to every part of the site, and says in which it is", () => {
  for (const name of pages()) {
    const [, nav = ""] = /<nav class="places"[^>]*>(.*?)<\/nav>/s.exec(page(name)) ?? [];
    const led = [...nav.matchAll(/href="([^"]*)"/g)].map(([, link]) => posix.join(posix.dirname(name), link!));
    for (const part of ["index.html", "lessons/index.html", "guides/index.html", "guides/modules.html"])
      assert.ok(led.includes(part), `${name} does not lead to ${part}`);
    assert.is(led.includes("playground.html"), existsSync(join(out, "playground.html")), name);
    assert.is([...nav.matchAll(/aria-current/g)].length, 1, name);
  }
});

test("no report, lesson or guide cites without a link", () => {
  const found = pages()
    .filter((name) => !isApi(name))
    .flatMap((name) => unlinkedCitations(page(name)).map((citation) => `${name}: ${citation}`));
  assert.equal(found, []);
});

test("the site is small: at most 70 MB with the playground's networks, at most 6 MB a page", () => {
  const sizes = files().map((name) => [name, statSync(join(out, name)).size] as const);
  const most = (name: string) => (name === "playground.html" ? 16e6 : 6e6);
  assert.equal(
    sizes.filter(([name, size]) => size > most(name)),
    [],
  );
  const bytes = sizes.reduce((sum, [, size]) => sum + size, 0);
  assert.ok(bytes < 70e6, `${bytes} bytes`);
});

/** The pages of the API, nine tenths of all, are of one template: every tenth is looked at, without the scripts that list the others. */
const isApi = (name: string) => /^guides\/(?!index\.html|documents\/)/.test(name);
const lookedAt = (scripted: boolean) => {
  const those = pages().filter((name) => isApi(name) !== scripted);
  return scripted
    ? those
    : those.sort((one, other) => other.length - one.length).filter((_, i) => i < 20 || i % 10 === 0);
};

for (const scripted of [true, false]) {
  const which = scripted ? "of reports, lessons and guides" : "of the API";
  withBrowser(`from the disk no page ${which} is wider than a phone`, async () => {
    const options = { viewport: { width: 390, height: 844 }, javaScriptEnabled: scripted };
    const { context, close } = await openChromium(chromium!, options);
    try {
      const tab = context.pages()[0]!;
      const wide: [string, number][] = [];
      for (const name of lookedAt(scripted)) {
        await tab.goto(pathToFileURL(join(out, name)).href, { timeout: 300_000 });
        const width = Number(await tab.evaluate("document.documentElement.scrollWidth"));
        if (width > 390) wide.push([name, width]);
      }
      assert.equal(wide, []);
    } finally {
      await close();
    }
  });
}

withBrowser(
  "from a server, in a folder below its root, each part is reached by a click and nothing is missing",
  async () => {
    const types: Readonly<Record<string, string>> = {
      ...{ ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" },
    };
    const server = createServer(({ url = "" }, response) => {
      const asked = decodeURIComponent(url.split(/[?#]/)[0]!);
      const file = join(out, asked.replace(/^\/some\/where\//, "/"));
      const there = asked.startsWith("/some/where/") && existsSync(file) && statSync(file).isFile();
      response.writeHead(there ? 200 : 404, { "content-type": types[extname(file)] ?? "application/octet-stream" });
      response.end(there ? readFileSync(file) : "");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { context, close } = await openChromium(chromium!, { viewport: { width: 1280, height: 900 } });
    try {
      const tab = context.pages()[0]!;
      const missing: string[] = [];
      tab.on("response", (response) => {
        if (response.status() >= 400 && !response.url().endsWith("/favicon.ico")) missing.push(response.url());
      });
      const faults: string[] = [];
      tab.on("pageerror", (error) => faults.push(error.message));
      await tab.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/some/where/index.html`);
      for (const [label, file] of [
        ["Lessons", "lessons/index.html"],
        ["Guides", "guides/index.html"],
        ["API", "guides/modules.html"],
        ["Findings", "index.html"],
      ] as const) {
        await tab.click(`nav.places a:text-is("${label}")`);
        await tab.waitForURL(`**/some/where/${file}`);
      }
      await tab.click('a[href^="block-deletion.html"] >> visible=true >> nth=0');
      await tab.waitForURL("**/some/where/block-deletion.html*");
      assert.ok(await tab.evaluate("typeof window.Plotly === 'object'"), "Plotly, minified, is there");
      assert.equal(missing, []);
      assert.equal(faults, []);
    } finally {
      await close();
      server.close();
    }
  },
);

test("an option that is not known is misuse", async () => {
  const { status, stderr } = await build("--into", "x");
  assert.is(status, 2);
  assert.match(stderr, /Usage: npm run site/);
});

test("a folder that holds something else is not replaced", async () => {
  const folder = join(temporaryFolder(), "mine");
  mkdirSync(folder);
  writeFileSync(join(folder, "thesis.txt"), "years of work");
  const { status, stderr } = await build("--out", folder);
  assert.is(status, 2);
  assert.match(stderr, /is there and no site: name another folder, or remove it/);
  assert.is(readFileSync(join(folder, "thesis.txt"), "utf8"), "years of work");
});

const citation = readFileSync(join(root, "CITATION.cff"), "utf8");
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Readonly<Record<string, string>>;

test("citation, licence and change log name what package.json names", () => {
  const cited = (field: string) => new RegExp(`^${field}: (.*)$`, "m").exec(citation)?.[1];
  assert.is(cited("title"), manifest.name);
  assert.is(cited("version"), manifest.version);
  assert.is(cited("license"), manifest.license);
  assert.match(readFileSync(join(root, "CHANGELOG.md"), "utf8"), new RegExp(`^## ${manifest.version}`, "m"));
  assert.match(readFileSync(join(root, "LICENSE"), "utf8"), /^\s+Apache License\n\s+Version 2\.0, January 2004\n/);
});

test.run();
