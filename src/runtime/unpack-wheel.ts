import path from "node:path";
import { cacheRemedies } from "./cache-folder";
import { execute, lastLines } from "./child";
import { SetUpError } from "./set-up-error";
import type { Tool } from "./tools";

/** Size and sha256 of each unpacked library, by its path in the wheel. */
export type Libraries = Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>;

/**
 * Unpacks parts of a wheel into a folder. Python does it: it is there anyway, and reads archives of this size as a stream.
 *
 * @param parts names that members must start with; empty for all
 * @returns the shared libraries among what was unpacked
 * @throws SetUpError when the wheel is damaged or the disk is full
 */
export async function unpackWheel(
  wheel: string,
  folder: string,
  parts: readonly string[],
  python: Tool,
): Promise<Libraries> {
  const program = path.join(__dirname, "unpack_wheel.py");
  const { status, stdout, stderr } = await execute(python.command, [program, wheel, folder, ...parts]);
  if (status === 0) return JSON.parse(stdout);
  const why = /No space left on device/.test(stderr) ? "the disk is full" : lastLines(stderr, 1).join("");
  throw new SetUpError(`${path.basename(wheel)} could not be unpacked: ${why}`, cacheRemedies);
}
