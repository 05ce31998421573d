/** The curves of a run's trainings as event files for TensorBoard: `--tensorboard`. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync } from "node:fs";
import path from "node:path";
import { FileError, plural, relative } from "../base";
import type { Progress } from "../experiment";
import { type EventValue, eventFileHead, eventRecord, type TrainingEvent, wholeEvents } from "../report";
import { storedHistory, type TrainingEntry, type TrainingPlan } from "../training";

import type { PlannedCell, RunPlan } from "./run-plan";

/** Follows the trainings of a run. */
export interface CurveFollower {
  /** A cell told how far it is: the time of a training's step is known from it. */
  heard(cell: PlannedCell, progress: Progress): void;
  /** Ends following, and writes what is still to be written. @returns what was written, in a line for people */
  close(): string;
}

export interface FollowOptions {
  /** The name of a network in the model store, by the identifier that cells ask for. */
  readonly nameOf: (asked: string) => string;
  /** Told once, in a line, when the files cannot be written: the run itself goes on. */
  readonly onFault: (line: string) => void;
  /** Time between two looks. */
  readonly pollMilliseconds?: number;
}

/**
 * Writes the curves of all networks of a run into its event files, now for those that are trained, and for the others as
 * their histories come into the model store: with every checkpoint.
 *
 * A file goes on where it ended, so that a second run, or one that was interrupted, writes nothing twice.
 *
 * @param folder holds a folder for each network, named after it, its seed and the beginning of its identifier
 */
export function followTrainings(
  { trainings, folders }: Pick<RunPlan, "trainings" | "folders">,
  folder: string,
  { nameOf, onFault, pollMilliseconds = 2000 }: FollowOptions,
): CurveFollower {
  const waiting = new Map(trainings);
  const times = new Map([...trainings.keys()].map((id) => [id, new Map<number, number>()]));
  let isFaulty = false;
  const look = () => {
    if (isFaulty) return;
    try {
      for (const [id, plan] of waiting) {
        const stored = storedHistory(path.join(folders.models, nameOf(id)));
        if (stored === null) continue;
        const events = trainingEvents(stored.history, stored.written, times.get(id)!);
        appendEvents(path.join(folder, curveFolder(id, plan), eventFile), plan, events);
        if (stored.done) waiting.delete(id);
      }
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      isFaulty = true;
      onFault(`no more training curves: ${error.message}`);
    }
  };
  look();
  const timer = setInterval(look, pollMilliseconds);
  timer.unref();
  return {
    heard({ network }, { phase, done, total }) {
      const plan = network === null ? undefined : trainings.get(network.id);
      if (network === null || plan === undefined) return;
      // As `cell-run.ts` tells of a training; phases of the experiment's own have other names.
      if (phase === `training ${plan.architecture.name}` && total === plan.steps)
        times.get(network.id)!.set(done, Date.now());
    },
    close() {
      clearInterval(timer);
      look();
      const shown = `${relative(folder)} (tensorboard --logdir ${relative(path.dirname(folder))})`;
      return `training curves: ${plural(trainings.size, "network")} in ${shown}`;
    },
  };
}

/** TensorBoard knows its files by "tfevents"; the name is always the same, so that a file can be gone on with. */
const eventFile = "events.out.tfevents.training";

/**
 * Networks of one name and seed differ in width, length of the training, routes: told apart by their identifiers.
 *
 * @example "resnet32-seed1-0072b6"
 */
export function curveFolder(id: string, { architecture, seed }: Pick<TrainingPlan, "architecture" | "seed">): string {
  const name = architecture.name.replace(/[^\w.-]+/g, "-");
  return `${name}-seed${seed}-${id.slice(0, 6)}`;
}

/**
 * One event an entry of a history; what its numbers are is said with the first.
 *
 * @param written when the last entry was written, in milliseconds
 * @param heard times at which steps were told of, in milliseconds. An entry that nobody heard of has the time of the next
 * one that is known, at last that of the file: never a time before it was made, as far as the clock goes forward
 */
export function trainingEvents(
  history: readonly TrainingEntry[],
  written: number,
  heard: ReadonlyMap<number, number>,
): TrainingEvent[] {
  let time = written;
  return history
    .toReversed()
    .map((entry): TrainingEvent => {
      time = Math.min(time, heard.get(entry.step) ?? time);
      return { wallTime: time / 1000, step: entry.step, values: valuesOf(entry, entry === history[0]) };
    })
    .toReversed();
}

function valuesOf({ loss, accuracy, learningRate, blocksRun }: TrainingEntry, described: boolean): EventValue[] {
  const since = "mean over the steps since the point before";
  const images = "Share of the training batches' images classified";
  const named: [name: string, scalar: number, description: string][] = [
    ["loss", loss, `Cross-entropy (nats) on the training batches, ${since}`],
    ["accuracy", accuracy, `${images} rightly, ${since}`],
    ["error", 1 - accuracy, `${images} wrongly, ${since}`],
    ["learning_rate", learningRate, "Learning rate of the step"],
    ["blocks_run", blocksRun, `Blocks whose residual branch ran, ${since}`],
  ];
  return named.map(([name, scalar, description]) => ({
    tag: `training/${name}`,
    scalar,
    ...(described ? { description } : {}),
  }));
}

/**
 * Appends to an event file those events that lie behind its last step; makes it where it is missing. What a killed writer
 * left half written at its end is cut off.
 *
 * @throws FileError
 */
export function appendEvents(file: string, plan: TrainingPlan, events: readonly TrainingEvent[]): void {
  try {
    const present = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
    const { length, lastStep } = wholeEvents(present);
    if (length < present.length) truncateSync(file, length);
    const news = events.filter(({ step }) => lastStep === null || step > lastStep);
    const [first] = news;
    if (first === undefined) return;
    mkdirSync(path.dirname(file), { recursive: true });
    const head = length > 0 ? [] : [eventFileHead(first.wallTime)];
    const about = lastStep === null ? [eventRecord(planEvent(plan, first.wallTime))] : [];
    appendFileSync(file, Buffer.concat([...head, ...about, ...news.map(eventRecord)]));
  } catch (error) {
    throw error instanceof RangeError ? error : new FileError("write", file, error);
  }
}

/** What was trained and how, as a text beside the curves. */
function planEvent(plan: TrainingPlan, wallTime: number): TrainingEvent {
  const { architecture, ...training } = plan;
  const facts = { network: architecture.name, "input shape": architecture.inputShape, ...training };
  const rows = Object.entries(facts).map(([name, value]) => {
    const said = typeof value === "object" ? JSON.stringify(value) : String(value);
    return `| ${words(name)} | ${said.replace(/\|/g, "\\|")} |`;
  });
  return {
    wallTime,
    step: 0,
    values: [{ tag: "training/plan", text: ["| | |", "| --- | --- |", ...rows].join("\n") }],
  };
}

/** @example words("batchSize") // "batch size" */
function words(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
