import { existsSync, readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { type CodeVersion, codeVersion, projectRoot } from "../base";

import { type CustomNetworkProvenance, customNetworkProvenance } from "../custom-network";
import type { ParameterRow, RowValue, Setting } from "../experiment";

import { installedVersion } from "../identity";
import type { RuntimeFacts } from "../runtime";
import type { CellRecord } from "../store";
import type { Placement } from "./cores";
import { type FoundData, type RunPlan, reproducingCommand } from "./run-plan";

/** Where a result comes from: all that one needs to know to get it again, or to explain why not. Plain JSON. */
export interface Provenance {
  readonly experiment: string;
  readonly run: string;
  /** False while cells are missing. */
  readonly complete: boolean;
  /** What makes the results again. */
  readonly command: string;
  readonly scale: string;
  readonly backend: string;
  /** Threads that each cell was computed with. */
  readonly threads: number;
  /** What measured the cells of this run: "slurm" where `machine` only waited for them. */
  readonly launcher: string;
  readonly seeds: readonly number[];
  readonly parameters: readonly ParameterRow[];
  readonly data: FoundData | null;
  /** The custom network that was put to the test, where one was. */
  readonly network?: CustomNetworkProvenance;
  readonly code: CodeVersion & { readonly version: string; readonly cells: string; readonly models: string };
  readonly packages: Readonly<Record<string, string>>;
  readonly machine: Machine;
  /** What computed the cells, each kind once. Empty where no cell loaded a backend. */
  readonly runtimes: readonly RuntimeFacts[];
  /** Of this run; none where every cell was cached. */
  readonly workers: number;
  readonly threadsPerWorker: number | null;
  /** ISO 8601, UTC. */
  readonly started: string;
  readonly ended: string;
  /** Wall time of this run; cells that were cached took none of it. */
  readonly seconds: number;
  /** Sum over all cells, cached or not, of the time each took when it was measured. */
  readonly cellSeconds: number;
  /** Values of the parameters over whose grid its verdicts are mapped, where they are. */
  readonly vary?: Readonly<Record<string, readonly string[]>>;
  readonly cells: readonly CellProvenance[];
  readonly determinism: string;
}

export interface CellProvenance {
  readonly id: string;
  readonly setting: Readonly<Record<string, RowValue>>;
  readonly seconds: number;
  readonly finished: string;
  /** Measured by an earlier run. */
  readonly cached: boolean;
  /** Names of the parameters that it depends on; all where it does not say. */
  readonly read?: readonly string[];
  /** Identifiers of the networks it used. */
  readonly models: readonly string[];
}

export interface Machine {
  readonly node: string;
  readonly system: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryGigabytes: number;
}

/** What does not change while a run goes on; gathered once. */
export interface Surroundings {
  readonly code: CodeVersion & { readonly version: string };
  readonly packages: Readonly<Record<string, string>>;
  readonly machine: Machine;
}

export function surroundings(): Surroundings {
  return {
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
}

export interface ProvenanceParts {
  readonly plan: RunPlan;
  /** Name of the launcher. */
  readonly launcher: string;
  readonly surroundings: Surroundings;
  readonly placements: readonly Placement[];
  /** The cells that the tables hold, in order, with their records. */
  readonly cells: readonly { readonly cell: Setting; readonly record: CellRecord; readonly cached: boolean }[];
  readonly complete: boolean;
  readonly started: Date;
  readonly ended: Date;
}

export function provenance(parts: ProvenanceParts): Provenance {
  const { plan, surroundings: around, launcher, placements, cells, complete, started, ended } = parts;
  return {
    experiment: plan.definition.name,
    run: plan.name,
    complete,
    command: reproducingCommand(plan),
    scale: plan.options.scale,
    backend: plan.options.backend,
    threads: plan.threads,
    launcher,
    seeds: [...new Set(cells.map(({ cell }) => cell.seed))],
    parameters: plan.parameters.table,
    data: plan.data,
    ...(plan.customNetwork === null ? {} : { network: customNetworkProvenance(plan.customNetwork) }),
    code: { ...around.code, ...plan.code },
    packages: around.packages,
    machine: around.machine,
    runtimes: distinct(cells.map(({ record }) => record.runtime).filter((runtime) => runtime !== null)),
    workers: placements.length,
    threadsPerWorker: placements[0]?.threads ?? null,
    started: started.toISOString(),
    ended: ended.toISOString(),
    seconds: (ended.getTime() - started.getTime()) / 1000,
    cellSeconds: cells.reduce((sum, { record }) => sum + record.seconds, 0),
    ...(plan.options.vary === undefined ? {} : { vary: plan.options.vary }),
    cells: cells.map(({ cell, record, cached }) => ({
      id: record.id,
      setting: cell,
      seconds: record.seconds,
      finished: record.finished,
      cached,
      ...(record.read === undefined ? {} : { read: record.read }),
      models: record.models.map(({ id }) => id),
    })),
    determinism,
  };
}

const determinism =
  "Every random draw comes from a stream named by the seed and its purpose, so equal code, data, parameters and seed give " +
  "equal rows on the same kind of processor with the same number of threads a worker, whatever the number of workers, " +
  "interruptions and resumptions. Another processor, GPU or number of threads sums in another order: single values may " +
  "then differ in their last digits and training amplifies that, so expect the verdicts to agree, not the digits.";

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
