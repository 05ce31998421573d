/** The program of a worker process: loads the experiment's file, then measures cell after cell. Speaks only by messages. */
import { failureOf } from "../base";
import { holdCustomNetwork, onnxVersion, statisticsCheck } from "../custom-network";
import type { Dataset } from "../data";
import {
  type Experiment,
  loadExperimentFile,
  observeParameters,
  type ParameterValues,
  type Progress,
  type Setting,
} from "../experiment";

import { cellRun } from "./cell-run";
import { readData } from "./find-data";
import type { Assignment, MessageToWorker, WorkerMessage } from "./worker-pool";

let assignment: Assignment | undefined;
let definition: Experiment | undefined;
let dataset: Promise<Dataset> | undefined;
let current: AbortController | undefined;
let lastProgress = 0;

// A dead parent leaves no orphans, however it died.
process.on("disconnect", () => process.exit(0));
// Ctrl-C reaches the whole process group: it is the parent who decides what a worker does about it.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});

process.on("message", (message: MessageToWorker) => {
  switch (message.type) {
    case "prepare":
      answer("unprepared", () => prepare(message.assignment));
      break;
    case "measure":
      answer("failed", () => measure(message.setting as Setting));
      break;
    case "stop":
      current?.abort();
      break;
    case "leave":
      process.exit(0);
  }
});

/** Sends what the work returns, or its failure. */
function answer(failed: "unprepared" | "failed", work: () => Promise<WorkerMessage>): void {
  work().then(send, (error: unknown) => {
    const failure = failureOf(error);
    console.error(failure.stack);
    send({ type: failed, failure });
  });
}

async function prepare(given: Assignment): Promise<WorkerMessage> {
  assignment = given;
  runtime().requireGpuWhereAsked(given.gpu === true);
  if (given.network !== undefined) await holdCustomNetwork(given.network);
  const loaded = loadExperimentFile(given.experimentFile);
  definition = (loaded as { default: Experiment }).default;
  // Cells with networks need TensorFlow: loaded now, it counts as a part of the start, not of the first cell.
  return { type: "ready", runtime: definition.network === undefined ? null : runtime().runtimeFacts() };
}

function runtime(): typeof import("../runtime") {
  return require("../runtime");
}

async function measure(cell: Setting): Promise<WorkerMessage> {
  if (assignment === undefined || definition === undefined) throw new Error("a cell came before the assignment");
  current = new AbortController();
  const { signal } = current;
  const { run, models } = cellRun({
    ...{ assignment, data, signal },
    onProgress: sendProgress,
    onChecked(statistics) {
      console.error(statistics.text); // into the worker's log
      send({ type: "checked", statistics });
    },
  });
  const { onnxRuntimeFacts, runtimeFacts, tensorsMade } = runtime();
  const [begin, tensors] = [performance.now(), tensorsMade()];
  console.error(`${new Date().toISOString()} begins ${JSON.stringify(cell)}`);
  try {
    const parameters = observeParameters(assignment.parameters as ParameterValues<Experiment["parameters"]>);
    const rows = await definition.measure(cell, parameters.values, run);
    const seconds = (performance.now() - begin) / 1000;
    console.error(`${new Date().toISOString()} ends after ${seconds.toFixed(1)} s`);
    const statistics = statisticsCheck();
    const checked = statistics === undefined ? {} : { statistics };
    // What an earlier cell loaded is none of this one's.
    const onnx = onnxVersion();
    const computed = onnx === null ? runtimeFacts : () => onnxRuntimeFacts(onnx, assignment!.threads);
    const runtime = onnx !== null || tensorsMade() > tensors ? computed() : null;
    const memory = process.memoryUsage.rss();
    return {
      type: "measured",
      read: parameters.read(),
      rows,
      seconds,
      models: [...models],
      ...checked,
      runtime,
      memory,
    };
  } catch (error) {
    if (signal.aborted) return { type: "stopped" };
    throw error;
  } finally {
    current = undefined;
  }
}

/** The run's data set. A data set that is not the one the run began with would mix two into one result. */
function data(): Promise<Dataset> {
  dataset ??= (async () => {
    const { data: name, dataFolder: folder, dataImages: images, dataChecksum } = assignment!;
    if (name === null) throw new Error("the experiment declares no data set (`datasets: []`), but its cell reads one");
    const read = await readData({ name, folder, images });
    if (dataChecksum !== null && read.checksum !== dataChecksum) {
      throw new Error(`the data set ${name} changed while the run was under way (${read.origin}): start the run again`);
    }
    return read;
  })();
  return dataset;
}

/** At most ten a second, but always the last of a phase: training tells of every step. */
function sendProgress(progress: Progress): void {
  const now = performance.now();
  if (progress.done < progress.total && now - lastProgress < 100) return;
  lastProgress = now;
  send({ type: "progress", progress });
}

function send(message: WorkerMessage): void {
  if (process.connected) process.send?.(message);
}
