import { test } from "uvu";
import * as assert from "uvu/assert";
import { bibliography, claims, historicSteps, publicationsCitedIn, publishedTopFiveErrors } from "../../src/claims";

const keysIn = (text: string) => publicationsCitedIn(text).map(({ key }) => key);

test("every publication stands once, in the order of its key, and its key names its author and the year it is cited by", () => {
  const keys = bibliography.map(({ key }) => key);
  assert.equal(keys, [...new Set(keys)].sort());
  for (const { key, authors, year, citedYear = year } of bibliography) {
    const family = authors[0]!.split(",")[0]!.toLowerCase();
    assert.match(key, new RegExp(`^${family}${citedYear}[a-z]+$`));
    assert.ok(citedYear <= year, key); // a preprint comes first
  }
  for (const what of ["arxiv", "doi"] as const) {
    const numbers = bibliography.map((publication) => publication[what]).filter((number) => number !== undefined);
    assert.is(new Set(numbers).size, numbers.length, what);
  }
});

test("each kind of publication has what its entry needs", () => {
  for (const { key, kind, authors, where, volume, pages, number, arxiv, doi } of bibliography) {
    for (const author of authors) assert.match(author, /^[\p{L} -]+, \p{L}/u, key);
    assert.is(where === undefined, kind === "preprint", key);
    if (kind === "preprint") assert.ok(arxiv, key);
    if (kind === "article") assert.ok(volume && pages, key);
    if (kind === "report") assert.ok(number, key);
    if (arxiv !== undefined) assert.match(arxiv, /^\d{4}\.\d{4,5}$/, key);
    if (doi !== undefined) assert.match(doi, /^10\.\d{4,}\/\S+$/, key);
  }
});

test("a text cites by arXiv number, by names and year, and by title", () => {
  const veit = ["veit2016residual"];
  assert.equal(keysIn("Veit, Wilber & Belongie 2016, sec. 4.1"), veit);
  assert.equal(keysIn("see Hochreiter 1991, Veit et al. 2016"), ["hochreiter1991untersuchungen", ...veit]);
  assert.equal(keysIn("arXiv:1605.06431, fig. 3"), veit);
  assert.equal(keysIn("Residual Networks Behave Like Ensembles of Relatively Shallow Networks"), veit);
  assert.equal(keysIn("He et al. 2015, arXiv:1502.01852"), ["he2015delving"]);
});

test("names that stand for two publications, other years, longer lists of names and longer numbers cite nothing", () => {
  for (const text of [
    "He, Zhang, Ren & Sun 2015",
    "Veit, Wilber & Belongie 2017",
    "Lu, Hairer & Wanner 1996",
    "arXiv:1605.064319",
    "",
  ]) {
    assert.equal(keysIn(text), [], text);
  }
});

test("whatever a claim cites by arXiv number or by names and year is in the bibliography", () => {
  const texts = [
    ...claims.flatMap(({ source, paperValue, statement }) => [source, paperValue, statement]),
    ...publishedTopFiveErrors.map(({ source }) => source),
  ];
  for (const text of texts) {
    const found = publicationsCitedIn(text);
    for (const [, number] of text.matchAll(/arXiv:(\d{4}\.\d+)/g))
      assert.ok(
        found.some(({ arxiv }) => arxiv === number),
        `arXiv:${number}: add it to src/claims/bibliography.ts`,
      );
    for (const [, first, year] of text.matchAll(
      /(\p{Lu}[\p{L}-]+)(?:(?:, \p{Lu}[\p{L}-]+)* & \p{Lu}[\p{L}-]+| et al\.)? ((?:19|20)\d\d)\b/gu,
    ))
      assert.ok(
        found.some(({ key }) => key.startsWith(`${first!.toLowerCase()}${year}`)),
        `${first} ... ${year}: add it to src/claims/bibliography.ts`,
      );
  }
});

test("every step of the history is in the bibliography", () => {
  for (const { year, source } of historicSteps) {
    assert.ok(
      bibliography.some(
        ({ key, title }) =>
          key.includes(String(year)) && source.toLowerCase().includes(title.split(":")[0]!.toLowerCase()),
      ) || publicationsCitedIn(`${source.split(",")[0]} ${year}`).length > 0,
      source,
    );
  }
});

test.run();
