/** Runs an experiment over a grid of its parameters, and tells of each point. */
import { writeReportIndex } from "../archive";
import { about, exitStatus, plural, relative, UsageError } from "../base";
import { type AnyExperiment, pointText } from "../experiment";
import { carryOutVaried, lookUpData, planPoints, secondsLeft, type VariedRun, worksInOrder } from "../run";
import { sum } from "../statistics";
import { makeFolders } from "../store";
import { planAsked, tellOutcome } from "./run-experiment";
import type { AskedOptions } from "./run-options";

/**
 * Measures every point of the grid, then the run itself, whose report shows the maps of verdicts.
 *
 * @returns the exit status
 * @throws UsageError for what does not go with it, or for a value that a parameter does not take
 */
export async function runVaried(
  definition: AnyExperiment,
  experimentFile: string,
  asked: AskedOptions,
): Promise<number> {
  const itself = await planAsked(definition, experimentFile, asked);
  const { plan, launcher, screen } = itself;
  const { options } = plan;
  const { vary: variations = {}, command } = options;
  for (const [option, given] of Object.entries({
    "--jobs": options.jobs !== null,
    "--only": options.only.length > 0,
  })) {
    if (given) throw new UsageError(`${option} does not go with --vary`, "Leave one of them out.");
  }
  const findData = () => lookUpData(options, screen);
  const varied: VariedRun = {
    ...{ definition, experimentFile, options, variations, launcher, screen, findData },
  };
  const points = await planPoints(varied);
  const seconds = points.map(({ run: { toDo, stored, speed, placements } }) =>
    secondsLeft([], worksInOrder(toDo, stored), speed.rate, placements.length),
  );
  const say = options.dryRun ? screen.print : screen.say;
  say(`${screen.colours.bold(definition.name)}  ${definition.title}`);
  for (const [i, { point, run }] of points.entries()) {
    const time = run.toDo.length === 0 ? "nothing to measure" : about(seconds[i]!);
    say(`  ${pointText(point)}: ${plural(run.plan.cells.length, "cell")}, ${run.toDo.length} to do, ${time}`);
  }
  say(`${plural(points.length, "point")}, at most ${about(sum(seconds))} in all: what points share is measured once`);
  if (options.dryRun) return exitStatus.success;

  makeFolders(plan.folders);
  const left = (point: number, secondsOfPoint: number) =>
    `point ${point + 1} of ${points.length}, ${about(secondsOfPoint + sum(seconds.slice(point + 1)))} left in all`;
  const outcome = await carryOutVaried(varied, itself, left);
  if (outcome.interrupted) {
    screen.warn(`interrupted: what is measured is kept; resume with: ${command}`);
    return exitStatus.interrupted;
  }
  if (outcome.results !== null) writeReportIndex(options);
  tellOutcome(itself, outcome);
  if (outcome.results !== null && !options.json) screen.print(`map: ${relative(plan.folders.results)}/map.csv`);
  return outcome.failures > 0 ? exitStatus.failure : exitStatus.success;
}
