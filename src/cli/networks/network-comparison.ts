/**
 * Several networks side by side. What is measured is what `run EXPERIMENT --network FILE` measures, cell by cell and out of the same
 * store; here its rows are summed up, network by network, as a table, as CSV and as a page.
 */
import { readdirSync, rmdirSync } from "node:fs";
import { writeReportIndex } from "../../archive";
import { exitStatus, relative, terminal } from "../../base";
import { rowsOf } from "../../run";
import { makeFolders } from "../../store";
import { dryRunJson, handAllIn, handleJobs, measureAndJudge } from "../run-experiment";
import { csvRow, tableLines, writeComparison } from "./comparison-files";
import {
  experimentNames,
  type MeasuredRow,
  type NetworksAsked,
  planAll,
  plannedLines,
  type Rows,
  runsIn,
} from "./network-runs";
import { notesOf, type Standing, standingOf } from "./network-standing";

/**
 * Measures what is not in the store yet, and writes the comparison.
 *
 * @returns the exit status
 * @throws UsageError for a network that cannot be put to block-deletion at all, and for options that are none
 */
export async function compareAll(asked: NetworksAsked): Promise<number> {
  const { options } = asked;
  const screen = terminal({ quiet: options.quiet, colour: options.colour });
  const networks = await planAll(asked, screen);
  const runs = networks.flatMap(runsIn);
  const say = options.dryRun && !options.json ? screen.print : screen.say;
  for (const line of plannedLines(networks)) say(line);
  for (const notice of new Set(runs.flatMap(({ plan }) => plan.notices)))
    screen.warn(screen.colours.yellow(`notice: ${notice}`));
  if (options.dryRun) {
    if (options.json) screen.print(JSON.stringify({ runs: runs.map((run) => dryRunJson(run, [])) }, null, 2));
    return exitStatus.success;
  }
  for (const { plan } of runs) makeFolders(plan.folders);
  if (options.jobs !== null && options.jobs !== "collect") return handleJobs(runs, options, options.jobs, screen);
  if (options.launcher.name === "slurm" && options.jobs === null) await handAllIn(runs, screen);

  const standings: Standing[] = [];
  let failures = 0;
  for (const network of networks) {
    const rows: Record<keyof Rows, readonly MeasuredRow[]> = {
      "block-deletion": [],
      "block-reordering": [],
      "ode-learning": [],
    };
    for (const name of experimentNames) {
      const run = network.runs[name];
      if (run === undefined) continue;
      screen.say(`${screen.colours.bold(network.label)}  ${run.plan.definition.title}`);
      const outcome = await measureAndJudge(run, { updateReference: false });
      if (outcome.interrupted) {
        screen.warn(`interrupted: what is measured and trained is kept; resume with: ${options.command}`);
        return exitStatus.interrupted;
      }
      failures += outcome.failures;
      // Of a trained network the run is not whole, and writes nothing of its own.
      const { results } = run.plan.folders;
      if (readdirSync(results).length === 0) rmdirSync(results);
      rows[name] = run.plan.cells.flatMap(({ id, cell, identity }) => {
        const record = identity.network === undefined ? undefined : outcome.records.get(id);
        return record === undefined ? [] : rowsOf(cell, record);
      });
    }
    standings.push(standingOf(network, rows));
  }
  writeReportIndex(options);
  const files = await writeComparison(standings, options);
  if (options.json) screen.print(JSON.stringify({ networks: standings.map(csvRow), ...files }, null, 2));
  else {
    for (const line of tableLines(standings)) screen.print(line);
    for (const note of notesOf(standings)) screen.print(note);
    screen.print(`table: ${relative(files.table)}, blocks: ${relative(files.blocks)}`);
    screen.print(`page: ${relative(files.page)}`);
  }
  return failures > 0 ? exitStatus.failure : exitStatus.success;
}
