import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import {
  canonicalJson,
  commandText,
  homeFolder,
  inHomeFolder,
  type Json,
  pathFrom,
  programName,
  projectRoot,
  UsageError,
} from "../base";

import {
  type CustomNetworkPlan,
  type ImageScale,
  identityOf,
  identityOn,
  imageScaleText,
  imageSizeText,
  onnxFacts,
  withCustomNetwork,
} from "../custom-network";
import type { DatasetName, ImageSize } from "../data";
import {
  dataAtScale,
  defaultScale,
  type Experiment,
  experimentWords,
  plannedTraining,
  type ResolvedParameters,
  resolveParameters,
  type Scale,
  type Setting,
  varyWords,
} from "../experiment";

import {
  askedId,
  type CellIdentity,
  cellId,
  codeFingerprint,
  differences,
  factDifferences,
  identityOfFacts,
  identityParameters,
  isSameCell,
  isStoredId,
  type MeasuringCode,
  mayBeOfNode,
  measuringCode,
  runtimeName,
  storedId,
  trainingCode,
} from "../identity";
import type { BackendName, RuntimeFacts } from "../runtime";
import {
  type CellRecord,
  type CellStore,
  cellStore,
  type RunFolders,
  readAttestations,
  runFolders,
  runName,
} from "../store";
import { holdsModel, storedHistory, type TrainingPlan, trainingWork } from "../training";
import { modelId } from "./cell-run";

/** What to do with the jobs of a run, in place of waiting for them. */
export type JobsAction = "submit" | "status" | "cancel" | "collect";

/** What a run is asked for; the launcher that measures its cells is handed in beside it. */
export interface RunOptions {
  readonly scale: Scale;
  readonly data: DatasetName | null;
  readonly dataFolder: string | null;
  readonly overrides: Readonly<Record<string, string>>;
  /** Values of the parameters over whose grid the run maps its verdicts, where it does. */
  readonly vary?: Readonly<Record<string, readonly string[]>>;
  /** Absolute paths of the files whose network is put to the test in place of the experiment's own, where some are given. */
  readonly networks?: readonly string[];
  /** Height and width that images of one's own are brought to; those that the network takes where it is not there. */
  readonly imageSize?: Omit<ImageSize, "channels">;
  /** How images are prepared for a network whose weights are given, where its file does not say. */
  readonly imageScale?: ImageScale;
  /** Threads that each cell is computed with: they decide the last bits of every result. */
  readonly threads: number;
  readonly backend: BackendName;
  /** Whether a GPU must compute: cells fail on a machine without one. */
  readonly gpu?: true;
  /** Whether other machines than this one measure the cells: a cluster's nodes, with processors and devices of their own. */
  readonly elsewhere?: boolean;
  /** That networks are trained and run in: float32 where it is not there. */
  readonly precision?: "bfloat16";
  /** What to do with the run's jobs; null to hand its cells in and wait for them. */
  readonly jobs: JobsAction | null;
  /** Beginnings of the identifiers of the only cells to measure; empty for all. */
  readonly only: readonly string[];
  readonly dryRun: boolean;
  /** Cells that were measured before this time (ISO 8601, UTC) are measured again; null where none is. */
  readonly fresh: string | null;
  readonly quiet: boolean;
  readonly json: boolean;
  readonly strict: boolean;
  readonly debug: boolean;
  readonly colour: boolean;
  readonly results: string;
  readonly reports: string;
  /** Folder of the training curves of all runs, for TensorBoard, where they are asked for. */
  readonly tensorboard?: string;
  /** The command that does the same again, or goes on with it: "npx cnn-findings run block-deletion --scale smoke". */
  readonly command: string;
  /** The same, to which `--only` with a cell's identifier can be added; that one itself where it is missing. */
  readonly cellCommand?: string;
}

/** A cell with all that is known about it before the run. */
export interface PlannedCell {
  readonly id: string;
  /** Place in the experiment's order, from 0. */
  readonly index: number;
  readonly cell: Setting;
  readonly identity: CellIdentity;
  /** Without the training of its network; null where it is not known. */
  readonly work: number | null;
  readonly network: PlannedNetwork | null;
  /** Its record, when the store has one that may be used. */
  readonly cached: CellRecord | null;
  /** Why it is to be measured; null when it is cached. */
  readonly reason: string | null;
}

/** A network that a cell asks for. */
export interface PlannedNetwork {
  /** Its name in the model store. */
  readonly id: string;
  /** Of its training. */
  readonly work: number;
}

/** The data set as it was found before the run. */
export interface FoundData {
  readonly name: DatasetName;
  readonly checksum: string;
  readonly origin: string;
  readonly images: ImageSize;
  /** Of images of one's own: how many classes there are, and whether labels are numbers of outputs. */
  readonly classes?: { readonly count: number; readonly isNumbered: boolean };
  /** The folder that was named, absolute, where it holds other data than a run without it would read; null otherwise. */
  readonly folder: string | null;
}

export interface RunPlan {
  readonly name: string;
  readonly definition: Experiment;
  readonly experimentFile: string;
  readonly options: RunOptions;
  readonly parameters: ResolvedParameters<Experiment["parameters"]>;
  readonly data: FoundData | null;
  /** The custom network that is put to the test, where one is. */
  readonly customNetwork: CustomNetworkPlan | null;
  /** Fingerprint of the code behind rows, and name of that behind trained networks (see `trainingCode`). */
  readonly code: { readonly cells: string; readonly models: string };
  /** That code, declaration by declaration. */
  readonly measuringCode: MeasuringCode;
  /** Threads that each worker computes with. */
  readonly threads: number;
  readonly cells: readonly PlannedCell[];
  /** How the networks that its cells ask for are trained, by their names in the model store. */
  readonly trainings: ReadonlyMap<string, TrainingPlan>;
  readonly folders: RunFolders;
  readonly store: CellStore;
  /**
   * What would compute on this machine, found out at the first call, in a process of its own. Null where no backend can be
   * loaded.
   */
  readonly runtime: () => Promise<RuntimeFacts | null>;
  /** Whether the run takes over a cell that was measured by this runtime. */
  readonly accepts: (runtime: RuntimeFacts, record: CellRecord) => Promise<boolean>;
  /** Cell files that cannot be trusted, each in one sentence. */
  readonly notices: readonly string[];
}

/**
 * Works out what a run consists of: parameters, cells, and which of them are measured already. Writes no results.
 *
 * @param findData looks up the run's data set; it is asked only when the experiment reads one, and images of one's own are asked for
 *   in a size
 * @param reading reads the file of a custom network, where a run does it otherwise than by a process for each plan
 */
export async function planRun(
  definition: Experiment,
  experimentFile: string,
  options: RunOptions,
  findData: (images?: ImageSize) => Promise<FoundData>,
  reading?: Parameters<typeof withCustomNetwork>[4],
): Promise<RunPlan> {
  const { scale, data: dataName, overrides, backend, precision } = options;
  let looked: Promise<FoundData | null> | undefined;
  const find = (images?: ImageSize) => {
    looked ??= dataName === null ? Promise.resolve(null) : findData(images);
    return looked;
  };
  const { parameters, customNetwork } = await withCustomNetwork(
    definition,
    options,
    resolveParameters(definition.parameters, { scale, data: dataName, overrides }),
    find,
    reading,
  );
  const settings = refusing(() => definition.cells(parameters.values));
  assertSettings(settings, parameters.values.seeds);

  const data = await find();
  const name = runName({
    experiment: definition.name,
    scale,
    data: dataName,
    defaultData: dataAtScale(scale, definition.datasets),
    backend,
    precision,
    threads: options.threads,
    overrides: parameters.overrides,
    vary: options.vary,
    ...(data === null || data.folder === null ? {} : { dataChecksum: data.checksum }),
    ...(customNetwork === null ? {} : { network: { name: customNetwork.name, identity: identityOf(customNetwork) } }),
  });
  const folders = runFolders({
    results: options.results,
    reports: options.reports,
    tensorboard: definition.network === undefined ? null : (options.tensorboard ?? null),
    run: name,
    experiment: definition.name,
  });
  const measuring = measuringCode(experimentFile);
  const code = {
    cells: codeFingerprint(measuring.cells),
    models: trainingCode(measuring.models, readAttestations(options.results)),
  };
  const { threads } = options;
  const store = cellStore(folders.cells);
  const notices: string[] = [];
  const stored = store.list(); // once for all cells: each is a file
  const older = lazily(
    () => new Map(stored.records().map((record) => [canonicalJson(record.identity.setting), record])),
  );
  const onnx = customNetwork && onnxFacts(customNetwork);
  const runtime = lazily(() =>
    onnx === null ? runtimeHere(backend, threads) : onnxRuntimeHere(onnx.version, threads),
  );
  const accepts = async (there: RuntimeFacts, { origin }: CellRecord) => {
    const here = await runtime();
    if (options.elsewhere) return origin !== undefined && origin.launcher !== "local" && mayBeOfNode(there, here);
    return here !== null && factDifferences(there, here).length === 0;
  };

  const trainingOf = (cell: Setting) =>
    data === null ? null : plannedTraining(definition, cell, parameters.values, data.images, precision);
  const isGiven = (plan: TrainingPlan | null) =>
    customNetwork?.isGiven === true && plan?.architecture === customNetwork.architecture;
  const trainings = new Map<string, TrainingPlan>();
  const networkOf = (cell: Setting): PlannedNetwork | null => {
    const plan = trainingOf(cell);
    if (data === null || plan === null || isGiven(plan)) return null;
    const identity = { plan: plan as unknown as Json, data: data.checksum, backend, threads, code: code.models };
    const id = modelId(identity);
    trainings.set(id, plan);
    return { id, work: trainingWork(plan) };
  };

  // Beside a network whose weights are given nothing is trained.
  const measured =
    customNetwork?.isGiven === true ? refusing(() => settings.filter((cell) => isGiven(trainingOf(cell)))) : settings;
  const planned = async (cell: Setting, index: number): Promise<PlannedCell> => {
    const network = identityOn(customNetwork, cell, settings);
    const identity: CellIdentity = {
      experiment: definition.name,
      setting: cell,
      parameters: identityParameters(parameters.values),
      data: data && { name: data.name, checksum: data.checksum },
      backend,
      // What has no network is measured the same in every precision.
      ...(precision === undefined || refusing(() => trainingOf(cell)) === null ? {} : { precision }),
      threads,
      code: code.cells,
      ...(network === undefined ? {} : { network }),
    };
    const id = cellId(identity);
    const { record, others, damaged } = await store.find({ id, identity }, accepts, stored);
    if (record === null) {
      for (const { file, problem } of damaged)
        notices.push(`the stored cell ${file} is damaged (${problem}): it is measured again`);
    }
    const cached = record !== null && isFresh(record, options) ? record : null;
    const [other] = others;
    const otherRuntime = other?.runtime ? await otherRuntimeText(other.runtime, runtime, options) : null;
    const reason = () => {
      if (record !== null) return "--fresh";
      if (damaged.length > 0) return "its file is damaged";
      if (otherRuntime !== null) return otherRuntime;
      const before = older().get(canonicalJson(cell));
      return before === undefined ? "new" : `changed: ${differences(before.identity, identity).join(", ")}`;
    };
    const work = refusing(() => definition.work(cell, parameters.values));
    const trained = refusing(() => networkOf(cell));
    return { id, index, cell, identity, work, network: trained, cached, reason: cached === null ? reason() : null };
  };
  const cells: PlannedCell[] = [];
  for (const [index, cell] of measured.entries()) cells.push(await planned(cell, index));
  assertWork(cells);
  return {
    name,
    definition,
    experimentFile,
    options,
    parameters,
    data,
    customNetwork,
    code,
    measuringCode: measuring,
    threads,
    cells,
    trainings,
    folders,
    store,
    runtime,
    accepts,
    notices,
  };
}

/** Whether a measurement counts for a run that asks for new ones. */
export function isFresh({ finished }: Pick<CellRecord, "finished">, { fresh }: Pick<RunOptions, "fresh">): boolean {
  return fresh === null || Date.parse(finished) >= Date.parse(fresh);
}

/** A plan, now that other runs have been carried out since it was made: what they measured is cached. */
export function renewed(plan: RunPlan, measured: readonly CellRecord[]): RunPlan {
  const byId = new Map(measured.map((record) => [askedId(record.id), record]));
  const cells = plan.cells.map((cell) => {
    if (cell.cached !== null) return cell;
    const cached = byId.get(cell.id) ?? measured.find((record) => isSameCell(record, cell.identity));
    return cached === undefined ? cell : { ...cell, cached, reason: null };
  });
  return { ...plan, cells };
}

/**
 * The command that makes a run's results again, for other people on other machines: without what only concerns the screen, and
 * without folders but that of data of one's own. It is typed in the project's folder.
 *
 * @example "npx cnn-findings run block-deletion --data cifar10 --set depth=32"
 */
export function reproducingCommand(plan: RunPlan): string {
  const { definition, experimentFile, options, parameters, customNetwork, data: found } = plan;
  const { scale, data, backend, precision, threads } = options;
  const overrides = Object.entries(parameters.overrides).map(([name, value]) => `${name}=${value}`);
  return commandText([
    ...programName.split(" "),
    ...experimentWords(experimentFile, homeFolder),
    ...(scale === defaultScale ? [] : ["--scale", scale]),
    ...(data === dataAtScale(scale, definition.datasets) || data === null ? [] : ["--data", data]),
    ...(found === null || found.folder === null ? [] : ["--data-dir", shownFolder(found.folder)]),
    ...(backend === "tensorflow" ? [] : ["--backend", backend]),
    ...(precision === undefined ? [] : ["--precision", precision]),
    ...(threads === 1 ? [] : ["--cores", String(threads)]),
    ...(options.imageSize === undefined ? [] : ["--image-size", imageSizeText(options.imageSize)]),
    ...(options.imageScale === undefined ? [] : ["--image-scale", imageScaleText(options.imageScale)]),
    ...(customNetwork === null
      ? []
      : ["--network", ...customNetwork.files.map(({ file }) => pathFrom(homeFolder, file))]),
    ...(overrides.length === 0 ? [] : ["--set", ...overrides]),
    ...(options.vary === undefined ? [] : varyWords(options.vary, definition)),
  ]);
}

/** A folder as a stored run names it: from the project's folder where it is in there. `path.resolve(homeFolder, …)` undoes it. */
export function shownFolder(folder: string): string {
  const inside = inHomeFolder(folder);
  return inside === null ? folder : pathFrom(homeFolder, folder);
}

/** Why a cell does not count that another runtime measured. */
async function otherRuntimeText(
  there: RuntimeFacts,
  runtime: RunPlan["runtime"],
  { elsewhere = false }: RunOptions,
): Promise<string> {
  const here = await runtime();
  if (here === null) return `measured by ${runtimeName(there)}, and no backend can be loaded here`;
  const [first] = factDifferences(there, here);
  if (!elsewhere && first !== undefined) return `measured by another runtime: ${first}`;
  return `measured by ${runtimeName(there)}, and not by a node of the cluster with the runtime of today`;
}

async function onnxRuntimeHere(version: string, threads: number): Promise<RuntimeFacts> {
  const { onnxRuntimeFacts } = require("../runtime") as typeof import("../runtime");
  return onnxRuntimeFacts(version, threads);
}

const runtimes = new Map<BackendName, Promise<RuntimeFacts | null>>();

/** What computes on this machine with so many threads a cell; asked once a process. Null where the backend cannot be loaded. */
async function runtimeHere(backend: BackendName, threads: number): Promise<RuntimeFacts | null> {
  const { SetUpError, tryBackend } = require("../runtime") as typeof import("../runtime");
  const known =
    runtimes.get(backend) ??
    tryBackend(backend, projectRoot).catch((error: unknown) => {
      if (error instanceof SetUpError) return null; // a worker that needs it says why
      throw error;
    });
  runtimes.set(backend, known);
  const facts = await known;
  return facts && { ...facts, threads: facts.tensorFlowVersion === null ? facts.threads : threads };
}

/**
 * The names by which the model store keeps the networks of a run, or will: those of this machine's runtime; of a cluster the
 * latest there are, as every kind of node has its own.
 *
 * @returns the name by the identifier that cells ask for; this itself where nothing tells the name
 */
export async function networkNames(
  plan: Pick<RunPlan, "folders" | "options" | "runtime" | "trainings">,
): Promise<(asked: string) => string> {
  const isNeeded = plan.trainings.size > 0 && !plan.options.elsewhere;
  const here = isNeeded ? await plan.runtime() : null;
  return namesByRuntime(plan, () => here);
}

/** The same, where the runtime is not asked for but may come to be known. */
export function namesByRuntime(
  { folders, options }: Pick<RunPlan, "folders" | "options">,
  here: () => RuntimeFacts | null,
): (asked: string) => string {
  if (options.elsewhere) return (asked) => latestNetwork(folders.models, asked) ?? asked;
  return (asked) => {
    const known = here();
    return storedId(asked, known && identityOfFacts(known));
  };
}

function latestNetwork(models: string, asked: string): string | undefined {
  const written = (name: string) => storedHistory(path.join(models, name))?.written ?? 0;
  const named = networksIn(models).filter((name) => askedId(name) === asked);
  return named.sort((one, other) => written(other) - written(one))[0];
}

/** Names in the model store, of networks half trained as well. */
function networksIn(models: string): string[] {
  return existsSync(models) ? readdirSync(models).filter(isStoredId) : [];
}

/** Which of the networks that a run's cells ask for are in the model store now, of the runtime that would train them. */
export async function storedNetworks(plan: RunPlan): Promise<ReadonlySet<string>> {
  const { cells, folders } = plan;
  const ids = new Set(cells.flatMap(({ network }) => network?.id ?? []));
  const trained = new Set(
    networksIn(folders.models).filter((name) => ids.has(askedId(name)) && holdsModel(path.join(folders.models, name))),
  );
  const possible = [...new Set([...trained].map(askedId))];
  if (possible.length === 0) return new Set(); // then nobody need know the runtime
  const nameOf = await networkNames(plan);
  return new Set(possible.filter((id) => plan.options.elsewhere || trained.has(nameOf(id))));
}

/** The cells to be measured: those that are not cached, or of them only those asked for. */
export function cellsToMeasure({ cells, options: { only } }: RunPlan): PlannedCell[] {
  for (const beginning of only) {
    if (!cells.some((cell) => isNamed(cell, beginning))) {
      throw new UsageError(
        `--only ${beginning}: no cell of this run has that identifier`,
        "`--dry-run` lists them all.",
      );
    }
  }
  const chosen = cells.filter((cell) => only.length === 0 || only.some((beginning) => isNamed(cell, beginning)));
  return chosen.filter(({ cached }) => cached === null);
}

/** @param beginning of its identifier, or its name in the store */
function isNamed({ id }: PlannedCell, beginning: string): boolean {
  return id.startsWith(beginning) || (isStoredId(beginning) && askedId(beginning) === id);
}

function assertSettings(settings: readonly Setting[], seeds: readonly number[]): void {
  if (settings.length === 0) throw new UsageError("these parameters leave the experiment without a single cell");
  const seen = new Set<string>();
  for (const setting of settings) {
    const text = canonicalJson(setting);
    if (seen.has(text)) throw new Error(`the experiment's cells are not distinct: ${text} comes twice`);
    if (!seeds.includes(setting.seed))
      throw new Error(`the cell ${text} has a seed that is not among ${seeds.join(", ")}`);
    seen.add(text);
  }
}

function assertWork(cells: readonly PlannedCell[]): void {
  const strange = cells.find(({ work }) => work !== null && !(work > 0 && Number.isFinite(work)));
  if (strange) throw new RangeError(`the work of a cell must be positive, got ${strange.work}`);
}

function lazily<Value>(make: () => Value): () => Value {
  let value: { made: Value } | undefined;
  return () => {
    value ??= { made: make() };
    return value.made;
  };
}

/** An experiment throws RangeError for parameters that do not go together or name what is not there: a mistake in asking. */
function refusing<Result>(ask: () => Result): Result {
  try {
    return ask();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(`these parameters cannot be run: ${error.message}`, "`--help` lists all parameters.");
  }
}
