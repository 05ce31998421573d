/** An error as one process tells another of it: plain JSON. */
export interface Failure {
  /** "SetUpError" ends the whole run: every cell would meet it. */
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}

/** What was thrown, ready to be sent. */
export function failureOf(thrown: unknown): Failure {
  const { name, message, stack = "" } = thrown instanceof Error ? thrown : new Error(String(thrown));
  return { name, message, stack };
}

export function isFailure(value: unknown): value is Failure {
  const { name, message, stack } = (value ?? {}) as Partial<Record<keyof Failure, unknown>>;
  return [name, message, stack].every((part) => typeof part === "string");
}
