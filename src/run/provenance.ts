import { existsSync, readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { codeVersion, homeFolder, pathFrom, projectRoot } from "../base";
import { type CustomNetworkPlan, customNetworkProvenance } from "../custom-network";
import type { Setting } from "../experiment";
import { identityParameters, installedVersion } from "../identity";
import type { CellRecord, Provenance, Surroundings } from "../store";
import { type FoundData, type RunPlan, reproducingCommand, shownFolder } from "./run-plan";

let gathered: Surroundings | undefined;

/** This process's own: what does not change while it goes on, gathered once. */
export function surroundings(): Surroundings {
  gathered ??= {
    code: { ...codeVersion(projectRoot), version: ownVersion() },
    packages: packageVersions(),
    machine: {
      node: process.versions.node,
      system: `${os.type()} ${os.release()} ${os.arch()}`,
      processor: os.cpus()[0]?.model.trim() || "unknown",
      cores: os.availableParallelism(),
      memoryGigabytes: Math.round(os.totalmem() / 1e9),
    },
  };
  return gathered;
}

export interface ProvenanceParts {
  readonly plan: RunPlan;
  /** The cells that the tables hold, in order, with their records. */
  readonly cells: readonly { readonly cell: Setting; readonly record: CellRecord; readonly cached: boolean }[];
  readonly complete: boolean;
}

/** Where the results of these cells come from: when, where and by what they were measured, whichever run did it. */
export function provenance({ plan, cells, complete }: ProvenanceParts): Provenance {
  const records = cells.map(({ record }) => record);
  const last = records.reduce((latest, one) => (one.finished > latest.finished ? one : latest));
  const own = surroundings();
  const { code, packages, machine, launcher } = last.origin ?? { ...own, launcher: "local" };
  return {
    experiment: plan.definition.name,
    run: plan.name,
    complete,
    command: reproducingCommand(plan),
    ...placeOfPage(plan.options),
    scale: plan.options.scale,
    backend: plan.options.backend,
    ...(plan.options.precision === undefined ? {} : { precision: plan.options.precision }),
    threads: plan.threads,
    launcher,
    seeds: [...new Set(cells.map(({ cell }) => cell.seed))],
    ...(plan.options.vary === undefined ? {} : { vary: plan.options.vary }),
    parameters: plan.parameters.table,
    data: plan.data === null ? null : dataProvenance(plan.data),
    ...(plan.customNetwork === null ? {} : { network: networkProvenance(plan.customNetwork, records) }),
    code: { ...code, ...plan.code },
    packages,
    machine,
    runtimes: distinct(records.map(({ runtime }) => runtime).filter((runtime) => runtime !== null)),
    ...spans(records),
    cellSeconds: records.reduce((sum, { seconds }) => sum + seconds, 0),
    cells: cells.map(({ cell, record, cached }) => ({
      id: record.id,
      setting: cell,
      seconds: record.seconds,
      finished: record.finished,
      cached,
      ...(record.read === undefined ? {} : { read: record.read }),
      ...otherParameters(record, plan),
      models: record.models.map(({ id }) => id),
    })),
    determinism,
    written: { at: new Date().toISOString(), commit: own.code.commit, dirty: own.code.dirty },
  };
}

/** The parameters that a cell was measured with and that are not the run's: without them nobody could make out its identity. */
function otherParameters(
  { identity }: CellRecord,
  { parameters }: RunPlan,
): Pick<Provenance["cells"][number], "parameters"> {
  const own = identityParameters(parameters.values);
  const others = Object.entries(identity.parameters).filter(([name, value]) => !isDeepStrictEqual(value, own[name]));
  return others.length === 0 ? {} : { parameters: Object.fromEntries(others) };
}

function placeOfPage({ results, reports }: RunPlan["options"]): Pick<Provenance, "reports"> {
  return reports === path.join(homeFolder, "reports") ? {} : { reports: pathFrom(results, reports) };
}

function networkProvenance(network: CustomNetworkPlan, records: readonly CellRecord[]) {
  const { files, ...others } = customNetworkProvenance(network);
  const checkOf = (weights: string | null) =>
    records.find(({ identity, statistics }) => statistics !== undefined && identity.network?.weights === weights)
      ?.statistics;
  return {
    ...others,
    files: files.map((file) => {
      const statistics = checkOf(file.weights);
      return { ...file, ...(statistics === undefined ? {} : { statistics }) };
    }),
  };
}

/** From when to when cells were measured, in seconds for how long in all, and how many at most side by side: at least one. */
export function spans(
  records: readonly Pick<CellRecord, "finished" | "seconds">[],
): Pick<Provenance, "started" | "ended" | "seconds" | "workers"> {
  const spans = records
    .map(({ finished, seconds }) => ({ from: Date.parse(finished) - 1000 * seconds, to: Date.parse(finished) }))
    .sort((one, other) => one.from - other.from);
  let [busy, end] = [0, Number.NEGATIVE_INFINITY];
  for (const { from, to } of spans) {
    busy += Math.max(0, to - Math.max(from, end));
    end = Math.max(end, to);
  }
  // Most run where one begins. Cells without a measurable length are beside nothing.
  const sideBySide = spans.map(
    (span) =>
      1 + spans.filter((o) => o !== span && o.from <= span.from && o.to > span.from && span.to > span.from).length,
  );
  const time = (milliseconds: number) => new Date(milliseconds).toISOString();
  return {
    started: time(Math.min(...spans.map(({ from }) => from))),
    ended: time(end),
    seconds: Math.round(busy) / 1000,
    workers: Math.max(...sideBySide),
  };
}

const determinism =
  "Every random draw comes from a stream named by the seed and its purpose, so equal code, data, parameters and seed give " +
  "equal rows on the same kind of processor with the same number of threads a worker, whatever the number of workers, " +
  "interruptions and resumptions. Another processor, GPU or number of threads sums in another order: single values may " +
  "then differ in their last digits and training amplifies that, so expect the verdicts to agree, not the digits.";

function dataProvenance({ folder, ...data }: FoundData): Provenance["data"] {
  return folder === null ? data : { ...data, folder: shownFolder(folder) };
}

/** Direct dependencies with the versions that package-lock.json fixes, or that are installed where it is missing. */
function packageVersions(): Record<string, string> {
  const manifest = readJson("package.json") as Manifest;
  const lock = readJson("package-lock.json") as { packages?: Readonly<Record<string, Manifest>> };
  const names = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }).sort();
  const version = (name: string) =>
    lock.packages?.[`node_modules/${name}`]?.version ?? installedVersion(name) ?? "unknown";
  return Object.fromEntries(names.map((name) => [name, version(name)]));
}

interface Manifest {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function ownVersion(): string {
  return (readJson("package.json") as Manifest).version ?? "unknown";
}

function readJson(file: string): unknown {
  const whole = path.join(projectRoot, file);
  return existsSync(whole) ? JSON.parse(readFileSync(whole, "utf8")) : {};
}

function distinct<Value>(values: readonly Value[]): Value[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}
