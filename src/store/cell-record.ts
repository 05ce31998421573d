import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { FileError, hashOf, type Json, parseJson, writeFileAtomically } from "../base";
import type { Row } from "../experiment";

import { askedId, type CellIdentity, identityOfFacts, isSameCell, isStoredId, storedId } from "../identity";
import type { RuntimeFacts } from "../runtime";
import {
  parameterValueSchema,
  runtimeSchema,
  type StatisticsOutcome,
  type Surroundings,
  statisticsSchema,
} from "./provenance";

/** A measured cell as the store keeps it. Plain JSON. */
export interface CellRecord {
  /** The identifier that it is asked for by, with digits of the runtime where it computed with tensors: see `storedId`. */
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
  /** What computed it; null when it made no tensor. Older cells have it where any cell of their worker loaded a backend. */
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
  id: z.string().refine(isStoredId),
  identity: z.object({
    experiment: z.string(),
    setting: rowSchema.and(z.object({ seed: z.number().int() })),
    parameters: z.record(z.string(), parameterValueSchema),
    data: z.object({ name: z.enum(["mnist", "cifar10", "images"]), checksum: z.string() }).nullable(),
    backend: z.enum(["tensorflow", "cpu"]),
    precision: z.literal("bfloat16").exactOptional(),
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
  runtime: runtimeSchema.nullable(),
  origin: z.custom<CellOrigin>((value) => typeof value === "object" && value !== null).exactOptional(),
});

/** The text of a cell file: the record, closed by a checksum over it. */
function writeRecord(record: CellRecord): string {
  return `${JSON.stringify({ ...record, checksum: checksumOf(record) }, null, 1)}\n`;
}

/**
 * Reads a cell file back.
 *
 * @returns the record, or in words what is wrong with it
 */
function readRecord(bytes: Buffer, id: string): { record: CellRecord } | { problem: string } {
  let parsed: unknown;
  try {
    parsed = parseJson(bytes, `${id}.json`);
  } catch (error) {
    return { problem: (error as Error).message };
  }
  if (typeof parsed !== "object" || parsed === null || !("checksum" in parsed))
    return { problem: "it has no checksum" };
  const { checksum, ...content } = parsed;
  const read = recordSchema.safeParse(content);
  if (!read.success) return { problem: `it has not the form of a cell: ${read.error.issues[0]?.path.join(".")}` };
  if (!hasChecksum(content as CellRecord, checksum)) return { problem: "its content does not match its checksum" };
  if (read.data.id !== id) return { problem: `it holds cell ${read.data.id}` };
  const record = content as CellRecord;
  const runtime = record.runtime === null ? null : identityOfFacts(record.runtime);
  if (id !== askedId(id) && id !== storedId(askedId(id), runtime)) return { problem: "its name is of another runtime" };
  return { record };
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

/** What the store has of a cell that is asked for. */
export interface FoundCell {
  /** The latest that was accepted; null where there is none. */
  readonly record: CellRecord | null;
  /** Records of the same cell that were not accepted: those of other runtimes. */
  readonly others: readonly CellRecord[];
  /** Files of the cell that cannot be trusted, and what is wrong with them. */
  readonly damaged: readonly { readonly file: string; readonly problem: string }[];
}

/** The measured cells of one experiment: one file each, named by its identity's hash and its runtime's. */
export interface CellStore {
  /** The record of that very name; null when there is none; a problem in words when its file cannot be trusted. */
  read(id: string): CellRecord | null | { readonly problem: string };
  /**
   * A cell by the identifier that it is asked for, of a runtime that is accepted; failing that, one of the same cell that was
   * measured under other parameters than it depends on.
   *
   * @param accepts not asked where no tensor was made: what runtime was there then does not matter
   * @param stored all that there is, where it has been listed before
   */
  find(
    asked: { readonly id: string; readonly identity: CellIdentity },
    accepts: (runtime: RuntimeFacts, record: CellRecord) => Promise<boolean>,
    stored?: StoredCells,
  ): Promise<FoundCell>;
  /** What there is now. Files are read once, and only where they are asked for. */
  list(): StoredCells;
  /** Stores a record in place of one of the same identity and runtime. The file is whole at any moment, or absent. */
  write(record: CellRecord): void;
  /** All records that can be trusted, for telling what changed. */
  records(): CellRecord[];
  fileOf(id: string): string;
}

/** The cells of a store at one moment. */
interface StoredCells {
  /** Names of all records. */
  readonly ids: readonly string[];
  /** Names of the records that are filed under an identifier, whatever their runtime. */
  named(asked: string): readonly string[];
  read(id: string): CellRecord | null | { readonly problem: string };
  /** All records that can be trusted. */
  records(): readonly CellRecord[];
}

/** @param folder results/store/cells/<experiment>; made when the first cell is written */
export function cellStore(folder: string): CellStore {
  const fileOf = (id: string) => path.join(folder, `${id}.json`);
  const store: CellStore = {
    fileOf,
    read(id) {
      const file = fileOf(id);
      if (!existsSync(file)) return null;
      let bytes: Buffer;
      try {
        bytes = readFileSync(file);
      } catch (error) {
        return { problem: new FileError("read", file, error).message };
      }
      const read = readRecord(bytes, id);
      return "record" in read ? read.record : read;
    },
    async find({ id, identity }, accepts, stored = store.list()) {
      const read = stored.named(id).map((name) => ({ file: fileOf(name), found: stored.read(name) }));
      const damaged = read.flatMap(({ file, found }) =>
        found !== null && "problem" in found ? [{ file, problem: found.problem }] : [],
      );
      const filed = read.flatMap(({ found }) => (found === null || "problem" in found ? [] : [found]));
      const others: CellRecord[] = [];
      const latest = async (records: readonly CellRecord[]) => {
        let best: CellRecord | null = null;
        for (const record of records) {
          if (record.runtime !== null && !(await accepts(record.runtime, record))) others.push(record);
          else if (best === null || record.finished > best.finished) best = record;
        }
        return best;
      };
      const record = await latest(filed);
      if (record !== null || damaged.length > 0) return { record, others, damaged };
      const same = stored.records().filter((one) => askedId(one.id) !== id && isSameCell(one, identity));
      return { record: await latest(same), others, damaged };
    },
    list() {
      const ids = existsSync(folder)
        ? readdirSync(folder)
            .filter((name) => name.endsWith(".json"))
            .map((name) => path.basename(name, ".json"))
            .filter(isStoredId)
        : [];
      const names = new Map<string, string[]>();
      for (const id of ids) names.set(askedId(id), [...(names.get(askedId(id)) ?? []), id]);
      const read = new Map<string, ReturnType<CellStore["read"]>>();
      const stored: StoredCells = {
        ids,
        named: (asked) => names.get(asked) ?? [],
        read(id) {
          const found = read.get(id) ?? store.read(id);
          read.set(id, found);
          return found;
        },
        records: () =>
          ids.map(stored.read).filter((record): record is CellRecord => record !== null && !("problem" in record)),
      };
      return stored;
    },
    write: (record) => writeFileAtomically(fileOf(record.id), writeRecord(record)),
    records: () => [...store.list().records()],
  };
  return store;
}
