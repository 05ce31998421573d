import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { UsageError } from "../base";
import type { Judgement } from "../claims";
import type { AnyExperiment, Row, Setting } from "../experiment/experiment";
import type { ParameterValues } from "../experiment/parameters";
import { storedParameters } from "../experiment/stored-parameters";
import { type Column, type CsvRow, claimsColumns, type Json, type PaperContent, parseCsv } from "../report";

/** A run as its files have it. */
export interface StoredRun {
  /** Name of the run: that of its folder. */
  readonly name: string;
  readonly experiment: string;
  readonly scale: string;
  /** The command that makes it again. */
  readonly command: string;
  /** ISO 8601, UTC. */
  readonly ended: string;
  /** Those that are measured. */
  readonly seeds: readonly number[];
  /** Values as they are typed on the command line. */
  readonly parameters: readonly (PaperContent["parameters"][number] & { readonly value: string })[];
  readonly columns: readonly Column[];
  readonly rows: readonly (Setting & Row)[];
  /** The rows of claims.csv. */
  readonly claims: readonly CsvRow[];
  /** What they say of each claim: verdict, effect and interval. */
  readonly verdicts: ReadonlyMap<string, readonly unknown[]>;
  readonly provenance: { readonly [name: string]: Json };
}

const parameterSchema = z.object({
  name: z.string(),
  value: z.string(),
  default: z.string(),
  unit: z
    .string()
    .nullable()
    .transform((unit) => unit ?? ""),
  description: z.string(),
});
const provenanceSchema = z.object({
  experiment: z.string(),
  command: z.string(),
  scale: z.string(),
  ended: z.iso.datetime(),
  seeds: z.array(z.number()),
  parameters: z.array(parameterSchema),
});
const columnsSchema = z.object({
  "rows.csv": z.object({
    fields: z.array(
      z.object({
        name: z.string(),
        type: z.enum(["string", "integer", "number", "boolean"]),
        unit: z.string(),
        description: z.string(),
      }),
    ),
  }),
});

/**
 * Reads the files of a run.
 *
 * @param folder the run's results folder, which bears its name
 * @throws UsageError naming the file that is missing or damaged
 */
export function readStoredRun(folder: string): StoredRun {
  const read = <Value>(file: string, parse: (text: string) => Value): Value => {
    try {
      return parse(readFileSync(path.join(folder, file), "utf8"));
    } catch (error) {
      const reason = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
      throw new UsageError(`cannot read ${path.join(path.basename(folder), file)}: ${reason}`);
    }
  };
  const whole = read("provenance.json", (text) => JSON.parse(text) as StoredRun["provenance"]);
  const origin = read("provenance.json", () => provenanceSchema.parse(whole));
  const columns = read("columns.json", (text) => columnsSchema.parse(JSON.parse(text))["rows.csv"].fields);
  const claims = read("claims.csv", (text) => parseCsv(text, claimsColumns));
  // As on the page of a report: what stands elsewhere, or is too long for a table, is left to the file.
  const { cells: _, parameters: __, command: ___, ...provenance } = whole;
  return {
    name: path.basename(folder),
    experiment: origin.experiment,
    scale: origin.scale,
    command: origin.command,
    ended: origin.ended,
    seeds: origin.seeds,
    parameters: origin.parameters,
    columns,
    rows: read("rows.csv", (text) => parseCsv(text, columns)) as (Setting & Row)[],
    claims,
    verdicts: new Map(
      claims.map(({ claim, verdict, effect, ci_low, ci_high }) => [String(claim), [verdict, effect, ci_low, ci_high]]),
    ),
    provenance,
  };
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
  definition: AnyExperiment,
): { readonly content: PaperContent; readonly missingSeeds: number } {
  const { scale, seeds, parameters, columns, rows, provenance } = run;
  const { params, judgements } = judgeAnew(run, definition);
  const { title, source } = definition;
  const changed = judgements.filter((judgement) => !isAsStored(judgement, run)).map(({ claim }) => claim.id);
  if (changed.length > 0 || judgements.length !== run.verdicts.size) {
    throw outdated(
      run,
      `its claims.csv was judged by another version of the experiment (${changed.join(", ") || "claims"})`,
    );
  }
  const figures = understanding(run, () => definition.figures(rows, params));
  const missingSeeds = params.seeds.length - seeds.length;
  return {
    content: { title, source, run: { scale }, judgements, figures, parameters, columns, provenance },
    missingSeeds,
  };
}

/**
 * Judges a stored run's rows by the experiment as it is now.
 *
 * @returns the verdicts, and the run's parameters as the experiment reads them
 * @throws UsageError where the experiment has changed since, so that it no longer understands parameters or rows
 */
export function judgeAnew(
  run: StoredRun,
  definition: AnyExperiment,
): { readonly params: ParameterValues<AnyExperiment["parameters"]>; readonly judgements: readonly Judgement[] } {
  const read = storedParameters(run.parameters, definition);
  if ("refused" in read) throw outdated(run, `its experiment has another parameter "${read.refused}" now`);
  const { values: params } = read;
  return { params, judgements: understanding(run, () => definition.verdicts(run.rows, params)) };
}

/** What an experiment throws over rows of another version is that version's fault. */
function understanding<Result>(run: StoredRun, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw outdated(run, `the experiment no longer understands its rows: ${(error as Error).message}`);
  }
}

function outdated({ name, command }: StoredRun, what: string): UsageError {
  return new UsageError(`${name}: ${what}`, `Run it again: ${command}`);
}

function isAsStored({ claim, verdict, effect }: Judgement, { verdicts }: StoredRun): boolean {
  const now = [verdict, effect.estimate, effect.low, effect.high];
  return verdicts.get(claim.id)?.every((value, i) => Object.is(value, now[i])) ?? false;
}
