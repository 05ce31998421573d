import { existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { isHeld, type Json, trackedFiles, UsageError } from "../base";
import { type DatasetName, datasetNames } from "../data";
import { askedId, codeFingerprint, isStoredId, measuringCode, trainingCode } from "../identity";
import { allowedCores, type FoundData, goesOn, modelId, type RunStatus, readStatuses } from "../run";
import { type CellRecord, cellStore, provenanceFile, readAttestations } from "../store";
import { holdsModel } from "../training";
import { attestStore } from "./attest";
import { findRuns } from "./find-runs";
import { runInFolder } from "./stored-run";

/** What can be freed, by what it is. */
export const wasteKinds = {
  smoke: "runs at the scale smoke, with the cells and networks that only they refer to",
  "old-cells": "cells of older code, or damaged, that no run refers to",
  "old-networks": "networks trained by older code that nothing refers to",
  checkpoints: "checkpoints beside networks whose training has ended",
  temporary: "files that were left half written more than an hour ago",
  "spare-cells": "cells of today's code that no run refers to: one that was stopped goes on from them",
  "spare-networks": "networks of today's code that nothing refers to: a run that asks for one need not train it",
  "other-runtimes":
    "what runs have by this runtime and another machine, or TensorFlow, made, too: a run there goes on from it",
  "half-trained": "networks whose training was stopped: a run that asks for one goes on from there",
  attested: "what `verify --attest` measured by today's code and by earlier commits: the same command goes on from it",
} as const;

export type WasteKind = keyof typeof wasteKinds;

/** What is freed only where it is named: a run may still want it. */
export const spareKinds: readonly WasteKind[] = [
  "spare-cells",
  "spare-networks",
  "other-runtimes",
  "half-trained",
  "attested",
];

/** A file or folder that can be freed. */
export interface Waste {
  readonly kind: WasteKind;
  readonly path: string;
  readonly bytes: number;
  /** The lock that whoever trains the network holds; null for what is no network. */
  readonly lock: string | null;
}

export interface WastePlace {
  readonly results: string;
  readonly reports: string;
  /** Folder of the experiments: their code decides what is of today. */
  readonly experiments: string;
  /** A data set as it is on this machine; null where it is not there. */
  readonly findData: (data: DatasetName) => Promise<Pick<FoundData, "checksum"> | null>;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export interface StoreSurvey {
  readonly waste: readonly Waste[];
  /** Paths that a running process holds. */
  readonly held: readonly string[];
  /** What stays. */
  readonly kept: { readonly runs: number; readonly cells: number; readonly networks: number };
}

/** So old must be what looks as if it was left behind: whoever writes it may only be slow. */
const hour = 3_600_000;

/**
 * What could be freed in a results folder and its store, and what stays. Reads, but never writes.
 *
 * Whatever a run's provenance refers to stays, be it of older code; so does what git tracks, and what a running process
 * holds.
 *
 * @throws UsageError naming the file where a run's provenance cannot be read: what it refers to is not known
 */
export async function surveyWaste(place: WastePlace): Promise<StoreSurvey> {
  const { results, reports, now } = place;
  const tracked = [...trackedFiles(results), ...trackedFiles(reports)];
  const isTracked = (entry: string) => tracked.some((file) => file === entry || file.startsWith(`${entry}${path.sep}`));
  const store = path.join(results, "store");
  const underWay = readStatuses(path.join(store, "runs")).filter((status) => goesOn(status, now));
  const runs = readRuns(place);
  const isLasting = ({ name, folder, scale, complete, written }: ReferringRun) =>
    scale !== "smoke" ||
    isTracked(folder) ||
    underWay.some(({ run }) => run === name) ||
    (!complete && now - written < hour);
  const smoke = runs.filter((run) => !isLasting(run));
  const { cells, damaged } = readCells(store);
  const running = underWay.map((status) => referencesOfRunning(status, cells));
  const references = {
    lasting: merged([...runs.filter(isLasting).map(referencesOf), ...running]),
    smoke: merged(smoke.map(referencesOf)),
  };

  const codeNow = todaysCode(place);
  const sorted = cells.map((cell) => ({ ...cell, kind: kindOfCell(cell.record, references, codeNow) }));
  const networks = readNetworks(store);
  // Without a network no data set need be read.
  const isToday = networks.length === 0 ? () => true : await todaysNetworks(place, sorted, codeNow.models());
  const wasteOf = networkWaste(references, sorted, isToday);
  const known = [
    ...smoke.flatMap(({ folder, report }) => [folder, ...(existsSync(report) ? [report] : [])]).map(of("smoke")),
    ...sorted.flatMap(({ file, kind }) => (kind === null ? [] : [of(kind)(file)])),
    ...damaged.map(of("old-cells")),
    ...networks.flatMap((network) => wasteOf(network) ?? []),
    ...attestedFolders(results).map(of("attested")),
  ];
  const halfWritten = [results, reports]
    .flatMap((folder) => temporaryFiles(folder, now))
    .filter((file) => !known.some((one) => file.startsWith(`${one.path}${path.sep}`)));
  const waste = [...known, ...halfWritten.map(of("temporary"))].filter((one) => !isTracked(one.path));
  const isNetworkHeld = ({ lock }: Waste) => lock !== null && isHeld(lock);
  const free = waste.filter((one) => !isNetworkHeld(one));
  const gone = new Set(free.filter(({ kind }) => !spareKinds.includes(kind)).map((one) => one.path));
  return {
    waste: free,
    held: waste.filter(isNetworkHeld).map((one) => one.path),
    kept: {
      runs: runs.filter(({ folder }) => !gone.has(folder)).length,
      cells: cells.filter(({ file }) => !gone.has(file)).length,
      networks: networks.filter(({ folder }) => !gone.has(folder)).length,
    },
  };
}

/** Identifiers of what runs refer to. */
interface References {
  readonly cells: ReadonlySet<string>;
  readonly networks: ReadonlySet<string>;
}

/** What the runs that stay refer to, and what those do that can go. */
interface AllReferences {
  readonly lasting: References;
  readonly smoke: References;
}

function referencesOf({ cells }: ReferringRun): References {
  return { cells: new Set(cells.map(({ id }) => id)), networks: new Set(cells.flatMap(({ models }) => models)) };
}

/** The store's names of what a run under way has, or has made since; it knows its cells by the identifiers that it asks for. */
function referencesOfRunning({ cells, networks }: RunStatus, store: readonly StoredCell[]): References {
  const asked = new Set(cells.map(({ id }) => id));
  return {
    cells: new Set(store.map(({ record }) => record.id).filter((id) => asked.has(askedId(id)))),
    networks: new Set(networks.map(({ id }) => id)),
  };
}

function merged(references: readonly References[]): References {
  return {
    cells: new Set(references.flatMap(({ cells }) => [...cells])),
    networks: new Set(references.flatMap(({ networks }) => [...networks])),
  };
}

interface StoredCell {
  readonly file: string;
  readonly record: CellRecord;
}

interface SortedCell extends StoredCell {
  /** Null where a run that stays refers to it. */
  readonly kind: WasteKind | null;
}

function kindOfCell(
  { id, identity: { experiment, code } }: CellRecord,
  { lasting, smoke }: AllReferences,
  codeNow: ReturnType<typeof todaysCode>,
): WasteKind | null {
  if (lasting.cells.has(id)) return null;
  if (smoke.cells.has(id)) return "smoke";
  if (codeNow.cells(experiment) !== code) return "old-cells";
  return isOfOtherRuntime(id, lasting.cells) ? "other-runtimes" : "spare-cells";
}

/** Whether a result lasts that is the same but for its runtime. */
function isOfOtherRuntime(id: string, lasting: ReadonlySet<string>): boolean {
  return [...lasting].some((other) => other !== id && askedId(other) === askedId(id));
}

/** What of a network's folder can be freed; nothing where a run or a cell that stays refers to it. */
function networkWaste(
  { lasting, smoke }: AllReferences,
  cells: readonly SortedCell[],
  isToday: (folder: string) => boolean,
) {
  const usedBy = (wanted: (kind: WasteKind | null) => boolean) =>
    cells.filter(({ kind }) => wanted(kind)).flatMap(({ record }) => record.models.map(({ id }) => id));
  const staying = new Set([...lasting.networks, ...usedBy((kind) => kind === null || kind === "spare-cells")]);
  const ofSmoke = new Set([...smoke.networks, ...usedBy((kind) => kind === "smoke")]);
  return ({ id, folder, isTrained, checkpoint, lock }: StoredNetwork): Waste | null => {
    const as = (kind: WasteKind, entry = folder): Waste => ({ ...of(kind)(entry), lock });
    if (staying.has(id)) return isTrained && checkpoint !== null ? as("checkpoints", checkpoint) : null;
    if (ofSmoke.has(id)) return as("smoke");
    if (!isTrained) return as("half-trained");
    if (!isToday(folder)) return as("old-networks");
    return as(isOfOtherRuntime(id, staying) ? "other-runtimes" : "spare-networks");
  };
}

/** A folder a commit, and one of today's code. */
function attestedFolders(results: string): string[] {
  const folder = attestStore(results);
  return existsSync(folder) ? readdirSync(folder).map((name) => path.join(folder, name)) : [];
}

function of(kind: WasteKind): (entry: string) => Waste {
  return (entry) => ({ kind, path: entry, bytes: bytesIn(entry), lock: null });
}

/** What a run refers to. */
interface ReferringRun {
  readonly name: string;
  readonly folder: string;
  readonly report: string;
  readonly scale: string;
  readonly complete: boolean;
  /** Milliseconds since 1970. */
  readonly written: number;
  readonly cells: readonly { readonly id: string; readonly models: readonly string[] }[];
}

function readRuns({ results, reports }: WastePlace): ReferringRun[] {
  if (!existsSync(results)) throw new UsageError(`there is no folder ${results}`);
  return findRuns(results).map((name): ReferringRun => {
    const folder = path.join(results, name);
    try {
      const { scale, complete, cells } = runInFolder(folder).provenance();
      const written = lstatSync(path.join(folder, provenanceFile)).mtimeMs;
      return { scale, complete, cells, name, folder, report: path.join(reports, `${name}.html`), written };
    } catch (error) {
      throw new UsageError(
        `cannot read a run: ${(error as Error).message}`,
        "What the run refers to is not known, so nothing is freed. Run it again, or remove its folder.",
      );
    }
  });
}

/** All cells of the store; files that cannot be trusted apart. */
function readCells(store: string) {
  const cells: StoredCell[] = [];
  const damaged: string[] = [];
  for (const experiment of foldersIn(path.join(store, "cells"))) {
    const folder = path.join(store, "cells", experiment);
    const { list, fileOf } = cellStore(folder);
    const stored = list();
    for (const id of stored.ids) {
      const record = stored.read(id);
      if (record === null) continue;
      if ("problem" in record) damaged.push(fileOf(id));
      else cells.push({ file: fileOf(id), record });
    }
  }
  return { cells, damaged };
}

/** Fingerprint of today's code that measures an experiment's cells, null where there is no such experiment; and the name of that which trains. */
function todaysCode({ experiments, results }: WastePlace) {
  const known = new Map<string, string | null>();
  const fileOf = (experiment: string) => path.join(experiments, `${experiment}.ts`);
  const anyExperiment = (existsSync(experiments) ? readdirSync(experiments) : []).find((name) => name.endsWith(".ts"));
  return {
    cells(experiment: string): string | null {
      const found = known.get(experiment);
      if (found !== undefined) return found;
      const file = fileOf(experiment);
      const fingerprint = existsSync(file) ? codeFingerprint(measuringCode(file).cells) : null;
      known.set(experiment, fingerprint);
      return fingerprint;
    },
    models(): string | null {
      if (anyExperiment === undefined) return null;
      return trainingCode(measuringCode(path.join(experiments, anyExperiment)).models, readAttestations(results));
    },
  };
}

interface StoredNetwork {
  readonly id: string;
  readonly folder: string;
  readonly isTrained: boolean;
  /** Path of its checkpoint, where it has one. */
  readonly checkpoint: string | null;
  readonly lock: string;
}

function readNetworks(store: string): StoredNetwork[] {
  const models = path.join(store, "models");
  return foldersIn(models)
    .filter(isStoredId)
    .map((id) => {
      const folder = path.join(models, id);
      const checkpoint = path.join(folder, "checkpoint.safetensors");
      return {
        id,
        folder,
        isTrained: holdsModel(folder),
        checkpoint: existsSync(checkpoint) ? checkpoint : null,
        lock: path.join(models, `${id}.lock`),
      };
    });
}

/** Of a plan, what tells the data set that it is for. */
const planSchema = z.object({ architecture: z.object({ inputShape: z.tuple([z.number(), z.number(), z.number()]) }) });

/**
 * Tells networks that today's code would load, on this machine or another, from others: the identifier that their plan has today
 * is that in their folder's name, and a runtime stands behind it, which older code left out.
 * What cannot be told, for want of the data's checksum or of a readable plan, counts as today's.
 */
async function todaysNetworks(place: WastePlace, cells: readonly StoredCell[], code: string | null) {
  const identities = cells.map(({ record }) => record.identity);
  const checksums = new Map<DatasetName, Set<string>>(datasetNames.map((name) => [name, new Set()]));
  for (const { data } of identities) if (data !== null) checksums.get(data.name)?.add(data.checksum);
  for (const name of datasetNames) {
    const today = await place.findData(name);
    if (today !== null) checksums.get(name)?.add(today.checksum);
  }
  const threads = new Set([1, allowedCores().length, ...identities.map((identity) => identity.threads)]);
  return (folder: string): boolean => {
    const name = path.basename(folder);
    if (name === askedId(name)) return false;
    const found = readPlan(folder);
    const ofData = found === null ? [] : [...checksums.get(found.data)!];
    if (found === null || code === null || ofData.length === 0) return true;
    const { plan } = found;
    const possible = ofData.flatMap((data) =>
      [...threads].flatMap((count) =>
        ["tensorflow", "cpu"].map((backend) => ({ plan, data, backend, threads: count, code })),
      ),
    );
    return possible.some((identity) => modelId(identity) === askedId(name));
  };
}

/** The plan of a trained network, and the data set whose images it takes; null where it cannot be read. */
function readPlan(folder: string): { readonly plan: Json; readonly data: DatasetName } | null {
  try {
    const plan = JSON.parse(readFileSync(path.join(folder, "plan.json"), "utf8")) as Json;
    const [, , channels] = planSchema.parse(plan).architecture.inputShape;
    return { plan, data: channels === 1 ? "mnist" : "cifar10" };
  } catch {
    return null;
  }
}

/** What `writeFileAtomically` leaves behind where it is killed. */
function temporaryFiles(folder: string, now: number): string[] {
  return filesIn(folder).filter((file) => /\.tmp-\d+$/.test(file) && now - lstatSync(file).mtimeMs > hour);
}

function foldersIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

function bytesIn(entry: string): number {
  const files = lstatSync(entry).isDirectory() ? filesIn(entry) : [entry];
  return files.reduce((sum, file) => sum + lstatSync(file).size, 0);
}

/** All files below a folder; links are not followed. */
function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}
