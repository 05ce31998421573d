import { addressOf, citationsIn } from "../../claims";
import { type Html, html } from "../html";

/**
 * A page's markup whose citations lead to what they cite, to arXiv or by a DOI, wherever they stand in its text: every page
 * passes through here, so that no text needs to think of it. Code, drawings, controls and what leads somewhere already stay.
 *
 * @param markup with ">" in no attribute
 */
export function withCitations(markup: string): string {
  const parts = markup.split(/(<[^>]*>)/);
  const isText = textParts(parts);
  const page = parts.map((part, i) => (isText[i] ? unescaped(part).replace(/\s+/g, " ") : linkedNumber(part))).join("");
  return parts.map((part, i) => (isText[i] && part.length > 5 ? linked(part, page) : part)).join("");
}

/** A link to a preprint cites it, as its number in the text would. */
function linkedNumber(part: string): string {
  const number = /^<a [^>]*arxiv\.org\/abs\/(\d{4}\.\d{4,5})/.exec(part)?.[1];
  return number === undefined ? " " : ` arXiv:${number} `;
}

const keptAsTheyAre = /^<(\/?)(?:a|button|code|pre|script|style|svg|textarea|select|label|summary|title)(?=[\s>])/i;

/** Which of a page's parts, texts and tags by turns, are texts that may hold links. */
function textParts(parts: readonly string[]): boolean[] {
  let depth = 0;
  return parts.map((part, i) => {
    const [tag, end] = i % 2 === 1 ? (keptAsTheyAre.exec(part) ?? []) : [];
    if (tag !== undefined) depth += end === "/" ? -1 : 1;
    return i % 2 === 0 && depth === 0;
  });
}

function linked(part: string, page: string): string {
  const text = unescaped(part).replace(/[ \t\r\n]+/g, " ");
  const known = citationsIn(text, page).map(({ from, to, publication }) => ({
    from,
    to,
    address: addressOf(publication),
  }));
  const matches = text.includes("arXiv:") ? [...text.matchAll(numbered)] : [];
  const others = matches.map(({ 0: all, 1: number, index }) => ({
    ...{ from: index, to: index + all.length, address: `https://arxiv.org/abs/${number}` },
  }));
  const places = [
    ...known,
    ...others.filter(({ from, to }) => known.every((one) => one.to <= from || one.from >= to)),
  ].sort((one, other) => one.from - other.from);
  if (places.length === 0) return part;
  return html`${places.map(
    ({ from, to, address }, i) =>
      html`${text.slice(places[i - 1]?.to ?? 0, from)}<a href="${address}">${text.slice(from, to)}</a>`,
  )}${text.slice(places.at(-1)!.to)}`.markup;
}

/** A preprint that the bibliography does not hold, by its number, with the names before it. */
const numbered =
  /(?:(?:\p{Lu}[\p{L}-]+, )*\p{Lu}[\p{L}-]+(?: et al\.| (?:&|and) \p{Lu}[\p{L}-]+)? (?:19|20)\d\d, )?arXiv:(\d{4}\.\d{4,5})/gu;

const named: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0" };

function unescaped(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (all, decimal, hex, name: string) =>
    name === undefined
      ? String.fromCodePoint(decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal))
      : (named[name] ?? all),
  );
}

/**
 * What a source cites, in few words, each leading there: "Veit et al. 2016". The source itself where it cites nothing that the
 * bibliography holds.
 */
export function shortSource(source: string): Html {
  const cites = new Map(citationsIn(source).map(({ publication }) => [publication.key, publication]));
  if (cites.size === 0) return html`${source}`;
  return html`${[...cites.values()].map((publication, i) => {
    const [first = "", second = ""] = publication.authors.map((author) => author.split(",")[0]!);
    const names = publication.authors.length > 2 ? `${first} et al.` : second === "" ? first : `${first} & ${second}`;
    return html`${i > 0 && "; "}<a href="${addressOf(publication)}">${names} ${publication.citedYear}</a>`;
  })}`;
}
