import { rmSync } from "node:fs";
import path from "node:path";
import { type StoreSurvey, spareKinds, surveyWaste, type Waste, type WasteKind, wasteKinds } from "../archive";
import { acquireLock, exitStatus, isHeld, plural, relative, terminal } from "../base";
import { readReadings } from "../identity";
import { dataLookUp } from "../run";
import { runFolders } from "../store";
import type { LookingOptions } from "./looking-command";

export interface CleanRequest extends LookingOptions {
  /** What to free; all but what is spare when there are none. */
  readonly kinds: readonly WasteKind[];
  /** Deletes; else it is only listed. */
  readonly yes: boolean;
  /** Names every file and folder. */
  readonly list: boolean;
  readonly reports: string;
  /** Folder of the experiments. */
  readonly experiments: string;
}

/**
 * Lists what of a results folder and its store can be freed, and frees it where that is confirmed.
 *
 * @returns the exit status: 1 where something could not be deleted
 * @throws UsageError where it cannot be told what runs refer to, or what git tracks
 */
export async function cleanStore(request: CleanRequest): Promise<number> {
  const { kinds, yes, results, reports, experiments, json, quiet, colour } = request;
  const screen = terminal({ quiet, colour });
  const { store } = runFolders({ results, reports, run: "", experiment: "" });
  const readings = readReadings(path.join(store, "code-readings.json"));
  const place = { results, reports, experiments, findData: dataLookUp(), readings, now: Date.now() };
  const survey = await surveyWaste(place);
  const isChosen = ({ kind }: Waste) => (kinds.length === 0 ? !spareKinds.includes(kind) : kinds.includes(kind));
  const params = survey.waste.filter(isChosen);
  const failures: string[] = [];
  for (const one of yes ? params : []) {
    try {
      await free(one);
    } catch (error) {
      failures.push(`${relative(one.path)}: ${(error as Error).message}`);
    }
  }
  if (json) {
    screen.print(
      JSON.stringify({ freed: yes, bytes: bytesOf(params), ...surveyJson(survey, isChosen), failures }, null, 2),
    );
  } else {
    for (const line of surveyLines(survey, params, request)) screen.print(line);
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

function surveyLines({ waste, held, kept }: StoreSurvey, params: readonly Waste[], request: CleanRequest): string[] {
  const { kinds, yes, list, quiet } = request;
  const rows = groups(waste).map(({ kind, items }) => [
    kind,
    String(items.length),
    sizeText(bytesOf(items)),
    `${params.includes(items[0]!) ? "" : "stays: "}${wasteKinds[kind]}`,
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((row) => row[column]!.length)));
  const table = rows.map(([kind, count, size, meaning]) =>
    [kind!.padEnd(widths[0]!), count!.padStart(widths[1]!), size!.padStart(widths[2]!), meaning].join("  "),
  );
  const paths = list ? params.map((one) => `  ${sizeText(bytesOf([one])).padStart(8)}  ${relative(one.path)}`) : [];
  const { runs, cells, networks } = kept;
  const stays = `${plural(runs, "run")}, ${plural(cells, "cell")} and ${plural(networks, "network")} stay`;
  const total = `${yes ? "freed" : "would free"} ${sizeText(bytesOf(params))}`;
  const spare = kinds.length === 0 && waste.some(({ kind }) => spareKinds.includes(kind));
  return [
    ...(quiet ? [] : table),
    ...paths,
    `${params.length === 0 ? "nothing to free" : total}${kinds.length === 0 ? `; ${stays}` : ""}`,
    ...(quiet ? [] : held.map((entry) => `left alone, as a process holds it: ${relative(entry)}`)),
    ...(quiet || yes || params.length === 0 ? [] : ["Nothing is deleted yet: give --yes, or --list to see each."]),
    ...(quiet || !spare ? [] : ["What is spare goes only by its name: npm run clean -- spare-cells --yes"]),
  ];
}

function surveyJson({ waste, held, kept }: StoreSurvey, isChosen: (one: Waste) => boolean): object {
  return {
    kinds: groups(waste).map(({ kind, items }) => ({
      kind,
      params: items.some(isChosen),
      bytes: bytesOf(items),
      paths: items.map((one) => one.path),
    })),
    held,
    kept,
  };
}

/** What there is of each kind, in the order of their list. */
function groups(waste: readonly Waste[]): { readonly kind: WasteKind; readonly items: readonly Waste[] }[] {
  return (Object.keys(wasteKinds) as WasteKind[])
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
