import { existsSync } from "node:fs";
import path from "node:path";
import { errorLines, exitStatus, plural, relative, terminal, UsageError, writeFileAtomically } from "../base";
import { findExperiments } from "../experiment";
import {
  drawFigures,
  findChromium,
  type PaperColumns,
  paperFigure,
  paperFigures,
  paperFiles,
  seriesStyles,
} from "../report";

import { asReference, chooseRuns, findRuns } from "./find-runs";
import { contentOf } from "./judge-anew";
import { runInFolder, type StoredRun } from "./stored-run";

export interface ExportRequest {
  /** Names of runs; all but those at the scale "smoke" when there are none. */
  readonly names: readonly string[];
  readonly columns: PaperColumns;
  /** Folder in which each run gets one of its name; null for `results/<run>/paper/`. */
  readonly out: string | null;
  /** Folder that holds a folder for each run. */
  readonly results: string;
  /** Folder of the experiments. */
  readonly experiments: string;
  readonly quiet: boolean;
  readonly debug: boolean;
  readonly colour: boolean;
}

/**
 * Writes figures, tables, captions, numbers and sources of runs for a paper. A run that cannot be exported is told of, and
 * keeps no other from it.
 *
 * @returns the exit status
 * @throws UsageError without a browser, for a run that is not there, and where there is none
 */
export async function exportRuns(request: ExportRequest): Promise<number> {
  const { results, out, quiet, debug, colour } = request;
  const screen = terminal({ quiet, colour });
  const chromium = findChromium();
  if (chromium === undefined) {
    throw new UsageError(
      "there is no Chromium, which draws the figures",
      "apt-get install chromium, or name one by CHROMIUM=/path/to/chromium",
    );
  }
  let failures = 0;
  const known = findRuns(results).filter((name) => isWhole(path.join(results, name)));
  const all = request.names.length === 0;
  const shadowed = known.map(asReference); // by one's own run of that name
  for (const name of chooseRuns(request.names, known, results)) {
    if (all && shadowed.includes(name)) continue;
    try {
      const run = runInFolder(path.join(results, name));
      if (all && run.provenance().scale === "smoke") continue;
      // Beside the reference runs nothing is written: their files are under version control.
      const folder = out === null ? path.join(results, run.name, "paper") : path.join(out, run.name);
      const { written, missingSeeds } = await writePaper(run, folder, request, chromium);
      if (missingSeeds > 0) {
        screen.warn(screen.colours.yellow(`notice: ${name}: ${plural(missingSeeds, "seed")} still to come`));
      }
      screen.say(`${name}: ${written} -> ${relative(folder)}`);
    } catch (error) {
      failures++;
      screen.warn(screen.colours.red(`failed: ${name}`));
      for (const line of errorLines(error, debug)) screen.warn(`  ${line.replaceAll("\n", "\n  ")}`);
    }
  }
  return failures > 0 ? exitStatus.failure : exitStatus.success;
}

/** Whether a run's folder has both of the files that tell one. */
function isWhole(folder: string): boolean {
  return ["claims.csv", "provenance.json"].every((file) => existsSync(path.join(folder, file)));
}

/** Writes the files of one run, each whole or not at all; says what they are, and what is still to come. */
async function writePaper(
  run: StoredRun,
  folder: string,
  { experiments, columns }: ExportRequest,
  chromium: string,
): Promise<{ readonly written: string; readonly missingSeeds: number }> {
  const [found] = findExperiments(experiments, [run.provenance().experiment]);
  const { content, missingSeeds } = contentOf(run, found!.definition);
  const { judgements, maps = [] } = content;
  const figures = paperFigures(content);
  const files = paperFiles(content, run.name);
  const styles = seriesStyles(figures); // of all figures together, as on the page
  const toDraw = figures.map((figure) => ({ figure: paperFigure(figure, styles, columns), title: figure.title }));
  const drawn = await drawFigures(toDraw, chromium, run.provenance().ended);
  for (const [name, text] of files) writeFileAtomically(path.join(folder, name), text);
  drawn.forEach(({ svg, pdf }, i) => {
    writeFileAtomically(path.join(folder, `${figures[i]!.id}.svg`), svg);
    writeFileAtomically(path.join(folder, `${figures[i]!.id}.pdf`), Buffer.from(pdf));
  });
  const counted = [plural(figures.length, "figure"), plural(judgements.length, "claim")];
  if (maps.length > 0) counted.push(plural(maps.length, "map"));
  return { written: counted.join(", "), missingSeeds };
}
