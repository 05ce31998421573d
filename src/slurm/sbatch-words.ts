import { split } from "shlex";
import { UsageError } from "../base";

/**
 * The words of `--sbatch`, parted as a shell parts them: quotes hold a word together and go, a backslash takes the next
 * character as it is.
 *
 * @throws UsageError for an open quote, for a word that sbatch would take for the script, and for an option that would undo
 *   what the launcher itself asks for, in whichever spelling: `--array=1`, `--arr 1`, `-a1`, `-Ha 1`
 * @example readSbatchWords('--comment "two words"') // ["--comment", "two words"]
 */
export function readSbatchWords(typed: string): string[] {
  let words: string[];
  try {
    words = split(typed);
  } catch {
    throw new UsageError(`--sbatch ${typed}: a quote is opened and not closed`);
  }
  for (const { name, value, word } of optionsIn(words, typed)) {
    refuse(name, word);
    if (value === undefined) throw new UsageError(`--sbatch ${word}: the option needs a value`);
  }
  return words;
}

/**
 * The clusters that words of `readSbatchWords`, or else the environment, let Slurm choose among; null for the one that is
 * at hand.
 */
export function requestedClusters(
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string[] | null {
  let named = environment.SBATCH_CLUSTERS ?? environment.SLURM_CLUSTERS;
  for (const { name, value } of optionsIn(words)) {
    if (name === "M" || (name.length >= 2 && "clusters".startsWith(name))) named = value ?? undefined;
  }
  return named ? named.split(",") : null;
}

/** One of the options that words ask for. */
interface SbatchOption {
  /** Its long name, perhaps shortened, or its letter. */
  readonly name: string;
  /** Null for an option that has none, undefined where it needs one and the words end. */
  readonly value: string | null | undefined;
  /** The word that it stands in. */
  readonly word: string;
}

/** Reads words one after another. @throws UsageError for a word that is no option, when it is come to */
function* optionsIn(words: readonly string[], typed = words.join(" ")): Generator<SbatchOption> {
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const long = /^--([a-z][\w-]*)(?:=(.*))?$/s.exec(word);
    if (long !== null) {
      const [, name = "", value] = long;
      const takesNone = flags.some((flag) => flag.startsWith(name));
      yield { name, value: value ?? (takesNone ? null : words[++i]), word };
      continue;
    }
    if (!/^-[A-Za-z]/.test(word)) {
      throw new UsageError(
        `--sbatch ${typed}: "${word}" is no option, and sbatch would take it for the script`,
        "Write --option=value, and quote a value that has blanks.",
      );
    }
    let end = 1;
    while (end < word.length && shortFlags.includes(word[end]!)) yield { name: word[end++]!, value: null, word };
    if (end < word.length) yield { name: word[end]!, value: word.slice(end + 1) || words[++i], word };
  }
}

/** Options of sbatch that take no value, or one after "=" only. A shortened name may stand for one of them, too. */
const flags = [
  ...[
    "contiguous",
    "exclusive",
    "get-user-env",
    "help",
    "hold",
    "ignore-pbs",
    "kill-on-invalid-dep",
    "nice",
    "no-kill",
  ],
  ...["no-requeue", "overcommit", "oversubscribe", "parsable", "propagate", "quiet", "reboot", "requeue", "share"],
  ...["spread-job", "test-only", "usage", "use-min-nodes", "verbose", "version", "wait"],
];
/** The same by their letters. */
const shortFlags = "hHkOsQvVW";

/** What the launcher asks for itself, or could not work with: long name, letter, and what to do. */
const refused: readonly (readonly [name: string, letter: string, advice: string])[] = [
  ["array", "a", "the launcher gives each cell its element; `--workers` limits how many run at a time"],
  ["chdir", "D", "the jobs start in the project's folder"],
  ["cpus-per-task", "c", "`--cores` sets the cores of each cell, and its threads with them"],
  ["dependency", "d", "the launcher lets cells wait for the training of their network"],
  ["error", "e", "each element has one log in the store, which messages name"],
  ["gid", "", "the jobs run as who submits them"],
  ["help", "h", "nothing would be submitted"],
  ["input", "i", "cells read no input"],
  ["kill-on-invalid-dep", "", "a cell whose training failed must not wait for ever"],
  ["ntasks", "n", "each element measures one cell"],
  ["open-mode", "", "an element that is started again continues its log"],
  ["output", "o", "each element has one log in the store, which messages name"],
  ["parsable", "", "the launcher reads sbatch's answer"],
  ["signal", "", "the launcher has cells keep a checkpoint before the time limit"],
  ["test-only", "", "nothing would be submitted"],
  ["uid", "", "the jobs run as who submits them"],
  ["usage", "", "nothing would be submitted"],
  ["version", "V", "nothing would be submitted"],
  ["wait", "W", "the launcher waits by itself; `--jobs submit` does not"],
  ["wrap", "", "the launcher submits a script of its own"],
];

function refuse(option: string, word: string): void {
  const found = refused.find(([name, letter]) => (option.length === 1 ? option === letter : name.startsWith(option)));
  if (found === undefined) return;
  throw new UsageError(`--sbatch ${word}: --${found[0]} is the launcher's own: ${found[2]}`, "Leave it out.");
}
