import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { writeFileAtomically } from "../base";
import type { FileReadings } from "./code-fingerprint";

const readingsSchema = z.record(
  z.string(),
  z.object({
    modified: z.number(),
    size: z.number(),
    hash: z.string(),
    imports: z.array(z.object({ from: z.string(), names: z.union([z.array(z.string()), z.literal("all")]) })),
    passesOn: z
      .array(z.object({ from: z.string(), name: z.string().nullable(), as: z.string().nullable() }))
      .nullable(),
  }),
);

/**
 * What earlier runs found out about source files.
 *
 * @returns empty where the file is missing, damaged or of an earlier version: then all is found out anew
 */
export function readReadings(file: string): FileReadings {
  if (!existsSync(file)) return {};
  try {
    const { checksum, readings } = JSON.parse(readFileSync(file, "utf8")) as { checksum: unknown; readings: unknown };
    // A reading that is wrong by one digit would make every measured cell seem to be of another code.
    return checksum === checksumOf(readings) ? readingsSchema.parse(readings) : {};
  } catch {
    return {};
  }
}

/** Adds readings to those in the file. @throws FileError */
export function writeReadings(file: string, readings: FileReadings): void {
  const all = { ...readReadings(file), ...readings };
  writeFileAtomically(file, `${JSON.stringify({ checksum: checksumOf(all), readings: all })}\n`);
}

function checksumOf(readings: unknown): string {
  return createHash("sha256").update(JSON.stringify(readings)).digest("hex");
}
