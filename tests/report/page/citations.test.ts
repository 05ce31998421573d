/** Citations lead to what they cite, on every page. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { bibliography, claims } from "../../../src/claims";
import { html, withCitations } from "../../../src/report";
import { law } from "../../property";
import { unlinkedCitations } from "../citations";

const reports = path.join(__dirname, "..", "..", "..", "reports", "reference");

test("no page of the reference runs cites by names and year or by number without a link", () => {
  const pages = readdirSync(reports).filter((name) => name.endsWith(".html"));
  assert.ok(pages.length >= 25, `${pages.length} pages`);
  const found = pages.flatMap((name) =>
    unlinkedCitations(readFileSync(path.join(reports, name), "utf8")).map((citation) => `${name}: ${citation}`),
  );
  assert.equal(found, []);
});

test("a citation without a link is seen", () => {
  for (const text of [
    "He et al. 2015 and 2016",
    "Haber and Ruthotto (2017)",
    "see Hochreiter 1991",
    "arXiv:1605.06431",
  ])
    assert.is(unlinkedCitations(html`<p>${text}</p>`.markup).length, 1, text);
  assert.equal(unlinkedCitations("<p>On 10 September 2014, <a>He et al. 2015</a>.</p>"), []);
});

/** Without tags; a browser takes any blanks for one. */
const plainText = (markup: string) => markup.replace(/<[^>]*>/g, "").replace(/[ \t\r\n]+/g, " ");
const pieces = fc.array(
  fc.oneof(
    fc.constantFrom(...claims.flatMap(({ source, paperValue }) => [source, paperValue])),
    fc.constantFrom(...bibliography().map(({ title }) => title)),
    fc.string({ maxLength: 12 }).map((text) => text.replace(/\s+/g, " ")),
  ),
  { maxLength: 5 },
);

law("links change no letter of a page, are set once, and leave code and links alone", [pieces], (parts) => {
  const text = parts.join("; ");
  const page = html`<p>${text}</p><pre>${text}</pre><a href="#x">${text}</a>`.markup;
  const linked = withCitations(page);
  assert.is(plainText(linked), plainText(page));
  assert.is(withCitations(linked), linked);
  assert.ok(linked.endsWith(html`<pre>${text}</pre><a href="#x">${text}</a>`.markup));
});

law("every source of a claim leads to all that it cites", [fc.constantFrom(...claims)], ({ source }) => {
  assert.equal(unlinkedCitations(withCitations(html`<p>${source}</p>`.markup)), []);
});

test("shared names mean the paper that the page links to, or names in full", () => {
  const full = "Huang, Sun, Liu, Sedra & Weinberger 2016";
  const linked = html`<p><a href="https://arxiv.org/abs/1603.09382">theirs</a>, and Huang et al. 2016, linear</p>`;
  for (const { markup } of [linked, html`<p>${full}</p><p>Huang et al. 2016, linear</p>`]) {
    assert.equal(unlinkedCitations(withCitations(markup)), []);
    assert.is(withCitations(markup).split("https://arxiv.org/abs/1603.09382").length, 3);
  }
  assert.is(unlinkedCitations(withCitations("<p>Huang et al. 2016, linear</p>")).length, 1);
});

test("names with a number that the bibliography does not hold lead to arXiv, on two lines as on one", () => {
  assert.is(
    withCitations("<p>as Liu, Mao &#38; Wu 2022,\narXiv:2201.03545, sec. 2</p>"),
    '<p>as <a href="https://arxiv.org/abs/2201.03545">Liu, Mao &#38; Wu 2022, arXiv:2201.03545</a>, sec. 2</p>',
  );
});

test.run();
