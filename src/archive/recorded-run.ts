import path from "node:path";
import { z } from "zod";
import { projectRoot, UsageError } from "../base";

import type { AnyExperiment } from "../experiment/experiment";
import { scales } from "../experiment/parameters";
import type { RunOptions } from "../run/run-options";
import type { FoundData } from "../run/run-plan";

/** What a run's provenance tells of its cells: enough to plan its command again. */
export type RecordedRun = z.infer<typeof recordedSchema>;
export type RecordedCell = RecordedRun["cells"][number];

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const recordedSchema = z.object({
  experiment: z.string(),
  complete: z.boolean(),
  command: z.string(),
  scale: z.enum(scales),
  backend: z.enum(["tensorflow", "cpu"]),
  /** Of each worker; before it was written, what computed the cells tells it. */
  threads: z.number().int().optional(),
  parameters: z.array(z.object({ name: z.string(), value: z.string(), overridden: z.boolean() })),
  data: z
    .object({
      name: z.enum(["mnist", "cifar10"]),
      checksum: z.string(),
      origin: z.string(),
      images: z.object({ height: z.number(), width: z.number(), channels: z.number() }).optional(),
    })
    .nullable(),
  /** The custom network that was put to the test, where one was. */
  network: z.object({ file: z.string(), architecture: z.string(), weights: z.string().nullable() }).optional(),
  code: z.object({ commit: z.string(), cells: z.string() }),
  runtimes: z.array(z.object({ threads: z.number().int() })),
  cells: z.array(
    z.object({
      id: z.string(),
      setting: z.record(z.string(), scalar).and(z.object({ seed: z.number().int() })),
      finished: z.string(),
      models: z.array(z.string()),
    }),
  ),
});

/**
 * Reads the text of a provenance.json.
 *
 * @param run its name, for the message
 * @throws UsageError naming what is missing or not as it should be
 */
export function readRecordedRun(text: string, run: string): RecordedRun {
  try {
    return recordedSchema.parse(JSON.parse(text));
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    throw new UsageError(`cannot read ${run}/provenance.json: ${reason}`);
  }
}

/**
 * The options that the run's command had, as far as they determine its cells, to plan it again.
 *
 * @param results folder of results, with the store where there is one
 */
export function recordedOptions(run: RecordedRun, { customNetwork }: AnyExperiment, results: string): RunOptions {
  const { scale, data, parameters, network, backend, threads, runtimes, command } = run;
  // Set by the custom network, not by hand: these cannot be typed.
  const byNetwork =
    network === undefined ? {} : { ...customNetwork?.fixed, ...(network.weights && customNetwork?.given) };
  const set = [...Object.keys(byNetwork), ...(network === undefined ? [] : [customNetwork?.parameter])];
  const params = parameters
    .filter(({ name, overridden }) => overridden && !set.includes(name))
    .map(({ name, value }) => [name, value] as const);
  return {
    scale,
    data: data?.name ?? null,
    dataFolder: null,
    overrides: Object.fromEntries(params),
    ...(network === undefined ? {} : { network: path.resolve(projectRoot, network.file) }),
    workers: "auto",
    threads: threads ?? runtimes[0]?.threads ?? 1,
    backend,
    launcher: { name: "local" },
    jobs: null,
    only: [],
    dryRun: true,
    fresh: false,
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
export function recordedData({ data }: RecordedRun): FoundData {
  if (data === null) throw new Error("the run read no data set");
  const byDefault =
    data.name === "mnist" ? { height: 28, width: 28, channels: 1 } : { height: 32, width: 32, channels: 3 };
  return { name: data.name, checksum: data.checksum, origin: data.origin, images: data.images ?? byDefault };
}
