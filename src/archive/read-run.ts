import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { errorCode } from "../base";
import { type CsvRow, claimsColumns, type IndexedRun, isThumbnail, parseCsv } from "../report";
import { thumbnailPath } from "../run/thumbnails";
import { holdsRun } from "./find-runs";

/** What the files of a run tell. */
export interface ReadRun {
  /** Null where claims.csv cannot be read. */
  readonly run: IndexedRun | null;
  /** Null where neither file tells it. */
  readonly scale: string | null;
  /** What is missing or damaged, one sentence each, by names that hold on every machine. */
  readonly faults: readonly string[];
}

const claimsSchema = z.array(
  z.object({
    claim: z.string().regex(/^[A-Za-z][\w.-]*$/),
    verdict: z.enum(["reproduced", "partly", "not reproduced", "inconclusive"]),
    effect: z.number(),
    ci_low: z.number(),
    ci_high: z.number(),
    unit: z.string(),
    seeds: z.number().int().nonnegative(),
    rule: z.string(),
    paper_value: z.string(),
    scale: z.string(),
    data: z.string(),
    statement: z.string(),
    source: z.string(),
    reason: z.string(),
    interim: z.boolean(),
  }),
);

const provenanceSchema = z.object({
  experiment: z.string(),
  command: z.string(),
  scale: z.string(),
  ended: z.iso.datetime(),
});

/**
 * Reads what the index shows of a run; what is missing or damaged is named and left out.
 *
 * @param folder the run's results folder, which bears its name
 * @param reports folder of the reports, where the index stands
 * @returns null for a folder with neither claims.csv nor provenance.json, which is no run's
 */
export function readRun(folder: string, reports: string): ReadRun | null {
  const name = path.basename(folder);
  if (!holdsRun(folder)) return null;
  const faults: string[] = [];
  const read = <Value>(file: string, parse: (text: string) => Value): Value | null => {
    try {
      return parse(readFileSync(path.join(folder, file), "utf8"));
    } catch (error) {
      faults.push(`${name}/${file} ${faultText(error)}`);
      return null;
    }
  };
  const rows = read("claims.csv", parseClaims);
  const origin = read("provenance.json", (text) => provenanceSchema.parse(JSON.parse(text)));
  const report = `${name}.html`;
  const hasReport = existsSync(path.join(reports, report));
  if (!hasReport) faults.push(`the report ${report} is missing`);
  const scale = rows?.[0]?.scale ?? origin?.scale ?? null;
  if (rows === null) return { run: null, scale, faults };

  const verdicts = rows.map((row) => ({
    claim: row.claim,
    verdict: row.verdict,
    effect: { estimate: row.effect, low: row.ci_low, high: row.ci_high, count: row.seeds },
    unit: row.unit,
    statement: row.statement,
    source: row.source,
    rule: row.rule,
    paperValue: row.paper_value,
    reason: row.reason,
    thumbnail: read(thumbnailPath(row.claim), requireThumbnail),
  }));
  const run: IndexedRun = {
    name,
    isReference: origin?.experiment === name,
    scale: scale ?? "unknown",
    data: rows[0]?.data ?? "unknown",
    interim: rows.some(({ interim }) => interim),
    command: origin?.command ?? null,
    ended: origin?.ended ?? null,
    report: hasReport ? encodeURIComponent(report) : null,
    verdicts,
  };
  return { run, scale, faults };
}

/**
 * Reads the text of a claims.csv.
 *
 * @throws ZodError or RangeError where it is not what a run writes
 */
export function parseClaims(text: string): z.infer<typeof claimsSchema> {
  return distinctClaims(claimsSchema.parse(parseCsv(text, claimsColumns)));
}

function distinctClaims<Row extends Pick<CsvRow, "claim">>(rows: Row[]): Row[] {
  const ids = rows.map(({ claim }) => claim);
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice !== undefined) throw new RangeError(`it judges ${twice} twice`);
  return rows;
}

function requireThumbnail(text: string): string {
  if (!isThumbnail(text)) throw new RangeError("it holds something else than a thumbnail");
  return text;
}

/** "is missing"; "is damaged (row 2, verdict: ...)". */
function faultText(error: unknown): string {
  if (errorCode(error) === "ENOENT") return "is missing";
  if (error instanceof z.ZodError) {
    const { path: place = [], message = "" } = error.issues[0] ?? {};
    return `is damaged (${[...place.map(String), message].join(": ")})`;
  }
  return `is damaged (${error instanceof Error ? error.message : String(error)})`;
}
