import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { canonicalJson, firstChange, type Json, plural, projectRoot, UsageError } from "../base";

import type { DatasetName, ImageSize } from "../data";
import { cellName, type Experiment, findExperiments, type Row, type Setting } from "../experiment";
import {
  type CodeIdentity,
  changedDeclarations,
  codeFile,
  factDifferences,
  judgeCode,
  judgementText,
  readCodeRecord,
  runtimeName,
} from "../identity";
import { type CsvRow, claimsRows, placeText, pointAt, type VerdictMap } from "../report";

import { type FoundData, planRun, type RunPlan, rowsOf } from "../run";

import {
  type CellRecord,
  type CellStore,
  cellStore,
  checkFiles,
  type Provenance,
  readAttestations,
  runFolders,
} from "../store";

import { type CellValidity, cellValidity, recordedData, recordedOptions, type StaleCell } from "./cell-validity";
import { judgeAnew } from "./judge-anew";
import { runInFolder, type StoredRun } from "./stored-run";

/**
 * What a run is worth today, the worst that was found of it first. "altered": its files are not as it wrote them.
 * "incomplete": files or cells are missing. "stale": today's code would measure or judge otherwise. "current": none of it.
 */
export type RunState = "altered" | "incomplete" | "stale" | "current";

/** One thing that is wrong with a run. */
export interface Finding {
  readonly state: Exclude<RunState, "current">;
  readonly text: string;
  /** The cells that it concerns, where it concerns cells. */
  readonly cells?: readonly StaleCell[];
}

export interface Verification {
  readonly run: string;
  /** Null where its provenance cannot be read. */
  readonly scale: string | null;
  readonly state: RunState;
  readonly findings: readonly Finding[];
  /** What could not be looked at, one sentence each without a full stop. */
  readonly notes: readonly string[];
  /** What makes the run again; null where its provenance cannot be read. */
  readonly command: string | null;
  readonly cells: number;
  readonly claims: number;
}

export interface VerificationPlace {
  /** Folder that holds a folder for each run, and the store where there is one. */
  readonly results: string;
  /** Folder of the experiments. */
  readonly experiments: string;
  /** The data set as it is on this machine; null where it is not there. */
  readonly findData: (data: DatasetName, folder?: string, images?: ImageSize) => Promise<FoundData | null>;
}

/** The files that every run writes. */
const needed = ["rows.csv", "claims.csv", "columns.json", "provenance.json", codeFile];

/**
 * Checks a run against the code as it is: its files against their digests, its cells against those that its command would
 * measure today, its verdicts against what today's rules say of its rows, and its rows against the store, where it holds
 * the same measurement. Reads, but never writes.
 */
export async function verifyRun(run: string, place: VerificationPlace): Promise<Verification> {
  const folder = path.join(place.results, run);
  const stored = runInFolder(folder);
  const findings: Finding[] = [...checkFiles(folder, needed)];
  const notes: string[] = [];
  const conclude = (recorded: Provenance | null, claims: number): Verification => ({
    run,
    scale: recorded?.scale ?? null,
    state:
      (["altered", "incomplete", "stale"] as const).find((one) => findings.some(({ state }) => state === one)) ??
      "current",
    findings,
    notes,
    command: recorded && stored.commandAgain(),
    cells: recorded?.cells.length ?? 0,
    claims,
  });
  const recorded = readable(stored, findings);
  if (recorded === null) return conclude(null, 0);
  if (!recorded.complete) {
    findings.push({
      state: "incomplete",
      text: `judged by ${plural(recorded.seeds.length, "seed")}, others are to come`,
    });
  }
  try {
    const [found] = findExperiments(place.experiments, [recorded.experiment]);
    const { definition, file } = found!;
    findings.push(...(await staleness({ stored, recorded, definition, file, place, notes })));
    findings.push(...judgedOtherwise(stored, definition));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    findings.push({ state: "stale", text: firstLine(error) });
  }
  findings.push(...rowsNotInStore(stored, recorded, storeOf(place, run, recorded)));
  return conclude(recorded, stored.claims().length);
}

/** The provenance of a run all of whose tables can be read; null where one cannot, which is then a finding. */
function readable(stored: StoredRun, findings: Finding[]): Provenance | null {
  try {
    stored.claims();
    stored.rows();
    return stored.provenance();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    findings.push({ state: "incomplete", text: firstLine(error) });
    return null;
  }
}

interface StalenessParts {
  readonly stored: StoredRun;
  readonly recorded: Provenance;
  readonly definition: Experiment;
  readonly file: string;
  readonly place: VerificationPlace;
  readonly notes: string[];
}

/** Which cells today's code would measure again, and what changed first. */
async function staleness({ stored, recorded, definition, file, place, notes }: StalenessParts): Promise<Finding[]> {
  const { data, code } = recorded;
  const found = data === null ? null : await place.findData(data.name, data.folder, data.images);
  if (data !== null && found === null) notes.push(`${data.name} is not on this machine: not compared`);
  const options = recordedOptions(recorded, definition, place.results);
  const today = await planRun(definition, file, options, async () => found ?? recordedData(recorded));
  const validity = cellValidity(recorded, today);
  notes.push(...(await otherRuntimes(recorded, today)));
  const recordedCode = readCode(stored, code.cells);
  const attested = attestation(recorded, recordedCode, today, place);
  if (attested !== null) notes.push(`code ${attested}`);
  const findings: Finding[] =
    recordedCode !== null && "problem" in recordedCode ? [{ state: "altered", text: recordedCode.problem }] : [];
  const details = new Map([
    ["code", codeText(recordedCode !== null && "code" in recordedCode ? recordedCode.code : null, today, code.commit)],
    ["data", `data ${data?.name} (${data?.checksum.slice(0, 8)} -> ${found?.checksum.slice(0, 8)})`],
    ...changedParameters(recorded, today),
  ]);
  findings.push(...staleFindings(attested === null ? validity : withoutCode(validity), recorded.cells.length, details));
  const { missing, dropped } = validity;
  if (recorded.complete && missing.length > 0) {
    findings.push({
      state: "stale",
      text: `its experiment asks for ${plural(missing.length, "cell")} more: ${names(missing)}`,
    });
  }
  if (dropped.length > 0) {
    findings.push({
      state: "stale",
      text: `its experiment asks no more for ${plural(dropped.length, "cell")}: ${names(dropped)}`,
    });
  }
  return findings;
}

/**
 * Says which other runtimes than this machine's measured a run. That does not make it stale: whoever reproduces it on another
 * machine compares the two.
 */
async function otherRuntimes({ runtimes }: Provenance, today: RunPlan): Promise<string[]> {
  if (runtimes.length === 0) return [];
  const here = await today.runtime();
  if (here === null) {
    const names = new Set(runtimes.map(runtimeName));
    return [`measured by ${[...names].join(" and ")}; on this machine ${today.options.backend} cannot be loaded`];
  }
  const others = runtimes.map((there) => ({ there, differences: factDifferences(there, here) }));
  return others
    .filter(({ differences }) => differences.length > 0)
    .map(({ there, differences }) => {
      const [name, own] = [runtimeName(there), runtimeName(here)];
      const more = name === own ? ` (${differences.join(", ")})` : "";
      return `measured by ${name}; this machine has ${own}${more}`;
    });
}

/**
 * What the attestations say of a run whose code is not today's: "current by attestation (3 of 25 cells)"; null where it is the
 * same, and where they say nothing.
 */
function attestation(
  { experiment, scale, cells }: Provenance,
  recorded: RecordedCode,
  today: RunPlan,
  { results }: VerificationPlace,
): string | null {
  if (recorded === null || "problem" in recorded) return null;
  const judgement = judgeCode({
    experiment,
    recorded: recorded.code,
    today: today.measuringCode.cells,
    cells: cells.map(({ setting }) => ({ scale, cell: cellName(setting) })),
    attestations: readAttestations(results),
  });
  return judgement.state === "attested" ? judgementText(judgement) : null;
}

/** Which cells are stale by something else than the code. */
function withoutCode({ stale, ...validity }: CellValidity): CellValidity {
  const others = stale.map((cell) => ({ ...cell, changed: cell.changed.filter((part) => part !== "code") }));
  return { ...validity, stale: others.filter(({ changed }) => changed.length > 0) };
}

/** What became of parameters, in words, by "parameter NAME". */
function changedParameters({ parameters }: Provenance, today: RunPlan): [string, string][] {
  const older = new Map(parameters.map(({ name, value }) => [name, value]));
  const newer = new Map(today.parameters.table.map(({ name, value }) => [name, value]));
  return [...new Set([...older.keys(), ...newer.keys()])].map((name) => [
    `parameter ${name}`,
    `parameter ${name} (${older.get(name) ?? "none"} -> ${newer.get(name) ?? "none"})`,
  ]);
}

/** One finding for all cells that changed in the same way. */
function staleFindings({ stale }: CellValidity, total: number, details: ReadonlyMap<string, string>): Finding[] {
  const groups = new Map<string, StaleCell[]>();
  for (const cell of stale) {
    const key = cell.changed.join(", ");
    groups.set(key, [...(groups.get(key) ?? []), cell]);
  }
  return [...groups.values()].map((cells) => {
    const changed = cells[0]!.changed.map((part) => details.get(part) ?? part).join(", ");
    const which =
      cells.length === total ? `all ${plural(total, "cell")}` : `${cells.length} of ${plural(total, "cell")}`;
    const named = cells.length === total ? "" : ` (${names(cells.map(({ setting }) => setting))})`;
    return { state: "stale", text: `${which}${named} would be measured again, changed: ${changed}`, cells };
  });
}

/** The code behind a run as it was recorded; null where the file is not there, which the digests have told already. */
type RecordedCode = { readonly code: CodeIdentity } | { readonly problem: string } | null;

function readCode(stored: StoredRun, fingerprint: string): RecordedCode {
  try {
    return { code: readCodeRecord(stored.text(codeFile), fingerprint) };
  } catch (error) {
    return error instanceof UsageError ? null : { problem: `${codeFile}: ${(error as Error).message}` };
  }
}

/** @example "code (src/networks/engine/forward.ts runBlock and 2 more, first in 1a2b3c4d Fuse kernels)" */
function codeText(recorded: CodeIdentity | null, today: RunPlan, commit: string): string {
  if (recorded === null) return "code";
  const changed = changedDeclarations(recorded, today.measuringCode.cells);
  const files = changed.map((name) => (name.includes(" -> ") ? "package-lock.json" : name.split(" ")[0]!));
  const first = firstChange(projectRoot, commit, files);
  return `code (${atMost(3, changed)}${first === null ? "" : `, first in ${first}`})`;
}

/** Claims that today's rules judge otherwise by the run's rows, or that read otherwise in the registry; and points of its maps. */
function judgedOtherwise(stored: StoredRun, definition: Experiment): Finding[] {
  const { judgements, maps } = judgeAnew(stored, definition);
  const { scale } = stored.provenance();
  const now = new Map(
    claimsRows(judgements, { scale, data: "", commit: "", interim: false }).map((row) => [String(row.claim), row]),
  );
  const then = new Map<string, CsvRow>(stored.claims().map((row) => [row.claim, row]));
  const stale = (text: string): Finding => ({ state: "stale", text });
  const ofClaims = [...new Set([...then.keys(), ...now.keys()])].flatMap((id): Finding[] => {
    const [before, after] = [then.get(id), now.get(id)];
    if (after === undefined) return [stale(`${id} is judged no more`)];
    if (before === undefined) return [stale(`${id} is judged, too, now`)];
    const differs = (column: string) => !Object.is(before[column], after[column]);
    const figures = ["verdict", "effect", "ci_low", "ci_high", "unit", "seeds", "reason"].filter(differs);
    const words = ["rule", "paper_value", "statement", "source"].filter(differs);
    return [
      ...(figures.length === 0
        ? []
        : [
            stale(
              `${id} is judged otherwise: ${figures.map((one) => `${one} ${before[one]} -> ${after[one]}`).join(", ")}`,
            ),
          ]),
      ...(words.length === 0 ? [] : [stale(`${id} reads otherwise in the registry: ${words.join(", ")}`)]),
    ];
  });
  return [...ofClaims, ...movedPoints(stored.maps(definition.claims), maps()).map(stale)];
}

/** @example ["the map of C5 is judged otherwise: depths = (20, 32): inconclusive -> reproduced"] */
function movedPoints(before: readonly VerdictMap[], after: readonly VerdictMap[]): string[] {
  return after.flatMap((map) => {
    const then = before.find(({ claim }) => claim.id === map.claim.id);
    const moved = map.points.flatMap(({ values, verdict, effect }) => {
      const point = then && pointAt(then, values);
      if (point?.verdict === verdict && isDeepStrictEqual(point.effect, effect)) return [];
      const [old, now] = [point, { verdict, effect }].map((side) =>
        side === undefined ? "none" : `${side.verdict}${side.effect === null ? "" : ` (${side.effect.estimate})`}`,
      );
      return [`${placeText(map.parameters, values)}: ${old} -> ${now}`];
    });
    return moved.length === 0 ? [] : [`the map of ${map.claim.id} is judged otherwise: ${atMost(3, moved, "; ")}`];
  });
}

/** Rows that differ from what the store has of the same measurement; another one of the same cell says nothing. */
function rowsNotInStore(stored: StoredRun, { cells }: Provenance, store: CellStore): Finding[] {
  const rows = new Map<string, Row[]>();
  const keyOf = (row: Row, setting: Setting) =>
    canonicalJson(Object.fromEntries(Object.keys(setting).map((name) => [name, (row[name] ?? null) as Json])));
  const [first] = cells;
  if (first === undefined) return [];
  for (const row of stored.rows()) {
    const key = keyOf(row, first.setting);
    rows.set(key, [...(rows.get(key) ?? []), row]);
  }
  const columns = stored.columns().map(({ name }) => name);
  const altered = cells.filter(({ id, setting, finished }) => {
    const record = trusted(store, id);
    if (record === null || record.finished !== finished) return false;
    const measured = rowsOf(setting, record);
    const written = rows.get(keyOf(setting, setting)) ?? [];
    return !(
      measured.length === written.length &&
      measured.every((row, i) => columns.every((name) => Object.is(row[name] ?? null, written[i]![name] ?? null)))
    );
  });
  if (altered.length === 0) return [];
  const which = names(altered.map(({ setting }) => setting));
  return [
    {
      state: "altered",
      text: `rows.csv differs from what was measured, in ${plural(altered.length, "cell")}: ${which}`,
    },
  ];
}

function storeOf({ results }: VerificationPlace, run: string, { experiment }: Provenance): CellStore {
  return cellStore(runFolders({ results, reports: "", run, experiment }).cells);
}

function trusted(store: CellStore, id: string): CellRecord | null {
  const found = store.read(id);
  return found === null || "problem" in found ? null : found;
}

function names(settings: readonly Setting[]): string {
  return atMost(3, settings.map(cellName), "; ");
}

/** @example atMost(2, ["a", "b", "c", "d"]) // "a, b and 2 more" */
function atMost(count: number, texts: readonly string[], separator = ", "): string {
  const more = texts.length - count;
  return `${texts.slice(0, count).join(separator)}${more > 0 ? ` and ${more} more` : ""}`;
}

function firstLine({ message }: Error): string {
  return message.split("\n")[0]!;
}
