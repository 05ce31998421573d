import { addressOf, citationsIn } from "../../claims";
import { type Html, html } from "../html";

/** A text whose citations lead to what they cite: to arXiv, or by a DOI. */
export function cited(text: string): Html {
  const places = citationsIn(text);
  return html`${places.map(
    ({ from, to, publication }, i) =>
      html`${text.slice(places[i - 1]?.to ?? 0, from)}<a href="${addressOf(publication)}">${text.slice(from, to)}</a>`,
  )}${text.slice(places.at(-1)?.to ?? 0)}`;
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
