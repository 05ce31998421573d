import { UsageError } from "./errors";

/**
 * Does what a command line asks for and sets the exit status; an error is told in words.
 *
 * @param work gets the words after the program's name and returns the exit status
 */
export async function runAsProgram(work: (words: readonly string[]) => Promise<number>): Promise<void> {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(exitStatus.success); // the reader has seen enough: `| head`
    throw error;
  });
  const words = process.argv.slice(2);
  try {
    process.exitCode = await work(words);
  } catch (error) {
    for (const line of errorLines(error, words.includes("--debug"))) process.stderr.write(`${line}\n`);
    process.exitCode = error instanceof UsageError ? exitStatus.misuse : exitStatus.failure;
  }
}

/** What went wrong, for people; for those who debug, where. */
export function errorLines(error: unknown, debug: boolean): string[] {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const where = debug && stack !== undefined ? [stack] : isForPeople(error) ? [] : ["`--debug` shows where"];
  return [`error: ${message}`, ...where];
}

/** Errors whose message says all that there is to say. */
function isForPeople(error: unknown): boolean {
  return (
    error instanceof Error && ["UsageError", "DataError", "SetUpError", "FileError", "SlurmError"].includes(error.name)
  );
}

/** A word as a shell takes it. */
export function quoted(word: string): string {
  return /^[\w./=,:@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** What a run ended with. */
export const exitStatus = { success: 0, failure: 1, misuse: 2, notReproduced: 3, interrupted: 130 } as const;
