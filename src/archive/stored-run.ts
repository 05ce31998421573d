/**
 * A run read back from its files, in a folder or in a commit: the one reader behind verify, compare, export, clean, watch
 * and the page of all claims.
 */
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { errorCode, fileKindText, git, parseJson, projectRoot, readBeginning, UsageError } from "../base";
import type { Verdict } from "../claims";
import { type Row, type Setting, scales } from "../experiment";

import {
  type Column,
  type CsvRow,
  claimsColumns,
  type Effect,
  isThumbnail,
  mapsOf,
  parseCsv,
  type VerdictMap,
  verdictMarks,
} from "../report";
import { thumbnailPath } from "../run";
import { type Provenance, parseProvenance, provenanceFile, referenceFolder } from "../store";
import { asReference, commandAgain, holdsRun, runsIn, unknownRun } from "./find-runs";

/**
 * A run, read as far as it is asked for: each file once, at the first call (map.csv at each).
 *
 * Every method throws a UsageError that names the file where it is missing or damaged: "sums/claims.csv is missing".
 */
export interface StoredRun {
  /** That of its folder, behind "reference/" where it is a reference run that was looked up by name. */
  readonly name: string;
  provenance(): Provenance;
  /** Rows of claims.csv; no claim is judged twice. */
  claims(): readonly JudgedClaim[];
  /** Columns of rows.csv. */
  columns(): readonly Column[];
  /** Rows of rows.csv, settings included. */
  rows(): readonly (Setting & Row)[];
  /**
   * Its maps of verdicts; none where it varies nothing.
   *
   * @param claims those of its experiment
   * @param confidence of the intervals of its effects (0.95)
   */
  maps(claims: readonly VerdictMap["claim"][], confidence?: number): readonly VerdictMap[];
  /** Rows of points.csv, which its maps were judged on: `rowsAt` gives those of a point. */
  pointRows(): readonly CsvRow[];
  /** The small image of a claim's figure, as SVG. */
  thumbnail(claim: string): string;
  /** The command that makes it again where it lies. */
  commandAgain(): string;
  /** Any other of its files. */
  text(file: string): string;
  /** One that not every run has; null where it is not there. */
  optionalText(file: string): string | null;
}

const judgedClaimSchema = z.object({
  claim: z.string().regex(/^[A-Za-z][\w.-]*$/),
  verdict: z.enum(Object.keys(verdictMarks) as Verdict[]),
  effect: z.number().nullable(),
  ci_low: z.number().nullable(),
  ci_high: z.number().nullable(),
  unit: z.string(),
  seeds: z.number().int().nonnegative(),
  rule: z.string(),
  paper_value: z.string(),
  scale: z.enum(scales),
  data: z.string(),
  statement: z.string(),
  source: z.string(),
  reason: z.string(),
  // Runs of earlier versions have none of these.
  sentence: z.string().default(""),
  range: z.string().default(""),
  post_hoc: z.boolean().default(false),
  interim: z.boolean(),
});

/** The effect that a row of claims.csv tells; null where the run could not tell it. */
export function effectOf({ effect, ci_low: low, ci_high: high, seeds: count }: JudgedClaim): Effect {
  return effect === null || low === null || high === null ? null : { estimate: effect, low, high, count };
}

/** What a run says of a claim: a row of claims.csv. */
export type JudgedClaim = Readonly<z.infer<typeof judgedClaimSchema>>;

const tableSchema = z.object({
  fields: z.array(
    z.object({
      name: z.string(),
      type: z.enum(["string", "integer", "number", "boolean"]),
      unit: z.string(),
      description: z.string(),
    }),
  ),
});
const columnsSchema = z.object({
  "rows.csv": tableSchema,
  "map.csv": tableSchema.exactOptional(),
  "points.csv": tableSchema.exactOptional(),
});

/** The run in a folder, whether or not there is one. @param name for messages; that of the folder by default */
export function runInFolder(folder: string, name = path.basename(folder)): StoredRun {
  return storedRun(name, (file) => readFileSync(path.join(folder, file)), folder);
}

/**
 * @param read gives the content of one of its files; throws where there is none
 * @param folder where it lies, unless that is a commit
 */
function storedRun(name: string, read: (file: string) => Buffer, folder?: string): StoredRun {
  const reading = <Value>(file: string, parse: (text: string) => Value): (() => Value) => {
    let value: { readonly of: Value } | undefined;
    return () => {
      try {
        value ??= { of: parse(requireKind(read(file), file)) };
      } catch (error) {
        throw new UsageError(`${name}/${file} ${faultText(error)}`);
      }
      return value.of;
    };
  };
  const tables = reading("columns.json", (text) => columnsSchema.parse(parseJson(text, "columns.json")));
  const columns = () => tables()["rows.csv"].fields;
  const rows = reading("rows.csv", (text) => parseCsv(text, columns()) as (Setting & Row)[]);
  const pointRows = reading("points.csv", (text) => parseCsv(text, tables()["points.csv"]?.fields ?? []));
  const provenance = reading(provenanceFile, parseProvenance);
  return {
    name,
    provenance,
    commandAgain: () => (folder === undefined ? provenance().command : commandAgain(provenance(), folder)),
    claims: reading("claims.csv", parseClaims),
    columns,
    rows() {
      columns(); // whose faults are told by its own name
      return rows();
    },
    maps(claims, confidence = 0.95) {
      const fields = tables()["map.csv"]?.fields;
      if (fields === undefined) return [];
      return reading("map.csv", (text) => mapsOf(parseCsv(text, fields), fields, { claims, confidence }))();
    },
    pointRows() {
      tables();
      return pointRows();
    },
    thumbnail: (claim) => reading(thumbnailPath(claim), requireThumbnail)(),
    text: (file) => reading(file, (text) => text)(),
    optionalText(file) {
      try {
        return read(file).toString("utf8");
      } catch (error) {
        if (errorCode(error) === "ENOENT") return null;
        throw error;
      }
    },
  };
}

function parseClaims(text: string): JudgedClaim[] {
  const rows = z.array(judgedClaimSchema).parse(parseCsv(text, claimsColumns));
  const ids = rows.map(({ claim }) => claim);
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice !== undefined) throw new RangeError(`it judges ${twice} twice`);
  return rows;
}

function requireThumbnail(text: string): string {
  if (!isThumbnail(text)) throw new RangeError("it holds something else than a thumbnail");
  return text;
}

/** The text of a file. @throws RangeError that says what it is by its first bytes, where these are of no table and no JSON */
function requireKind(bytes: Buffer, file: string): string {
  const text = bytes.toString("utf8");
  const isJson = file.endsWith(".json") && /^\s*[{[]/.test(text);
  const kind = /\.(?:csv|json)$/.test(file) && !isJson ? fileKindText(bytes, file) : null;
  if (kind !== null) throw new RangeError(kind);
  return text;
}

/** "is missing"; "is damaged (2: verdict: ...)". */
function faultText(error: unknown): string {
  if (errorCode(error) === "ENOENT") return "is missing";
  if (error instanceof z.ZodError) {
    const { path: place = [], message = "" } = error.issues[0] ?? {};
    const words = message.replace("Invalid input: ", "").replace(", received undefined", ", there is none");
    return `is damaged (${[...place.map(String), words].join(": ")})`;
  }
  return `is damaged (${error instanceof Error ? error.message : String(error)})`;
}

/** Runs by the name that somebody gave: one, or those of a folder. */
export interface NamedRuns {
  /** As it was asked for. */
  readonly label: string;
  /** Whether it is one run, and not a folder of runs. */
  readonly isRun: boolean;
  readonly runs: readonly StoredRun[];
}

/**
 * The runs that a word means.
 *
 * @param word name of a run in `results` (one's own where there is one, else the reference run); a run's folder; a folder of
 *   runs, such as another checkout's results/reference; or either as it was in a commit: "HEAD~1:block-deletion", "v1:results"
 * @param results folder of the runs that are known by name
 * @param root folder whose repository holds the commits
 * @throws UsageError when there is no such thing
 */
export function namedRuns(word: string, results: string, root = projectRoot): NamedRuns {
  const one = (folder: string): NamedRuns => ({ label: word, isRun: true, runs: [runInFolder(folder)] });
  if (!path.isAbsolute(word)) {
    const named = [word, asReference(word)].map((name) => path.join(results, name)).find(holdsRun);
    if (named !== undefined) return one(named);
  }
  const folder = path.resolve(word);
  if (existsSync(folder)) {
    if (!statSync(folder).isDirectory()) {
      throw new UsageError(
        `${word} is a file, need the folder of a run`,
        fileKindText(readBeginning(folder), word) ?? undefined,
      );
    }
    if (holdsRun(folder)) return one(folder);
    const names = runsIn(folder);
    if (names.length > 0) {
      return { label: word, isRun: false, runs: names.map((name) => runInFolder(path.join(folder, name))) };
    }
    const hint =
      runsIn(path.join(folder, referenceFolder)).length > 0
        ? [`Reference runs are in ${path.join(word, referenceFolder)}.`]
        : [];
    throw new UsageError(`there is no run in the folder ${folder}`, ...hint);
  }
  const [, commit, within] = /^([^:]+):(.*)$/.exec(word) ?? [];
  if (commit !== undefined && within !== undefined) return { label: word, ...runsInCommit(commit, within, root) };
  throw new UsageError(
    `${word} is neither a folder nor a run. ${unknownRun(word, [...runsIn(results), ...runsIn(path.join(results, referenceFolder)).map(asReference)])}`,
    "What a commit holds is named by COMMIT:RUN, such as HEAD~1:block-deletion.",
  );
}

/** @param within a path from the root, or the name of a run in results/; results/reference itself where empty */
function runsInCommit(commit: string, within: string, root: string): Omit<NamedRuns, "label"> {
  if (attempt(() => git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", `${commit}^{commit}`)) === null) {
    throw new UsageError(
      `there is no commit ${commit} here`,
      "`git log --oneline -- results` lists those with results.",
    );
  }
  const asked = within.replace(/\/+$/, "");
  const places =
    asked === ""
      ? [`results/${referenceFolder}`, "results"]
      : [asked, `results/${asked}`, `results/${referenceFolder}/${asked}`];
  for (const folder of places) {
    const listed = attempt(() => git(root, "ls-tree", "-r", "-z", "--name-only", `${commit}:./${folder}`));
    const files = listed?.split("\0") ?? [];
    const run = (name: string, inside: string) =>
      storedRun(name, (file) => {
        const found = attempt(() => git(root, "show", `${commit}:./${inside}/${file}`));
        if (found === null) throw Object.assign(new Error(`the commit has no ${file}`), { code: "ENOENT" });
        return Buffer.from(found);
      });
    if (files.includes("claims.csv")) return { isRun: true, runs: [run(path.basename(folder), folder)] };
    const names = files.filter((file) => /^[^/]+\/claims\.csv$/.test(file)).map((file) => file.split("/")[0]!);
    if (names.length > 0) return { isRun: false, runs: names.map((name) => run(name, `${folder}/${name}`)) };
  }
  throw new UsageError(
    `the commit ${commit} holds no run ${asked || "in results"}`,
    `\`git ls-tree -r --name-only ${commit} results/\` lists what it has.`,
  );
}

/** Null where git refuses. */
function attempt(ask: () => string): string | null {
  try {
    return ask();
  } catch {
    return null;
  }
}
