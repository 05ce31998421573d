import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { brokenLinks } from "../../src/site/broken-links";
import { law } from "../property";

/** The broken links of a site of these files. */
function brokenIn(files: Readonly<Record<string, string>>): string[] {
  const folder = mkdtempSync(join(tmpdir(), "broken-links-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    return brokenLinks(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const link = (address: string) => `<p>See <a class="x" href="${address}">there</a>.</p>`;
const names = ["index.html", "a/one.html", "a/two.html", "b/c/three.html"];

law(
  "a link is broken just where its page or its anchor is missing",
  [fc.subarray(names, { minLength: 1 }), fc.constantFrom(...names), fc.constantFrom("", "#known", "#unknown")],
  (present, target, anchor) => {
    const files = Object.fromEntries(present.map((name) => [name, `<h2 id="known">Heading</h2>`]));
    const from = present[0]!;
    const upwards = "../".repeat(from.split("/").length - 1);
    files[from] += link(`${upwards}${target}${anchor}`);
    const leads = present.includes(target) && anchor !== "#unknown";
    assert.equal(brokenIn(files), leads ? [] : [`${from}: ${upwards}${target}${anchor}`]);
  },
);

test("other sites, a bare # and addresses with signs in code are no broken links", () => {
  assert.equal(
    brokenIn({
      "index.html": ["https://example.org/x", "//example.org", "mailto:a@example.org", "#", "a%20b.html#%C3%BC"]
        .map(link)
        .join(""),
      "a b.html": `<h2 id="ü">Heading</h2>`,
    }),
    [],
  );
});

test("what is loaded must be there, and nothing outside of the site", () => {
  assert.equal(
    brokenIn({ "site/index.html": `<img src="p.png"><script defer src="s.js"></script>`, "site/s.js": "" }),
    ["site/index.html: p.png"],
  );
  assert.equal(brokenIn({ "index.html": link("../index.html") }), ["index.html: ../index.html"]);
});

test("a folder is no page", () => {
  assert.equal(brokenIn({ "index.html": link("a/"), "a/one.html": "" }), ["index.html: a/"]);
});

test.run();
