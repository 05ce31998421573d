/** What today's code would make of a stored run: its command planned again, cell by cell. */
import path from "node:path";
import { canonicalJson, homeFolder } from "../base";
import { type Experiment, fixedByImages, gridPoints, type Setting, storedParameters } from "../experiment";
import { askedId, type CellIdentity, cellId, differences, identityParameters } from "../identity";
import type { FoundData, RunOptions, RunPlan } from "../run";
import type { Provenance } from "../store";

type MeasuredCell = Provenance["cells"][number];

/** A cell of a run that today's code would measure again. */
export interface StaleCell {
  readonly id: string;
  readonly setting: Setting;
  /** Parts of its identity that changed, parameters first: "parameter steps", "data", "code". */
  readonly changed: readonly string[];
}

/** What today's code makes of a run's cells. */
export interface CellValidity {
  readonly stale: readonly StaleCell[];
  /** Settings that the experiment asks for now, and that the run has not. */
  readonly missing: readonly Setting[];
  /** Cells of the run that the experiment asks for no more. */
  readonly dropped: readonly Setting[];
}

/**
 * Compares the cells of a run with those that its command gives today, by their identities.
 *
 * @param today the run's command as it is planned now, with its store
 */
export function cellValidity(run: Provenance, today: RunPlan): CellValidity {
  const now = new Map(today.cells.map((planned) => [canonicalJson(planned.cell), planned]));
  const recorded = new Map(run.cells.map((cell) => [canonicalJson(cell.setting), cell]));
  // A cell of a run over a grid may have been measured at any of its points, with the parameters of that one.
  const parameters = [{}, ...(run.vary === undefined ? [] : gridPoints(run.vary))].flatMap((point) => {
    const read = storedParameters(run.parameters, today.definition, point);
    return "values" in read ? [read.values] : [];
  });
  const stale = [...recorded].flatMap(([key, cell]): StaleCell[] => {
    const planned = now.get(key);
    if (planned === undefined || planned.id === askedId(cell.id)) return [];
    const older = storedIdentity(cell, today) ?? rebuiltIdentity(cell, planned.identity, { run, today, parameters });
    const changed =
      older === null ? unknownChange(run, planned.identity) : differences(older, planned.identity, cell.read);
    if (older !== null && changed.length === 0) return []; // other parameters than it depends on
    return [{ id: cell.id, setting: cell.setting, changed }];
  });
  return {
    stale,
    missing: [...now].filter(([key]) => !recorded.has(key)).map(([, { cell }]) => cell),
    dropped: [...recorded].filter(([key]) => !now.has(key)).map(([, { setting }]) => setting),
  };
}

/** Of a cell whose identity cannot be made out: it had other parts, or the same ones of other parameters. */
function unknownChange({ code }: Provenance, now: CellIdentity): string[] {
  return [...(code.cells === now.code ? [] : ["code"]), "what counts for a cell"];
}

/** Null where the store has no such cell, or none that can be trusted. */
function storedIdentity({ id }: MeasuredCell, { store }: RunPlan): CellIdentity | null {
  const found = store.read(id);
  return found === null || "problem" in found ? null : found.identity;
}

interface Recorded {
  readonly run: Provenance;
  readonly today: RunPlan;
  /** Those that the cell may have had, as today's declarations read them. */
  readonly parameters: readonly RunPlan["parameters"]["values"][];
}

/** The identity that a cell must have had; null where its name tells that it was another one. */
function rebuiltIdentity(
  { id, setting, parameters: others = {} }: MeasuredCell,
  { network: networkNow, ...now }: CellIdentity,
  { run, parameters }: Recorded,
): CellIdentity | null {
  const files = run.network?.files ?? [];
  const network = run.network && {
    architecture: run.network.architecture,
    weights: (files[setting.seed - 1] ?? files[0])!.weights, // one file that is trained serves all seeds
  };
  const identities = parameters.map(
    (values): CellIdentity => ({
      ...now,
      parameters: { ...identityParameters(values), ...others },
      data: run.data && { name: run.data.name, checksum: run.data.checksum },
      code: run.code.cells,
      ...(networkNow === undefined || network === undefined ? {} : { network }),
    }),
  );
  return identities.find((identity) => cellId(identity) === askedId(id)) ?? null;
}

/**
 * The options that the run's command had, as far as they determine its cells, to plan it again.
 *
 * @param results folder of results, with the store where there is one
 */
export function recordedOptions(run: Provenance, { customNetwork }: Experiment, results: string): RunOptions {
  const { scale, data, parameters, network, backend, precision, threads, command } = run;
  // Set by the custom network, not by hand: these cannot be typed.
  const byNetwork =
    network === undefined ? {} : { ...customNetwork?.fixed, ...(network.files[0]!.weights && customNetwork?.given) };
  const byData = data?.name === "images" ? fixedByImages : {};
  const own = network === undefined ? [] : [customNetwork?.parameter];
  const set = [...Object.keys({ ...byNetwork, ...byData }), ...own];
  const params = parameters
    .filter(({ name, overridden }) => overridden && !set.includes(name))
    .map(({ name, value }) => [name, value] as const);
  return {
    scale,
    data: data?.name ?? null,
    dataFolder: null,
    overrides: Object.fromEntries(params),
    ...(network === undefined ? {} : { networks: network.files.map(({ file }) => path.resolve(homeFolder, file)) }),
    ...(network?.images === undefined ? {} : { imageScale: network.images }),
    ...(data?.name !== "images" || data.images === undefined ? {} : { imageSize: data.images }),
    threads,
    backend,
    ...(precision === undefined ? {} : { precision }),
    jobs: null,
    only: [],
    dryRun: true,
    fresh: null,
    quiet: true,
    json: false,
    strict: false,
    debug: false,
    colour: false,
    results,
    reports: "",
    command,
  };
}

/** The run's data set, for want of the data themselves. */
export function recordedData({ data }: Provenance): FoundData {
  if (data === null) throw new Error("the run read no data set");
  const byDefault =
    data.name === "mnist" ? { height: 28, width: 28, channels: 1 } : { height: 32, width: 32, channels: 3 };
  return {
    name: data.name,
    checksum: data.checksum,
    origin: data.origin,
    images: data.images ?? byDefault,
    ...(data.classes === undefined ? {} : { classes: data.classes }),
    folder: data.folder ?? null,
  };
}
