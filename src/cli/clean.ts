import { rmSync } from "node:fs";
import { Argument, Option } from "commander";
import type { StoreSurvey, Waste, WasteKind } from "../archive";
import {
  acquireLock,
  alignedLines,
  commandText,
  exitStatus,
  isHeld,
  plural,
  programWords,
  relative,
  terminal,
} from "../base";
import {
  experimentsFolder,
  experimentsOption,
  type LookingOptions,
  lookingCommand,
  outputFolders,
  parseWords,
  readLookingOptions,
  type TypedLookingOptions,
  typedWords,
} from "./options";

interface CleanOptions extends TypedLookingOptions {
  readonly yes?: boolean;
  readonly list?: boolean;
  readonly reports?: string;
  readonly experiments?: string;
}

/** As `wasteKinds`, which `--help` need not load for their names. */
const kinds = [
  "smoke",
  "old-cells",
  "old-networks",
  "checkpoints",
  "temporary",
  "spare-cells",
  "spare-networks",
  "other-runtimes",
  "half-trained",
  "attested",
] as const satisfies readonly WasteKind[];

const before = `Examples:
  npx cnn-findings clean                       what could be freed, by kind, with sizes; deletes nothing
  npx cnn-findings clean --yes              frees it
  npx cnn-findings clean old-networks --list    only this kind, file by file

Finds in results/store/ what was made by older code or left behind, and runs at the scale \`smoke\`. Whatever a run in
results/ refers to stays, and so does what git tracks, and what a running process holds.
`;

const after = `
Kinds that go by themselves:
  smoke           runs at the scale smoke, with the cells and networks that only they refer to
  old-cells       cells of older code, or damaged      old-networks    networks trained by older code
  checkpoints     beside finished networks             temporary       files left half written
Kinds that go only where they are named, as a run that was stopped goes on from them:
  spare-cells     cells of today's code that no run refers to
  spare-networks  the same of networks                 half-trained    networks whose training was stopped
  other-runtimes  cells and networks that runs have by one runtime, made by another machine, or TensorFlow, too
  attested        what \`verify --attest\` measured

Exit status:
  0 done   1 something could not be deleted   2 misuse`;

/** Frees what no run needs any more. */
export async function clean(words: readonly string[]): Promise<number> {
  const own = [
    new Option("--yes", "deletes; without it nothing is changed"),
    new Option("--list", "names every file and folder"),
    new Option("--reports <folder>", "HTML reports (default: the project's reports/)"),
    experimentsOption(),
  ];
  const command = lookingCommand("clean", own, { before, after })
    .addArgument(new Argument("[kind...]", "what to free; all that goes by itself when none is named").choices(kinds))
    .usage("[kind...] [options]");
  if (!parseWords(command, words)) return exitStatus.success;
  const typed = command.opts<CleanOptions>();
  return cleanStore({
    ...readLookingOptions(typed),
    ...outputFolders(typed),
    kinds: command.args as WasteKind[],
    yes: typed.yes ?? false,
    list: typed.list ?? false,
    experiments: experimentsFolder(typed),
    freeing: (kinds) =>
      commandText([...programWords(), "clean", ...kinds, ...typedWords(command, ["list", "json"]), "--yes"]),
  });
}

interface CleanRequest extends LookingOptions {
  /** What to free; all but what is spare when there are none. */
  readonly kinds: readonly WasteKind[];
  /** Deletes; else it is only listed. */
  readonly yes: boolean;
  /** Names every file and folder. */
  readonly list: boolean;
  readonly reports: string;
  /** Folder of the experiments. */
  readonly experiments: string;
  /** The command that frees some kinds there. */
  readonly freeing: (kinds: readonly WasteKind[]) => string;
}

/** Only when there is something to do: `--help` and misuse do not wait for it to load. */
const archive = () => require("../archive") as typeof import("../archive");

/**
 * Lists what of a results folder and its store can be freed, and frees it where that is confirmed.
 *
 * @returns the exit status: 1 where something could not be deleted
 * @throws UsageError where it cannot be told what runs refer to, or what git tracks
 */
async function cleanStore(request: CleanRequest): Promise<number> {
  const { kinds, yes, results, reports, experiments, json, quiet, colour } = request;
  const { spareKinds, surveyWaste } = archive();
  const { dataLookUp } = require("../run") as typeof import("../run");
  const screen = terminal({ quiet, colour });
  const place = { results, reports, experiments, findData: dataLookUp(), now: Date.now() };
  const survey = await surveyWaste(place);
  const isChosen = ({ kind }: Waste) => (kinds.length === 0 ? !spareKinds.includes(kind) : kinds.includes(kind));
  const chosen = survey.waste.filter(isChosen);
  const failures: string[] = [];
  for (const one of yes ? chosen : []) {
    try {
      await free(one);
    } catch (error) {
      failures.push(`${relative(one.path)}: ${(error as Error).message}`);
    }
  }
  if (json) {
    screen.print(
      JSON.stringify({ freed: yes, bytes: bytesOf(chosen), ...surveyJson(survey, isChosen), failures }, null, 2),
    );
  } else {
    for (const line of surveyLines(survey, chosen, request)) screen.print(line);
  }
  for (const failure of failures) screen.warn(screen.colours.red(`not deleted: ${failure}`));
  return failures.length > 0 ? exitStatus.failure : exitStatus.success;
}

/** Deletes a file or folder; a network only with its lock in hand, so that nobody is reading or training it. */
async function free({ path: entry, lock }: Waste): Promise<void> {
  if (lock !== null && isHeld(lock)) throw new Error("a process has just begun to use it");
  const release = lock === null ? () => {} : await acquireLock(lock, { signal: AbortSignal.timeout(5_000) });
  try {
    rmSync(entry, { recursive: true, force: true });
  } finally {
    release();
  }
}

function surveyLines({ waste, held, kept }: StoreSurvey, chosen: readonly Waste[], request: CleanRequest): string[] {
  const { kinds, yes, list, quiet, freeing } = request;
  const { spareKinds, wasteKinds } = archive();
  const rows = groups(waste).map(({ kind, items }) => [
    kind,
    String(items.length),
    sizeText(bytesOf(items)),
    `${chosen.includes(items[0]!) ? "" : "stays: "}${wasteKinds[kind]}`,
  ]);
  const table = alignedLines(rows, [1, 2]);
  const paths = list ? chosen.map((one) => `  ${sizeText(bytesOf([one])).padStart(8)}  ${relative(one.path)}`) : [];
  const { runs, cells, networks } = kept;
  const stays = `${plural(runs, "run")}, ${plural(cells, "cell")} and ${plural(networks, "network")} stay`;
  const total = `${yes ? "freed" : "would free"} ${sizeText(bytesOf(chosen))}`;
  const spare = kinds.length > 0 ? [] : spareKinds.filter((one) => waste.some(({ kind }) => kind === one));
  return [
    ...(quiet ? [] : table),
    ...paths,
    `${chosen.length === 0 ? "nothing to free" : total}${kinds.length === 0 ? `; ${stays}` : ""}`,
    ...(quiet ? [] : held.map((entry) => `left alone, as a process holds it: ${relative(entry)}`)),
    ...(quiet || yes || chosen.length === 0 ? [] : ["Nothing is deleted yet: give --yes, or --list to see each."]),
    ...(quiet || spare.length === 0 ? [] : [`What is spare goes only by its name: ${freeing(spare)}`]),
  ];
}

function surveyJson({ waste, held, kept }: StoreSurvey, isChosen: (one: Waste) => boolean): object {
  return {
    kinds: groups(waste).map(({ kind, items }) => ({
      kind,
      chosen: items.some(isChosen),
      bytes: bytesOf(items),
      paths: items.map((one) => one.path),
    })),
    held,
    kept,
  };
}

/** What there is of each kind, in the order of their list. */
function groups(waste: readonly Waste[]): { readonly kind: WasteKind; readonly items: readonly Waste[] }[] {
  return (Object.keys(archive().wasteKinds) as WasteKind[])
    .map((kind) => ({ kind, items: waste.filter((one) => one.kind === kind) }))
    .filter(({ items }) => items.length > 0);
}

function bytesOf(items: readonly Waste[]): number {
  return items.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** @example sizeText(12_345_678) // "12.3 MB" */
export function sizeText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 ? value : value.toFixed(value < 99.95 ? 1 : 0)} ${units[power]}`;
}
