import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { claimsColumns, claimsRows, csvText, parseCsv, renderVerdicts } from "../../../src/report";
import { latexTable } from "../../../src/report/tables/latex";
import { law } from "../../property";
import { sampleContent } from "../sample";

const { judgements } = sampleContent;

test("claims.csv has the same columns for every experiment, and reads back", () => {
  const rows = claimsRows(judgements, { scale: "quick", data: "cifar10", commit: "3f2a9c1+", interim: false });
  const names = claimsColumns.map(({ name }) => name);
  assert.is(
    names.slice(0, 12).join(),
    "claim,verdict,effect,ci_low,ci_high,unit,seeds,rule,paper_value,scale,data,commit",
  );
  assert.equal(parseCsv(csvText(rows, names), claimsColumns), rows);
  assert.is(rows[0]!.effect, judgements[0]!.effect!.estimate);
});

test("the terminal's table names every claim, verdict and condition within 80 columns, without colour unless asked", () => {
  const text = renderVerdicts(judgements, { colour: false, width: 80 });
  for (const line of text.split("\n")) assert.ok(line.length <= 80, line);
  assert.is(text.includes("\u001b"), false);
  const joined = text.replace(/\s+/g, " ");
  for (const { claim, verdict, conditions } of judgements) {
    assert.ok(joined.includes(`${claim.id} `) && joined.includes(verdict) && joined.includes(claim.statement));
    for (const { text: condition, found } of conditions)
      assert.ok(joined.includes(`${condition}: ${found}`), condition);
  }
  assert.match(text, "0.63 points [0.41, 0.85] (5 seeds)");
  assert.match(renderVerdicts(judgements, { colour: true, width: 80 }), "\u001b[32m");
});

law(
  "a sentence is broken once: each line takes what words fit in",
  [fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 10, maxLength: 60 }), fc.integer({ min: 60, max: 140 })],
  (lengths, width) => {
    const words = lengths.map((length) => "w".repeat(length));
    const sentence = words.join(" ");
    const lines = renderVerdicts([{ ...judgements[0]!, sentence }], { colour: false, width }).split("\n");
    const broken = lines.map((line) => line.trim()).filter((line) => /^w[w ]*$/.test(line));
    assert.is(broken.join(" "), sentence);
    const widest = width - "claim".length - 3; // three spaces between four columns
    for (const [i, line] of broken.slice(0, -1).entries())
      assert.ok(line.length + 1 + broken[i + 1]!.split(" ")[0]!.length > widest, `broken early: ${line}`);
  },
);

test("a control character in a name does not reach the terminal", () => {
  const [first] = judgements;
  const claim = { ...first!.claim, statement: "a\u001b[2Jb" };
  assert.is(renderVerdicts([{ ...first!, claim }], { colour: false, width: 80 }).includes("\u001b"), false);
});

test("a LaTeX table escapes what LaTeX would take for a command", () => {
  const table = latexTable(["a_b", "share"], [["100 % & more", "≤ 5 \\ {x}"]]);
  assert.match(table, "  a\\_b & share \\\\\n");
  assert.match(table, "100 \\% \\& more & $\\leq$ 5 \\textbackslash{} \\{x\\} \\\\");
});

test.run();
