/**
 * The runs that several networks are compared by: what `run EXPERIMENT --network FILE` measures, cell by cell and out of the same store.
 */
import { existsSync } from "node:fs";
import path from "node:path";
import { alignedLines, nearestName, plural, relative, type Terminal, UsageError } from "../../base";
import { type CustomNetworkPlan, identityOf, readingOnce } from "../../custom-network";
import { type FoundExperiment, findExperiments, type Row, type Setting } from "../../experiment";
import { movableBlocks } from "../../routes";
import {
  estimatesOf,
  estimateText,
  type FoundData,
  lookUpData,
  type PreparedRun,
  planRun,
  prepareRun,
  totalOf,
} from "../../run";
import { sum } from "../../statistics";
import { experimentsFolder } from "../options";
import { launchedOptions } from "../run-experiment";
import { type AskedOptions, chooseLauncher } from "../run-options";

/** What the command line asks for. */
export interface NetworksAsked {
  /** Absolute paths, two or more. */
  readonly networks: readonly string[];
  /** Parameters that were set, for the experiments that have them. */
  readonly overrides: Readonly<Record<string, string>>;
  /** Of the networks that are trained; null for the experiments' own. */
  readonly seeds: string | null;
  readonly options: Omit<AskedOptions, "overrides" | "networks">;
}

export const experimentNames = ["block-deletion", "block-reordering", "ode-learning"] as const;
export type ExperimentName = (typeof experimentNames)[number];

/** A network with its runs. */
export interface ComparedNetwork {
  /** Its file's name, with the folders where two have the same. */
  readonly label: string;
  readonly plan: CustomNetworkPlan;
  readonly runs: Readonly<Partial<Record<ExperimentName, PreparedRun>>>;
  /** Why an experiment does not take it. */
  readonly lacking: Readonly<Partial<Record<ExperimentName, string>>>;
}

export type MeasuredRow = Setting & Row;
export type Rows = Readonly<Record<ExperimentName, readonly MeasuredRow[]>>;

export function runsIn({ runs }: ComparedNetwork): PreparedRun[] {
  return experimentNames.flatMap((name) => runs[name] ?? []);
}

/** Plans every run of every network, each file being read once. */
export async function planAll(asked: NetworksAsked, screen: Terminal): Promise<ComparedNetwork[]> {
  const found = findExperiments(experimentsFolder({}), experimentNames);
  requireParameters(asked, found);
  const launcher = chooseLauncher(asked.options);
  const reading = readingOnce();
  const data = new Map<string, Promise<FoundData>>();
  const labels = labelsOf(asked.networks);
  const networks: ComparedNetwork[] = [];
  for (const [i, file] of asked.networks.entries()) {
    const label = labels[i]!;
    const planned = async ({ definition, file: code }: FoundExperiment, seeds: string | null) => {
      const own = Object.entries(asked.overrides).filter(([name]) => name in definition.parameters);
      const options = launchedOptions(
        {
          ...asked.options,
          networks: [file],
          overrides: Object.fromEntries([...own, ...(seeds === null ? [] : [["seeds", seeds]])]),
        },
        launcher,
      );
      const findData = (images?: Parameters<typeof lookUpData>[2]) => {
        const key = JSON.stringify(images ?? null);
        const known = data.get(key) ?? lookUpData(options, screen, images);
        data.set(key, known);
        return known;
      };
      const plan = await inItsWords(label, () => planRun(definition, code, options, findData, reading));
      const custom = plan.customNetwork!;
      if (seeds === null && asked.seeds !== null && !custom.isGiven) return null;
      // Beside a network that is trained others would be, which nobody asks for here.
      const only = plan.cells.filter(({ identity }) => identity.network !== undefined).map(({ id }) => id);
      return prepareRun({ ...plan, options: { ...plan.options, only } }, launcher, screen);
    };
    const runs: Partial<Record<ExperimentName, PreparedRun>> = {};
    const lacking: Partial<Record<ExperimentName, string>> = {};
    let plan: CustomNetworkPlan | null = null;
    for (const name of experimentNames) {
      const experiment = found.find(({ definition }) => definition.name === name)!;
      const why = plan === null ? null : lackOf(name, experiment, plan);
      if (why !== null) {
        lacking[name] = why;
        continue;
      }
      runs[name] = (await planned(experiment, null)) ?? (await planned(experiment, asked.seeds))!;
      plan = runs[name].plan.customNetwork;
    }
    networks.push({ label, plan: plan!, runs, lacking });
  }
  requireDifferent(networks);
  return networks;
}

/** Why an experiment does not take a network, which block-deletion took; null where it does. */
function lackOf(
  name: ExperimentName,
  { definition }: FoundExperiment,
  { architecture }: CustomNetworkPlan,
): string | null {
  if (name === "block-reordering" && movableBlocks(architecture).length === 0)
    return `${architecture.name} has no two neighbouring blocks of one shape to exchange`;
  return definition.customNetwork?.needs?.(architecture) ?? null;
}

/** @throws UsageError for a parameter that none of the experiments has */
function requireParameters({ overrides }: NetworksAsked, found: readonly FoundExperiment[]): void {
  const known = [...new Set(found.flatMap(({ definition }) => Object.keys(definition.parameters)))];
  const problems = Object.keys(overrides).flatMap((name) => {
    if (known.includes(name)) return [];
    const nearest = nearestName(name, known);
    const meant = nearest === null ? "" : ` Did you mean "${nearest}"?`;
    return [`--set ${name}: none of ${experimentNames.join(", ")} has that parameter.${meant}`];
  });
  if (problems.length > 0) throw new UsageError(problems);
}

/** @throws UsageError where two files give one network, whatever they are called */
function requireDifferent(networks: readonly ComparedNetwork[]): void {
  const known = new Map<string, string>();
  for (const { label, plan } of networks) {
    const { architecture, weights } = identityOf(plan);
    const key = `${architecture} ${weights}`;
    const twin = known.get(key);
    if (twin !== undefined) throw new UsageError(`${twin} and ${label} are the same network`, "Leave one of them out.");
    known.set(key, label);
  }
}

/** What `run --network` refuses, told in the words of this command, which has no such option. */
async function inItsWords<Result>(label: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const words = error.message.replaceAll("with --network it is", "of this network it is");
    throw new UsageError(words.replace(/^--network: /, "").replace(/^--network [^\n]*?: /, `${label}: `));
  }
}

/** Names of files, with their folders where they would be the same. */
function labelsOf(files: readonly string[]): string[] {
  const names = files.map((file) => path.basename(file));
  return files.map((file, i) => {
    const isAlone = names.filter((name) => name === names[i]).length === 1;
    return isAlone || !existsSync(file) ? names[i]! : relative(file);
  });
}

/** What is to do, before it begins. */
export function plannedLines(networks: readonly ComparedNetwork[]): string[] {
  const rows = networks.flatMap(({ label, runs, lacking }) =>
    experimentNames.map((name) => {
      const run = runs[name];
      if (run === undefined) return [label, name, "left out", lacking[name] ?? ""];
      return [label, name, plural(run.plan.options.only.length, "cell"), `${run.toDo.length} to do`];
    }),
  );
  const runs = networks.flatMap(runsIn);
  const toDo = sum(runs.map((run) => run.toDo.length));
  const time = toDo === 0 ? "nothing to measure" : estimateText(totalOf(estimatesOf(runs)), toDo);
  return [...alignedLines(rows), `in all ${plural(toDo, "cell")} to do: ${time}`];
}
