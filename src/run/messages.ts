/** What the parent and its workers say to each other. Plain JSON; checked on arrival. */
import { z } from "zod";
import type { AssignedNetwork } from "../custom-network/worker";
import type { DatasetName } from "../data";
import type { ParameterValue } from "../experiment/parameters";
import type { BackendName, RuntimeFacts } from "../runtime";
import { modelUseSchema, rowsSchema } from "../store/cell-record";

/** What a worker is told when it starts: all that its cells have in common. */
export interface Assignment {
  readonly experimentFile: string;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  /** Null for an experiment that reads no data set. */
  readonly data: DatasetName | null;
  readonly dataFolder: string | null;
  /** What the data must hash to, as the parent read it; null without data. */
  readonly dataChecksum: string | null;
  readonly backend: BackendName;
  /** Threads that the worker computes with. */
  readonly threads: number;
  /** Fingerprint of the code that trains. */
  readonly modelCode: string;
  readonly modelsFolder: string;
  /** The custom network that is put to the test, where one is. */
  readonly network?: AssignedNetwork;
}

export type MessageToWorker =
  | { readonly type: "prepare"; readonly assignment: Assignment }
  /** Measures the cell with this setting. */
  | { readonly type: "measure"; readonly setting: Readonly<Record<string, string | number | boolean | null>> }
  /** Ends the current cell after its current step. */
  | { readonly type: "stop" }
  | { readonly type: "leave" };

export const failureSchema = z.object({
  /** "SetUpError" ends the whole run: every cell would meet it. */
  name: z.string(),
  message: z.string(),
  stack: z.string(),
});
export type Failure = z.infer<typeof failureSchema>;

const workerMessage = z.discriminatedUnion("type", [
  z.object({ type: z.literal("ready") }),
  z.object({ type: z.literal("unprepared"), failure: failureSchema }),
  z.object({
    type: z.literal("progress"),
    progress: z.object({
      phase: z.string(),
      done: z.number(),
      total: z.number(),
      note: z.string().exactOptional(),
    }),
  }),
  z.object({
    type: z.literal("measured"),
    rows: rowsSchema,
    seconds: z.number(),
    models: z.array(modelUseSchema),
    runtime: z.custom<RuntimeFacts | null>((value) => value === null || typeof value === "object"),
    /** The worker's resident memory, in bytes. */
    memory: z.number(),
  }),
  z.object({ type: z.literal("failed"), failure: failureSchema }),
  z.object({ type: z.literal("stopped") }),
]);
export type WorkerMessage = z.infer<typeof workerMessage>;

/** @throws Error for anything else than a worker's message */
export function readWorkerMessage(message: unknown): WorkerMessage {
  const read = workerMessage.safeParse(message);
  if (read.success) return read.data;
  throw new Error(`a worker sent something that is not a message: ${JSON.stringify(message)?.slice(0, 200)}`);
}
