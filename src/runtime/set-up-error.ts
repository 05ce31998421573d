import { RemediableError } from "../base";

/** Something that this machine needs before the harness can compute, and how to get it. */
export class SetUpError extends RemediableError {
  override readonly name = "SetUpError";
}
