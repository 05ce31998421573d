/** Signs with a meaning of their own to LaTeX, and signs that it has by other names. */
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
  "–": "--",
  "—": "---",
  "―": "---",
  "‐": "-",
  "‑": "-",
  "…": "\\dots{}",
  "‘": "`",
  "’": "'",
  "“": "``",
  "”": "''",
  "„": ",,",
  "¡": "!`",
  "¿": "?`",
  "£": "\\pounds{}",
  "§": "\\S{}",
  "¶": "\\P{}",
  "©": "\\copyright{}",
  Œ: "\\OE{}",
  œ: "\\oe{}",
  Ł: "\\L{}",
  ł: "\\l{}",
  ı: "\\i{}",
};

/** Names of signs in mathematics, without packages: each sign before its name. */
const namedSigns =
  "α alpha β beta γ gamma δ delta ε varepsilon ϵ epsilon ζ zeta η eta θ theta ϑ vartheta ι iota κ kappa λ lambda μ mu µ mu ν nu ξ xi " +
  "π pi ϖ varpi ρ rho ϱ varrho σ sigma ς varsigma τ tau υ upsilon φ varphi ϕ phi χ chi ψ psi ω omega " +
  "Γ Gamma Δ Delta Θ Theta Λ Lambda Ξ Xi Π Pi Σ Sigma Υ Upsilon Φ Phi Ψ Psi Ω Omega " +
  "≤ leq ≥ geq ≈ approx ≠ neq ± pm ∓ mp × times ÷ div · cdot ⋅ cdot → rightarrow ← leftarrow ↑ uparrow ↓ downarrow ↔ leftrightarrow " +
  "⇒ Rightarrow ⇐ Leftarrow ⇔ Leftrightarrow ↦ mapsto ∞ infty √ surd ✓ surd ✔ surd ◐ odot ✗ times ✘ times ∈ in ∋ ni ⊂ subset ⊆ subseteq " +
  "⊃ supset ⊇ supseteq ∪ cup ∩ cap ∅ emptyset ∀ forall ∃ exists ∂ partial ∇ nabla ∑ sum ∏ prod ∫ int ∝ propto ∼ sim ≃ simeq ≅ cong " +
  "≡ equiv ≪ ll ≫ gg « ll » gg ⊕ oplus ⊗ otimes ⊙ odot ∘ circ • bullet ∙ bullet ∗ ast ⋯ cdots ℓ ell ¬ neg ∧ wedge ∨ vee ⟨ langle ⟩ rangle " +
  "‖ parallel ∥ parallel ⊥ bot ⊤ top ⌊ lfloor ⌋ rfloor ⌈ lceil ⌉ rceil † dagger ‡ ddagger ★ star";

/** Signs side by side, each as one that stands at its place in the other text. */
function signsAs(signs: string, others: string, written: (other: string) => string): [sign: string, text: string][] {
  return [...signs].map((sign, i) => [sign, written(others[i]!)]);
}

/** Signs as mathematics. One expression: a module that does something when it is loaded counts as measuring code. */
const mathematics: ReadonlyMap<string, string> = new Map([
  ...namedSigns.split(" ").flatMap((sign, i, words) => (i % 2 === 0 ? [[sign, `\\${words[i + 1]}`] as const] : [])),
  ...signsAs("ΑΒΕΖΗΙΚΜΝΟΡΤΧο", "ABEZHIKMNOPTXo", (letter) => `\\mathrm{${letter}}`),
  ...signsAs("ℝℕℤℚℂ", "RNZQC", (letter) => `\\mathbf{${letter}}`),
  ...signsAs("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-", (digit) => `^${digit}`),
  ...signsAs("₀₁₂₃₄₅₆₇₈₉", "0123456789", (digit) => `_${digit}`),
  ["−", "-"],
  ["∉", "\\not\\in"],
  ["°", "^\\circ"],
  ["′", "'"],
  ["½", "\\frac12"],
  ["¼", "\\frac14"],
  ["¾", "\\frac34"],
]);

/** Combining marks: how LaTeX sets them over a letter, and over a sign of mathematics. */
const accents: Readonly<Record<string, readonly [text: string, mathematics?: string]>> = {
  "\u0300": ["`", "grave"],
  "\u0301": ["'", "acute"],
  "\u0302": ["^", "hat"],
  "\u0303": ["~", "tilde"],
  "\u0304": ["=", "bar"],
  "\u0306": ["u", "breve"],
  "\u0307": [".", "dot"],
  "\u0308": ['"', "ddot"],
  "\u030a": ["r"],
  "\u030b": ["H"],
  "\u030c": ["v", "check"],
  "\u0323": ["d"],
  "\u0327": ["c"],
  "\u0331": ["b"],
};

/** What is set as it stands: ASCII, and the letters of Latin-1 that every font of LaTeX's has. */
const plain = /^[ -~À-ÖØ-öø-ÿ]$/u;
const notPlain = "ÐÞðþ";

/**
 * Text for any LaTeX, pdflatex as well: special characters escaped, mathematical signs and Greek letters in math mode, quotes opened
 * and closed, a hyphen before a number as a minus sign. A letter or sign that a plain LaTeX document lacks, as of Cyrillic or Chinese,
 * is shown by its number in Unicode.
 *
 * @example latexText("Ω of Жук") // "$\\Omega$ of [U+0416][U+0443][U+043A]"
 */
export function latexText(text: string): string {
  const withoutStyle = text.normalize("NFC").replace(/[\uFE00-\uFE0F]/g, ""); // which asks for a sign in colour, or in black
  const flat = withoutStyle.replace(/[\p{Cc}\s]+/gu, " ");
  return flat.replace(/[^A-Za-z0-9 .,;:()]\p{M}?|[A-Za-z]\p{M}/gu, (found, at: number) => {
    const [sign = "", mark] = found;
    return mark === undefined
      ? signText(sign, flat[at - 1], flat[at + 1])
      : (accented(sign, mark) ?? `${signText(sign, flat[at - 1])}${numberText(mark)}`);
  });
}

function signText(sign: string, before: string | undefined, after?: string): string {
  if (sign === "-") {
    if (after === "-") return "-{}"; // two hyphens would become a dash
    return /\d/.test(after ?? "") && !/[\p{L}\d-]/u.test(before ?? "") ? "$-$" : "-";
  }
  if (sign === '"') return before === undefined || /[\s([{/-]/.test(before) ? "``" : "''";
  const symbol = mathematics.get(sign);
  if (symbol !== undefined) return `$${symbol}$`;
  if (Object.hasOwn(commands, sign)) return commands[sign]!;
  if (plain.test(sign) && !notPlain.includes(sign)) return sign;
  const [letter = "", ...marks] = sign.normalize("NFD");
  const [mark] = marks;
  return (mark !== undefined && marks.length === 1 ? accented(letter, mark) : null) ?? numberText(sign);
}

/** A letter under a mark; null where LaTeX has no such. */
function accented(letter: string, mark: string): string | null {
  const [over, overSign] = accents[mark] ?? [];
  const symbol = mathematics.get(letter);
  if (symbol !== undefined && overSign !== undefined && /^\p{L}$/u.test(letter)) return `$\\${overSign}{${symbol}}$`;
  return over !== undefined && /^[A-Za-z]$/.test(letter) ? `\\${over}{${letter}}` : null;
}

/** @example numberText("Ж") // "[U+0416]" */
function numberText(sign: string): string {
  return `[U+${sign.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}]`;
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
  const line = (texts: readonly string[]) => {
    const set = texts.map((text, column) => (lengths[column]! > lettersInLine ? breakable(text) : latexText(text)));
    // What a row begins with is no argument of the command that ended the one before.
    return `  ${set.join(" & ").replace(/^ ?(?=[[*])/, "{}")} \\\\`;
  };
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
      const signs =
        word.match(/\\[a-z]+\{\}|\\[a-z`'^~=."]\{[a-z]\}|\\.|\$[^$]*\$|\[U\+[\dA-F]+\]|-\{\}|``|''|./giu) ?? [];
      if (signs.length <= lettersInLine) return word;
      return signs.map((sign, i) => (i % 4 === 0 && i > 0 ? `\\allowbreak{}${sign}` : sign)).join("");
    })
    .join(" ");
}
