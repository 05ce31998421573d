import path from "node:path";
import { homeFolder, UsageError, writeFileAtomically } from "../base";
import type { Judgement } from "../claims";
import { customNetworkDepartures, networkFile, registerStoredNetwork } from "../custom-network";
import {
  type Experiment,
  findExperiments,
  gridPoints,
  type ParameterValues,
  type Row,
  type Setting,
  storedParameters,
  type Variations,
} from "../experiment";
import { type Json, type PaperContent, rowsAt, type VerdictMap } from "../report";
import { spans, surroundings, verdictMaps, writeVerdicts } from "../run";
import { checkFiles, provenanceFile, referenceFolder } from "../store";
import { isReference } from "./find-runs";
import { comparePoints, type ReferenceComparison } from "./reference";
import { type JudgedClaim, runInFolder, type StoredRun } from "./stored-run";

/**
 * Judges a stored run's rows by the experiment as it is now.
 *
 * @throws UsageError where the experiment has changed since, so that it no longer understands parameters or rows
 */
export function judgeAnew(run: StoredRun, definition: Experiment): JudgedAnew {
  const { parameters } = run.provenance();
  const outdated = (what: string) => new UsageError(`${run.name}: ${what}`, `Run it again: ${run.commandAgain()}`);
  const read = storedParameters(parameters, definition);
  if ("refused" in read) throw outdated(`its experiment has another parameter "${read.refused}" now`);
  const { values: params } = read;
  knowNetwork(run);
  const rows = run.rows();
  const understanding = <Result>(work: () => Result): Result => {
    try {
      return work();
    } catch (error) {
      // What an experiment throws over rows of another version is that version's fault.
      throw outdated(`the experiment no longer understands its rows: ${(error as Error).message}`);
    }
  };
  const { vary, data } = run.provenance();
  const pointsOf = (grid: Variations) =>
    gridPoints(grid).flatMap((point) => {
      const own = rowsAt(point, run.pointRows()) as (Setting & Row)[];
      if (own.length === 0) return []; // all of its cells failed
      const at = storedParameters(parameters, definition, point);
      if ("refused" in at) throw outdated(`its experiment takes other values of "${at.refused}" now`);
      const { values } = at;
      return [{ values, judgements: understanding(() => definition.verdicts(own, values, data)) }];
    });
  return {
    params,
    judgements: understanding(() => definition.verdicts(rows, params, data)),
    maps: () => (vary === undefined ? [] : verdictMaps(vary, definition, pointsOf(vary))),
    figures: () => understanding(() => definition.figures(rows, params)),
    outdated,
  };
}

/** Makes a custom network known that the run is of; a run that was written before it kept its network has none to read. */
function knowNetwork(run: StoredRun): void {
  const { network } = run.provenance();
  const text = network === undefined ? null : run.optionalText(networkFile);
  if (network === undefined || text === null) return;
  try {
    registerStoredNetwork(text, network);
  } catch (error) {
    throw new UsageError(`${run.name}/${networkFile} is damaged (${(error as Error).message})`);
  }
}

/** A stored run as its experiment sees it now. */
interface JudgedAnew {
  /** Its parameters. */
  readonly params: ParameterValues<Experiment["parameters"]>;
  readonly judgements: readonly Judgement[];
  /** Its maps, each point judged anew; none where it varies nothing. @throws UsageError as `judgeAnew` */
  maps(): VerdictMap[];
  /** Draws its figures. @throws UsageError as `judgeAnew` */
  figures(): PaperContent["figures"];
  /** What to throw where the two do not fit together. @param what in one sentence without a full stop */
  outdated(what: string): UsageError;
}

/**
 * What a stored run's report shows: judged and drawn anew from its rows, by the experiment as it is now.
 *
 * @returns that, and how many seeds of the run are still to be measured
 * @throws UsageError where the experiment has changed since, so that it no longer understands the rows, or judges them
 * otherwise than claims.csv says: figures of one version and verdicts of another do not belong into one paper
 */
export function contentOf(
  run: StoredRun,
  definition: Experiment,
): { readonly content: PaperContent; readonly missingSeeds: number } {
  // As on the page of a report: what stands elsewhere, or is too long for a table, is left to the file.
  const { cells: _, command: __, parameters, ...provenance } = run.provenance();
  const { params, judgements, figures, outdated } = judgeAnew(run, definition);
  const stored = new Map(run.claims().map((row) => [row.claim, [row.verdict, row.effect, row.ci_low, row.ci_high]]));
  const isAsStored = ({ claim, verdict, effect }: Judgement) => {
    const now = [verdict, effect?.estimate ?? null, effect?.low ?? null, effect?.high ?? null];
    return stored.get(claim.id)?.every((value, i) => Object.is(value, now[i])) ?? false;
  };
  const changed = judgements.filter((judgement) => !isAsStored(judgement)).map(({ claim }) => claim.id);
  if (changed.length > 0 || judgements.length !== stored.size) {
    throw outdated(
      `its claims.csv was judged by another version of the experiment (${changed.join(", ") || "claims"})`,
    );
  }
  const { title, source } = definition;
  return {
    content: {
      title,
      source,
      run: {
        ...{ name: provenance.experiment, scale: provenance.scale, date: provenance.ended },
        data: provenance.data === null ? "made by the experiment" : provenance.data.name,
      },
      judgements,
      figures: figures(),
      maps: run.maps(definition.claims, judgements.find(({ effect }) => effect !== null)?.effect?.confidence),
      parameters: parameters.map((row) => ({ ...row, unit: row.unit ?? "" })),
      columns: run.columns(),
      provenance: provenance as unknown as { readonly [name: string]: Json },
    },
    missingSeeds: params.seeds.length - provenance.seeds.length,
  };
}

/** Where runs lie that are judged anew. */
export interface StoredRunsPlace {
  /** Folder that holds a folder for each run, and one with the reference runs. */
  readonly results: string;
  /** Folder of the pages, and of the one of the reference runs' pages; null for that where each run has written its own. */
  readonly reports: string | null;
  /** Folder of the experiments. */
  readonly experiments: string;
}

/** What a claim came to before a run was judged anew, and after. */
export interface Rejudged {
  readonly before: readonly JudgedClaim[];
  readonly after: readonly Judgement[];
  /** The folder of pages that its page is in, or in the folder of reference runs of. */
  readonly reports: string;
  /** Points of its maps, and how many of them have the verdict that they had; null where its parameters were not varied. */
  readonly points: ReferenceComparison["points"];
}

/**
 * Judges a stored run by today's rules, and writes its claims, thumbnails and page anew. Nothing is measured: rows.csv, points.csv
 * and code.json stay as they are. A run with seeds still to come is judged by those that it has.
 *
 * @param name as `findRuns` gives it
 * @throws UsageError for a run whose rows are not as it wrote them, for one that keeps nothing of its custom network, and as `judgeAnew`
 */
export async function rejudge(name: string, place: StoredRunsPlace): Promise<Rejudged> {
  const { results, experiments } = place;
  const folder = path.join(results, name);
  const run = runInFolder(folder, name);
  const origin = run.provenance();
  const refuse = (what: string) => new UsageError(`${name}: ${what}`, `Run it again: ${run.commandAgain()}`);
  // Their digests are written anew with the verdicts, which must not bless what was changed by hand.
  const measured = ["rows.csv", ...(origin.vary === undefined ? [] : ["points.csv"])];
  const altered = checkFiles(folder, measured).find(
    ({ state, text }) => state === "altered" && !/^(?:claims\.csv|thumbnails)\b/.test(text),
  );
  if (altered !== undefined) throw refuse(altered.text);
  const network = origin.network === undefined ? null : run.optionalText(networkFile);
  if (origin.network !== undefined && network === null) throw refuse("it keeps nothing of its custom network");
  const [found] = findExperiments(experiments, [origin.experiment]);
  const { definition } = found!;
  const before = run.claims();
  const anew = judgeAnew(run, definition);
  const [params, maps] = [anew.params, anew.maps()];
  const points = comparePoints(run.maps(definition.claims), maps);
  const { commit, dirty } = surroundings().code;
  // What is counted from the cells is counted anew, too: older versions took it from the clock of the last writing.
  const written = { ...origin, ...spans(origin.cells), written: { commit, dirty, at: new Date().toISOString() } };
  const reports = place.reports ?? path.resolve(results, origin.reports ?? path.join(homeFolder, "reports"));
  const pages = isReference(name) ? path.join(reports, referenceFolder) : reports;
  const interim = { doneSeeds: origin.seeds.length, totalSeeds: params.seeds.length };
  writeFileAtomically(path.join(folder, provenanceFile), `${JSON.stringify(written, null, 2)}\n`);
  const after = await writeVerdicts({
    ...{ definition, values: params, rows: run.rows(), columns: run.columns(), origin: written, maps },
    folders: { results: folder, reports: pages, reportFile: path.join(pages, `${path.basename(name)}.html`) },
    interim: origin.complete ? null : interim,
    cells: origin.complete ? origin.cells.length : definition.cells(params).length,
    departures:
      origin.network === undefined || network === null ? [] : customNetworkDepartures(origin.network, network),
  });
  return { before, after, reports, points };
}
