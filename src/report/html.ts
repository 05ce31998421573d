/**
 * HTML that escapes by default: every value put into a template is text unless it was made by a template itself. And texts as
 * drawings and narrow lines hold them.
 */

/** Markup that is safe to write as it is. */
export class Html {
  constructor(readonly markup: string) {}
  toString(): string {
    return this.markup;
  }
}

/** What a template takes: text and numbers are escaped, markup stays, lists are joined, nothing is left out. */
export type HtmlValue = Html | string | number | null | undefined | false | readonly HtmlValue[];

/**
 * Markup from a template; values are escaped for text and for quoted attributes alike.
 *
 * @example html`<p title="${title}">${text}</p>`
 */
export function html(strings: TemplateStringsArray, ...values: HtmlValue[]): Html {
  return new Html(strings.reduce((markup, part, i) => markup + valueMarkup(values[i - 1]) + part));
}

/** Markup of this project's own files (style sheet, script); never of anything a run or a user wrote. */
export function trusted(markup: string): Html {
  return new Html(markup);
}

/** Text as it stands in HTML, between tags or in a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`).replace(/\0/g, "\uFFFD");
}

/** Text with a space for each character that the XML of an SVG cannot hold. */
export function plainText(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}\uFFFE\uFFFF]/gu, " ");
}

/**
 * Text in lines of at most so many letters, broken between words; a longer word has a line to itself.
 *
 * @param indent of all lines but the first; counts among their letters
 * @example wrapText("test error (%)", 10) // "test error\n(%)"
 */
export function wrapText(text: string, letters: number, indent = ""): string {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines[lines.length - 1];
    if (last !== undefined && last.length + 1 + word.length <= letters) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(last === undefined ? word : indent + word);
  }
  return lines.join("\n");
}

/**
 * A value as JSON for a `<script type="application/json">`: no text in it can end the element or open a comment, which
 * both take a "<".
 */
export function jsonMarkup(value: unknown): Html {
  return new Html(JSON.stringify(value).replace(/</g, "\\u003c"));
}

function valueMarkup(value: HtmlValue): string {
  if (value instanceof Html) return value.markup;
  if (value === null || value === undefined || value === false) return "";
  if (typeof value === "string" || typeof value === "number") return escapeHtml(String(value));
  return value.map(valueMarkup).join("");
}
