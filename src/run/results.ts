import { existsSync, rmSync } from "node:fs";
import path from "node:path";
import { projectRoot, relative, type Terminal, writeFileAtomically } from "../base";
import type { Judgement } from "../claims";
import { customNetworkDepartures, networkFile, networkText } from "../custom-network";
import { type Experiment, type GridPoint, ifTold, type ParameterValues, type Row, type Setting } from "../experiment";

import { codeFile, writeCodeRecord } from "../identity";
import {
  type Column,
  claimsColumns,
  effectText,
  ensurePlotlyAsset,
  type Figure,
  figureThumbnail,
  mapColumns,
  mapRows,
  pointColumns,
  pointRows,
  type ReportContent,
  renderReport,
  renderVerdicts,
  type VerdictMap,
  writeClaimsCsv,
  writeColumns,
  writeCsv,
} from "../report";
import { type CellRecord, type Provenance, removeChecksums, writeChecksums } from "../store";

import { provenance } from "./provenance";
import type { RunPlan } from "./run-plan";

export interface ResultParts {
  readonly plan: RunPlan;
  /** Measured cells by identifier. */
  readonly records: ReadonlyMap<string, CellRecord>;
  /** The seeds to judge by; all of their cells are measured. */
  readonly seeds: readonly number[];
  /** Whether these are all seeds of the run. */
  readonly complete: boolean;
}

export interface Results {
  /** What was judged. */
  readonly rows: readonly (Setting & Row)[];
  readonly judgements: readonly Judgement[];
  readonly provenance: Provenance;
}

/** What a run over a grid found at its points. */
export interface MappedGrid {
  readonly points: readonly { readonly point: GridPoint; readonly rows: readonly (Setting & Row)[] }[];
  /** Of each claim that was judged at any of them. */
  readonly maps: readonly VerdictMap[];
}

/**
 * Judges the rows of the given seeds and writes tables, provenance and report, each file whole or not at all; at the end
 * the digests of those in the results folder, which say that they belong together.
 */
export async function writeResults(parts: ResultParts & { readonly grid?: MappedGrid }): Promise<Results> {
  const { plan, grid = { points: [], maps: [] } } = parts;
  const { definition, folders, parameters } = plan;
  const { rows, origin } = measured(parts);
  const columns = Object.entries(definition.columns).map(
    ([name, { type, unit, description }]): Column => ({ name, type, unit, description }),
  );

  const inResults = (name: string) => path.join(folders.results, name);
  removeChecksums(folders.results);
  // What was measured comes first: no fault in what is made of it loses it.
  await writeCsv(inResults("rows.csv"), rows, Object.keys(definition.columns));
  if (grid.maps.length > 0)
    await writeCsv(
      inResults("points.csv"),
      pointRows(grid.points),
      pointColumns(grid.maps, columns).map(({ name }) => name),
    );
  writeFileAtomically(inResults("provenance.json"), `${JSON.stringify(origin, null, 2)}\n`);
  writeCodeRecord(folders.results, plan.measuringCode.cells);
  const network = plan.customNetwork === null ? null : networkText(plan.customNetwork);
  if (network !== null) writeFileAtomically(inResults(networkFile), network);
  const { values } = parameters;
  const judgements = await writeVerdicts({
    ...{ definition, values, rows, columns, origin, folders, maps: grid.maps },
    interim: parts.complete ? null : { doneSeeds: parts.seeds.length, totalSeeds: values.seeds.length },
    cells: plan.cells.length,
    departures:
      origin.network === undefined || network === null ? [] : customNetworkDepartures(origin.network, network),
  });
  return { rows, judgements, provenance: origin };
}

/** A run whose rows are written, and what its verdicts and its page are made of. */
export interface MeasuredRun {
  readonly definition: Experiment;
  readonly values: ParameterValues<Experiment["parameters"]>;
  readonly rows: readonly (Setting & Row)[];
  readonly columns: readonly Column[];
  readonly origin: Provenance;
  readonly folders: Pick<RunPlan["folders"], "results" | "reports" | "reportFile">;
  readonly maps: readonly VerdictMap[];
  /** While seeds are still to come: how many of how many are judged. */
  readonly interim: { readonly doneSeeds: number; readonly totalSeeds: number } | null;
  /** All cells of the run. */
  readonly cells: number;
  /** Departures from the source that are not the experiment's own. */
  readonly departures: readonly string[];
}

/**
 * Judges rows, and writes claims.csv, thumbnails, map.csv and report, each file whole or not at all; at the end the digests of all files
 * in the results folder.
 */
export async function writeVerdicts(run: MeasuredRun): Promise<readonly Judgement[]> {
  const { definition, values, rows, columns, origin, folders, maps } = run;
  const inResults = (name: string) => path.join(folders.results, name);
  const mapped = maps.length === 0 ? {} : { "map.csv": mapColumns(maps), "points.csv": pointColumns(maps, columns) };
  removeChecksums(folders.results);
  rmSync(inResults("claims.csv"), { force: true }); // of earlier rows, or by earlier rules
  await writeColumns(inResults("columns.json"), { "rows.csv": columns, "claims.csv": claimsColumns, ...mapped });
  const judgements = understanding("judging", run, () => definition.verdicts(rows, values, origin.data));
  await writeClaimsCsv(inResults("claims.csv"), judgements, {
    scale: origin.scale,
    data: dataText(origin),
    commit: commitText(origin),
    interim: run.interim !== null,
  });
  await ensurePlotlyAsset(folders.reports);
  if (maps.length > 0)
    await writeCsv(
      inResults("map.csv"),
      mapRows(maps),
      mapColumns(maps).map(({ name }) => name),
    );
  const content = { ...reportContent(run, judgements), maps };
  const thumbnails = writeThumbnails(folders.results, judgements, content.figures);
  writeFileAtomically(folders.reportFile, await renderReport(content));
  const written = [
    "rows.csv",
    "claims.csv",
    ...Object.keys(mapped),
    "columns.json",
    "provenance.json",
    codeFile,
    networkFile,
  ];
  const there = written.filter((name) => existsSync(inResults(name))); // some runs have no network of their own, or no code.json
  writeChecksums(folders.results, [...there, ...thumbnails]);
  return judgements;
}

/** Judges without writing anything. */
export async function judgeResults(parts: ResultParts): Promise<Results> {
  const { rows, origin } = measured(parts);
  const judgements = parts.plan.definition.verdicts(rows, parts.plan.parameters.values, origin.data);
  return { rows, judgements, provenance: origin };
}

function measured(parts: ResultParts): Pick<MeasuredRun, "rows" | "origin"> {
  const { plan, records, seeds } = parts;
  const cells = plan.cells
    .filter(({ id, cell }) => seeds.includes(cell.seed) && records.has(id))
    .map(({ id, cell, cached }) => ({ cell, record: records.get(id)!, cached: cached !== null }));
  const rows = cells.flatMap(({ cell, record }) => rowsOf(cell, record));
  return { rows, origin: provenance({ plan, cells, complete: parts.complete }) };
}

/** Does what is the experiment's own to do with written rows. @throws Error that says where they are, for a fault in it */
function understanding<Result>(what: string, { folders }: Pick<MeasuredRun, "folders">, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    const rows = relative(path.join(folders.results, "rows.csv"));
    const fault = new Error(`the experiment's ${what} failed: ${message}\nAll that was measured is in ${rows}.`);
    if (stack !== undefined) fault.stack = stack;
    throw fault;
  }
}

function reportContent(run: MeasuredRun, judgements: readonly Judgement[]): ReportContent {
  const { definition, values, rows, columns, origin, folders, interim } = run;
  const { figures, undrawn } = drawn(run);
  // What the page shows elsewhere, or what is too long for it, is left to provenance.json.
  const { cells, parameters, command, seeds, ...shown } = origin;
  return {
    title: definition.title,
    question: definition.question,
    source: definition.source,
    run: {
      ...{ name: definition.name, scale: origin.scale, data: dataText(origin), command, interim, date: origin.ended },
      ...(origin.precision === undefined ? {} : { precision: origin.precision }),
    },
    judgements,
    figures,
    notes: undrawn,
    parameters: parameters.map(({ name, value, default: byDefault, unit, description }) => ({
      ...{ name, value, default: byDefault, description },
      unit: unit ?? "",
    })),
    departures: [
      ...run.departures,
      ...(origin.network?.files.flatMap(({ statistics }) => statistics?.text ?? []) ?? []),
      ...definition.departures(values),
      ...(origin.precision === undefined ? [] : [`Activations and their gradients are in ${origin.precision}.`]),
    ],
    contrasts: definition.contrasts(values),
    rows: { count: rows.length, seeds, cells: { done: cells.length, total: run.cells } },
    columns,
    ...(definition.firstLook === undefined ? {} : { firstLook: definition.firstLook }),
    ...figuresIn(run),
    links: ["rows.csv", "claims.csv", "columns.json", "provenance.json"].map((name) => ({
      label: name,
      href: path.relative(folders.reports, path.join(folders.results, name)).split(path.sep).join("/"),
    })),
    provenance: JSON.parse(JSON.stringify({ ...shown, seeds })) as ReportContent["provenance"],
  };
}

/** The file of the experiment, where it is one of the project's own. */
function figuresIn({ definition, folders }: MeasuredRun): Pick<ReportContent, "figuresIn"> {
  const file = path.join("experiments", `${definition.name}.ts`);
  if (!existsSync(path.join(projectRoot, file))) return {};
  const href = path.relative(folders.reports, path.join(projectRoot, file)).split(path.sep).join("/");
  return { figuresIn: { label: file.split(path.sep).join("/"), href } };
}

/** The experiment's figures; where the rows do not tell what they show, none, and why. */
function drawn(run: MeasuredRun): { figures: Figure[]; undrawn: string[] } {
  return understanding("drawing", run, () =>
    ifTold<ReturnType<typeof drawn>, ReturnType<typeof drawn>>(
      () => ({ figures: run.definition.figures(run.rows, run.values), undrawn: [] }),
      (why) => ({ figures: [], undrawn: [`No figure can be drawn: ${why}.`] }),
    ),
  );
}

function dataText({ data }: Pick<Provenance, "data">): string {
  return data === null ? "made by the experiment" : data.name;
}

/** As claims.csv names a commit: "+" behind it where the code differed from it, empty when unknown. */
function commitText({ code: { commit, dirty } }: Provenance): string {
  return commit === "unknown" ? "" : `${commit}${dirty ? "+" : ""}`;
}

/** A cell's rows as the experiment sees them: its setting before each. */
export function rowsOf(cell: Setting, { rows }: CellRecord): (Setting & Row)[] {
  return rows.map((row) => ({ ...cell, ...row }));
}

/** One line a claim, while the run goes on. */
export function interimLines({ judgements }: Results, seeds: number, ofSeeds: number): string[] {
  return judgements.map((judgement) => `interim, ${seeds} of ${ofSeeds} seeds: ${judgementLine(judgement)}`);
}

/** @example "E1 reproduced, 0.61 points [0.4, 0.8]" */
export function judgementLine({ claim, verdict, effect }: Judgement): string {
  return `${claim.id} ${verdict}, ${effectText(effect, claim.unit)}`;
}

/** The verdicts as a table for the screen. */
export function verdictTable(judgements: readonly Judgement[], { colourResults, width }: Terminal): string {
  return renderVerdicts(judgements, { colour: colourResults, width: width() });
}

/** The outcome for machines; without results while no verdict can be given. */
export function outcomeJson(
  plan: RunPlan,
  results: Results | null,
  run: { readonly failures: number; readonly missing: number; readonly seconds: number },
): object {
  const { definition, options, cells, folders } = plan;
  return {
    experiment: definition.name,
    run: plan.name,
    scale: options.scale,
    data: options.data,
    ...(options.precision === undefined ? {} : { precision: options.precision }),
    complete: run.missing === 0,
    seeds: results?.provenance.seeds ?? [],
    cells: {
      total: cells.length,
      cached: cells.filter(({ cached }) => cached !== null).length,
      failed: run.failures,
      missing: run.missing,
    },
    claims: (results?.judgements ?? []).map((judgement) => {
      const { claim, verdict, effect, conditions, preconditions, sentence, range, reason } = judgement;
      return {
        claim: claim.id,
        verdict,
        effect,
        unit: claim.unit,
        sentence,
        reason,
        range,
        preconditions,
        conditions,
      };
    }),
    results: results && folders.results,
    report: results && folders.reportFile,
    seconds: run.seconds,
  };
}

/** Where a run keeps a claim's thumbnail, relative to its results folder. */
export function thumbnailPath(claim: string): string {
  return `thumbnails/${claim}.svg`;
}

/**
 * Writes a small image for each judged claim, whole or not at all: of the first figure that names the claim, else of the
 * run's first. A run without figures has none.
 *
 * @param folder the run's results folder
 * @returns paths of what was written, relative to that folder
 */
export function writeThumbnails(
  folder: string,
  judgements: readonly Judgement[],
  figures: readonly Figure[],
): string[] {
  return judgements.flatMap(({ claim }) => {
    const figure = figures.find(({ claims = [] }) => claims.includes(claim.id)) ?? figures[0];
    if (figure === undefined) return [];
    writeFileAtomically(path.join(folder, thumbnailPath(claim.id)), figureThumbnail(figure));
    return [thumbnailPath(claim.id)];
  });
}
