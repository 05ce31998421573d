const commands: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "{": "\\{",
  "}": "\\}",
  $: "\\$",
  "&": "\\&",
  "#": "\\#",
  "%": "\\%",
  _: "\\_",
  "^": "\\textasciicircum{}",
  "~": "\\textasciitilde{}",
  "<": "\\textless{}",
  ">": "\\textgreater{}",
  "|": "\\textbar{}",
  "`": "\\textasciigrave{}",
  "≤": "$\\leq$",
  "≥": "$\\geq$",
  "≈": "$\\approx$",
  "≠": "$\\neq$",
  "±": "$\\pm$",
  "×": "$\\times$",
  "·": "$\\cdot$",
  "−": "$-$",
  "→": "$\\rightarrow$",
  "∞": "$\\infty$",
  "√": "$\\surd$",
  "✓": "$\\surd$",
  "◐": "$\\odot$",
  "✗": "$\\times$",
  "²": "$^2$",
  "³": "$^3$",
  α: "$\\alpha$",
  β: "$\\beta$",
  γ: "$\\gamma$",
  δ: "$\\delta$",
  ε: "$\\varepsilon$",
  λ: "$\\lambda$",
  π: "$\\pi$",
  ρ: "$\\rho$",
  σ: "$\\sigma$",
  Σ: "$\\Sigma$",
  τ: "$\\tau$",
  ω: "$\\omega$",
  "–": "--",
  "—": "---",
  "…": "\\dots{}",
  "’": "'",
  "“": "``",
  "”": "''",
};

/**
 * Text for LaTeX: special characters escaped, mathematical signs and Greek letters in math mode, quotes opened and closed, a
 * hyphen before a number as a minus sign.
 */
export function latexText(text: string): string {
  return text
    .replace(/[\p{Cc}\s]+/gu, " ")
    .replace(/-(?=-)|(?<![\p{L}\d-])-(?=\d)|[^\p{L}\p{M}\d -]|[α-ωΣ²³]/gu, (character, at: number) => {
      if (character === "-") return text[at + 1] === "-" ? "-{}" : "$-$"; // two hyphens would become a dash
      if (character === '"') return at === 0 || /[\s([{/-]/.test(text[at - 1]!) ? "``" : "''";
      return commands[character] ?? character;
    });
}

/** Letters of a column that is set in one line; wider ones are paragraphs. */
const lettersInLine = 24;

/**
 * A table for a paper: a `tabular` with the rules of booktabs. Columns of long text are paragraphs that share the width left by
 * the others, so that the table is as wide as the column or page it is in.
 *
 * @param rows in each as many texts as there are headings
 */
export function latexTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const lengths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (texts: readonly string[]) =>
    `  ${texts.map((text, column) => (lengths[column]! > lettersInLine ? breakable(text) : latexText(text))).join(" & ")} \\\\`;
  return [
    "% needs \\usepackage{array,booktabs}",
    `\\begin{tabular}{@{}${alignment(lengths).join("")}@{}}`,
    "  \\toprule",
    line(headings),
    "  \\midrule",
    ...rows.map(line),
    "  \\bottomrule",
    "\\end{tabular}",
    "",
  ].join("\n");
}

/** The column specifications, given the length of the longest text in each. */
function alignment(lengths: readonly number[]): string[] {
  const letters = lengths.filter((length) => length <= lettersInLine).reduce((sum, length) => sum + length, 0);
  // A letter is about half an em wide; \tabcolsep stands on both sides of a gap between columns.
  const taken = `${(0.5 * letters).toFixed(1)}em-${2 * (lengths.length - 1)}\\tabcolsep`;
  // Longer text is given some more width and some more lines.
  const weights = lengths.map((length) => (length > lettersInLine ? Math.round(Math.sqrt(10 * length)) : 0));
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) =>
    weight === 0 ? "l" : `>{\\raggedright\\arraybackslash}p{\\dimexpr(\\linewidth-${taken})*${weight}/${whole}\\relax}`,
  );
}

/** Text of a paragraph: words too long for its line, such as checksums, may be broken after every fourth character. */
function breakable(text: string): string {
  return latexText(text)
    .split(" ")
    .map((word) => {
      const signs = word.match(/\\[a-z]+\{\}|\\.|\$[^$]*\$|-\{\}|``|''|./giu) ?? [];
      if (signs.length <= lettersInLine) return word;
      return signs.map((sign, i) => (i % 4 === 0 && i > 0 ? `\\allowbreak{}${sign}` : sign)).join("");
    })
    .join(" ");
}
