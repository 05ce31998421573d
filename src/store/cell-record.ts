import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { FileError, fileKindText, hashOf, type Json, writeFileAtomically } from "../base";
import type { Row } from "../experiment";

import { type CellIdentity, isSameCell } from "../identity";
import type { RuntimeFacts } from "../runtime";
import { type StatisticsOutcome, type Surroundings, statisticsSchema } from "./provenance";

/** A measured cell as the store keeps it. Plain JSON. */
export interface CellRecord {
  readonly id: string;
  readonly identity: CellIdentity;
  /** Names of the parameters that it depends on: those that were read while it was measured; all where it does not say. */
  readonly read?: readonly string[];
  /** What was measured, without the setting. */
  readonly rows: readonly Row[];
  readonly seconds: number;
  /** Time of completion, ISO 8601 in UTC. */
  readonly finished: string;
  /** Models it used, and whether each was trained for it or came from the store. */
  readonly models: readonly ModelUse[];
  /** What computed it; null when the backend was never loaded. */
  readonly runtime: RuntimeFacts | null;
  /** Whether the given weights that it was measured with run as they were trained. */
  readonly statistics?: StatisticsOutcome;
  /** What had it computed: launcher, code, packages, machine. Older cells do not say. */
  readonly origin?: CellOrigin;
}

export interface CellOrigin extends Surroundings {
  /** "local", "slurm". */
  readonly launcher: string;
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
  read: z.array(z.string()).exactOptional(),
  rows: rowsSchema,
  seconds: z.number().nonnegative(),
  finished: z.string(),
  models: z.array(modelUseSchema),
  statistics: statisticsSchema.exactOptional(),
  /** Only handed on to the provenance; the runtime owns its shape. */
  runtime: z.custom<RuntimeFacts | null>((value) => value === null || typeof value === "object"),
  origin: z.custom<CellOrigin>((value) => typeof value === "object" && value !== null).exactOptional(),
});

/** The text of a cell file: the record, closed by a checksum over it. */
function writeRecord(record: CellRecord): string {
  return `${JSON.stringify({ ...record, checksum: checksumOf(record) }, null, 1)}\n`;
}

/**
 * Reads a cell file's text back.
 *
 * @returns the record, or in words what is wrong with it
 */
function readRecord(text: string, id: string): { record: CellRecord } | { problem: string } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { problem: fileKindText(Buffer.from(text), `${id}.json`) ?? "it is not JSON: cut short or overwritten" };
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

/** The measured cells of one experiment: one file each, named by its identity's hash. */
export interface CellStore {
  /** The cell's record; null when it was never measured; a problem in words when its file cannot be trusted. */
  read(id: string): CellRecord | null | { readonly problem: string };
  /**
   * As `read`; failing that, a record of the same cell that was measured under other parameters than it depends on.
   *
   * @param records all that there are, where they have been read before
   */
  find(
    id: string,
    identity: CellIdentity,
    records?: () => readonly CellRecord[],
  ): CellRecord | null | { readonly problem: string };
  /** Stores a record in place of one of the same identity. The file is whole at any moment, or absent. */
  write(record: CellRecord): void;
  /** All records that can be trusted, for telling what changed. */
  records(): CellRecord[];
  fileOf(id: string): string;
}

/** @param folder results/store/cells/<experiment>; made when the first cell is written */
export function cellStore(folder: string): CellStore {
  const fileOf = (id: string) => path.join(folder, `${id}.json`);
  const store: CellStore = {
    fileOf,
    read(id) {
      const file = fileOf(id);
      if (!existsSync(file)) return null;
      let text: string;
      try {
        text = readFileSync(file, "utf8");
      } catch (error) {
        return { problem: new FileError("read", file, error).message };
      }
      const read = readRecord(text, id);
      return "record" in read ? read.record : read;
    },
    find(id, identity, records = store.records) {
      return store.read(id) ?? records().find((record) => isSameCell(record, identity)) ?? null;
    },
    write: (record) => writeFileAtomically(fileOf(record.id), writeRecord(record)),
    records() {
      if (!existsSync(folder)) return [];
      return readdirSync(folder)
        .filter((name) => /^[0-9a-f]{16}\.json$/.test(name))
        .map((name) => store.read(path.basename(name, ".json")))
        .filter((record): record is CellRecord => record !== null && !("problem" in record));
    },
  };
  return store;
}
