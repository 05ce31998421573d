import type { Judgement } from "../../claims";
import type { Column, CsvRow } from "./columns";
import { writeCsv } from "./csv";

/** The run of a claims.csv, the same in each of its rows. */
interface ClaimsRun {
  readonly scale: string;
  readonly data: string;
  /** Commit of the code, "+" behind it where the working tree had changes; empty when unknown. */
  readonly commit: string;
  /** Whether more seeds are still to come. */
  readonly interim: boolean;
}

const text = (name: string, description: string): Column => ({ name, type: "string", unit: "", description });
const number = (name: string, description: string): Column => ({ name, type: "number", unit: "see unit", description });

/** The columns of claims.csv, the same for every experiment, so that the files can be joined. */
export const claimsColumns: readonly Column[] = [
  text("claim", "identifier of the claim"),
  text(
    "verdict",
    "reproduced, partly, not reproduced, inconclusive or not testable here; of the audit correct, imprecise or wrong",
  ),
  number("effect", "the effect, estimated from all seeds; empty where the rows cannot tell it"),
  number("ci_low", "lower end of Student's 95 % interval over seeds"),
  number("ci_high", "upper end of Student's 95 % interval over seeds"),
  text("unit", "unit of effect, ci_low and ci_high; points are percentage points of top-1 error"),
  { name: "seeds", type: "integer", unit: "", description: "number of seeds" },
  text("rule", "acceptance rule, fixed before the run"),
  text("paper_value", "the value in the paper"),
  text("scale", "scale of the run"),
  text("data", "data set of the run"),
  text("commit", "commit of the code"),
  text("statement", "the claim in one sentence"),
  text("source", "source of the claim"),
  text("reason", "reason for the verdict"),
  text("sentence", "what was found: what was changed, from what to what, over how many networks"),
  text("range", "networks, depths, length of training and data that the verdict was shown for"),
  {
    name: "post_hoc",
    type: "boolean",
    unit: "",
    description: "whether the claim was put beside another after results had been seen",
  },
  { name: "interim", type: "boolean", unit: "", description: "true while seeds of the run are missing" },
];

/** The rows of claims.csv. */
export function claimsRows(judgements: readonly Judgement[], run: ClaimsRun): CsvRow[] {
  return judgements.map(({ claim, verdict, effect, sentence, range, reason }) => ({
    claim: claim.id,
    verdict,
    effect: effect?.estimate ?? null,
    ci_low: effect?.low ?? null,
    ci_high: effect?.high ?? null,
    unit: claim.unit,
    seeds: effect?.count ?? 0,
    rule: claim.rule,
    paper_value: claim.paperValue,
    scale: run.scale,
    data: run.data,
    commit: run.commit,
    statement: claim.statement,
    source: claim.source,
    reason,
    sentence,
    range,
    post_hoc: claim.postHoc ?? false,
    interim: run.interim,
  }));
}

/** Writes claims.csv, whole or not at all. */
export async function writeClaimsCsv(path: string, judgements: readonly Judgement[], run: ClaimsRun): Promise<void> {
  await writeCsv(
    path,
    claimsRows(judgements, run),
    claimsColumns.map(({ name }) => name),
  );
}
