import { createColors } from "picocolors";
import { alignedLines, plural } from "../base";
import { effectText } from "../report";
import { type ClaimComparison, type Difference, type Judged, movedClaims, type RunComparison } from "./comparison";

export interface ComparisonLook {
  readonly colour: boolean;
  /** Only what moved. */
  readonly quiet: boolean;
}

/**
 * A comparison for people: the claims in a table, what is on one side alone, in what the circumstances differ, and how
 * many claims moved.
 */
export function comparisonLines(runs: readonly RunComparison[], { colour, quiet }: ComparisonLook): string[] {
  const paint = createColors(colour);
  const [alone, together] = [runs.filter(isAlone), runs.filter((run) => !isAlone(run))];
  const claims = together.flatMap((run) => run.claims.map((claim) => ({ run: nameOf(run), claim })));
  const shown = quiet ? claims.filter(({ claim }) => claim.moved) : claims;
  const header = ["run", "claim", "verdict", "effect before", "effect after", ""];
  const table = [
    header,
    ...shown.map(({ run, claim }) => [run, claim.claim, verdictText(claim), ...effectTexts(claim), moveText(claim)]),
  ];
  const columns = together.length > 1 ? table : table.map((row) => row.slice(1));
  const lines = alignedLines(columns).map((line, i) =>
    i === 0 ? paint.dim(line) : shown[i - 1]!.claim.moved ? paint.yellow(line) : line,
  );
  const judged = claims.filter(({ claim }) => claim.effect !== null).length;
  const moved = movedClaims(runs);
  return [
    ...(shown.length === 0 ? [] : lines),
    ...(quiet ? [] : [...alone.map(aloneText), ...differenceLines(together)]),
    `${moved === 0 ? "nothing moved" : paint.yellow(`${moved} moved`)}: ${plural(judged, "claim")} compared`,
  ];
}

/** The same for machines. */
export function comparisonJson(
  labels: { readonly before: string; readonly after: string },
  runs: readonly RunComparison[],
) {
  return {
    ...labels,
    moved: movedClaims(runs),
    runs: runs.map(({ before, after, claims, differences }) => ({ before, after, claims, differences })),
  };
}

function isAlone({ before, after }: RunComparison): boolean {
  return before === null || after === null;
}

function nameOf({ before, after }: RunComparison): string {
  return before === after ? `${after}` : `${before} -> ${after}`;
}

function verdictText({ before, after }: ClaimComparison): string {
  if (before === null || after === null) return `${(before ?? after)!.verdict}`;
  return before.verdict === after.verdict ? after.verdict : `${before.verdict} -> ${after.verdict}`;
}

function effectTexts({ before, after }: ClaimComparison): [string, string] {
  const text = (judged: Judged | null) => (judged === null ? "" : effectText(judged.effect, judged.unit));
  return [text(before), text(after)];
}

/** @example "moved: verdict, effect; by another rule" */
function moveText({ before, after, effect }: ClaimComparison): string {
  if (before === null) return "only after";
  if (after === null) return "only before";
  const what = [
    ...(before.verdict === after.verdict ? [] : ["verdict"]),
    ...(effect === "beyond" ? ["effect"] : effect === "other unit" ? ["unit"] : []),
  ];
  const move = what.length > 0 ? `moved: ${what.join(", ")}` : effect === "within" ? "within intervals" : "same";
  return before.rule === after.rule ? move : `${move}; by another rule`;
}

function aloneText({ before, after, claims }: RunComparison): string {
  const ids = claims.map(({ claim }) => claim).join(", ");
  return after === null ? `only before: ${before} (${ids})` : `only after: ${after} (${ids})`;
}

/** What differs, each difference once with the runs that have it. */
function differenceLines(runs: readonly RunComparison[]): string[] {
  const namesOf = new Map<string, string[]>();
  for (const run of runs) {
    for (const one of run.differences) {
      const text = changeText(one, runs.length > 1);
      namesOf.set(`${one.what}\n${text}`, [...(namesOf.get(`${one.what}\n${text}`) ?? []), nameOf(run)]);
    }
  }
  if (namesOf.size === 0) return ["made under the same circumstances, but for the time"];
  const rows = [...namesOf].map(([key, names]) => [...key.split("\n"), whoseText(names, runs.length)] as const);
  const width = Math.max(...rows.map(([what]) => what!.length));
  const lines = rows.map(([what, change, whose]) => `  ${what!.padEnd(width)}  ${change}${whose}`);
  return ["made under other circumstances:", ...lines];
}

/** Of many runs, each of which has measuring code of its own, its digests would say nothing. */
function changeText({ what, before, after }: Difference, isOfMany: boolean): string {
  return isOfMany && what === "measuring code" ? "changed" : `${before ?? "none"} -> ${after ?? "none"}`;
}

function whoseText(names: readonly string[], all: number): string {
  if (all === 1) return "";
  if (names.length === all) return "  (all runs)";
  return names.length > 3 ? `  (${names.length} of ${all} runs)` : `  (${names.join(", ")})`;
}
