/** What the rows of a network's runs say of it, summed up: the measures that networks are compared by, and its blocks one by one. */
import { plural } from "../../base";
import { blockParameters, multiplyAccumulates, parameterCounts } from "../../networks";
import { type Interval, mean, meanInterval, median, quantity, sum } from "../../statistics";
import { type ComparedNetwork, experimentNames, type MeasuredRow, type Rows } from "./network-runs";

/** A network as it was found. */
export interface Standing {
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

export interface DeletedBlock {
  readonly name: string;
  /** From the input, the first being 1. */
  readonly place: number;
  readonly keepsShape: boolean;
  readonly parameters: number;
  readonly error: Interval;
  readonly rise: Interval;
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

export const measures: readonly Measure[] = [
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

export function where(rows: readonly MeasuredRow[], match: Readonly<Record<string, unknown>>): MeasuredRow[] {
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
export function standingOf(network: ComparedNetwork, rows: Rows): Standing {
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
export function sizesOf({ plan: { architecture } }: ComparedNetwork) {
  return {
    parameters: parameterCounts(architecture).trainable,
    multiply_accumulates: multiplyAccumulates(architecture),
    blocks: architecture.blocks.length,
  };
}

export function worstOf(blocks: readonly DeletedBlock[]): DeletedBlock | undefined {
  return blocks
    .filter(({ keepsShape }) => keepsShape)
    .reduce<DeletedBlock | undefined>(
      (worst, each) => (worst === undefined || each.rise.estimate > worst.rise.estimate ? each : worst),
      undefined,
    );
}

/** What has no value, and why; how finely errors are told. */
export function notesOf(standings: readonly Standing[]): string[] {
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
