import { z } from "zod";
import type { RuntimeFacts } from "../runtime";
import { hashOf, type Json } from "./canonical-json";
import type { CellIdentity } from "./cell-identity";
import type { Row } from "./experiment";

/** A measured cell as the store keeps it. Plain JSON. */
export interface CellRecord {
  readonly id: string;
  readonly identity: CellIdentity;
  /** What was measured, without the setting. */
  readonly rows: readonly Row[];
  readonly seconds: number;
  /** Time of completion, ISO 8601 in UTC. */
  readonly finished: string;
  /** Models it used, and whether each was trained for it or came from the store. */
  readonly models: readonly ModelUse[];
  /** What computed it; null when the backend was never loaded. */
  readonly runtime: RuntimeFacts | null;
}

export interface ModelUse {
  readonly id: string;
  readonly trained: boolean;
}

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const rowSchema = z.record(z.string(), scalar);

/** What a worker sends as rows and what a cell file must hold as rows. */
export const rowsSchema = z.array(rowSchema);
export const modelUseSchema = z.object({ id: z.string(), trained: z.boolean() });

export const recordSchema = z.object({
  id: z.string().regex(/^[0-9a-f]{16}$/),
  identity: z.object({
    experiment: z.string(),
    setting: rowSchema.and(z.object({ seed: z.number().int() })),
    parameters: z.record(
      z.string(),
      z.union([z.number(), z.string(), z.boolean(), z.array(z.number()), z.array(z.string())]),
    ),
    data: z.object({ name: z.enum(["mnist", "cifar10"]), checksum: z.string() }).nullable(),
    backend: z.enum(["tensorflow", "cpu"]),
    threads: z.number().int(),
    code: z.string(),
    network: z.object({ architecture: z.string(), weights: z.string().nullable() }).exactOptional(),
  }),
  rows: rowsSchema,
  seconds: z.number().nonnegative(),
  finished: z.string(),
  models: z.array(modelUseSchema),
  /** Only handed on to the provenance; the runtime owns its shape. */
  runtime: z.custom<RuntimeFacts | null>((value) => value === null || typeof value === "object"),
});

/** The text of a cell file: the record, closed by a checksum over it. */
export function writeRecord(record: CellRecord): string {
  return `${JSON.stringify({ ...record, checksum: checksumOf(record) }, null, 1)}\n`;
}

/**
 * Reads a cell file's text back.
 *
 * @returns the record, or in words what is wrong with it
 */
export function readRecord(text: string, id: string): { record: CellRecord } | { problem: string } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { problem: "it is not JSON: cut short or overwritten" };
  }
  if (typeof parsed !== "object" || parsed === null || !("checksum" in parsed))
    return { problem: "it has no checksum" };
  const { checksum, ...content } = parsed;
  const read = recordSchema.safeParse(content);
  if (!read.success) return { problem: `it has not the form of a cell: ${read.error.issues[0]?.path.join(".")}` };
  if (!hasChecksum(content as CellRecord, checksum)) return { problem: "its content does not match its checksum" };
  if (read.data.id !== id) return { problem: `it holds cell ${read.data.id}` };
  return { record: content as CellRecord };
}

function hasChecksum(content: CellRecord, checksum: unknown): boolean {
  try {
    return checksumOf(content) === checksum;
  } catch {
    return false; // nested too deeply, or with a number that is none: no record is
  }
}

function checksumOf(record: CellRecord): string {
  return hashOf(record as unknown as Json);
}
