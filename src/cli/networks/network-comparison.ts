/**
 * Several networks side by side. What is measured is what `run EXPERIMENT --network FILE` measures, cell by cell and out of the same
 * store; here its rows are summed up, network by network, as a table, as CSV and as a page.
 */
import { existsSync, readdirSync, rmdirSync } from "node:fs";
import path from "node:path";
import { writeReportIndex } from "../../archive";
import {
  alignedLines,
  exitStatus,
  hashOf,
  listed,
  nearestName,
  plural,
  relative,
  type Terminal,
  terminal,
  UsageError,
  writeFileAtomically,
} from "../../base";
import { type CustomNetworkPlan, identityOf, readingOnce } from "../../custom-network";
import { defaultScale, type FoundExperiment, findExperiments, type Row, type Setting } from "../../experiment";
import { blockParameters, multiplyAccumulates, parameterCounts } from "../../networks";
import {
  type Column,
  type CsvRow,
  ensurePlotlyAsset,
  html,
  intervalSeries,
  linesOverSeeds,
  type PageTable,
  renderPlainPage,
  type SeriesFigure,
  writeColumns,
  writeCsv,
} from "../../report";
import { movableBlocks } from "../../routes";
import {
  estimatesOf,
  estimateText,
  type FoundData,
  lookUpData,
  type PreparedRun,
  planRun,
  prepareRun,
  rowsOf,
  surroundings,
  totalOf,
} from "../../run";
import { type Interval, intervalNumbers, mean, meanInterval, median, quantity, sum } from "../../statistics";
import { makeFolders } from "../../store";
import { experimentsFolder } from "../options";
import { dryRunJson, handAllIn, handleJobs, launchedOptions, measureAndJudge } from "../run-experiment";
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

const experimentNames = ["block-deletion", "block-reordering", "ode-learning"] as const;
type ExperimentName = (typeof experimentNames)[number];

/** A network with its runs. */
interface ComparedNetwork {
  /** Its file's name, with the folders where two have the same. */
  readonly label: string;
  readonly plan: CustomNetworkPlan;
  readonly runs: Readonly<Partial<Record<ExperimentName, PreparedRun>>>;
  /** Why an experiment does not take it. */
  readonly lacking: Readonly<Partial<Record<ExperimentName, string>>>;
}

type MeasuredRow = Setting & Row;
type Rows = Readonly<Record<ExperimentName, readonly MeasuredRow[]>>;

/** A network as it was found. */
interface Standing {
  readonly network: ComparedNetwork;
  /** Of its cells alone; none where an experiment does not take it, or its cells failed. */
  readonly rows: Rows;
  /** By the names of the measures; null where nothing tells it. */
  readonly measured: Readonly<Record<string, Interval | null>>;
  /** Its blocks that were deleted, in their order. */
  readonly blocks: readonly DeletedBlock[];
  readonly images: number | null;
  readonly seeds: number;
}

interface DeletedBlock {
  readonly name: string;
  /** From the input, the first being 1. */
  readonly place: number;
  readonly keepsShape: boolean;
  readonly parameters: number;
  readonly error: Interval;
  readonly rise: Interval;
}

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
    const rows: Record<ExperimentName, readonly MeasuredRow[]> = {
      ...{ "block-deletion": [], "block-reordering": [], "ode-learning": [] },
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

function runsIn({ runs }: ComparedNetwork): PreparedRun[] {
  return experimentNames.flatMap((name) => runs[name] ?? []);
}

/** Plans every run of every network, each file being read once. */
async function planAll(asked: NetworksAsked, screen: Terminal): Promise<ComparedNetwork[]> {
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
function plannedLines(networks: readonly ComparedNetwork[]): string[] {
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

/** What is told of a network, in numbers. */
interface Measure {
  /** Of the column. */
  readonly name: string;
  /** Of the line in the table. */
  readonly label: string;
  readonly unit: string;
  readonly description: string;
  /** The value of one seed; null where its rows do not tell. */
  of(rows: Rows, network: ComparedNetwork): number | null;
}

/** Rise (points) that counts as harmless, and that counts as the end of what random blocks can go. */
const [harmless, bearable] = [1, 10];

const measures: readonly Measure[] = [
  {
    name: "error_percent",
    label: "test error, intact",
    unit: "%",
    description: "top-1 test error of the intact network",
    of: ({ "block-deletion": rows }) => valuesOf(rows, { measurement: "intact" }, "error_percent")[0] ?? null,
  },
  {
    name: "deleted_median_rise_points",
    label: "one block deleted: median rise",
    unit: "points",
    description: "median over the blocks that keep their shape of the rise of the test error without one",
    of: (rows) => ifAny(singleRises(rows), median),
  },
  {
    name: "deleted_worst_rise_points",
    label: "one block deleted: worst rise",
    unit: "points",
    description: "largest of these rises",
    of: (rows) => ifAny(singleRises(rows), (rises) => Math.max(...rises)),
  },
  {
    name: "harmless_blocks_percent",
    label: `blocks whose loss costs at most ${harmless} point`,
    unit: "% of the blocks that keep their shape",
    description: `share of the blocks that keep their shape whose deletion costs at most ${harmless} point, each alone`,
    of: (rows) =>
      ifAny(singleRises(rows), (rises) => (100 * rises.filter((rise) => rise <= harmless).length) / rises.length),
  },
  {
    name: "harmless_parameters_percent",
    label: "parameters in these blocks",
    unit: "% of the network's parameters",
    description: "share of the network's parameters that these blocks hold",
    of({ "block-deletion": rows }, { plan: { architecture } }) {
      const names = where(rows, { measurement: "one deleted", keeps_shape: true })
        .filter(({ rise_points }) => Number(rise_points) <= harmless)
        .map(({ block }) => block);
      if (rows.length === 0) return null;
      const own = blockParameters(architecture).filter((_, i) => names.includes(architecture.blocks[i]!.name));
      return (100 * sum(own)) / parameterCounts(architecture).trainable;
    },
  },
  {
    name: "half_deleted_rise_points",
    label: "half of the blocks deleted: rise",
    unit: "points",
    description: "rise of the test error without a random half of the blocks, mean over random sets of them",
    of: (rows) => curveOf(rows).find(({ deleted, most }) => deleted === Math.round(most / 2))?.rise ?? null,
  },
  {
    name: "bearable_blocks_percent",
    label: `random blocks that can go for ${bearable} points`,
    unit: "% of the blocks",
    description: `largest share of the blocks up to which random sets cost at most ${bearable} points on average`,
    of(rows) {
      const curve = curveOf(rows);
      if (curve.length === 0) return null;
      const end = curve.findIndex(({ rise }) => rise > bearable);
      const last = curve[(end === -1 ? curve.length : end) - 1];
      return last === undefined ? 0 : (100 * last.deleted) / last.most;
    },
  },
  {
    name: "order_median_rise_points",
    label: "blocks in another order: median rise",
    unit: "points",
    description: "median over permutations within stages, evenly over their inversions, of the rise of the test error",
    of: (rows) => ifAny(orderRises(rows), median),
  },
  {
    name: "order_worst_rise_points",
    label: "blocks in another order: worst rise",
    unit: "points",
    description: "largest of these rises",
    of: (rows) => ifAny(orderRises(rows), (rises) => Math.max(...rises)),
  },
  ...([0.5, 2] as const).map(
    (factor): Measure => ({
      name: factor < 1 ? "half_step_rise_points" : "double_step_rise_points",
      label: `branches times ${factor}: rise`,
      unit: "points",
      description: `rise of the test error where every residual branch counts ${factor} times, another step size`,
      of({ "ode-learning": rows }) {
        const [trained] = valuesOf(rows, { measurement: "as trained" }, "error_percent");
        const [scaled] = valuesOf(rows, { measurement: "step size", step_factor: factor }, "error_percent");
        return trained === undefined || scaled === undefined ? null : scaled - trained;
      },
    }),
  ),
];

function where(rows: readonly MeasuredRow[], match: Readonly<Record<string, unknown>>): MeasuredRow[] {
  return rows.filter((row) => Object.entries(match).every(([name, value]) => row[name] === value));
}

function valuesOf(rows: readonly MeasuredRow[], match: Readonly<Record<string, unknown>>, column: string): number[] {
  return where(rows, match).flatMap(({ [column]: value }) => (typeof value === "number" ? [value] : []));
}

function ifAny(values: readonly number[], aggregate: (values: readonly number[]) => number): number | null {
  return values.length === 0 ? null : aggregate(values);
}

function singleRises({ "block-deletion": rows }: Rows): number[] {
  return valuesOf(rows, { measurement: "one deleted", keeps_shape: true }, "rise_points");
}

/** Of every order but the network's own. */
function orderRises({ "block-reordering": rows }: Rows): number[] {
  return valuesOf(
    rows.filter(({ inversions }) => Number(inversions) > 0),
    {},
    "rise_points",
  );
}

/** Mean rise by the number of deleted blocks, from one on; `most` are all of them. */
function curveOf({ "block-deletion": rows }: Rows) {
  const several = where(rows, { measurement: "several deleted" });
  const most = Math.max(0, ...several.map(({ deleted_blocks }) => Number(deleted_blocks)));
  return Array.from({ length: most }, (_, i) => i + 1).map((deleted) => ({
    ...{ deleted, most },
    rise: mean(valuesOf(several, { deleted_blocks: deleted }, "rise_points")),
  }));
}

/** Sums up what was measured of a network: each seed's own value, then their mean with its interval. */
function standingOf(network: ComparedNetwork, rows: Rows): Standing {
  const { architecture } = network.plan;
  const seeds = [...new Set(Object.values(rows).flatMap((own) => own.map(({ seed }) => seed)))];
  const ofSeed = (seed: number): Rows => ({
    "block-deletion": rows["block-deletion"].filter((row) => row.seed === seed),
    "block-reordering": rows["block-reordering"].filter((row) => row.seed === seed),
    "ode-learning": rows["ode-learning"].filter((row) => row.seed === seed),
  });
  const measured = measures.map(({ name, of }) => {
    const values = seeds.flatMap((seed) => of(ofSeed(seed), network) ?? []);
    return [name, values.length === 0 ? null : meanInterval(values)] as const;
  });
  const parameters = blockParameters(architecture);
  const blocks = architecture.blocks.flatMap(({ name }, i): DeletedBlock[] => {
    const own = where(rows["block-deletion"], { measurement: "one deleted", block: name });
    if (own.length === 0) return [];
    return [
      {
        ...{ name, place: i + 1, keepsShape: own[0]!.keeps_shape === true, parameters: parameters[i]! },
        error: meanInterval(valuesOf(own, {}, "error_percent")),
        rise: meanInterval(valuesOf(own, {}, "rise_points")),
      },
    ];
  });
  const [images = null] = valuesOf(rows["block-deletion"], { measurement: "intact" }, "images");
  return { network, rows, measured: Object.fromEntries(measured), blocks, images, seeds: seeds.length };
}

/** What a network is, before anything is measured. */
function sizesOf({ plan: { architecture } }: ComparedNetwork) {
  return {
    parameters: parameterCounts(architecture).trainable,
    multiply_accumulates: multiplyAccumulates(architecture),
    blocks: architecture.blocks.length,
  };
}

/** The first rows of both tables: a column for each network. */
function sizeRows<Cell>(standings: readonly Standing[], cell: (value: number) => Cell): [string, ...Cell[]][] {
  const sizes = standings.map(({ network }) => sizesOf(network));
  return [
    ["parameters", ...sizes.map(({ parameters }) => cell(parameters))],
    ["multiply-accumulates", ...sizes.map((one) => cell(one.multiply_accumulates))],
    ["blocks", ...sizes.map(({ blocks }) => cell(blocks))],
  ];
}

/** The comparison for a terminal: a line for each measure, a column for each network. */
function tableLines(standings: readonly Standing[]): string[] {
  const rows = [
    ["", ...standings.map(({ network }) => network.label)],
    ...sizeRows(standings, (value) => value.toLocaleString("en-US")),
    ...measures.map(({ name, label, unit }) => [
      `${label} (${unit.split(" ")[0]})`,
      ...standings.map(({ measured }) => (measured[name] ? quantity(measured[name].estimate) : "–")),
    ]),
    ["worst block", ...standings.map(({ blocks }) => worstOf(blocks)?.name ?? "–")],
  ];
  return alignedLines(
    rows,
    standings.map((_, i) => i + 1),
  );
}

function worstOf(blocks: readonly DeletedBlock[]): DeletedBlock | undefined {
  return blocks
    .filter(({ keepsShape }) => keepsShape)
    .reduce<DeletedBlock | undefined>(
      (worst, each) => (worst === undefined || each.rise.estimate > worst.rise.estimate ? each : worst),
      undefined,
    );
}

/** What has no value, and why; how finely errors are told. */
function notesOf(standings: readonly Standing[]): string[] {
  const images = [...new Set(standings.flatMap((one) => one.images ?? []))];
  return [
    ...standings.flatMap(({ network: { lacking } }) =>
      experimentNames.flatMap((name) =>
        lacking[name] === undefined ? [] : [`Left out of ${name}: ${lacking[name]}.`],
      ),
    ),
    ...standings.flatMap(({ network: { label, plan }, measured: { error_percent: error } }) => {
      const halfOfChance = 50 * (1 - 1 / plan.architecture.classes);
      if (!error || error.estimate < halfOfChance) return [];
      return [
        `${label} errs on ${quantity(error.estimate)} % of the images: what a network loses tells little where it knows so little.`,
      ];
    }),
    ...images.map((count) => `Of ${plural(count, "test image")} one is ${quantity(100 / count)} points of error.`),
  ];
}

const columns: readonly Column[] = [
  { name: "network", type: "string", unit: "", description: "its file" },
  {
    name: "seeds",
    type: "integer",
    unit: "",
    description: "networks that the values are means over; 1 for given weights",
  },
  { name: "images", type: "integer", unit: "", description: "test images of the intact error and of single deletions" },
  { name: "parameters", type: "integer", unit: "", description: "trainable parameters; of an ONNX file all" },
  { name: "multiply_accumulates", type: "integer", unit: "", description: "of one image" },
  { name: "blocks", type: "integer", unit: "", description: "blocks, those that change the shape included" },
  ...measures.map(({ name, unit, description }): Column => ({ name, type: "number", unit, description })),
  {
    name: "worst_block",
    type: "string",
    unit: "",
    description: "block that keeps its shape whose deletion costs most",
  },
];

function csvRow({ network, measured, blocks, images, seeds }: Standing): CsvRow {
  return {
    ...{ network: network.label, seeds, images, ...sizesOf(network) },
    ...Object.fromEntries(measures.map(({ name }) => [name, measured[name]?.estimate ?? null])),
    worst_block: worstOf(blocks)?.name ?? null,
  };
}

const blockColumns: readonly Column[] = [
  { name: "network", type: "string", unit: "", description: "its file" },
  { name: "block", type: "string", unit: "", description: "deleted block" },
  { name: "place", type: "integer", unit: "", description: "place of the block, the first being 1" },
  { name: "keeps_shape", type: "boolean", unit: "", description: "whether its output has its input's shape" },
  {
    name: "parameters",
    type: "integer",
    unit: "",
    description: "trainable parameters of the block; of an ONNX file all",
  },
  { name: "error_percent", type: "number", unit: "%", description: "top-1 test error without it, mean over seeds" },
  { name: "rise_points", type: "number", unit: "points", description: "rise of the test error, mean over seeds" },
];

/** @returns paths of what was written */
async function writeComparison(standings: readonly Standing[], options: NetworksAsked["options"]) {
  const scale = options.scale === defaultScale ? "" : `-${options.scale}`;
  const key = hashOf(standings.map(({ network }) => runsIn(network).map(({ plan }) => plan.name))).slice(0, 6);
  const name = `compare-networks${scale}-${key}`;
  const folder = path.join(options.results, name);
  const files = {
    table: path.join(folder, "networks.csv"),
    blocks: path.join(folder, "blocks.csv"),
    page: path.join(options.reports, `${name}.html`),
  };
  const names = (all: readonly Column[]) => all.map((column) => column.name);
  await writeCsv(files.table, standings.map(csvRow), names(columns));
  const blocks = standings.flatMap(({ network, blocks: own }) =>
    own.map(({ name: block, place, keepsShape: keeps_shape, parameters, error, rise }) => ({
      ...{ network: network.label, block, place, keeps_shape, parameters },
      ...{ error_percent: error.estimate, rise_points: rise.estimate },
    })),
  );
  await writeCsv(files.blocks, blocks, names(blockColumns));
  await writeColumns(path.join(folder, "columns.json"), { "networks.csv": columns, "blocks.csv": blockColumns });
  await ensurePlotlyAsset(options.reports);
  writeFileAtomically(files.page, pageOf(name, standings, options));
  return files;
}

function pageOf(name: string, standings: readonly Standing[], options: NetworksAsked["options"]): string {
  const labels = standings.map(({ network }) => network.label);
  const { data } = standings[0]!.network.runs["block-deletion"]!.plan;
  const { code, machine } = surroundings();
  return renderPlainPage({
    name,
    title: `How ${labels.length} networks stand being cut`,
    question: `What do ${listed(labels)} lose when blocks are deleted, run in another order or count more or less?`,
    command: options.command,
    date: new Date().toISOString(),
    tables: [networkTable(standings, options), blockTable(standings)],
    figures: figuresOf(standings),
    notes: notesOf(standings),
    provenance: {
      networks: Object.fromEntries(
        standings.map(({ network: { label, plan, runs } }) => [
          label,
          {
            sha256: plan.files[0]!.fileChecksum,
            weights: plan.isGiven ? "given" : "trained here",
            runs: Object.values(runs).map((run) => run.plan.name),
          },
        ]),
      ),
      scale: options.scale,
      data: data === null ? null : { name: data.name, checksum: data.checksum, origin: data.origin },
      code: { ...code },
      machine: { ...machine },
    },
  });
}

/** As in the terminal: a row for each measure, a column for each network. */
function networkTable(standings: readonly Standing[], { reports }: NetworksAsked["options"]): PageTable {
  const whole = (value: number) => ({ text: value.toLocaleString("en-US"), sort: value });
  return {
    id: "table-networks",
    caption: "The networks, and what each loses",
    headings: ["", ...standings.map(({ network }) => network.label)],
    rows: [
      ["seeds", ...standings.map(({ seeds }) => whole(seeds))],
      ...sizeRows(standings, whole),
      ...measures.map(({ name, label, unit }) => [
        `${label} (${unit})`,
        ...standings.map(({ measured }) => {
          const value = measured[name];
          return value ? { text: intervalNumbers(value), sort: value.estimate } : { text: "–" };
        }),
      ]),
      ["worst block", ...standings.map(({ blocks }) => worstOf(blocks)?.name ?? "–")],
      ["reports", ...standings.map(({ network }) => reportsOf(network, reports))],
    ],
  };
}

/** Links to the pages of a network's runs; a run that trains networks leaves none. */
function reportsOf(network: ComparedNetwork, reports: string) {
  const pages = runsIn(network).filter(({ plan }) => existsSync(plan.folders.reportFile));
  const links = pages.map(({ plan }) => {
    const href = path.relative(reports, plan.folders.reportFile).split(path.sep).join("/");
    return html`<a href="${href}">${plan.definition.name}</a> `;
  });
  return { text: pages.map(({ plan }) => plan.name).join(", "), shown: html`${links}` };
}

function blockTable(standings: readonly Standing[]): PageTable {
  return {
    id: "table-blocks",
    caption: "Every block that was deleted: the cheapest first",
    headings: ["block", "network", "place", "parameters", "rise without it (points)", "error without it (%)", "shape"],
    rows: standings
      .flatMap(({ network, blocks }) => blocks.map((block) => ({ network, block })))
      .sort((one, other) => one.block.rise.estimate - other.block.rise.estimate)
      .map(({ network, block: { name, place, parameters, rise, error, keepsShape } }) => [
        ...[name, network.label, place, parameters],
        { text: intervalNumbers(rise), sort: rise.estimate },
        { text: intervalNumbers(error), sort: error.estimate },
        keepsShape ? "kept" : "changed",
      ]),
  };
}

/** What is drawn; a figure that no network has values for is left out. */
function figuresOf(standings: readonly Standing[]): SeriesFigure[] {
  const yAxis = { label: "test error (%)", range: [0, 100] as const };
  const series = (
    rows: (standing: Standing) => readonly MeasuredRow[],
    x: (row: MeasuredRow, of: Standing) => number,
  ) =>
    standings.flatMap((standing) => {
      const own = rows(standing).filter((row) => typeof row.error_percent === "number");
      if (own.length === 0) return [];
      return [
        intervalSeries({
          name: standing.network.label,
          kind: "line",
          rows: own,
          x: (row) => x(row, standing),
          y: ({ error_percent }) => Number(error_percent),
          note: ({ keeps_shape }) => (keeps_shape === false ? "changes the shape: its shortcut remains" : undefined),
        }),
      ];
    });
  const places = ({ network }: Standing) =>
    new Map(network.plan.architecture.blocks.map(({ name }, i, { length }) => [name, (100 * (i + 1)) / length]));
  const most = ({ rows }: Standing) => Math.max(...rows["block-deletion"].map((row) => Number(row.deleted_blocks)));
  const said = standings.some(({ seeds }) => seeds > 1) ? ` ${linesOverSeeds}` : "";
  const figures: SeriesFigure[] = [
    {
      id: "error-by-deleted-block",
      title: "Test error with one block deleted, from the input to the output",
      caption: `Hollow marks are blocks that change the shape, of which the shortcut remains.${said}`,
      xAxis: { label: "place of the deleted block (% of the blocks)" },
      yAxis,
      series: series(
        ({ rows }) => where(rows["block-deletion"], { measurement: "one deleted" }),
        ({ block }, standing) => places(standing).get(String(block)) ?? Number.NaN,
      ),
    },
    {
      id: "error-by-share-deleted",
      title: "Test error with random blocks deleted",
      caption: `Means over random sets of blocks; at 0 nothing is deleted.${said}`,
      xAxis: { label: "deleted blocks (% of those that can be)" },
      yAxis,
      series: series(
        ({ rows }) => where(rows["block-deletion"], { measurement: "several deleted" }),
        ({ deleted_blocks }, standing) => (100 * Number(deleted_blocks)) / most(standing),
      ),
    },
    {
      id: "error-by-tau",
      title: "Test error with the blocks in another order",
      caption: `At 1 the blocks run in the network's own order; to the left they are exchanged within stages.${said}`,
      xAxis: { label: "Kendall's tau of the new order and the network's own" },
      yAxis,
      series: series(
        ({ rows }) => [...rows["block-reordering"]].sort((one, other) => Number(one.tau) - Number(other.tau)),
        ({ tau }) => Number(tau),
      ),
    },
    {
      id: "error-by-step-size",
      title: "Test error where every residual branch counts more, or less",
      caption: `At 1 the network is as it was trained; the branches of all blocks are multiplied by one factor.${said}`,
      xAxis: { label: "factor of the branches", scale: "log" },
      yAxis,
      series: series(
        ({ rows }) =>
          rows["ode-learning"]
            .filter(({ measurement }) => measurement === "as trained" || measurement === "step size")
            .sort((one, other) => Number(one.step_factor) - Number(other.step_factor)),
        ({ step_factor }) => Number(step_factor),
      ),
    },
  ];
  return figures.filter(({ series: drawn }) => drawn.length > 0);
}
