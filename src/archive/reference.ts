/** A run beside the reference run of its name, which comes with the project. */
import { cpSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { plural, projectRoot, UsageError, writeFileAtomically } from "../base";
import { claims as registry } from "../claims";
import type { Row, Setting } from "../experiment";
import { askedId, identityOfFacts, storedId } from "../identity";
import { effectText, ensurePlotlyAsset, pointAt, type VerdictMap } from "../report";
import { isFresh, type RunPlan } from "../run";
import { quantity } from "../statistics";
import { type CellRecord, checkFiles, provenanceFile, referenceFolder } from "../store";
import { type ClaimComparison, compareRows, compareRuns, type Difference, type RowsComparison } from "./comparison";
import { asReference, holdsRun } from "./find-runs";
import { writeReportIndex } from "./report-index";
import { runInFolder, type StoredRun } from "./stored-run";

/** In what a run differs from its reference. */
export interface ReferenceComparison {
  /** Claims that both judge, and that one of them judges. */
  readonly claims: readonly ClaimComparison[];
  readonly rows: RowsComparison;
  /** Points of its maps, and how many of them have the reference's verdict; null where its parameters were not varied. */
  readonly points: { readonly all: number; readonly same: number } | null;
  readonly differences: readonly Difference[];
}

/**
 * Compares a run with the reference run of its name.
 *
 * @param name of the run's folder in `results`
 * @returns null where there is no such reference
 * @throws UsageError naming a file of either that cannot be read
 */
export function compareWithReference(results: string, name: string): ReferenceComparison | null {
  const folder = path.join(results, asReference(name));
  if (!holdsRun(folder)) return null;
  const [reference, own] = [runInFolder(folder, asReference(name)), runInFolder(path.join(results, name))];
  const { claims, differences } = compareRuns(reference, own);
  return {
    claims,
    differences,
    rows: compareRows(reference, own),
    points: comparePoints(reference.maps(registry), own.maps(registry)),
  };
}

/** Of the points of some maps, how many have the verdict that they have in others. */
export function comparePoints(
  before: readonly VerdictMap[],
  after: readonly VerdictMap[],
): ReferenceComparison["points"] {
  const found = after.flatMap((map) => {
    const other = before.find(({ claim }) => claim.id === map.claim.id);
    return map.points.map((point) => point.verdict === (other && pointAt(other, point.values)?.verdict));
  });
  return found.length === 0 ? null : { all: found.length, same: found.filter((isSame) => isSame).length };
}

/**
 * Such a comparison for people: how many verdicts and rows are as in the reference, what moved, and why it may have.
 *
 * @example ["4 of 4 verdicts as the reference, 2320 rows equal bit for bit"]
 */
export function referenceLines({ claims, rows, points, differences }: ReferenceComparison): string[] {
  const same = claims.filter(({ before, after }) => before?.verdict === after?.verdict).length;
  const moved = claims.filter((claim) => claim.moved || claim.before === null || claim.after === null);
  const causes = differences.filter(({ what }) => what.startsWith("parameter ") || determining.includes(what));
  return [
    `${same} of ${claims.length} verdicts as the reference, ${rowsText(rows)}`,
    ...(points === null ? [] : [`${points.same} of ${points.all} points of its maps as the reference`]),
    ...moved.map((claim) => `  ${claim.claim}  ${sideText(claim.before)} -> ${sideText(claim.after)}`),
    ...(rows.equal
      ? []
      : causes.map(({ what, before, after }) => `  ${what}  ${before ?? "none"} -> ${after ?? "none"}`)),
  ];
}

/** Circumstances that change what is measured, or its last digits. */
const determining = [
  "data",
  "measuring code",
  "training code",
  "backend",
  "precision",
  "device",
  "threads",
  "kernel settings",
  "TensorFlow",
];

function sideText(side: ClaimComparison["before"]): string {
  return side === null ? "not judged" : `${side.verdict}, ${effectText(side.effect, side.unit)}`;
}

function rowsText({ before, after, equal, columns, renamed, onlyBefore, onlyAfter }: RowsComparison): string {
  const names = renamed.map((one) => `${one.before} -> ${one.after}`);
  const called = names.length === 0 ? "" : ` (renamed: ${names.join(", ")})`;
  if (equal) return `${after} rows equal bit for bit${called}`;
  if (before !== after) return `but ${after} rows where it has ${before}`;
  const parts = [
    ...columns.map(({ name, unit, rows, largest }) => {
      const by = largest === null ? "" : ` by up to ${quantity(largest, unit)}`;
      return `${name} differs in ${rows} of ${after} rows${by}`;
    }),
    ...(onlyBefore.length > 0 ? [`no longer a column: ${onlyBefore.join(", ")}`] : []),
    ...(onlyAfter.length > 0 ? [`a new column: ${onlyAfter.join(", ")}`] : []),
  ];
  return `but ${parts.join("; ")}${called}`;
}

/**
 * Cells that a run asks for and that its reference run has, as the store would hold them: of today's code, measured by a runtime that
 * the run takes over. So a reference that takes longer than one sitting grows on any machine of its kind, seed by seed.
 *
 * @returns none of a reference whose files are not as it wrote them
 */
export async function cellsOfReference(plan: RunPlan): Promise<CellRecord[]> {
  const reference = intactReference(plan.options.results, plan.name);
  const asked = new Map(plan.cells.filter(({ cached }) => cached === null).map((cell) => [cell.id, cell]));
  if (reference === null || plan.customNetwork !== null || asked.size === 0) return [];
  const { cells, runtimes, code, packages, machine, launcher } = reference.provenance();
  const { commit, dirty, differences, version } = code;
  const origin = { code: { commit, dirty, differences, version }, packages, machine, launcher };
  const rows = cells.map(({ setting }) => rowsAt(reference.rows(), setting));
  if (rows.flat().length !== reference.rows().length) return []; // it does not tell which cell a row is of
  const records = cells.flatMap(({ id, seconds, finished, read, models }, i): CellRecord[] => {
    const planned = asked.get(askedId(id));
    const runtime = runtimes.find((facts) => storedId(askedId(id), identityOfFacts(facts)) === id) ?? null;
    if (planned === undefined || (runtime === null && id !== askedId(id))) return [];
    const { identity } = planned;
    const used = models.map((model) => ({ id: model, trained: true }));
    const record = { id, identity, rows: rows[i]!, seconds, finished, models: used, runtime, origin };
    return isFresh(record, plan.options) ? [read === undefined ? record : { ...record, read }] : [];
  });
  const accepted = await Promise.all(
    records.map(async (record) => record.runtime === null || (await plan.accepts(record.runtime, record))),
  );
  return records.filter((_, i) => accepted[i]);
}

/** The reference run of a name; null where there is none, or not as it was written. */
function intactReference(results: string, name: string): StoredRun | null {
  const folder = path.join(results, asReference(name));
  const isIntact = holdsRun(folder) && checkFiles(folder, ["rows.csv", provenanceFile]).length === 0;
  return isIntact ? runInFolder(folder, asReference(name)) : null;
}

/** The rows of a table that have a setting, without it and without what they leave out. */
function rowsAt(rows: readonly (Setting & Row)[], setting: Row): Row[] {
  return rows
    .filter((row) => Object.entries(setting).every(([name, value]) => row[name] === value))
    .map((row) =>
      Object.fromEntries(Object.entries(row).filter(([name, value]) => !(name in setting) && value !== null)),
    );
}

/**
 * Puts a run in the place of the reference run of its name, with its page, and writes the page of all claims of the reference runs
 * anew.
 *
 * @returns folder of the reference run
 * @throws UsageError for a run that has not all seeds of its reference, or whose files cannot be read
 */
export async function updateReference({ results, reports }: ReferencePlace, name: string): Promise<string> {
  const own = path.join(results, name);
  const [folder, pages] = [path.join(results, asReference(name)), path.join(reports, referenceFolder)];
  const { complete, seeds } = runInFolder(own).provenance();
  const before = intactReference(results, name)?.provenance() ?? null;
  if (!complete && before !== null && (before.complete || before.seeds.some((seed) => !seeds.includes(seed)))) {
    throw new UsageError(`${name} has ${plural(seeds.length, "seed")} so far, its reference ${before.seeds.length}`);
  }
  const page = readFileSync(path.join(reports, `${name}.html`), "utf8");
  rmSync(folder, { recursive: true, force: true });
  cpSync(own, folder, { recursive: true, filter: (file) => file !== path.join(own, "paper") }); // what was exported is not the run's
  const linkTo = (from: string, to: string) => `href="${path.relative(from, to).split(path.sep).join("/")}/`;
  const experiments = path.join(projectRoot, "experiments");
  await ensurePlotlyAsset(pages);
  writeFileAtomically(
    path.join(pages, `${name}.html`),
    page
      .replaceAll(linkTo(reports, own), linkTo(pages, folder))
      .replaceAll(linkTo(reports, experiments), linkTo(pages, experiments)),
  );
  writeReportIndex({ results: path.join(results, referenceFolder), reports: pages });
  return folder;
}

export interface ReferencePlace {
  /** Folder that holds a folder for each run, and the one of the reference runs. */
  readonly results: string;
  /** Folder of the pages, and of the one of the reference runs' pages. */
  readonly reports: string;
}
