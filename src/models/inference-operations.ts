import type { Architecture } from "./architecture";
import { multiplyAccumulates } from "./shapes";

/** Multiply-accumulates of one picture at inference, at which exits do not run: see `multiplyAccumulates`. */
export function inferenceOperations({ exits, ...architecture }: Architecture): number {
  return multiplyAccumulates(architecture);
}
