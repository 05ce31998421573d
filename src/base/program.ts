import { existsSync, realpathSync } from "node:fs";
import path from "node:path";
import { UsageError } from "./errors";
import { isInstalled, ownName, projectRoot } from "./folders";

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

/**
 * A command as it is typed in a shell. Whatever prints a command, or a part of one, makes it of its words here: a shell parts the
 * text into just these words.
 *
 * @example commandText(["npx", "cnn-findings", "verify", "--results", "my runs"]) // "npx cnn-findings verify --results 'my runs'"
 */
export function commandText(words: readonly string[]): string {
  return words.map((word) => (/^[\w./=,:@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(" ");
}

/** How this program is called where a project of its own, or one that has it installed, is the current folder. */
export const programName = `npx ${ownName}`;

/**
 * How it is called in the current folder, as words: by npx where that finds it, which looks no further than the nearest folder with
 * packages of its own; elsewhere by its file.
 */
export function programWords(): string[] {
  let folder = realpathSync(process.cwd());
  const isProject = (place: string) =>
    ["package.json", "node_modules"].some((name) => existsSync(path.join(place, name)));
  while (!isProject(folder) && folder !== path.dirname(folder)) folder = path.dirname(folder);
  const own = isInstalled ? path.dirname(projectRoot) : projectRoot;
  const isFound = folder === realpathSync(own) || existsSync(path.join(folder, "node_modules", ".bin", ownName));
  return isFound ? programName.split(" ") : ["node", path.join(own, "src", "cli", `${ownName}.cjs`)];
}

/** What a run ended with. */
export const exitStatus = { success: 0, failure: 1, misuse: 2, notReproduced: 3, interrupted: 130 } as const;
