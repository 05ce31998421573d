import { capitalised } from "../../base";
import type { Judgement } from "../../claims";
import { latexText } from "../tables/latex";
import { effectTexts } from "../tables/verdicts";

const digits = ["Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"];

/**
 * A name for a LaTeX command, made of some words. Such names take letters alone, so digits are spelled out.
 *
 * @example macroName("block-deletion-cifar10", "median rise") // "BlockDeletionCifarOneZeroMedianRise"
 */
export function macroName(...texts: readonly string[]): string {
  return texts
    .join(" ")
    .replace(/\d/g, (digit) => ` ${digits[Number(digit)]} `)
    .split(/[^A-Za-z]+/)
    .map(capitalised)
    .join("");
}

/**
 * The effects and verdicts of a run as LaTeX commands, so that no number is copied into a paper by hand.
 *
 * Each claim has seven, named after the run and the claim's effect: the effect as in the report; `Low` and `High`, the ends of
 * its interval; `Unit`, `Seeds`, `Verdict` and `Sentence`. The three numbers have equal decimals. One seed has no interval: then there is
 * neither `Low` nor `High`. An effect that cannot be told says so in words, without a unit.
 *
 * The run itself has two, `Scale` and `Data`.
 *
 * @param run name of the run: "block-deletion"
 * @throws RangeError when two claims would have the same name
 */
export function resultMacros(
  run: string,
  judgements: readonly Judgement[],
  { scale, data }: { readonly scale: string; readonly data: string },
): string {
  const names = judgements.map(({ claim }) => macroName(run, claim.effectName));
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new RangeError(`two claims of ${run} have the name \\${twice}: give one another effectName`);
  const ofRun = Object.entries({ Scale: scale, Data: data }).map(
    ([part, value]) => `\\newcommand{\\${macroName(run)}${part}}{${latexText(value)}}\n`,
  );
  const ofClaims = judgements.map(({ claim, verdict, effect, sentence }, i) => {
    const { estimate, interval } = effectTexts(effect);
    const [low, high] = interval?.slice(1, -1).split(", ") ?? [];
    const values = {
      "": estimate,
      Low: low,
      High: high,
      Unit: effect === null ? "" : claim.unit,
      Seeds: String(effect?.count ?? 0),
      Verdict: verdict,
      Sentence: sentence,
    };
    const lines = Object.entries(values).flatMap(([part, value]) =>
      value === undefined ? [] : [`\\newcommand{\\${names[i]}${part}}{${latexText(value)}}`],
    );
    return [`% ${claim.id}: ${claim.statement.replace(/[\p{Cc}\s]+/gu, " ")}`, ...lines, ""].join("\n");
  });
  return [ofRun.join(""), ...ofClaims].join("\n");
}
