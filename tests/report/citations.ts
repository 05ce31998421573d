/** What a page says without a link, and should have one. */

/** Texts of a page that no reader sees, that hold code, or that lead somewhere. */
const elsewhere = /<(script|style|title|svg|pre|code|a|button|select|textarea|option)(?=[\s>])[^>]*>[\s\S]*?<\/\1>/gi;

/** Elements within a line: text goes on through them. */
const inline = /<\/?(?:span|strong|em|small|sub|sup|b|i|time)(?=[\s>])[^>]*>/gi;

const months = "January|February|March|April|May|June|July|August|September|October|November|December";

/** Names with a year, as a text cites: "He et al. 2015", "Hochreiter 1991", "Haber and Ruthotto (2017)". */
const authorYear = new RegExp(
  String.raw`(?<![\p{L}\d-])(?!(?:${months}|In|Since|By|Until|The|Year|Dropout|ILSVRC)\b)` +
    String.raw`\p{Lu}[\p{L}’'-]*\p{Ll}(?: et al\.|,? (?:&|and) \p{Lu}[\p{L}’'-]+)?,? \(?(?:19|20)\d\d(?![\d.:-])`,
  "gu",
);

/** Citations of a page outside a link: by names and year, or by number. */
export function unlinkedCitations(page: string): string[] {
  const text = page
    .replace(elsewhere, " ¦ ")
    .replace(inline, "")
    .replace(/<[^>]*>/g, " ¦ ")
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replace(/&amp;/g, "&")
    .replace(/\s+/g, " ");
  return [...text.matchAll(authorYear), ...text.matchAll(/arXiv:\d{4}\.\d+/g)].map(({ index, 0: found }) =>
    text.slice(Math.max(0, index - 30), index + found.length + 10),
  );
}
