/**
 * How many paths a residual network has, and how long they are.
 *
 * In small residual networks with linear branches every path is run on its own; the outputs of all are summed and set
 * against the network's, whole and with each block deleted in turn. Through the 54 blocks of the published network paths
 * are counted by length, and drawn by a fair coin for each block. Nothing is trained.
 *
 * Source: Veit, Wilber & Belongie 2016, arXiv:1605.06431, sec. 3 to 5. Claims E5, E6.
 */
import { setImmediate } from "node:timers/promises";
import { atLeast, atMost, exactly, judge, pathLengthsAreBinomial, pathsDouble } from "../src/claims";
import {
  type CellRun,
  count,
  experiment,
  type ParameterValues,
  type Row,
  type Setting,
  seeds,
} from "../src/experiment";
import {
  type Architecture,
  buildByName,
  buildLinearResNet,
  createNetwork,
  disposeNetwork,
  type Network,
} from "../src/networks";
import { randomStream } from "../src/random";
import { type Figure, intervalSeries, type Series } from "../src/report";
import { pathCounts, pathLength, samplePath, sumOfPaths } from "../src/routes";
import { binomialProbabilities, bootstrapInterval, bySeed, goodnessOfFit, perSeed, quantity } from "../src/statistics";

const parameters = {
  seeds: seeds({ smoke: 2, quick: 5, paper: 5 }),
  mostBlocks: count(
    "blocks of the largest network whose paths are all run",
    { smoke: 6, quick: 12, paper: 12 },
    { maximum: 12 },
  ),
  width: count("filters of these networks", { smoke: 4, quick: 8, paper: 16 }),
  sampledPaths: count("paths drawn through 54 blocks", { smoke: 1000, quick: 10_000, paper: 100_000 }),
};

/** The network of the source: 54 blocks, of which claim E6 speaks. */
const published: Architecture = buildByName("preactivation-resnet110", { inputShape: [32, 32, 3], classes: 10 });
/** Side and number of the small networks' images. */
const [side, imageCount] = [6, 4];

type Parameters = ParameterValues<typeof parameters>;

interface Measured extends Row {
  /** "sum of paths" or "length of paths". */
  readonly measurement: string;
  readonly network: string;
  readonly blocks: number;
  /** From 1 at the input; null where none is deleted. */
  readonly deleted_block: number | null;
  readonly path_length: number | null;
  readonly paths: number;
  readonly drawn_paths: number | null;
  readonly relative_difference: number | null;
}

type Result = Setting & Measured;

export default experiment({
  name: "path-counts",
  title: "Number and length of the paths through residual networks",
  question: "How many paths lead through a residual network, do they add up to it, and how long are they?",
  source:
    "Veit, Wilber & Belongie 2016, Residual networks behave like ensembles of relatively shallow networks, sec. 3 to 5",
  claims: [pathsDouble, pathLengthsAreBinomial],
  datasets: [],
  parameters,
  columns: {
    seed: "seed of weights, images and drawn paths",
    measurement: "sum of paths, or length of paths",
    network: "name of the architecture, with its depth in layers",
    blocks: "number of its residual blocks",
    deleted_block: "the deleted block, from 1 at the input, where one is",
    path_length: "residual branches on a path, where paths are counted by it",
    paths: "paths of that length, exactly; where paths are summed, those whose output is not zero",
    drawn_paths: "drawn paths that have that length",
    relative_difference: "largest difference of the sum over paths and the network's output, over the largest output",
  },

  cells: ({ seeds: seedNumbers }: Parameters): Setting[] => seedNumbers.map((seed) => ({ seed })),

  work: (_, { mostBlocks }) => mostBlocks * 2 ** (mostBlocks + 1) * 6e6, // starting a kernel costs more than it computes

  async measure({ seed }, params, run) {
    const rows = lengthRows(seed, params);
    for (let blocks = 1; blocks <= params.mostBlocks; blocks++) {
      const { width } = params;
      const architecture = buildLinearResNet({ blocks, inputShape: [side, side, 3], classes: 10, width });
      const network = createNetwork(architecture, seed);
      try {
        rows.push(...(await sumRows(network, seed, run)));
      } finally {
        disposeNetwork(network);
      }
      run.progress({ phase: "summing over paths", done: 2 ** blocks, total: 2 ** params.mostBlocks });
    }
    return rows;
  },

  verdicts(rows) {
    const sums = of(rows, "sum of paths");
    const miscounted = sums.filter(({ blocks, deleted_block, paths }) => {
      return paths !== 2 ** (deleted_block === null ? blocks : blocks - 1);
    });
    const difference = bootstrapInterval(perSeed(sums, relativeDifference, largest));
    const e5 = judge(pathsDouble, difference, [
      atMost("largest relative difference of sum and output", largest(sums.map(relativeDifference)), 1e-5, ""),
      exactly("networks with other than 2^N paths", whole(miscounted).length, 0, ""),
      exactly("deletions that leave other than 2^(N - 1) paths", lesioned(miscounted).length, 0, ""),
    ]);

    const lengths = [...bySeed(of(rows, "length of paths")).values()];
    const between = bootstrapInterval(lengths.map((own) => sharePercent(own, 19, 35)));
    const e6 = judge(pathLengthsAreBinomial, between, [
      atLeast("p of the fit of the drawn lengths", fitOfLengths(lengths), 0.01, ""),
      atLeast("share of paths 19 to 35 blocks long", between.estimate, 95, "%"),
    ]);
    return [e5, e6];
  },

  figures: (rows, params) => [pathsByBlocks(rows), differenceByBlocks(rows), pathsByLength(rows, params)],

  departures: () => [
    "Paths are run and summed in networks whose branches are single convolutions, without normalisation or activation; " +
      "the source unrolls the sum on paper. With ReLUs in the branches a path depends on the others, and their outputs " +
      "do not add up.",
    "A deletion is measured by zeros in a branch's weights, and its outputs by the route that skips the branch.",
  ],
});

/** One network, whole and with each block deleted: all paths run and summed. */
async function sumRows(network: Network, seed: number, run: CellRun): Promise<Measured[]> {
  const { architecture } = network;
  const stream = randomStream(seed, "pictures", architecture.name);
  const images = Float32Array.from({ length: imageCount * side * side * 3 }, () => stream.normal());
  const rows: Measured[] = [];
  for (const deleted of [null, ...architecture.blocks.keys()]) {
    const { paths, relativeDifference: relative_difference } = sumOfPaths(network, images, deleted);
    rows.push({
      measurement: "sum of paths",
      network: architecture.name,
      blocks: architecture.blocks.length,
      deleted_block: deleted === null ? null : deleted + 1,
      path_length: null,
      paths,
      drawn_paths: null,
      relative_difference,
    });
    await setImmediate(); // lets messages and signals in: the kernels block this thread
    run.signal.throwIfAborted();
  }
  return rows;
}

/** Paths through the published network by length: counted, and drawn. */
function lengthRows(seed: number, { sampledPaths }: Parameters): Measured[] {
  const counts = pathCounts(published);
  const drawn = counts.map(() => 0);
  const stream = randomStream(seed, "paths");
  for (let path = 0; path < sampledPaths; path++) drawn[pathLength(samplePath(published, stream))]! += 1;
  return counts.map((paths, path_length) => ({
    measurement: "length of paths",
    network: published.name,
    blocks: published.blocks.length,
    deleted_block: null,
    path_length,
    paths: Number(paths), // below 2^53, so exact
    drawn_paths: drawn[path_length]!,
    relative_difference: null,
  }));
}

function of(rows: readonly Result[], measurement: string): Result[] {
  return rows.filter((row) => row.measurement === measurement);
}

function whole(rows: readonly Result[]): Result[] {
  return rows.filter(({ deleted_block }) => deleted_block === null);
}

function lesioned(rows: readonly Result[]): Result[] {
  return rows.filter(({ deleted_block }) => deleted_block !== null);
}

function relativeDifference({ relative_difference }: Result): number {
  return relative_difference!;
}

function largest(values: readonly number[]): number {
  return Math.max(...values);
}

/** Share (%) of all paths that are `from` to `to` blocks long, by one seed's counts. */
function sharePercent(own: readonly Result[], from: number, to: number): number {
  const total = (some: readonly Result[]) => some.reduce((sum, { paths }) => sum + paths, 0);
  return (100 * total(own.filter(({ path_length }) => path_length! >= from && path_length! <= to))) / total(own);
}

/** Probability of lengths as far from the binomial distribution as those drawn with all seeds, if they follow it. */
function fitOfLengths(lengths: readonly (readonly Result[])[]): number {
  const expected = binomialProbabilities(lengths[0]!.length - 1, 0.5);
  const drawn = expected.map((_, length) => lengths.reduce((sum, own) => sum + own[length]!.drawn_paths!, 0));
  return goodnessOfFit(drawn, expected).pValue;
}

const blocksAxis = { label: "number of blocks", integers: true };

function pathsByBlocks(rows: readonly Result[]): Figure {
  return {
    id: "paths-by-blocks",
    claims: [pathsDouble.id],
    title: "Number of paths by number of blocks: each block doubles them",
    caption:
      "Paths whose output is not zero, of all that are run one by one: in the whole network, and, mean over its blocks, after " +
      "the deletion of one. As a count that is half of them, whichever block it is; how much of the gradient goes with them " +
      "is another question.",
    xAxis: blocksAxis,
    yAxis: { label: "paths", scale: "log" },
    series: wholeAndLesioned(rows, ({ paths }) => paths),
  };
}

function differenceByBlocks(rows: readonly Result[]): Figure {
  return {
    id: "difference-by-blocks",
    claims: [pathsDouble.id],
    title: "The outputs of all paths add up to the network's",
    caption:
      "Difference of the sum over all paths, in double precision, and the output, relative to the largest output. Single " +
      "precision resolves about 1e-7. Lines are means over seeds, bands 95 % bootstrap intervals.",
    xAxis: blocksAxis,
    yAxis: { label: "relative difference", scale: "log" },
    series: wholeAndLesioned(rows, relativeDifference),
    references: [{ y: 1e-5, label: "rule of E5" }],
  };
}

function wholeAndLesioned(rows: readonly Result[], y: (row: Result) => number): Series[] {
  const sums = of(rows, "sum of paths");
  return [
    { name: "whole network", rows: whole(sums) },
    { name: "one block deleted", rows: lesioned(sums) },
  ].map((series) => intervalSeries({ ...series, kind: "line", x: ({ blocks }) => blocks, y }));
}

function pathsByLength(rows: readonly Result[], { sampledPaths }: Parameters): Figure {
  const lengths = of(rows, "length of paths");
  const [first] = bySeed(lengths).values();
  const share = (from: number, to: number) => quantity(sharePercent(first!, from, to), "%");
  return {
    id: "paths-by-length",
    claims: [pathLengthsAreBinomial.id],
    title: `Lengths of the paths through ${published.blocks.length} blocks`,
    caption:
      `Share of all paths that have each length: counted exactly, and of ${sampledPaths.toLocaleString("en")} drawn paths a ` +
      "seed (marks are means over seeds, whiskers 95 % bootstrap intervals). The source says that more than 95 % of the " +
      `paths are 19 to 35 blocks long: ${share(19, 35)} are. That is looser than need be: ${share(20, 34)} are 20 to 34 ` +
      "long already.",
    xAxis: { label: "length of the path (residual branches)", integers: true },
    yAxis: { label: "share of the paths (%)" },
    series: [
      {
        name: "all paths",
        kind: "line",
        points: first!.map(({ path_length: k }) => ({ x: k!, y: sharePercent(first!, k!, k!) })),
      },
      intervalSeries({
        name: "drawn paths",
        kind: "points",
        rows: lengths,
        x: ({ path_length }) => path_length!,
        y: ({ drawn_paths }) => (100 * drawn_paths!) / sampledPaths,
      }),
    ],
  };
}
