import type { Publication } from "../../claims";

const entryTypes: Readonly<Record<Publication["kind"], string>> = {
  article: "article",
  proceedings: "inproceedings",
  book: "book",
  thesis: "mastersthesis",
  report: "techreport",
  preprint: "misc",
};

const venueFields: Readonly<Record<Exclude<Publication["kind"], "preprint">, string>> = {
  article: "journal",
  proceedings: "booktitle",
  book: "publisher",
  thesis: "school",
  report: "institution",
};

/** A bibliography for BibTeX, in ASCII: BibTeX itself knows no other letters. */
export function bibtex(publications: readonly Publication[]): string {
  return publications.map(entry).join("\n");
}

function entry(publication: Publication): string {
  const { key, kind, authors, title, year, where, volume, number, edition, pages, arxiv, doi } = publication;
  const fields: readonly (readonly [name: string, value: string | undefined])[] = [
    ["author", authors.map(bibtexText).join(" and ")],
    ["title", titleText(title)],
    kind === "preprint" ? ["howpublished", arxiv && `arXiv:${arxiv}`] : [venueFields[kind], where && bibtexText(where)],
    ["volume", volume],
    ["number", number],
    ["edition", edition],
    ["pages", pages?.replace("-", "--")],
    ["year", String(year)],
    ["doi", doi],
    ["eprint", arxiv],
    ["archiveprefix", arxiv && "arXiv"],
  ];
  const lines = fields.flatMap(([name, value]) => (value === undefined ? [] : [`  ${name} = {${value}},`]));
  const type = kind === "thesis" ? ["  type = {Diploma thesis},"] : [];
  return [`@${entryTypes[kind]}{${key},`, ...lines, ...type, "}", ""].join("\n");
}

/** A title in which names keep their capitals: bibliography styles lower all others. */
function titleText(title: string): string {
  const words = bibtexText(title).split(" ");
  return words.map((word, i) => (/[A-Z]/.test(i === 0 ? word.slice(1) : word) ? `{${word}}` : word)).join(" ");
}

/** LaTeX's commands for accents, by the combining character. */
const accents: Readonly<Record<string, string>> = {
  "\u0300": "`",
  "\u0301": "'",
  "\u0302": "^",
  "\u0303": "~",
  "\u0308": '"',
  "\u030c": "v",
  "\u0327": "c",
};

function bibtexText(text: string): string {
  return text
    .replace(/[&%$#_]/g, "\\$&")
    .normalize("NFD")
    .replace(/(\p{L})(\p{M})/gu, (whole, letter: string, mark: string) => {
      const accent = accents[mark];
      return accent === undefined ? whole.normalize("NFC") : `{\\${accent}{${letter}}}`;
    });
}
