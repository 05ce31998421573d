import { z } from "zod";
import { parseJson } from "../base";
import { scales } from "../experiment";
import type { RuntimeFacts } from "../runtime";

/** The file in a run's folder that says where its results come from. */
export const provenanceFile = "provenance.json";

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
export const parameterValueSchema = z.union([
  z.number(),
  z.string(),
  z.boolean(),
  z.array(z.number()),
  z.array(z.string()),
]);

/** What came of comparing given weights' running statistics with what arrives at them. */
export const statisticsSchema = z.object({
  /** Training images that were sent through the network. */
  images: z.number().int(),
  /** Batch normalisations that were compared. */
  layers: z.number().int(),
  /** Address of the first that disagrees with what it stores; null where none does, or where that cannot be told. */
  disagrees: z.string().nullable(),
  /** The outcome, a sentence. */
  text: z.string(),
});

export type StatisticsOutcome = Readonly<z.infer<typeof statisticsSchema>>;

const numbers = z.union([z.number(), z.array(z.number())]);

const codeSchema = z.object({
  /** Full hash, or "unknown". */
  commit: z.string(),
  /** Whether files differed from that commit; null where it was not known. */
  dirty: z.boolean().nullable(),
  /** SHA-256 over these differences. */
  differences: z.string().nullable(),
  /** Of this package. */
  version: z.string(),
});

const machineSchema = z.object({
  node: z.string(),
  system: z.string(),
  processor: z.string(),
  cores: z.number(),
  memoryGigabytes: z.number(),
});

/** What computed a result. `kernels` is missing where an older version wrote it. */
export const runtimeSchema: z.ZodType<RuntimeFacts> = z.object({
  backend: z.enum(["tensorflow", "cpu", "onnxruntime"]),
  tensorFlowVersion: z.string().nullable(),
  tensorFlowJsVersion: z.string(),
  nodeVersion: z.string(),
  isGpu: z.boolean(),
  gpu: z.string().nullable(),
  threads: z.number().int(),
  processor: z.object({ model: z.string(), features: z.array(z.string()) }),
  platform: z.string(),
  kernels: z
    .object({
      binding: z.string(),
      instructionSet: z.array(z.string()),
      settings: z.record(z.string(), z.string()),
    })
    .exactOptional(),
});

const schema = z.object({
  experiment: z.string(),
  run: z.string(),
  /** False while cells are missing. */
  complete: z.boolean(),
  /** What reproduces the results, without folders and without what only concerns the screen. */
  command: z.string(),
  /** Folder of its page, from that of all results; where it is another one than usual. */
  reports: z.string().exactOptional(),
  scale: z.enum(scales),
  backend: z.enum(["tensorflow", "cpu"]),
  /** Of the activations of all trained networks: float32 where it is not there. */
  precision: z.literal("bfloat16").exactOptional(),
  /** Threads that each cell was computed with. */
  threads: z.number().int().optional(),
  /** What measured the cells: "slurm" where `machine` only waited for them. */
  launcher: z.string().default("local"),
  seeds: z.array(z.number().int()),
  /** Values as they are typed on the command line. */
  parameters: z.array(
    z.object({
      name: z.string(),
      value: z.string(),
      default: z.string(),
      paper: z.string(),
      unit: z.string().nullable(),
      description: z.string(),
      /** Whether it was set by hand to something else than its default. */
      overridden: z.boolean(),
    }),
  ),
  data: z
    .object({
      name: z.enum(["mnist", "cifar10", "images"]),
      checksum: z.string(),
      origin: z.string(),
      images: z
        .object({
          height: z.number(),
          width: z.number(),
          channels: z.number(),
          shorterSide: z.number().exactOptional(),
        })
        .optional(),
      /** Of images of one's own: how many classes there are, and whether labels are numbers of outputs. */
      classes: z.object({ count: z.number(), isNumbered: z.boolean() }).exactOptional(),
      /** The folder of data of one's own: from the project's folder where it is in there. */
      folder: z.string().optional(),
    })
    .nullable(),
  /** The custom network that was put to the test, where one was. */
  network: z
    .object({
      name: z.string(),
      /** SHA-256 of the architecture. */
      architecture: z.string(),
      /** The network that the experiment would have taken. */
      insteadOf: z.string(),
      /** How images are prepared for it, where the command said so: (value - mean) / deviation of values in [0, 1]. */
      images: z.object({ mean: numbers, deviation: numbers }).exactOptional(),
      /** What gives it: one file, or of given weights one for each seed, from 1. */
      files: z
        .array(
          z.object({
            /** From the project's folder on. */
            file: z.string(),
            /** SHA-256 of the file. */
            sha256: z.string(),
            /** SHA-256 of weights that came with the architecture. */
            weights: z.string().nullable(),
            /** Of given weights: whether what arrives at their running statistics agrees with them. */
            statistics: statisticsSchema.exactOptional(),
          }),
        )
        .min(1),
    })
    .optional(),
  /** Of the last cell that was measured, as are `packages` and `machine`. */
  code: codeSchema.extend({ cells: z.string(), models: z.string() }),
  packages: z.record(z.string(), z.string()),
  machine: machineSchema,
  /** What computed the cells, each kind once. Empty where no cell computed with tensors. */
  runtimes: z.array(runtimeSchema),
  /** Most cells that were measured side by side. */
  workers: z.number().int(),
  /** When the first of the cells was begun and the last was done: ISO 8601, UTC. */
  started: z.iso.datetime(),
  ended: z.iso.datetime(),
  /** Time between these in which cells were measured. */
  seconds: z.number(),
  /** Sum over all cells of the time that each took when it was measured. */
  cellSeconds: z.number(),
  /** Values of the parameters over whose grid its verdicts are mapped, where they are. */
  vary: z.record(z.string(), z.array(z.string())).exactOptional(),
  cells: z.array(
    z.object({
      id: z.string(),
      setting: z.record(z.string(), scalar).and(z.object({ seed: z.number().int() })),
      seconds: z.number(),
      finished: z.iso.datetime(),
      cached: z.boolean(),
      /** Names of the parameters that it depends on; all where it does not say. */
      read: z.array(z.string()).exactOptional(),
      /** Values of parameters that it was measured with where these are not the run's, as at a point of a grid: it depends on none. */
      parameters: z.record(z.string(), parameterValueSchema).exactOptional(),
      /** Identifiers of the networks that it used. */
      models: z.array(z.string()),
    }),
  ),
  determinism: z.string(),
  /** When the files were last written, and by which code: it judged the rows and drew the figures. */
  written: codeSchema.pick({ commit: true, dirty: true }).extend({ at: z.iso.datetime() }).optional(),
});

/** What measures a cell, but for what computes it: kept with the cell, since a later run may find it measured. */
export interface Surroundings {
  readonly code: Readonly<z.infer<typeof codeSchema>>;
  readonly packages: Readonly<Record<string, string>>;
  readonly machine: Readonly<z.infer<typeof machineSchema>>;
}

/** Where a result comes from: all that is needed to reproduce it, or to explain why not. Plain JSON. */
export type Provenance = ReadOnly<z.output<typeof schema>> & { readonly threads: number };

type ReadOnly<Value> = Value extends readonly (infer Entry)[]
  ? readonly ReadOnly<Entry>[]
  : Value extends object
    ? { readonly [Name in keyof Value]: ReadOnly<Value[Name]> }
    : Value;

/**
 * Reads the text of a provenance.json. What older versions did not write is filled in where the rest tells it.
 *
 * @throws ZodError or RangeError for a text that no version wrote
 */
export function parseProvenance(text: string): Provenance {
  const read = schema.parse(parseJson(text, provenanceFile));
  return { ...read, threads: read.threads ?? read.runtimes[0]?.threads ?? 1 };
}
