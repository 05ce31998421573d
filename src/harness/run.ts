import path from "node:path";
import type { DataProgress } from "../data";
import { writeFileAtomically } from "../files";
import { calibration } from "./calibration";
import type { CellRecord } from "./cell-record";
import { allowedCores, placeWorkers, tasksetPath } from "./cores";
import { dryRunJson, dryRunLines } from "./dry-run";
import { duration } from "./estimate";
import type { AnyExperiment } from "./experiment";
import { findData } from "./find-data";
import { type Measuring, measureCells } from "./measure-cells";
import { surroundings } from "./provenance";
import { outcomeJson, verdictTable, writeResults } from "./results";
import { makeFolders } from "./run-folders";
import { headLines, plural, relative } from "./run-head";
import { exitStatus, type RunOptions } from "./run-options";
import { cellsToMeasure, planRun, type RunPlan, readingsFile } from "./run-plan";
import { completeSeeds } from "./seeds-complete";
import { type Terminal, terminal } from "./terminal";
import { UsageError } from "./usage-error";

/**
 * Runs an experiment: measures the cells that are not in the store yet, judges, and writes tables and report.
 *
 * @returns the exit status
 * @throws UsageError, or what ended the run as a whole
 */
export async function runExperiment(
  definition: AnyExperiment,
  experimentFile: string,
  options: RunOptions,
): Promise<number> {
  const started = new Date();
  const screen = terminal({ quiet: options.quiet, colour: options.colour });
  const plan = await planRun(definition, experimentFile, options, () => lookUpData(options, screen));
  const toDo = cellsToMeasure(plan);
  const around = surroundings();
  const placements = placeWorkers(workerCount(options, toDo.length), {
    threads: plan.threads,
    cores: allowedCores(),
    canPin: tasksetPath() !== null,
  });
  // Small cells spend their time on other things than large ones: each scale has a pace of its own.
  const circumstances = [
    options.scale,
    options.data ?? "own data",
    options.backend,
    around.machine.processor,
    plural(plan.threads, "thread"),
  ];
  const speed = calibration(path.join(plan.folders.store, "calibration.json"), circumstances.join(", "));
  const rate = speed.rate(definition.name);

  if (!options.dryRun) makeFolders(plan.folders);
  const head = { plan, code: around.code, toDo, placements, rate, strong: screen.colours.bold };
  for (const line of headLines(head)) screen.say(line);
  for (const notice of plan.notices) screen.warn(screen.colours.yellow(`notice: ${notice}`));
  if (options.dryRun) {
    if (options.json) screen.print(JSON.stringify(dryRunJson(plan, toDo, rate), null, 2));
    else for (const line of dryRunLines(plan, toDo, rate, placements.length)) screen.print(line);
    return exitStatus.success;
  }

  const records = new Map<string, CellRecord>();
  for (const { id, cached } of plan.cells) if (cached !== null) records.set(id, cached);
  const write = (seeds: readonly number[], complete: boolean) =>
    writeResults({ plan, surroundings: around, placements, records, seeds, complete, started, ended: new Date() });
  const measuring = { plan, toDo, placements, rate, records, screen, speed, write };
  const { failures, interrupted } = await measureCells(measuring);
  speed.save();
  writeFileAtomically(readingsFile(plan.folders), `${JSON.stringify(plan.readings)}\n`);

  if (interrupted) {
    screen.warn(`interrupted: ${records.size} of ${plural(plan.cells.length, "cell")} are measured and kept`);
    screen.warn(`resume with: ${options.command}`);
    return exitStatus.interrupted;
  }
  return conclude({ plan, records, failures, screen, write, started });
}

interface Conclusion {
  readonly plan: RunPlan;
  readonly records: ReadonlyMap<string, CellRecord>;
  readonly failures: number;
  readonly screen: Terminal;
  readonly write: Measuring["write"];
  readonly started: Date;
}

/** Judges what was measured, writes it and tells of it. */
async function conclude(parts: Conclusion): Promise<number> {
  const { plan, records, failures, screen, write, started } = parts;
  const { cells, options, folders } = plan;
  const seeds = plan.parameters.values.seeds;
  const complete = completeSeeds(seeds, cells, (id) => records.has(id));
  const missing = cells.length - cells.filter(({ id }) => records.has(id)).length;
  const status = failures > 0 ? exitStatus.failure : exitStatus.success;
  if (failures > 0)
    screen.warn(`${plural(failures, "cell")} failed; the others are kept, and the same command tries again`);
  const partial = options.only.length > 0 && missing > 0;
  const results = partial || complete.length === 0 ? null : await write(complete, missing === 0);
  const seconds = (Date.now() - started.getTime()) / 1000;
  if (options.json) {
    screen.print(JSON.stringify(outcomeJson(plan, results, { failures, missing, seconds }), null, 2));
  } else if (results === null) {
    screen.warn(`${plural(missing, "cell")} of the run still to do: no verdict yet`);
  } else {
    screen.say("");
    screen.print(verdictTable(results, screen));
    if (missing > 0) screen.print(`only ${complete.length} of ${seeds.length} seeds are complete`);
    screen.print(`report: ${relative(folders.reportFile)}`);
  }
  screen.say(`done in ${duration(seconds)}`);
  if (status !== exitStatus.success || results === null) return status;
  const allReproduced = results.judgements.every(({ verdict }) => verdict === "reproduced");
  return options.strict && !allReproduced ? exitStatus.notReproduced : exitStatus.success;
}

function lookUpData({ data, dataFolder, dryRun }: RunOptions, screen: Terminal) {
  if (data === null) throw new UsageError("the experiment reads no data set");
  let told = "";
  return findData({
    name: data,
    folder: dataFolder,
    mayDownload: !dryRun,
    onProgress({ activity, done, total }: DataProgress) {
      if (activity === "reading") return;
      const percent = total === undefined ? "" : ` ${Math.floor((10 * done) / total) * 10} %`;
      const line = `${data}: ${activity}${percent}`;
      if (screen.isLive) screen.draw([line]);
      else if (line !== told) screen.say(line);
      told = line;
    },
  }).finally(() => screen.draw([]));
}

function workerCount({ workers }: RunOptions, toDo: number): number {
  return Math.min(workers === "auto" ? Math.max(1, allowedCores().length) : workers, toDo);
}
