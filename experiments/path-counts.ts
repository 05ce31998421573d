/**
 * How many paths a residual network has, and how long they are.
 *
 * In small residual networks with linear branches every path is run on its own; the outputs of all are summed and set
 * against the network's, intact and with each block deleted in turn. Through the 54 blocks of the published network paths
 * are counted by length, and sampled by a fair coin for each block. Nothing is trained.
 *
 * Source: Veit, Wilber & Belongie 2016, arXiv:1605.06431, sec. 3 to 5. Claims E5, E6.
 */
import { count, experiment, judge, meanWithEnds, type Rows, seeds } from "../src/experiment";
import { type Architecture, buildByName, buildLinearResNet, createNetwork, disposeNetwork } from "../src/networks";
import { pathCounts, pathLength, samplePath } from "../src/routes";
import { binomialProbabilities, DegenerateSample, goodnessOfFit, largest, quantity, sum } from "../src/statistics";
import { columns, isIntact, isLesioned, type Row, sharePercent } from "./path-counts/rows";
import { sumOfPaths } from "./path-counts/sum-of-paths";

/** The network of the source: 54 blocks, of which claim E6 speaks. */
const published: Architecture = buildByName("preactivation-resnet110", { inputShape: [32, 32, 3], classes: 10 });
/** Side and number of the small networks' images. */
const [side, imageCount] = [6, 4];
/** Largest relative difference that is rounding; single precision resolves about 1e-7. */
const rounding = 1e-5;

export default experiment("path-counts", {
  title: "Number and length of the paths through residual networks",
  question: "How many paths lead through a residual network, do they add up to it, and how long are they?",
  source:
    "Veit, Wilber & Belongie 2016, Residual networks behave like ensembles of relatively shallow networks, sec. 3 to 5",
  datasets: [],
  parameters: {
    seeds: seeds({ smoke: 2, quick: 5, paper: 5 }),
    mostBlocks: count(
      "blocks of the largest network whose paths are all run",
      { smoke: 6, quick: 12, paper: 12 },
      { maximum: 12 },
    ),
    width: count("filters of these networks", { smoke: 4, quick: 8, paper: 16 }),
    sampledPaths: count("paths sampled through 54 blocks", { smoke: 1000, quick: 10_000, paper: 100_000 }),
  },
  columns,
  firstLook: { median: "paths", by: ["blocks", "path_length"], where: { measurement: "length of paths" } },
  cells: ({ seeds: numbers }) => numbers.map((seed) => ({ seed })),

  async measure(run, { seed }, { mostBlocks, width, sampledPaths }) {
    const counts = pathCounts(published);
    const sampled = counts.map(() => 0);
    const stream = run.random("paths");
    for (let path = 0; path < sampledPaths; path++) sampled[pathLength(samplePath(published, stream))]! += 1;
    const lengths = counts.map((paths, path_length) => ({
      measurement: "length of paths" as const,
      network: published.name,
      blocks: published.blocks.length,
      path_length,
      paths: Number(paths), // below 2^53, so exact
      sampled_paths: sampled[path_length]!,
    }));

    const sums = [];
    for (let blocks = 1; blocks <= mostBlocks; blocks++) {
      const architecture = buildLinearResNet({ blocks, inputShape: [side, side, 3], classes: 10, width });
      const normal = run.random("pictures", architecture.name);
      const images = Float32Array.from({ length: imageCount * side * side * 3 }, () => normal.normal());
      const network = createNetwork(architecture, seed);
      try {
        for (const deleted of [null, ...architecture.blocks.keys()]) {
          const { paths, relativeDifference } = sumOfPaths(network, images, deleted);
          sums.push({
            measurement: "sum of paths" as const,
            network: architecture.name,
            blocks,
            deleted_block: deleted === null ? null : deleted + 1,
            paths,
            relative_difference: relativeDifference,
          });
          await run.progress("summing over paths", 2 ** blocks, 2 ** mostBlocks);
        }
      } finally {
        disposeNetwork(network);
      }
    }
    return [...lengths, ...sums];
  },

  claims: {
    E5(rows) {
      const sums = rows.where({ measurement: "sum of paths" });
      const differences = sums.numbers("relative_difference");
      const others = (own: Rows<Row>, deleted: number) =>
        own.filter(({ paths, blocks }) => paths !== 2 ** (blocks! - deleted)).length;
      const [intact, lesioned] = [others(sums.where(isIntact), 0), others(sums.where(isLesioned), 1)];
      return judge(sums.interval("relative_difference", largest))
        .of("largest relative difference of sum and output", largest(differences), "")
        .atMost(rounding)
        .of("networks with other than 2^N paths", intact, "")
        .exactly(0)
        .of("deletions that leave other than 2^(N - 1) paths", lesioned, "")
        .exactly(0);
    },
    E6(rows) {
      const lengths = rows.where({ measurement: "length of paths" }).bySeed();
      const between = judge(lengths.map((own) => sharePercent(own.rows, 19, 35)));
      const expected = binomialProbabilities(published.blocks.length, 0.5);
      const sampled = expected.map((_, length) => {
        const ofLength = lengths.flatMap((own) => own.rows.where({ path_length: length }).numbers("sampled_paths"));
        if (ofLength.length < lengths.length) throw new DegenerateSample(`no row holds the paths of ${length} blocks`);
        return sum(ofLength);
      });
      return between
        .of("p of the fit of the sampled lengths", goodnessOfFit(sampled, expected).pValue, "")
        .atLeast(0.01)
        .of("share of paths 19 to 35 blocks long", between.effect, "%")
        .atLeast(95);
    },
  },

  sentences: {
    E5(rows) {
      const sums = rows.where({ measurement: "sum of paths" });
      const lesioned = sums.where(isLesioned);
      return (
        `The outputs of all 2^N paths add up to the network's within ${quantity(largest(sums.numbers("relative_difference")))} of it, ` +
        `for N up to ${largest(sums.numbers("blocks"))}; each of ${quantity(lesioned.length)} deletions halves their number.`
      );
    },
    E6(rows, { sampledPaths }) {
      const lengths = rows.where({ measurement: "length of paths" });
      const seeds = lengths.bySeed();
      const sampled = seeds.map((own) => {
        const between = own.rows.where(({ path_length: k }) => k! >= 19 && k! <= 35);
        return (100 * sum(between.numbers("sampled_paths"))) / sampledPaths;
      });
      return (
        `${quantity(sharePercent(seeds[0]?.rows ?? lengths, 19, 35), "%")} of the 2^${largest(lengths.numbers("blocks"))} paths ` +
        `are 19 to 35 blocks long, and ${meanWithEnds(sampled, "%", "seed")} of ${quantity(sampledPaths)} sampled ones.`
      );
    },
  },

  figures(rows, { sampledPaths }) {
    const sums = rows.where({ measurement: "sum of paths" });
    const lengths = rows.where({ measurement: "length of paths" });
    const first = lengths.bySeed()[0]?.rows ?? lengths;
    const share = (from: number, to: number) => sharePercent(first, from, to);
    const said = (from: number, to: number) => (first.length === 0 ? "none" : quantity(share(from, to), "%"));
    const byBlocks = {
      claims: ["E5"],
      x: "blocks",
      series: [
        { name: "intact network", rows: sums.where(isIntact) },
        { name: "one block deleted", rows: sums.where(isLesioned) },
      ],
    } as const;
    return [
      {
        id: "paths-by-blocks",
        title: "Number of paths by number of blocks: each block doubles them",
        caption: "Paths whose output is not zero. A deletion halves their number, whichever block it is.",
        ...byBlocks,
        y: { column: "paths", label: "paths", scale: "log" },
      },
      {
        id: "difference-by-blocks",
        title: "The outputs of all paths add up to the network's",
        caption: "The sum is taken in double precision; single precision resolves about 1e-7.",
        ...byBlocks,
        y: { column: "relative_difference", label: "relative difference", scale: "log" },
        references: [{ y: rounding, label: "rule of E5" }],
      },
      {
        id: "paths-by-length",
        claims: ["E6"],
        title: `Lengths of the paths through ${published.blocks.length} blocks`,
        caption:
          "The source says that more than 95 % of the paths are 19 to 35 blocks long: " +
          `${said(19, 35)} are, and ${said(20, 34)} are 20 to 34.`,
        x: "path_length",
        y: { value: ({ path_length: k }) => share(k!, k!), label: "share of the paths (%)" },
        series: [
          { name: "all paths", rows: first },
          {
            name: "sampled paths",
            kind: "points",
            rows: lengths,
            y: ({ sampled_paths }) => (100 * sampled_paths!) / sampledPaths,
          },
        ],
      },
    ];
  },

  departures: () => [
    "Paths are run and summed in networks whose branches are single convolutions, without normalisation or activation; " +
      "the source unrolls the sum on paper. With ReLUs in the branches a path depends on the others, and their outputs " +
      "do not add up.",
    "A deletion is measured by zeros in a branch's weights, and its outputs by the route that skips the branch.",
  ],
});
