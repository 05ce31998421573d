/**
 * The publications that the claims rest on: bibliography.bib. Sources are written as text, "Veit, Wilber & Belongie 2016,
 * arXiv:1605.06431, sec. 4.1"; which publication that is follows from its number, its names and year, or its title.
 */
import { readFileSync } from "node:fs";
import path from "node:path";

/** An entry of a BibTeX file, its fields as they stand there. */
export interface BibtexEntry {
  readonly citationKey: string;
  /** "article". */
  readonly entryType: string;
  readonly entryTags: Readonly<Record<string, string>>;
}

/** What is used of the package, which has no declarations of its own; loaded where a bibliography is read. */
function bibtexParser(): {
  readonly toJSON: (file: string) => BibtexEntry[];
  readonly toBibtex: (entries: readonly BibtexEntry[], compact: boolean) => string;
} {
  return require("@orcid/bibtex-parse-js");
}

/** A publication. */
export interface Publication {
  /** By which a paper cites it: family name, year and a word of the title, "veit2016residual". */
  readonly key: string;
  /** "Family, Given", in the order of the publication. */
  readonly authors: readonly string[];
  readonly title: string;
  /** Year of the publication itself. */
  readonly year: number;
  /** The year that sources give and the key holds: that of the preprint, where there was one before. */
  readonly citedYear: number;
  /** Journal, proceedings, publisher, school or institution; a preprint has none. */
  readonly venue: string | undefined;
  readonly arxiv: string | undefined;
  /** As it stands in the file. */
  readonly entry: BibtexEntry;
}

let publications: readonly Publication[] | undefined;

/** Every publication, in the order of its key. The file is read at the first call. */
export function bibliography(): readonly Publication[] {
  publications ??= bibtexParser()
    .toJSON(readFileSync(path.join(__dirname, "bibliography.bib"), "utf8"))
    .map(publicationOf);
  return publications;
}

function publicationOf(entry: BibtexEntry): Publication {
  const { citationKey: key, entryTags: tags } = entry;
  const venue = ["journal", "booktitle", "publisher", "school", "institution"].find((field) => field in tags);
  return {
    key,
    authors: plain(tags.author!).split(" and "),
    title: plain(tags.title!),
    year: Number(tags.year),
    citedYear: Number(/\d{4}/.exec(key)?.[0]),
    venue: venue && plain(tags[venue]!),
    arxiv: tags.eprint,
    entry,
  };
}

/** The combining characters of LaTeX's accents: BibTeX's own files are ASCII. */
const accents: Readonly<Record<string, string>> = {
  "`": "\u0300",
  "'": "\u0301",
  "^": "\u0302",
  "~": "\u0303",
  '"': "\u0308",
  v: "\u030c",
  c: "\u0327",
};

/** A field's text as people read it: letters with their accents, without braces. */
function plain(field: string): string {
  return field
    .replace(/\{\\([`'^~"vc])\{(\p{L})\}\}/gu, (_, accent: string, letter: string) =>
      `${letter}${accents[accent]}`.normalize("NFC"),
    )
    .replace(/[{}]/g, "")
    .replace(/\\([&%$#_])/g, "$1");
}

/** A bibliography for BibTeX, in plain ASCII: BibTeX itself knows no other letters. */
export function bibtex(cited: readonly Publication[]): string {
  const entries = cited.map(({ entry }) => entry);
  return bibtexParser().toBibtex(entries, false);
}

/**
 * A publication in words: names, title, and where it appeared.
 *
 * @example "McCulloch & Pitts, A logical calculus of the ideas immanent in nervous activity, Bulletin of ... 5:115"
 */
export function referenceText({ authors, title, venue, arxiv, entry }: Publication): string {
  const { volume, pages } = entry.entryTags;
  const place =
    arxiv !== undefined
      ? `arXiv:${arxiv}`
      : volume === undefined
        ? venue
        : `${venue} ${volume}:${pages?.split("-")[0]}`;
  return `${allNames(authors)}, ${title}, ${place}`;
}

/** Where a publication is to be read: at arXiv, by its DOI, or where it is published without either. */
export function addressOf({ arxiv, entry }: Publication): string {
  const { doi, url } = entry.entryTags;
  if (arxiv !== undefined) return `https://arxiv.org/abs/${arxiv}`;
  return doi === undefined ? url! : `https://doi.org/${doi}`;
}

/** A part of a text, from a letter's index up to another's, that cites a publication. */
export interface Citation {
  readonly from: number;
  readonly to: number;
  readonly publication: Publication;
}

/**
 * The places at which a text cites publications, in its order and apart from each other; "Veit, Wilber & Belongie 2016,
 * arXiv:1605.06431" is one.
 *
 * A text cites by arXiv number ("arXiv:1605.06431"), by names and year ("Veit, Wilber & Belongie 2016"), or by title, in any
 * case. Names and year that stand for several publications, "He et al. 2015", mean the one whose number or title follows before a
 * semicolon, else the only one that the page cites otherwise, and nothing where neither tells.
 *
 * @param page the text that this one is a part of
 */
export function citationsIn(text: string, page: string = text): Citation[] {
  const apart: Citation[] = [];
  for (const one of citingPlaces(text, pageOf(page)).sort((a, b) => a.from - b.from || b.to - a.to)) {
    const last = apart.at(-1);
    const goesOn = last?.publication === one.publication && /^(?:, )?$/.test(text.slice(last.to, one.from));
    if (goesOn) apart[apart.length - 1] = { ...last, to: Math.max(last.to, one.to) };
    else if (last === undefined || one.from >= last.to) apart.push(one);
  }
  return apart;
}

/** The publications that a text cites, in the order of their keys; how it does, `citationsIn` says. */
export function publicationsCitedIn(text: string): Publication[] {
  const cited = new Set(citingPlaces(text, pageOf(text)).map(({ publication }) => publication));
  return bibliography().filter((publication) => cited.has(publication));
}

function citingPlaces(text: string, page: CitingPage): Citation[] {
  const identified = identifyingPlaces(text, page.ways);
  const onPage = (publication: Publication) => (page.cited.has(publication) ? [publication] : []);
  const years = /\d{4}/.test(text) ? page.names : []; // most texts hold no year
  const named = years.flatMap(([names, publications]) =>
    standing(names, text).flatMap(([from, to]) => {
      const next = identified
        .filter(
          (one) => publications.includes(one.publication) && one.from >= to && !text.slice(to, one.from).includes(";"),
        )
        .sort((one, other) => one.from - other.from)[0]?.publication;
      const meant =
        publications.length === 1 ? publications : next !== undefined ? [next] : publications.flatMap(onPage);
      return meant.length === 1 ? [{ from, to, publication: meant[0]! }] : [];
    }),
  );
  return [...identified, ...named];
}

/** How a page cites: few of all the ways, so that its many texts are searched for these alone. */
interface CitingPage {
  readonly text: string;
  readonly ways: readonly WayToCite[];
  readonly names: readonly (readonly [names: string, publications: readonly Publication[]])[];
  /** The publications that it cites in a way that is theirs alone. */
  readonly cited: ReadonlySet<Publication>;
}

/** How a text cites. The last page's is kept: its texts come one after the other. */
function pageOf(text: string): CitingPage {
  if (lastPage?.text === text) return lastPage;
  const lower = text.toLowerCase();
  waysToCite ??= bibliography().flatMap(waysOf);
  const page = {
    text,
    ways: waysToCite.filter(({ held }) => lower.includes(held)),
    names: /\d{4}/.test(text) ? [...sharedNames()].filter(([names]) => text.includes(names)) : [],
    cited: new Set<Publication>(),
  };
  lastPage = { ...page, cited: new Set(citingPlaces(text, page).map(({ publication }) => publication)) };
  return lastPage;
}

let lastPage: CitingPage | undefined;

/** Where a text cites by number or by title. */
function identifyingPlaces(text: string, ways: readonly WayToCite[]): Citation[] {
  const lower = ways.length === 0 ? "" : text.toLowerCase();
  return ways
    .filter(({ held }) => lower.includes(held)) // most texts hold none
    .flatMap(({ publication, pattern }) =>
      [...text.matchAll(pattern)].map(({ 0: all, index }) => ({ from: index, to: index + all.length, publication })),
    );
}

/** How a text may cite a publication and no other: by its title, or by its number. */
interface WayToCite {
  readonly publication: Publication;
  /** What a text holds, in small letters, that cites so. */
  readonly held: string;
  readonly pattern: RegExp;
}

function waysOf(publication: Publication): WayToCite[] {
  const { arxiv, title, citedYear } = publication;
  // A title of few words is a name, too: "Network in Network" cites where it stands behind names and year.
  const behind = title.split(" ").length > 3 ? "" : `(?<=${citedYear}, )`;
  return [
    { publication, held: title.toLowerCase(), pattern: new RegExp(`${behind}${literally(title)}`, "giu") },
    ...(arxiv === undefined
      ? []
      : [{ publication, held: arxiv, pattern: new RegExp(`(?:arXiv:)?\\b${literally(arxiv)}(?!\\d)`, "g") }]),
  ];
}

let waysToCite: readonly WayToCite[] | undefined;

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}

/** "Veit, Wilber & Belongie 2016" and, from three authors on, "Veit et al. 2016". */
function namesIn({ authors, citedYear }: Publication): string[] {
  const first = authors[0]!.split(",")[0]!;
  return [`${allNames(authors)} ${citedYear}`, ...(authors.length > 2 ? [`${first} et al. ${citedYear}`] : [])];
}

/** "Veit, Wilber & Belongie". */
function allNames(authors: readonly string[]): string {
  const families = authors.map((author) => author.split(",")[0]!);
  const last = families[families.length - 1]!;
  return families.length === 1 ? last : `${families.slice(0, -1).join(", ")} & ${last}`;
}

/** Letters before a place that tell whether a list of names goes on there: more than a name has. */
const nameLength = 80;

/** Where names stand in a text, and not as the end of a longer list of names. */
function standing(names: string, text: string): (readonly [from: number, to: number])[] {
  const places: [number, number][] = [];
  for (let at = text.indexOf(names); at >= 0; at = text.indexOf(names, at + 1)) {
    const before = text.slice(Math.max(0, at - nameLength), at);
    if (!/[\p{L}\d-]$|\p{Lu}[\p{L}-]*(?:, | & )$/u.test(before)) places.push([at, at + names.length]);
  }
  return places;
}

/** The publications that each names with a year stand for. */
function sharedNames(): ReadonlyMap<string, readonly Publication[]> {
  if (publicationsByNames === undefined) {
    publicationsByNames = new Map();
    for (const publication of bibliography())
      for (const names of namesIn(publication))
        publicationsByNames.set(names, [...(publicationsByNames.get(names) ?? []), publication]);
  }
  return publicationsByNames;
}

let publicationsByNames: Map<string, readonly Publication[]> | undefined;
