/** Markdown as the pages of the site hold it: no markup of its own, commands with a button that copies them. */
import { html } from "../report";

/** What is used of markdown-it, which has no declarations of its own. */
interface MarkdownIt {
  render(text: string): string;
  readonly renderer: {
    readonly rules: Record<string, ((tokens: readonly Token[], at: number) => string) | undefined>;
  };
}
interface Token {
  readonly info: string;
  readonly content: string;
}

const MarkdownIt = require("markdown-it") as new (options: { html: boolean; linkify: boolean }) => MarkdownIt;

/**
 * Makes HTML of Markdown, on one page.
 *
 * @returns a function for its texts, whose identifiers it keeps apart
 */
export function pageMarkdown(): (text: string) => string {
  const markdown = new MarkdownIt({ html: false, linkify: false });
  const { rules } = markdown.renderer;
  let commands = 0;
  rules.fence = (tokens, at) => {
    const { info, content } = tokens[at]!;
    if (!info.startsWith("sh")) return html`<pre tabindex="0"><code>${content}</code></pre>\n`.markup;
    commands += 1;
    const id = `command-${commands}`;
    return html`<div class="command"><code id="${id}">${content.trim()}</code>
<button type="button" data-copy-text="${id}" aria-label="Copy the command" data-needs-script>Copy</button></div>\n`
      .markup;
  };
  rules.table_open = () => `<div class="scroll" tabindex="0" role="region" aria-label="Table"><table>`;
  rules.table_close = () => "</table></div>\n";
  const subscript = (markup: string) => markup.replace(/\b([a-z])_([A-Za-z])\b/g, "$1<sub>$2</sub>");
  return (text) =>
    markdown
      .render(text)
      .split(/(<pre[\s\S]*?<\/pre>|<code[\s\S]*?<\/code>)/)
      .map((part) => (part.startsWith("<pre") || part.startsWith("<code") ? part : subscript(part)))
      .join("");
}
