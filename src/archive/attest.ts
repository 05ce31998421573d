/**
 * Cells that two revisions of the code measured on one machine, compared bit for bit: rows, and the weights of the networks
 * behind them. What is equal is attested, so that a refactoring that moves hashes does not make stored results stale.
 */
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { createColors } from "picocolors";
import { z } from "zod";
import { alignedLines, canonicalJson, type Json, plural, UsageError, writeFileAtomically } from "../base";
import { type Columns, cellName, type Row, type RowValue, type Setting } from "../experiment";
import {
  type Attestation,
  type AttestedCell,
  type AttestedExperiment,
  type CodeIdentity,
  codeFile,
  formatAttestations,
  readCodeRecord,
} from "../identity";
import { quantity } from "../statistics";
import {
  attestationsFile,
  cellStore,
  modelUseSchema,
  provenanceFile,
  readAttestations,
  referenceFolder,
  rowsSchema,
  runFolders,
} from "../store";
import { decodeSafetensors, SafetensorsError, type SafetensorsFile } from "../training";
import { type ColumnDifference, columnDifference } from "./comparison";
import { runsIn } from "./find-runs";
import { runInFolder } from "./stored-run";

/** Tensors of a network by their addresses. */
type Weights = SafetensorsFile["tensors"];

/** A cell as one of the revisions measured it. */
export interface MeasuredCell {
  readonly scale: string;
  readonly setting: Setting;
  /** The setting's columns included. */
  readonly rows: readonly Row[];
  /** Those that were trained for it, in the order in which it asked for them. */
  readonly networks: readonly Weights[];
}

/** Names that columns had before, with those that they have after. */
export type RenamedColumns = Readonly<Record<string, string>>;

/** What determines a comparison beside the cells. */
export interface ComparedColumns {
  /** Of today's rows. */
  readonly columns: Columns;
  readonly renamed: RenamedColumns;
}

/** A cell of both revisions. */
export interface CellComparison extends AttestedCell {
  /** Whether all of the following say so. */
  readonly equal: boolean;
  readonly rows: { readonly before: number; readonly after: number };
  /** Columns whose values differ, row by row, where there are as many rows on both sides. */
  readonly columns: readonly ColumnDifference[];
  /** Columns with values that today's rows have not, and those that only they have. */
  readonly gone: readonly string[];
  readonly added: readonly string[];
  readonly networks: { readonly before: number; readonly after: number; readonly equal: number };
  /** Tensors that differ, of networks that do. */
  readonly tensors: readonly TensorDifference[];
}

export interface TensorDifference {
  /** The address. */
  readonly name: string;
  /** The largest difference of two weights; null where shapes differ, or where one network has no such tensor. */
  readonly largest: number | null;
}

/** An experiment's cells in both revisions. */
export interface CellsComparison {
  readonly equal: readonly CellComparison[];
  readonly differing: readonly CellComparison[];
  /** Cells that only one of them asks for. */
  readonly onlyBefore: readonly AttestedCell[];
  readonly onlyAfter: readonly AttestedCell[];
}

/** Pairs the cells of two revisions by scale and setting, and compares each pair. */
export function compareMeasured(
  before: readonly MeasuredCell[],
  after: readonly MeasuredCell[],
  compared: ComparedColumns,
): CellsComparison {
  const keyOf = ({ scale }: MeasuredCell, setting: Row) => canonicalJson([scale, setting as Json]);
  const older = new Map(before.map((cell) => [keyOf(cell, renameColumns(cell.setting, compared)), cell]));
  const pairs = after.map((cell) => ({ key: keyOf(cell, cell.setting), cell }));
  const comparisons = pairs.flatMap(({ key, cell }) => {
    const there = older.get(key);
    return there === undefined ? [] : [compareCell(there, cell, compared)];
  });
  const keys = new Set(pairs.map(({ key }) => key));
  return {
    equal: comparisons.filter(({ equal }) => equal),
    differing: comparisons.filter(({ equal }) => !equal),
    onlyBefore: [...older].flatMap(([key, cell]) => (keys.has(key) ? [] : [named(cell)])),
    onlyAfter: pairs.flatMap(({ key, cell }) => (older.has(key) ? [] : [named(cell)])),
  };
}

function named({ scale, setting }: MeasuredCell): AttestedCell {
  return { scale, cell: cellName(setting) };
}

/**
 * A row or setting with its columns' names of today. A name that today's rows have, too, stays what it is.
 *
 * @example renameColumns({ pictures: 100 }, { columns: { images: column.whole("images") }, renamed: { pictures: "images" } }) // { images: 100 }
 */
export function renameColumns(row: Row, { columns, renamed }: ComparedColumns): Row {
  const today = (name: string) => {
    if (Object.hasOwn(columns, name) || !Object.hasOwn(renamed, name)) return name;
    const heir = renamed[name]!;
    return Object.hasOwn(columns, heir) ? heir : name;
  };
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [today(name), value]));
}

/** Units of what a clock or a memory shows: no two runs agree in these. */
const unitsOfTheMoment = ["s", "ms", "µs", "min", "h", "B", "kB", "MB", "GB", "KiB", "MiB", "GiB"];

/**
 * Compares a cell of two revisions: its rows in any order and by the exact value of every number, but for columns of time
 * and memory (by their units); and its networks tensor by tensor, whatever the order in which they were trained.
 */
export function compareCell(before: MeasuredCell, after: MeasuredCell, compared: ComparedColumns): CellComparison {
  const { columns } = compared;
  const then = before.rows.map((row) => renameColumns(row, compared));
  const now = after.rows;
  const holds = (rows: readonly Row[], name: string) => rows.some((row) => (row[name] ?? null) !== null);
  const lasting = Object.keys(columns).filter((name) => !unitsOfTheMoment.includes(columns[name]!.unit));
  const added = lasting.filter((name) => holds(now, name) && !then.some((row) => Object.hasOwn(row, name)));
  const gone = [...new Set(then.flatMap((row) => Object.keys(row)))].filter(
    (name) => !Object.hasOwn(columns, name) && holds(then, name),
  );
  const shared = lasting.filter((name) => !added.includes(name));
  const keyOf = (row: Row) => JSON.stringify(shared.map((name) => valueKey(row[name] ?? null)));
  const rows = pairOff(then, now, () => true, keyOf);
  const isComparable = then.length === now.length;
  const differing = !isComparable
    ? []
    : shared.flatMap((name) => {
        const values = rows.before.map((row, i) => [row[name] ?? null, rows.after[i]![name] ?? null] as const);
        const pairs = values.filter(([one, other]) => !Object.is(one, other));
        return pairs.length === 0 ? [] : [columnDifference(name, columns[name]!.unit, pairs)];
      });

  const networks = pairOff(before.networks, after.networks, (one, other) => compareWeights(one, other).length === 0);
  const tensors = networks.before
    .slice(0, networks.after.length)
    .flatMap((one, i) => compareWeights(one, networks.after[i]!));
  const unequal = rows.before.length + rows.after.length + networks.before.length + networks.after.length;
  return {
    ...named(after),
    equal: unequal + gone.length + added.length === 0,
    rows: { before: then.length, after: now.length },
    columns: differing,
    gone,
    added,
    networks: { before: before.networks.length, after: after.networks.length, equal: networks.equal },
    tensors,
  };
}

/** A text that only this value has: JSON would write -0 as 0, and NaN as null. */
function valueKey(value: RowValue): RowValue {
  return typeof value !== "number" ? JSON.stringify(value) : Object.is(value, -0) ? "-0" : String(value);
}

/**
 * Takes equal ones from two lists in pairs.
 *
 * @param areEqual asked of those that share a key
 * @param keyOf a text that equal ones share, which spares comparing each with each; one for all by default
 * @returns how many pairs there are, and what is left of either list, in its order
 */
function pairOff<One>(
  before: readonly One[],
  after: readonly One[],
  areEqual: (one: One, other: One) => boolean,
  keyOf: (one: One) => string = () => "",
): { readonly equal: number; readonly before: One[]; readonly after: One[] } {
  const free = new Map<string, number[]>();
  for (const [i, one] of after.entries()) {
    const key = keyOf(one);
    const places = free.get(key);
    if (places === undefined) free.set(key, [i]);
    else places.push(i);
  }
  const left = before.filter((one) => {
    const candidates = free.get(keyOf(one)) ?? [];
    const place = candidates.findIndex((i) => areEqual(one, after[i]!));
    if (place >= 0) candidates.splice(place, 1);
    return place < 0;
  });
  const others = [...free.values()].flat().sort((one, other) => one - other);
  return { equal: before.length - left.length, before: left, after: others.map((i) => after[i]!) };
}

/** The tensors in which two networks differ, bit for bit. */
export function compareWeights(before: Weights, after: Weights): TensorDifference[] {
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((name): TensorDifference[] => {
    const [one, other] = [before.get(name), after.get(name)];
    if (one === undefined || other === undefined) return [{ name, largest: null }];
    if (String(one.shape) !== String(other.shape)) return [{ name, largest: null }];
    if (bytesOf(one.data).equals(bytesOf(other.data))) return [];
    const largest = one.data.reduce((most, value, i) => Math.max(most, Math.abs(value - other.data[i]!)), 0);
    return [{ name, largest }];
  });
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** What is needed of a cell's record; a revision may have written others than today's. */
const measuredSchema = z.object({
  identity: z.object({ setting: z.record(z.string(), z.unknown()).and(z.object({ seed: z.int() })) }),
  rows: rowsSchema,
  models: z.array(modelUseSchema),
});

/** Where the cells that are compared are kept: a folder of results for each commit, and one for today's code. */
export function attestStore(results: string): string {
  return path.join(results, "store", "attest");
}

export interface MeasuredPlace {
  /** Folder of results whose store holds the cell. */
  readonly results: string;
  readonly experiment: string;
  readonly scale: string;
  /** The identifier that the cell is asked for by. */
  readonly id: string;
}

/**
 * Reads a cell that a revision's program measured, with the weights of the networks that it used.
 *
 * @returns null where it is not there: measuring it failed
 * @throws UsageError for a file that is damaged, or weights that are gone
 */
export function readMeasured({ results, experiment, scale, id }: MeasuredPlace): MeasuredCell | null {
  const folders = runFolders({ results, reports: "", run: experiment, experiment });
  const store = cellStore(folders.cells);
  const files = store.list().named(id).map(store.fileOf);
  // Of several runtimes, on whose machines the same command was given, that which measured last.
  const [file] = files.sort((one, other) => statSync(other).mtimeMs - statSync(one).mtimeMs);
  if (file === undefined) return null;
  const refuse = (what: string, cause: unknown) =>
    new UsageError(
      `${what}: ${cause instanceof Error ? cause.message : String(cause)}`,
      `Remove the folder ${results}: its cells are measured again.`,
    );
  let record: z.infer<typeof measuredSchema>;
  try {
    record = measuredSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    throw refuse(`the cell ${file} cannot be read`, error);
  }
  const setting = record.identity.setting as Setting;
  const networks = record.models.map((model) => {
    const weights = path.join(folders.models, model.id, "model.safetensors");
    try {
      return decodeSafetensors(readFileSync(weights)).tensors;
    } catch (error) {
      if (!(error instanceof SafetensorsError || (error instanceof Error && "code" in error))) throw error;
      throw refuse(`the weights ${weights} cannot be read`, error);
    }
  });
  return { scale, setting, rows: record.rows.map((row) => ({ ...setting, ...row })), networks };
}

/**
 * The code that a run recorded, whichever revision wrote it; null where the run wrote none.
 *
 * @param folder of the run
 * @throws UsageError for one of another form than today's
 */
export function readRunCode(folder: string): CodeIdentity | null {
  const [code, provenance] = [codeFile, provenanceFile].map((name) => path.join(folder, name)) as [string, string];
  if (!existsSync(code) || !existsSync(provenance)) return null;
  try {
    const { cells } = z
      .object({ code: z.object({ cells: z.string() }) })
      .parse(JSON.parse(readFileSync(provenance, "utf8"))).code;
    return readCodeRecord(readFileSync(code, "utf8"), cells);
  } catch (error) {
    throw new UsageError(`${code} cannot be compared with today's code: ${(error as Error).message}`);
  }
}

/** What became of an experiment. */
export type Attempt = { readonly experiment: string } & (
  | {
      readonly outcome: "compared";
      readonly comparison: CellsComparison;
      /** Hashes of its roots in the two revisions. */
      readonly before: AttestedExperiment["before"];
      readonly after: AttestedExperiment["after"];
    }
  /** Both revisions would measure the same cells by the same code. */
  | { readonly outcome: "same code" }
  /** The earlier revision has no such experiment. */
  | { readonly outcome: "new" }
  | { readonly outcome: "failed"; readonly reason: string }
);

/** What can be attested of an experiment: nothing where a cell differs, and where the code is the same. */
export function attestedOf(attempt: Attempt): AttestedExperiment | null {
  if (attempt.outcome !== "compared") return null;
  const { experiment, before, after, comparison } = attempt;
  const { equal, differing } = comparison;
  if (differing.length > 0 || equal.length === 0 || canonicalJson(before) === canonicalJson(after)) return null;
  return { experiment, before, after, cells: equal.map(({ scale, cell }) => ({ scale, cell })) };
}

/** How many networks both revisions trained, where all are equal and there is one; else undefined. */
export function equalNetworks(attempts: readonly Attempt[]): number | undefined {
  const networks = attempts.flatMap((attempt) =>
    attempt.outcome === "compared" ? comparedNetworks(attempt.comparison) : [],
  );
  const areEqual = networks.every(({ before, after, equal }) => before === equal && after === equal);
  const count = networks.reduce((sum, { equal }) => sum + equal, 0);
  return areEqual && attempts.every(({ outcome }) => outcome !== "failed") && count > 0 ? count : undefined;
}

/** How many networks each cell that both revisions measured had, and how many of these are equal. */
function comparedNetworks({ equal, differing }: CellsComparison): CellComparison["networks"][] {
  return [...equal, ...differing].map(({ networks }) => networks);
}

/** Whether an experiment differs between the revisions, or could not be compared. */
export function isUnequal(attempt: Attempt): boolean {
  if (attempt.outcome !== "compared") return attempt.outcome === "failed";
  return attempt.comparison.differing.length > 0 || attempt.comparison.equal.length === 0;
}

/**
 * Adds an attestation to those that lie beside the reference runs, in the place of what an earlier one said of the same
 * experiments in the same revisions.
 *
 * @returns the file
 * @throws UsageError for a damaged file, FileError where it cannot be written
 */
export function addAttestation(results: string, attestation: Attestation): string {
  const file = attestationsFile(results);
  const { from, to, experiments } = attestation;
  const isSuperseded = (older: AttestedExperiment) =>
    experiments.some(
      (one) =>
        canonicalJson([one.experiment, one.before, one.after]) ===
          canonicalJson([older.experiment, older.before, older.after]) &&
        older.cells.every(({ scale, cell }) => one.cells.some((other) => other.scale === scale && other.cell === cell)),
    );
  const others = readAttestations(results).flatMap((older): Attestation[] => {
    if (older.from !== from || older.to !== to) return [older];
    const lasting = older.experiments.filter((one) => !isSuperseded(one));
    return lasting.length === 0 ? [] : [{ ...older, experiments: lasting }];
  });
  writeFileAtomically(file, formatAttestations([...others, attestation]));
  return file;
}

/** Names of the experiments that there are reference runs of, sorted. @throws UsageError naming a file that cannot be read */
export function referencedExperiments(results: string): string[] {
  const folder = path.join(results, referenceFolder);
  const names = runsIn(folder).map((run) => runInFolder(path.join(folder, run)).provenance().experiment);
  return [...new Set(names)].sort();
}

/** A table for people: of each experiment how many cells and networks are equal, and what differs by how much. */
export function attestationLines(attempts: readonly Attempt[], { colour }: { readonly colour: boolean }): string[] {
  const paint = createColors(colour);
  const header = ["experiment", "cells equal", "differing", "networks equal", ""];
  const rows = attempts.map((attempt) => {
    if (attempt.outcome !== "compared") return [attempt.experiment, "", "", "", outcomeText(attempt)];
    const { equal, differing } = attempt.comparison;
    const networks = comparedNetworks(attempt.comparison);
    const count = (of: (one: CellComparison["networks"]) => number) => networks.reduce((sum, one) => sum + of(one), 0);
    const all = count(({ before, after }) => Math.max(before, after));
    return [
      attempt.experiment,
      String(equal.length),
      String(differing.length),
      all === 0 ? "none" : `${count((one) => one.equal)} of ${all}`,
      outcomeText(attempt),
    ];
  });
  return alignedLines([header, ...rows], [1, 2, 3]).map((line, i) =>
    i === 0 ? paint.dim(line) : isUnequal(attempts[i - 1]!) ? paint.red(line) : line,
  );
}

function outcomeText(attempt: Attempt): string {
  if (attempt.outcome === "failed") return `failed: ${attempt.reason}`;
  if (attempt.outcome === "new") return "not there before";
  if (attempt.outcome === "same code") return "same code";
  const { equal, differing, onlyBefore, onlyAfter } = attempt.comparison;
  const alone = [
    ...(onlyBefore.length === 0 ? [] : [`${plural(onlyBefore.length, "cell")} no more`]),
    ...(onlyAfter.length === 0 ? [] : [`${plural(onlyAfter.length, "cell")} not before`]),
  ];
  if (equal.length + differing.length === 0) return ["no cell in common", ...alone].join("; ");
  const said = differing.length > 0 ? differencesText(differing) : [attestedOf(attempt) ? "attested" : "same code"];
  return [...said, ...alone].join("; ");
}

/** What differs in some cells, all of them together. */
function differencesText(cells: readonly CellComparison[]): string[] {
  const largestOf = (some: readonly { readonly largest: number | null }[]) =>
    some.some(({ largest }) => largest === null) ? null : Math.max(...some.map(({ largest }) => largest!));
  const by = (largest: number | null, unit = "") => (largest === null ? "" : ` by up to ${quantity(largest, unit)}`);
  const distinct = (names: readonly string[]) => [...new Set(names)];
  const counts = cells.filter(({ rows }) => rows.before !== rows.after).map(({ rows }) => rows);
  const differences = cells.flatMap(({ columns }) => columns);
  const columns = distinct(differences.map(({ name }) => name)).map((name) => {
    const of = differences.filter((one) => one.name === name);
    const rows = of.reduce((sum, one) => sum + one.rows, 0);
    return `${name} in ${plural(rows, "row")}${by(largestOf(of), of[0]!.unit)}`;
  });
  const [gone, added] = [distinct(cells.flatMap((cell) => cell.gone)), distinct(cells.flatMap((cell) => cell.added))];
  const tensors = cells.flatMap((cell) => cell.tensors);
  const networks = cells.filter(({ networks: { before, after, equal } }) => Math.max(before, after) > equal);
  return [
    ...(counts.length === 0 ? [] : [`${counts[0]!.before} rows before, ${counts[0]!.after} after`]),
    ...columns,
    ...(gone.length === 0 ? [] : [`gone: ${gone.join(", ")}`]),
    ...(added.length === 0 ? [] : [`new: ${added.join(", ")}`]),
    ...(networks.length === 0
      ? []
      : [
          tensors.length === 0
            ? "another number of networks"
            : `weights in ${plural(tensors.length, "tensor")}${by(largestOf(tensors))}`,
        ]),
  ];
}
