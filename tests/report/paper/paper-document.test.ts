/** A document of all that `npx cnn-findings export` writes, as LaTeX makes it, and its figures as others read them. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "uvu";
import * as assert from "uvu/assert";
import { bibliography } from "../../../src/claims";
import {
  drawFigures,
  findChromium,
  type PaperColumns,
  paperFigure,
  paperFigures,
  paperFiles,
  seriesStyles,
} from "../../../src/report";
import { sampleContent, sampleMaps } from "../sample";

const missing = [
  ...(findChromium() === undefined ? ["Chromium"] : []),
  ...["pdflatex", "bibtex", "pdffonts", "pdfimages", "pdfinfo"].filter(
    (tool) => spawnSync(tool, ["-v"], { stdio: "ignore" }).error !== undefined,
  ),
];
const paper = suite("a paper");
const folder = mkdtempSync(join(tmpdir(), "paper-"));
const diverging = {
  ...sampleContent.figures.find(({ matrix }) => matrix)!,
  id: "diverging",
} as (typeof sampleContent.figures)[number];
const content = {
  ...sampleContent,
  figures: [
    ...sampleContent.figures,
    ...(diverging.matrix ? [{ ...diverging, matrix: { ...diverging.matrix, colours: "diverging" as const } }] : []),
  ],
  maps: sampleMaps,
};
const figures = paperFigures(content);
/** Verdicts, parameters, columns, provenance, and a table for each map. */
const tables = 4 + sampleMaps.length;
// A figure of each kind over one column, and some over two.
const overColumns = (i: number): PaperColumns => (i % 2 === 0 ? 1 : 2);
const ended = "2026-11-23T18:40:00.000Z";

function told(tool: string, ...words: readonly string[]): string {
  const { status, stdout } = spawnSync(tool, words, { cwd: folder, encoding: "utf8" });
  assert.is(status, 0, `${tool} ${words.join(" ")}\n${stdout}`);
  return stdout;
}
const drawn = () => {
  const styles = seriesStyles(figures);
  const toDraw = figures.map((figure, i) => ({
    figure: paperFigure(figure, styles, overColumns(i)),
    title: figure.title,
  }));
  return drawFigures(toDraw, findChromium()!, ended);
};
const pdfOf = ({ id }: { readonly id: string }) => `${id}.pdf`;

paper.before(async () => {
  for (const [name, text] of paperFiles(content, "block-deletion")) {
    writeFileSync(join(folder, name), text);
  }
  (await drawn()).forEach(({ svg, pdf }, i) => {
    writeFileSync(join(folder, pdfOf(figures[i]!)), pdf);
    writeFileSync(join(folder, `${figures[i]!.id}.svg`), svg);
  });
});
paper.after(() => rmSync(folder, { recursive: true, force: true }));

paper("a figure has one page as wide as its columns, and nothing but vectors and embedded outlines", () => {
  figures.forEach((figure, i) => {
    const facts = told("pdfinfo", pdfOf(figure));
    assert.match(facts, /^Pages: +1$/m);
    assert.match(facts, "Mon Nov 23 18:40:00 2026");
    const [, points] = /^Page size: +([\d.]+) x/m.exec(facts)!;
    assert.ok(Math.abs((Number(points) * 25.4) / 72 - (overColumns(i) === 1 ? 85 : 178)) < 0.5, points);
    const [, , ...fonts] = told("pdffonts", pdfOf(figure)).trim().split("\n");
    assert.ok(fonts.length > 0, figure.id);
    for (const font of fonts) {
      assert.match(font, / TrueType .* yes yes /); // embedded, and no more of it than is used
      assert.not.match(font, "Type 3");
    }
    assert.is(told("pdfimages", "-list", pdfOf(figure)).trim().split("\n").length, 2, figure.id); // the heading alone
  });
});

paper("the SVG of a figure is as wide, holds no image of pixels, and says what it shows without writing it", () => {
  figures.forEach(({ id, title }, i) => {
    const svg = readFileSync(join(folder, `${id}.svg`), "utf8");
    assert.match(
      svg,
      new RegExp(`^<svg [^>]*width="${overColumns(i) === 1 ? 85 : 178}mm" height="[\\d.]+mm" viewBox=`),
    );
    assert.not.match(svg, /<image|data:image/);
    assert.is(svg.split(title).length, 2);
    assert.match(svg, `<title>${title}</title>`);
  });
});

paper("LaTeX makes the document that uses all of it, and leaves nothing undefined or too wide", () => {
  const latex = () => told("pdflatex", "-interaction=nonstopmode", "-halt-on-error", "example");
  latex();
  assert.not.match(told("bibtex", "example"), /warning/i);
  latex();
  const log = latex();
  assert.not.match(log, /undefined|multiply|Rerun|Overfull \\hbox \((?!0\.|1\.)/);
  const text = told("pdftotext", "-layout", "example.pdf", "-");
  const { authors } = bibliography().find(({ key }) => key === "veit2016residual")!;
  assert.match(text, authors[0]!.split(", ").reverse().join(" "));
  assert.match(text, /Median rise: +\d+\.\d+ points \[\d+\.\d+, \d+\.\d+\]/);
  for (const { caption } of figures) assert.match(text, caption.split(" ").slice(0, 3).join(" "));
  const flowed = text.replace(/\s+/g, " ");
  assert.match(flowed, "With 50,000 images: reproduced from 400 mini-batches on; partly reproduced at 100."); // where a map turns
  assert.is(text.match(/\bFigure \d+:/g)?.length, figures.length);
  assert.is(text.match(/\bTable \d+:/g)?.length, tables);
});

paper("equal figures are equal files", async () => {
  (await drawn()).forEach(({ svg, pdf }, i) => {
    assert.ok(svg === readFileSync(join(folder, `${figures[i]!.id}.svg`), "utf8"), figures[i]!.id);
    assert.ok(Buffer.from(pdf).equals(readFileSync(join(folder, pdfOf(figures[i]!)))), figures[i]!.id);
  });
});

test("every file that the example reads is among those that are written", () => {
  const files = paperFiles(content, "block-deletion");
  const example = files.get("example.tex")!;
  const read = [...example.matchAll(/\\input\{([^}]+)\}/g)].map(([, name]) => `${name}.tex`);
  assert.is(read.length, 1 + figures.length + 2 * tables);
  for (const name of read) assert.ok(files.has(name), name);
  const images = [...example.matchAll(/\\includegraphics\{([^}]+)\}/g)].map(([, name]) => name);
  assert.equal(
    images,
    figures.map(({ id }) => id),
  );
});

test.run();
if (missing.length === 0) paper.run();
else {
  rmSync(folder, { recursive: true, force: true });
  console.log(
    `skipped: a paper, for there is no ${missing.join(", ")}: ` +
      "apt-get install chromium texlive-latex-base texlive-latex-recommended poppler-utils",
  );
}
