/** Memory of this process as Linux counts it, in bytes; benchmarks/peers/memory.py does the same. */
import { readFileSync, writeFileSync } from "node:fs";

/** What it holds now. */
export function heldBytes(): number {
  return read("VmRSS");
}

/** From here on `peakBytes` is that of what follows. */
export function forgetPeak(): void {
  writeFileSync("/proc/self/clear_refs", "5");
}

/** The most that it held since it began, or since `forgetPeak`. */
export function peakBytes(): number {
  return read("VmHWM");
}

/** @throws Error where there is no such file: elsewhere than on Linux */
function read(name: string): number {
  const kilobytes = new RegExp(`^${name}:\\s*(\\d+) kB`, "m").exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  if (kilobytes === undefined) throw new Error(`the system does not tell ${name}`);
  return 1024 * Number(kilobytes);
}
