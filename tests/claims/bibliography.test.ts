import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  addressOf,
  bibliography,
  bibtex,
  citationsIn,
  claims,
  historicSteps,
  publicationsCitedIn,
  publishedTopFiveErrors,
} from "../../src/claims";
import { law } from "../property";

const keysIn = (text: string) => publicationsCitedIn(text).map(({ key }) => key);

test("every publication stands once, in the order of its key, and its key names its author and the year it is cited by", () => {
  const keys = bibliography().map(({ key }) => key);
  assert.equal(keys, [...new Set(keys)].sort());
  for (const { key, authors, year, citedYear } of bibliography()) {
    const family = authors[0]!.split(",")[0]!.toLowerCase();
    assert.match(key, new RegExp(`^${family}${citedYear}[a-z]+$`));
    assert.ok(citedYear <= year, key); // a preprint comes first
  }
  for (const what of ["eprint", "doi"]) {
    const numbers = bibliography().flatMap(({ entry }) => entry.entryTags[what] ?? []);
    assert.is(new Set(numbers).size, numbers.length, what);
  }
});

test("each kind of publication has what its entry needs", () => {
  const needed: Readonly<Record<string, readonly string[]>> = {
    article: ["journal", "volume", "pages"],
    inproceedings: ["booktitle"],
    book: ["publisher"],
    mastersthesis: ["school"],
    techreport: ["institution", "number"],
    misc: ["howpublished", "eprint", "archiveprefix"],
  };
  for (const { key, authors, venue, arxiv, entry } of bibliography()) {
    const { entryType, entryTags } = entry;
    for (const author of authors) assert.match(author, /^[\p{L} -]+, \p{L}/u, key);
    assert.equal(
      [...["author", "title", "year"], ...needed[entryType]!].filter((field) => !(field in entryTags)),
      [],
      key,
    );
    assert.is(venue === undefined, entryType === "misc", key);
    if (arxiv !== undefined) {
      assert.match(arxiv, /^\d{4}\.\d{4,5}$/, key);
      assert.is(entryTags.archiveprefix, "arXiv", key);
    }
    if (entryTags.doi !== undefined) assert.match(entryTags.doi, /^10\.\d{4,}\/\S+$/, key);
    if (entryTags.pages !== undefined) assert.match(entryTags.pages, /^\d+(--\d+)?$/, key);
  }
});

test("the file is written as it is read, in ASCII, and names are read with their accents", () => {
  const file = readFileSync(join(__dirname, "../../src/claims/bibliography.bib"), "utf8");
  assert.match(file, /^[\n -~]*$/);
  const fields = (text: string) => text.match(/^ *\w+ = \{.*\}/gm)!.map((line) => line.trim());
  assert.equal(fields(bibtex(bibliography())), fields(file));
  const sander = bibliography().find(({ key }) => key === "sander2022residual")!;
  assert.equal(sander.authors, ["Sander, Michael E.", "Ablin, Pierre", "Peyré, Gabriel"]);
  const krizhevsky = bibliography().find(({ key }) => key === "krizhevsky2012imagenet")!;
  assert.is(krizhevsky.title, "ImageNet classification with deep convolutional neural networks");
});

test("a text cites by arXiv number, by names and year, and by title", () => {
  const veit = ["veit2016residual"];
  assert.equal(keysIn("Veit, Wilber & Belongie 2016, sec. 4.1"), veit);
  assert.equal(keysIn("see Hochreiter 1991, Veit et al. 2016"), ["hochreiter1991untersuchungen", ...veit]);
  assert.equal(keysIn("arXiv:1605.06431, fig. 3"), veit);
  assert.equal(keysIn("Residual Networks Behave Like Ensembles of Relatively Shallow Networks"), veit);
  assert.equal(keysIn("He et al. 2015, arXiv:1502.01852"), ["he2015delving"]);
});

test("names that stand for two publications mean the one whose number or title follows, else the only one on the page", () => {
  const keysOn = (text: string, elsewhere = "") =>
    citationsIn(text, `${text}; ${elsewhere}`).map(({ publication }) => publication.key);
  const [deep, delving] = ["he2015deep", "he2015delving"];
  assert.equal(keysOn("He et al. 2015, sec. 2.2, arXiv:1502.01852"), [delving, delving]);
  assert.equal(keysOn("He et al. 2015, table 6", "after arXiv:1512.03385"), [deep]);
  assert.equal(keysOn("He et al. 2015, table 6", "Deep residual learning for image recognition"), [deep]);
  assert.equal(keysOn("He et al. 2015, table 6", "arXiv:1512.03385, arXiv:1502.01852"), []);
  const both = "He, Zhang, Ren & Sun 2015, arXiv:1512.03385; He et al. 2015, arXiv:1502.01852";
  assert.equal(keysOn(both), [deep, delving]);
});

test("names that stand for two publications with nothing else, other years, longer lists of names and longer numbers cite nothing", () => {
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
        `arXiv:${number}: add it to src/claims/bibliography.bib`,
      );
    for (const [, first, year] of text.matchAll(
      /(\p{Lu}[\p{L}-]+)(?:(?:, \p{Lu}[\p{L}-]+)* & \p{Lu}[\p{L}-]+| et al\.)? ((?:19|20)\d\d)\b/gu,
    ))
      assert.ok(
        found.some(({ key }) => key.startsWith(`${first!.toLowerCase()}${year}`)),
        `${first} ... ${year}: add it to src/claims/bibliography.bib`,
      );
  }
});

test("every publication has an address of its own, at arXiv or by its DOI where it has either", () => {
  const addresses = bibliography().map(addressOf);
  assert.is(new Set(addresses).size, addresses.length);
  for (const address of addresses) assert.match(address, /^https:\/\/[a-z.]+\/\S+$/);
  for (const { key, arxiv, entry } of bibliography())
    if (arxiv === undefined && entry.entryTags.doi === undefined) assert.ok("url" in entry.entryTags, key);
});

const pieces = fc.array(
  fc.oneof(
    fc.constantFrom(...claims.map(({ source }) => source)),
    fc.constantFrom(...bibliography().map(({ title }) => title)),
    fc.string({ maxLength: 12 }),
  ),
  { maxLength: 5 },
);

law(
  "citations stand apart, in the order of the text, and are those of the publications that it cites",
  [pieces],
  (parts) => {
    const text = parts.join("; ");
    const places = citationsIn(text);
    for (const [i, { from, to }] of places.entries())
      assert.ok(from < to && from >= (places[i - 1]?.to ?? 0) && to <= text.length);
    const cited = new Set(places.map(({ publication }) => publication.key));
    assert.equal([...cited].sort(), keysIn(text));
  },
);

test("names, year, title and number of one publication are one citation", () => {
  const text = "as Veit, Wilber & Belongie 2016, arXiv:1605.06431, sec. 4.1, say, and Veit et al. 2016 again";
  const [first, second] = citationsIn(text).map(({ from, to }) => text.slice(from, to));
  assert.is(first, "Veit, Wilber & Belongie 2016, arXiv:1605.06431");
  assert.is(second, "Veit et al. 2016");
});

test("steps of the history name their publications", () => {
  const [neuron, , , , approximation] = historicSteps();
  assert.equal(neuron, {
    year: 1943,
    what: "artificial neuron",
    source:
      "McCulloch & Pitts, A logical calculus of the ideas immanent in nervous activity, Bulletin of Mathematical Biophysics 5:115",
  });
  assert.match(
    approximation!.source,
    /^Cybenko, .* Systems 2:303; Hornik, Stinchcombe & White, .* Neural Networks 2:359$/,
  );
});

test.run();
