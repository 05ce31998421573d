import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { bibliography, bibtex, claims } from "../../../src/claims";
import { macroName, resultMacros } from "../../../src/report/paper/latex-macros";
import { latexTable, latexText } from "../../../src/report/tables/latex";
import { law } from "../../property";
import { sampleContent } from "../sample";

/** What is left of a text for LaTeX without its commands and its mathematics. */
const withoutCommands = (text: string) =>
  text.replace(/\\[A-Za-z]+\{\}|\\[a-zA-Z`'^~=."]\{[A-Za-z]\}|\\[{}$&#%_]|-\{\}|\$[^$]*\$/g, "");
const signs = fc.constantFrom(..."\\{}$&#%_^~<>|`-\"' ab1−λ²≤");
const texts = fc.oneof(
  fc.string(),
  fc.array(signs).map((some) => some.join("")),
);

law("no sign is left that LaTeX takes for a command, no two hyphens, no end of a paragraph", [texts], (text) => {
  const set = latexText(text);
  assert.not.match(withoutCommands(set), /[\\{}$&#%_^~<>|]/);
  assert.not.match(
    set.replace(/---?(?!-)/g, (dashes) => (/[–—]/.test(text) ? "" : dashes)),
    /--/,
  );
  assert.not.match(set, /[\n\t]/);
});

/** Any signs: of every script, combining marks, and what means something to LaTeX beside them. */
const anySigns = fc.array(
  fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.string({ unit: "binary" }),
    signs,
    fc.constantFrom(..."ΩαςÄšąжΩ残あ½₂⁻∈∑😀\u0301\u200d"),
  ),
);
const joined = anySigns.map((some) => some.join(""));

law(
  "whatever the signs, what is left is ASCII and the letters of Latin-1, and nothing that is seen vanishes",
  [joined],
  (text) => {
    const set = latexText(text);
    assert.match(set, /^[ -~À-ÿ]*$/);
    assert.not.match(withoutCommands(set), /[\\{}$&#%_^~<>|ÐÞðþ]/);
    const seen = [...text.normalize("NFC").replace(/[\uFE00-\uFE0F]/g, "")].filter((sign) => !/[\p{Cc}\s]/u.test(sign));
    assert.ok(set.replace(/ /g, "").length >= seen.filter((sign) => !/\p{M}/u.test(sign)).length, set);
  },
);

test("Greek and usual signs are mathematics, accents LaTeX's, and the rest stands there by its number", () => {
  assert.is(latexText("Ω of Жук"), "$\\Omega$ of [U+0416][U+0443][U+043A]");
  assert.is(latexText("残/mes réseaux/Škoda"), "[U+6B8B]/mes réseaux/\\v{S}koda");
  assert.is(latexText("ά∈Α, 10⁻⁵ ∉ ℝ"), "$\\acute{\\alpha}$$\\in$$\\mathrm{A}$, 10$^-$$^5$ $\\not\\in$ $\\mathbf{R}$");
});

test("pdflatex sets every sign of the plane of usual letters, and texts of them in a table", () => {
  const compiler = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "signs"];
  if (spawnSync(compiler[0]!, ["-v"], { stdio: "ignore" }).error !== undefined) {
    console.log("  (not tried: no pdflatex)");
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "latex-"));
  try {
    const every = Array.from({ length: 0x3100 }, (_, i) => String.fromCodePoint(i));
    const lines = every.map((sign) => latexText(`${sign}a${sign} ${sign}`));
    const seed = Number(process.env.FC_SEED ?? Date.now() % 2 ** 31);
    const rows = fc
      .sample(joined, { numRuns: 60, seed })
      .map((text) => [text.slice(0, 20), `${text} ${text.repeat(3)}`.slice(0, 90)]);
    const head = ["\\documentclass{article}", "\\usepackage{array,booktabs}", "\\begin{document}"];
    writeFileSync(
      join(folder, "signs.tex"),
      [...head, ...lines.map((line) => `${line}\\par`), latexTable(["a", "b"], rows), "\\end{document}"].join("\n"),
    );
    const { status, stdout } = spawnSync(compiler[0]!, compiler.slice(1), { cwd: folder, encoding: "utf8" });
    assert.is(status, 0, `FC_SEED=${seed}\n${stdout.slice(-2000)}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

law("letters, digits and words stay as they are", [fc.stringMatching(/^[A-Za-zé0-9 .,;:()]*$/)], (text) => {
  assert.is(latexText(text), text.replace(/ +/g, " "));
});

test("known texts", () => {
  assert.is(latexText('the "best" of ("all")'), "the ``best'' of (``all'')");
  assert.is(latexText("--scale smoke"), "-{}-scale smoke");
  assert.is(latexText("-0.26 [-0.34, 1e-5], 10-20"), "$-$0.26 [$-$0.34, 1e-5], 10-20");
  assert.is(latexText("|δ| ≤ R², x_N at 95 %"), "\\textbar{}$\\delta$\\textbar{} $\\leq$ R$^2$, x\\_N at 95 \\%");
});

test("all that claims say is set in signs that every LaTeX knows", () => {
  for (const { id, statement, source, rule, paperValue, measuredBy, unit } of claims) {
    for (const text of [statement, source, rule, paperValue, measuredBy, unit])
      assert.match(latexText(text), /^[ -~À-ÿ]*$/, id); // ASCII and the letters of Latin-1
  }
});

test("what a row begins with is no argument of the end of the row before, behind a space either", () => {
  for (const text of ["[0, 1]", " [0, 1]", "*", " *", "残", " 残"]) {
    assert.match(latexTable(["a"], [["1"], [text]]), /^ {2}\{\} ?[[*]/m, text);
  }
});

test("long columns of a table share the line, and long words may be broken", () => {
  const table = latexTable(["a", "b"], [["short", "a".repeat(30)]]);
  assert.match(
    table,
    "\\begin{tabular}{@{}l>{\\raggedright\\arraybackslash}p{\\dimexpr(\\linewidth-2.5em-2\\tabcolsep)*",
  );
  assert.match(table, "short & aaaa\\allowbreak{}aaaa\\allowbreak{}");
  assert.match(latexTable(["a", "b"], [["1", "2"]]), "\\begin{tabular}{@{}ll@{}}");
});

law(
  "the name of a command is of letters, and other words give another one",
  [fc.stringMatching(/^[a-z]+(-[a-z0-9]+){0,3}$/), fc.stringMatching(/^[a-z]+( [a-z]+){0,3}$/)],
  (run, effect) => {
    assert.match(macroName(run, effect), /^[A-Za-z]+$/);
    assert.is.not(macroName(run, effect), macroName(`${run}1`, effect));
  },
);

test("every claim has its commands: effect, interval, unit, seeds, verdict, sentence", () => {
  const text = resultMacros("block-deletion", sampleContent.judgements, sampleContent.run);
  const [first] = sampleContent.judgements;
  const { low, high } = first!.effect!;
  const value = (part: string) =>
    new RegExp(`^\\\\newcommand\\{\\\\BlockDeletionMedianRise${part}\\}\\{(.*)\\}$`, "m").exec(text)?.[1];
  assert.is(value("Low"), low.toFixed(2));
  assert.is(value("High"), high.toFixed(2));
  assert.is(value(""), first!.effect!.estimate.toFixed(2));
  assert.equal([value("Unit"), value("Seeds"), value("Verdict")], ["points", "5", "reproduced"]);
  assert.match(text, `\\newcommand{\\BlockDeletionScale}{${sampleContent.run.scale}}`);
  assert.is(text.match(/^\\newcommand/gm)?.length, 2 + 7 * sampleContent.judgements.length);
});

test("one seed has no interval, and two effects of one name are refused", () => {
  const [first] = sampleContent.judgements;
  const single = resultMacros("a", [{ ...first!, effect: { ...first!.effect!, count: 1 } }], sampleContent.run);
  assert.not.match(single, /(Low|High)\}/);
  assert.throws(() => resultMacros("a", [first!, first!], sampleContent.run), /AMedianRise.*effectName/);
});

test("a bibliography for BibTeX is ASCII, has every publication, balanced braces, and names that keep their capitals", () => {
  const text = bibtex(bibliography());
  assert.match(text, /^[\n -~]*$/);
  assert.is(text.match(/^@[a-z]+\{/gm)?.length, bibliography().length);
  assert.is(text.split("{").length, text.split("}").length);
  assert.match(text, "author = {Sander, Michael E. and Ablin, Pierre and Peyr{\\'{e}}, Gabriel},");
  assert.match(text, "title = {{ResNet} after all: neural {ODEs} and their numerical solution},");
  assert.match(text, "pages = {550--558},");
});

test.run();
