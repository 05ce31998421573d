/** What the page of a run under way shows, put together from what the run writes. */
import { existsSync } from "node:fs";
import path from "node:path";
import { duration, nearestName, relative, UsageError } from "../base";
import type { LiveContent, LiveRun, LiveTraining } from "../report";

import { goesOn, leftText, type RunStatus, readStatuses } from "../run";
import { storedHistory, trainingCurve } from "../training";
import { indexedRun } from "./report-index";

/** Points of a curve at most: more than a screen tells apart. */
const curvePoints = 200;
/** Runs that are offered beside those under way, those that started last. */
const offeredRuns = 8;

export interface RunWatcher {
  /**
   * How the run is now that is to be shown: the one that is asked for, else one of the name that the watcher was made for,
   * else any; of several one that goes on, and of these the one that began last.
   *
   * @param asked name of a run; one that is not there counts as none
   */
  look(asked: string | null): LiveContent;
}

/**
 * Watches the runs whose results are in a folder.
 *
 * @param name of a run ("block-deletion-smoke") or of an experiment; null for any
 * @throws UsageError where no run has that name
 */
export function runWatcher(results: string, name: string | null, now: () => number = Date.now): RunWatcher {
  const read = () => readStatuses(path.join(results, "store", "runs"));
  if (name !== null) requireRun(read(), name, results);
  const trained = new Map<string, LiveTraining["points"]>();
  return {
    look(asked) {
      const statuses = read();
      const time = now();
      const isOn = (status: RunStatus) => goesOn(status, time);
      const ordered = [...statuses.filter(isOn), ...statuses.filter((status) => !isOn(status))];
      const named = name === null ? ordered : ordered.filter((status) => bears(status, name));
      const shown = ordered.find(({ run }) => run === asked) ?? named[0] ?? null;
      const offered = ordered.filter(
        (status) => isOn(status) || ordered.indexOf(status) < offeredRuns || status === shown,
      );
      return {
        runs: offered.map((status) => ({ name: status.run, goesOn: isOn(status) })),
        shown: shown === null ? null : liveRun(shown, { results, isOn: isOn(shown), trained }),
        folder: relative(results),
      };
    },
  };
}

function bears({ run, experiment }: RunStatus, name: string): boolean {
  return run === name || experiment === name;
}

function requireRun(statuses: readonly RunStatus[], name: string, results: string): void {
  if (statuses.some((status) => bears(status, name))) return;
  const known = [...new Set(statuses.flatMap(({ run, experiment }) => [run, experiment]))].sort();
  const meant = nearestName(name, known);
  const advice =
    known.length === 0
      ? "No run has been started there. Without a name the page shows the next one as soon as it begins."
      : meant === null
        ? `There are: ${known.join(", ")}.`
        : `Did you mean "${meant}"?`;
  throw new UsageError(`there is no run "${name}" in ${relative(results)}`, advice);
}

interface Watched {
  readonly results: string;
  readonly isOn: boolean;
  /** Curves of trained networks, which change no more. */
  readonly trained: Map<string, LiveTraining["points"]>;
}

function liveRun(status: RunStatus, { results, isOn, trained }: Watched): LiveRun {
  const { cells, reportFile, secondsLeft, started } = status;
  const { run: found, written } = indexedRun(status.run, results, path.dirname(reportFile));
  // Tables that were written before this run began are an earlier one's.
  const run = written !== null && written >= started ? found : null;
  return {
    name: status.run,
    title: status.title,
    question: status.question,
    scale: status.scale,
    data: status.data ?? "made by the experiment itself",
    command: status.command,
    started,
    state: isOn ? "under way" : (status.ending ?? "gone"),
    fraction: status.fraction,
    timeLeft: leftText(secondsLeft),
    whole: status.whole,
    cells: cells.map(({ id, name, state, seconds, failure }) => ({
      id,
      name,
      state: state === "under way" && !isOn ? "waiting" : state,
      took: seconds === null ? null : duration(seconds),
      failure: failure && { message: failure.message, log: relative(failure.log) },
    })),
    underWay: isOn ? status.underWay.map(liveWork) : [],
    verdicts: run?.verdicts ?? [],
    interim: run?.interim ?? false,
    trainings: status.networks.map(({ id, name: network, seed, steps }) => ({
      network,
      seed,
      steps,
      points: curveOf(id, path.join(results, "store", "models", id), trained),
    })),
    report: run !== null && existsSync(reportFile) ? relative(reportFile) : null,
  };
}

function liveWork({ cell, seconds, progress }: RunStatus["underWay"][number]): LiveRun["underWay"][number] {
  const since = `for ${duration(seconds)}`;
  if (progress === null) return { cell, phase: "begun", fraction: null, note: since };
  const { phase, done, total, note } = progress;
  const fraction = total > 0 ? Math.min(1, Math.max(0, done / total)) : null;
  return { cell, phase, fraction, note: [...(note === undefined ? [] : [note]), since].join(", ") };
}

function curveOf(id: string, folder: string, trained: Map<string, LiveTraining["points"]>): LiveTraining["points"] {
  const known = trained.get(id);
  if (known !== undefined) return known;
  const stored = storedHistory(folder);
  if (stored === null) return [];
  const points = trainingCurve(stored.history, curvePoints).map(({ step, loss, accuracy }) => ({
    step,
    loss,
    error: 1 - accuracy,
  }));
  if (stored.done) trained.set(id, points);
  return points;
}
