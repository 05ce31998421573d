import path from "node:path";
import type { CodeVersion } from "../base";
import { customNetworkText } from "../custom-network/custom-network";
import { type Placement, tasksetPath } from "./cores";
import { duration, secondsLeft } from "./estimate";
import type { RunOptions } from "./run-options";
import type { PlannedCell, RunPlan } from "./run-plan";

export interface HeadParts {
  readonly plan: RunPlan;
  readonly code: CodeVersion;
  readonly toDo: readonly PlannedCell[];
  /** Of each of them. */
  readonly works: readonly number[];
  readonly placements: readonly Placement[];
  /** Work a second of one worker. */
  readonly rate: number;
  /** Strong type for what the eye looks for. */
  readonly strong: (text: string) => string;
}

/** What a run is going to do, said before it begins: label and text of each line. */
export function headLines({ plan, code, toDo, works, placements, rate, strong }: HeadParts): string[] {
  const { definition, options, cells, data, parameters, folders, customNetwork } = plan;
  const seeds = parameters.values.seeds.length;
  const cached = cells.filter((cell) => cell.cached !== null).length;
  const overrides = Object.entries(parameters.overrides).map(([name, value]) => `${name} = ${value}`);
  const lines: [string, string][] = [
    ["experiment", `${strong(definition.name)}  ${definition.title}`],
    ["question", definition.question],
    ["source", definition.source],
    ...definition.claims.map(({ id, statement }): [string, string] => [`claim ${id}`, statement]),
    ["code", codeText(code, plan.code.cells)],
    ["scale", [options.scale, ...overrides].join(", ")],
    ...(customNetwork === null ? [] : [["network", customNetworkText(customNetwork)] as [string, string]]),
    ["data", data === null ? "made by the experiment itself" : `${data.name}, ${data.origin}`],
    ["backend", `${options.backend}, ${workersText(placements, options)}`],
    ["cells", `${plural(cells.length, "cell")}, ${plural(seeds, "seed")}: ${cached} cached, ${toDo.length} to do`],
    ["time", estimate(works, rate, placements.length)],
    ["results", relative(folders.results)],
    ["report", relative(folders.reportFile)],
  ];
  const width = Math.max(...lines.map(([label]) => label.length));
  return lines.map(([label, text]) => `${label.padEnd(width)}  ${text}`);
}

/** The expected wall time of cells on so many workers, in words. */
export function estimate(works: readonly number[], rate: number, workers: number): string {
  if (works.length === 0) return "nothing to measure";
  return about(secondsLeft([], works, rate, workers));
}

/** @example about(4210) // "about 1 h 10 min" */
export function about(seconds: number): string {
  return seconds < 1 ? duration(seconds) : `about ${duration(seconds)}`;
}

/** A path as people read it: from where they stand, unless that leads far away. */
export function relative(file: string): string {
  const fromHere = path.relative(process.cwd(), file);
  return fromHere.startsWith(path.join("..", "..")) ? file : fromHere || ".";
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function codeText({ commit, dirty }: CodeVersion, fingerprint: string): string {
  const version = commit === "unknown" ? "no commit known" : `commit ${commit.slice(0, 8)}`;
  return `${version}${dirty ? " with changes (dirty)" : ""}, measuring code ${fingerprint.slice(0, 8)}`;
}

function workersText(placements: readonly Placement[], { launcher }: RunOptions): string {
  const [first] = placements;
  if (first === undefined) return "no worker needed";
  const threads = plural(first.threads, "thread");
  if (launcher.name === "slurm") return `Slurm, up to ${plural(placements.length, "cell")} at a time with ${threads}`;
  const free = placements.length > 1 && tasksetPath() === null ? ", not pinned to cores: no taskset here" : "";
  return `${plural(placements.length, "worker")} with ${threads}${first.core === null ? free : ", each on its own core"}`;
}
