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
  "≤": "$\\leq$",
  "≥": "$\\geq$",
  "±": "$\\pm$",
  "×": "$\\times$",
  "·": "$\\cdot$",
  "−": "$-$",
  "∞": "$\\infty$",
  "√": "$\\surd$",
  "²": "$^2$",
  "³": "$^3$",
  τ: "$\\tau$",
  λ: "$\\lambda$",
  ρ: "$\\rho$",
  "–": "--",
  "—": "---",
  "…": "\\dots{}",
};

/** Text as LaTeX sets it: special characters escaped, the signs of this field as mathematics. */
export function latexText(text: string): string {
  return text
    .replace(/[\\{}$&#%_^~<>≤≥±×·−∞√²³τλρ–—…]/g, (character) => commands[character] ?? character)
    .replace(/\s+/g, " ");
}

/**
 * A table for a paper: a `tabular` with the rules of booktabs, columns of long text as paragraphs.
 *
 * @param rows as many texts a row as there are headings
 */
export function latexTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const alignment = headings.map((heading, column) => {
    const longest = Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0));
    return longest > 36 ? "p{4.5cm}" : "l";
  });
  const line = (texts: readonly string[]) => `  ${texts.map(latexText).join(" & ")} \\\\`;
  return [
    "% needs \\usepackage{booktabs}",
    `\\begin{tabular}{${alignment.join("")}}`,
    "  \\toprule",
    line(headings),
    "  \\midrule",
    ...rows.map(line),
    "  \\bottomrule",
    "\\end{tabular}",
    "",
  ].join("\n");
}
