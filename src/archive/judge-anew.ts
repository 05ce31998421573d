import { UsageError } from "../base";
import type { Judgement } from "../claims";
import { type Experiment, type ParameterValues, storedParameters } from "../experiment";

import type { Json, PaperContent } from "../report";
import type { StoredRun } from "./stored-run";

/**
 * Judges a stored run's rows by the experiment as it is now.
 *
 * @throws UsageError where the experiment has changed since, so that it no longer understands parameters or rows
 */
export function judgeAnew(run: StoredRun, definition: Experiment): JudgedAnew {
  const { parameters, command } = run.provenance();
  const outdated = (what: string) => new UsageError(`${run.name}: ${what}`, `Run it again: ${command}`);
  const read = storedParameters(parameters, definition);
  if ("refused" in read) throw outdated(`its experiment has another parameter "${read.refused}" now`);
  const { values: params } = read;
  const rows = run.rows();
  const understanding = <Result>(work: () => Result): Result => {
    try {
      return work();
    } catch (error) {
      // What an experiment throws over rows of another version is that version's fault.
      throw outdated(`the experiment no longer understands its rows: ${(error as Error).message}`);
    }
  };
  return {
    params,
    judgements: understanding(() => definition.verdicts(rows, params)),
    figures: () => understanding(() => definition.figures(rows, params)),
    outdated,
  };
}

/** A stored run as its experiment sees it now. */
interface JudgedAnew {
  /** Its parameters. */
  readonly params: ParameterValues<Experiment["parameters"]>;
  readonly judgements: readonly Judgement[];
  /** Draws its figures. @throws UsageError as `judgeAnew` */
  figures(): PaperContent["figures"];
  /** What to throw where the two do not fit together. @param what in one sentence without a full stop */
  outdated(what: string): UsageError;
}

/**
 * What a stored run's report shows: judged and drawn anew from its rows, by the experiment as it is now.
 *
 * @returns that, and how many seeds of the run are still to be measured
 * @throws UsageError where the experiment has changed since, so that it no longer understands the rows, or judges them
 * otherwise than claims.csv says: figures of one version and verdicts of another do not belong into one paper
 */
export function contentOf(
  run: StoredRun,
  definition: Experiment,
): { readonly content: PaperContent; readonly missingSeeds: number } {
  // As on the page of a report: what stands elsewhere, or is too long for a table, is left to the file.
  const { cells: _, command: __, parameters, ...provenance } = run.provenance();
  const { params, judgements, figures, outdated } = judgeAnew(run, definition);
  const stored = new Map(run.claims().map((row) => [row.claim, [row.verdict, row.effect, row.ci_low, row.ci_high]]));
  const isAsStored = ({ claim, verdict, effect }: Judgement) => {
    const now = [verdict, effect?.estimate ?? null, effect?.low ?? null, effect?.high ?? null];
    return stored.get(claim.id)?.every((value, i) => Object.is(value, now[i])) ?? false;
  };
  const changed = judgements.filter((judgement) => !isAsStored(judgement)).map(({ claim }) => claim.id);
  if (changed.length > 0 || judgements.length !== stored.size) {
    throw outdated(
      `its claims.csv was judged by another version of the experiment (${changed.join(", ") || "claims"})`,
    );
  }
  const { title, source } = definition;
  return {
    content: {
      title,
      source,
      run: { scale: provenance.scale },
      judgements,
      figures: figures(),
      // What a map's points were judged on is not kept with the run: they stand as they were judged then.
      maps: run.maps(definition.claims, judgements.find(({ effect }) => effect !== null)?.effect?.confidence ?? 0.95),
      parameters: parameters.map((row) => ({ ...row, unit: row.unit ?? "" })),
      columns: run.columns(),
      provenance: provenance as unknown as { readonly [name: string]: Json },
    },
    missingSeeds: params.seeds.length - provenance.seeds.length,
  };
}
