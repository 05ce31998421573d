/** A report as a run of block deletion writes it, with made-up figures: for tests, and to look at. */
import { atMost, type Claim, intervalAbove, intervalBelow, judge } from "../../src/claims";
import type { HeatMap, Point, ReportContent, SeriesFigure } from "../../src/report";
import type { MapPoint, VerdictMap } from "../../src/report/tables/verdict-map";
import { meanInterval } from "../../src/statistics";

const source = "Veit, Wilber & Belongie 2016, arXiv:1605.06431";
const claims = {
  oneBlock: {
    id: "E1",
    statement: "Deleting one block of a trained residual network hardly hurts.",
    source: `${source}, sec. 4.1, fig. 3`,
    measuredBy: "top-1 test error after deleting each block in turn",
    rule: "median rise over blocks that keep their shape at most 5 points, its interval below 10; downsampling blocks apart",
    paperValue: "error stays near 6.4 % for most of the 54 blocks of ResNet-110 (CIFAR-10)",
    effectName: "median rise",
    unit: "points",
    minimumSeeds: 5,
  },
  oneLayer: {
    id: "E2",
    statement: "Deleting one layer destroys a network without shortcuts: its error rises to about chance.",
    source: `${source}, sec. 4.1, fig. 3`,
    measuredBy: "top-1 test error after deleting each layer in turn",
    rule: "median error at least 0.75 of chance level; difference from E1 above 30 points",
    paperValue: "VGG-15 about 90 %, chance level",
    effectName: "difference of median rises",
    unit: "points",
    minimumSeeds: 5,
  },
  smooth: {
    id: "E3",
    statement: "Error rises smoothly with the number of blocks deleted.",
    source: `${source}, sec. 4.2, fig. 5a`,
    measuredBy: "Spearman's correlation of the number deleted and the error",
    rule: "interval of the correlation above 0.9; no step above 35 points between neighbours",
    paperValue: "smooth rise from 0.07 to 0.7 at 20 blocks",
    effectName: "correlation",
    unit: "",
    minimumSeeds: 5,
  },
  reordered: {
    id: "E4",
    statement: "Error rises smoothly as order is lost.",
    source: `${source}, sec. 4.3, fig. 5b`,
    measuredBy: "correlation of Kendall's tau and error",
    rule: "interval of the correlation below -0.5",
    paperValue: "error 0.1 at tau 1.0 to 0.7 at tau 0.85",
    effectName: "correlation under reordering",
    unit: "",
    minimumSeeds: 5,
  },
} satisfies Record<string, Claim>;

const blocks = [1, 2, 3].flatMap((stage) =>
  Array.from({ length: 10 }, (_, i) => ({ name: `stage${stage}/block${i + 1}`, stage, index: i })),
);
const seeds = [0, 1, 2, 3, 4];
/** A number in [-1, 1] that looks random and is the same in every run. */
const wobble = (...parts: number[]) => {
  const wave = Math.sin(parts.reduce((sum, part, i) => sum + part * (1.37 + 2.111 * i), 0.7)) * 4375.5453;
  return 2 * (wave - Math.floor(wave)) - 1;
};

function withInterval(x: number | string, values: readonly number[], note?: string): Point {
  const { estimate, low, high } = meanInterval(values);
  return { x, y: estimate, low, high, ...(note === undefined ? {} : { note }) };
}

const changesShape = (block: (typeof blocks)[number]) => block.stage > 1 && block.index === 0;
const residualError = (block: (typeof blocks)[number], seed: number) =>
  8.2 + 4 / (block.index + 1) + (changesShape(block) ? 18 : 0) + 1.4 * wobble(block.stage, block.index, seed);
const plainError = (block: (typeof blocks)[number], seed: number) => 84 + 6 * wobble(block.index, seed, block.stage);

const deletion: SeriesFigure = {
  id: "error-by-deleted-block",
  title: "One missing block hardly hurts the residual network, and destroys the plain one",
  caption:
    "Top-1 test error after deleting one block of a trained network. Marks are means over 5 seeds, whiskers 95 % intervals over seeds. Hollow marks: blocks that change the shape of their input.",
  xAxis: { label: "deleted block", categories: blocks.map(({ name }) => name) },
  yAxis: { label: "test error (%)", range: [0, 100] },
  references: [
    { y: 90, label: "chance level (90 %)" },
    { y: 8.6, label: "no block deleted (8.6 %)" },
  ],
  series: [
    {
      name: "resnet62",
      kind: "points",
      points: blocks.map((block) =>
        withInterval(
          block.name,
          seeds.map((seed) => residualError(block, seed)),
          changesShape(block) ? "changes shape" : undefined,
        ),
      ),
      seeds: seeds.map((seed) => ({
        seed,
        points: blocks.map((block) => ({ x: block.name, y: residualError(block, seed) })),
      })),
    },
    {
      name: "plain62",
      kind: "points",
      points: blocks.map((block) =>
        withInterval(
          block.name,
          seeds.map((seed) => plainError(block, seed)),
        ),
      ),
      seeds: seeds.map((seed) => ({
        seed,
        points: blocks.map((block) => ({ x: block.name, y: plainError(block, seed) })),
      })),
    },
  ],
};

const depths = [4, 8, 16, 32, 64, 128];
const gradientSeries = (name: string, perLayer: number) => {
  const norm = (depth: number, seed: number) => perLayer ** depth * 10 ** (0.35 * wobble(depth, seed, perLayer));
  return {
    name,
    kind: "line" as const,
    points: depths.map((depth) =>
      withInterval(
        depth,
        seeds.map((seed) => norm(depth, seed)),
      ),
    ),
    seeds: seeds.map((seed) => ({ seed, points: depths.map((depth) => ({ x: depth, y: norm(depth, seed) })) })),
  };
};
const gradients: SeriesFigure = {
  id: "gradient-by-depth",
  title: "The gradient at the first layer shrinks geometrically with depth, save in the residual network",
  caption:
    "Norm of the loss gradient at the first layer at initialisation. Lines are means over 5 seeds, bands 95 % intervals over seeds.",
  xAxis: { label: "depth (layers)", scale: "log", integers: true },
  yAxis: { label: "gradient norm (L2)", scale: "log" },
  series: [
    gradientSeries("sigmoid, Glorot", 0.72),
    gradientSeries("tanh, Glorot", 0.9),
    gradientSeries("ReLU, He", 0.97),
    gradientSeries("ReLU, too small", 0.82),
    gradientSeries("residual", 1.01),
  ],
};

const counts = Array.from({ length: 20 }, (_, i) => i + 1);
const deletedError = (deleted: number, seed: number) =>
  8 + 80 / (1 + Math.exp(-(deleted - 10) / 2.4)) + 4 * wobble(deleted, seed);
const many: SeriesFigure = {
  id: "error-by-blocks-deleted",
  title: "Error rises smoothly with the number of blocks deleted",
  caption:
    "Top-1 test error after deleting k random blocks. Line: mean over 5 seeds of 20 samples each; band: 95 % interval over seeds.",
  xAxis: { label: "blocks deleted", integers: true },
  yAxis: { label: "test error (%)" },
  references: [{ y: 90, label: "chance level (90 %)" }],
  series: [
    {
      name: "resnet62",
      kind: "line",
      points: counts.map((count) =>
        withInterval(
          count,
          seeds.map((seed) => deletedError(count, seed)),
        ),
      ),
      seeds: seeds.map((seed) => ({
        seed,
        points: counts.map((count) => ({ x: count, y: deletedError(count, seed) })),
      })),
    },
    {
      name: "Veit et al. 2016, ResNet-110, CIFAR-10",
      kind: "line",
      published: true,
      points: [1, 5, 10, 15, 20].map((count) => ({ x: count, y: 6 + 3.1 * count })),
    },
  ],
};

/** Figures of series, of every kind: marks, lines, logarithmic axes, a published series. */
export const sampleFigures: readonly SeriesFigure[] = [deletion, many, gradients];

const layers = Array.from({ length: 128 }, (_, i) => i + 1);
export const sampleHeatMap: HeatMap = {
  id: "gradient-by-layer",
  title: "The gradient shrinks from the last layer to the first, the more the deeper the network",
  caption: "Norm of the loss gradient at each layer of plain networks at initialisation; mean over 5 seeds.",
  claims: ["C1"],
  xAxis: { label: "layer, from the input", integers: true },
  yAxis: { label: "depth (layers)", scale: "log", integers: true },
  matrix: {
    x: layers,
    y: depths,
    values: depths.map((depth) =>
      layers.map((layer) => (layer > depth ? null : depth === 128 && layer < 3 ? 0 : 0.8 ** (depth - layer))),
    ),
    label: "gradient norm (L2)",
    scale: "log",
  },
};

const rise = meanInterval([0.44, 0.52, 0.61, 0.66, 0.91]);
const difference = meanInterval([71.2, 74.5, 76.1, 77.3, 79.9]);
const correlation = meanInterval([0.84, 0.88, 0.91, 0.93, 0.95]);
const tau = meanInterval([-0.2, -0.31, -0.12, -0.4, -0.25]);

export const sampleContent: ReportContent = {
  title: "Deleting blocks",
  question: "What does one missing block cost a trained network, with and without shortcuts?",
  source: `${source}, sec. 4`,
  run: {
    name: "block-deletion",
    scale: "quick",
    data: "CIFAR-10",
    command: "npx ts-node experiments/block-deletion.ts --scale quick --data cifar10 --seeds 5",
    interim: null,
    date: "2026-11-23T18:40:00Z",
  },
  judgements: [
    judge(claims.oneBlock, rise, [
      atMost("median rise over blocks that keep their shape", rise.estimate, 5, "points"),
      intervalBelow("that rise", rise, 10, "points"),
    ]),
    judge(claims.oneLayer, difference, [
      atMost("median error's distance from chance", 6.1, 22.5, "points"),
      intervalAbove("the difference from E1", difference, 80, "points"),
    ]),
    judge(claims.smooth, correlation, [
      intervalAbove("the correlation", correlation, 0.9, ""),
      atMost("largest step between neighbours", 14.2, 35, "points"),
    ]),
    judge(claims.reordered, tau, [intervalBelow("the correlation", tau, -0.5, "")]),
  ],
  figures: [...sampleFigures, sampleHeatMap],
  parameters: [
    {
      name: "networks",
      value: ["resnet62", "plain62"],
      default: ["resnet62", "plain62"],
      unit: "",
      description: "networks compared",
    },
    { name: "epochs", value: 8, default: 12, unit: "epochs", description: "length of training" },
    { name: "seeds", value: 5, default: 5, unit: "", description: "independent repetitions" },
    {
      name: "learningRate",
      value: 0.1,
      default: 0.1,
      unit: "",
      description: "of the first epoch; a cosine takes it to 0",
    },
  ],
  departures: [
    "62 layers where the paper has 110.",
    "8 epochs on 10,000 images where the paper trains 164 epochs on 50,000.",
  ],
  rows: { count: 300, seeds, cells: { done: 10, total: 10 } },
  columns: [
    { name: "network", type: "string", unit: "", description: "architecture" },
    { name: "seed", type: "integer", unit: "", description: "seed of weights, order of images and augmentation" },
    { name: "block", type: "string", unit: "", description: "the deleted block" },
    { name: "error_percent", type: "number", unit: "%", description: "top-1 test error without it" },
  ],
  links: [
    { label: "rows.csv", href: "../results/block-deletion/rows.csv" },
    { label: "claims.csv", href: "../results/block-deletion/claims.csv" },
  ],
  provenance: {
    commit: "3f2a9c1d7e",
    tensorflow: { backend: "tensorflow", version: "2.18.1", gpu: false },
    machine: { cpu: "2 cores", memory_gib: 8, operating_system: "Linux 6.1" },
    seconds: 1840.2,
    data: { name: "CIFAR-10", sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd" },
    environment: {},
  },
  notes: ["Accuracies are those of short training: compare the differences, not the levels, with the paper."],
};

const mapPoint = (values: MapPoint["values"], rise: number, threshold: number): MapPoint => {
  const effect = meanInterval(seeds.map((seed) => rise * (1 + 0.12 * wobble(rise, seed))));
  const partly = Math.abs(rise - threshold) < 0.3 * threshold;
  const verdict = rise < 0.7 * threshold ? "reproduced" : partly ? "partly" : "not reproduced";
  return { values, effect, verdict, range: `resnet20; ${JSON.stringify(values)}` };
};

/** The claims of the sample over one, two and three parameters: numbers over several orders of magnitude, and categories. */
export const sampleMaps: readonly VerdictMap[] = [
  {
    claim: claims.oneBlock,
    parameters: [{ name: "steps", unit: "mini-batches" }],
    points: [100, 200, 400, 800, 1600, 3200].map((steps) => mapPoint({ steps }, 1240 / steps, 5)),
    threshold: 5,
  },
  {
    claim: claims.oneLayer,
    parameters: [
      { name: "steps", unit: "mini-batches" },
      { name: "trainingImages", unit: "images" },
    ],
    points: [100, 400, 1600].flatMap((steps) =>
      [1000, 5000, 50000].map((trainingImages) =>
        mapPoint({ steps, trainingImages }, 400 / steps + 8000 / trainingImages, 4),
      ),
    ),
    threshold: 4,
  },
  {
    claim: claims.smooth,
    parameters: [
      { name: "network", unit: "" },
      { name: "augmentation", unit: "" },
      { name: "width", unit: "channels" },
    ],
    points: ["resnet20", "resnet32", "plain20"].flatMap((network, i) =>
      [false, true].flatMap((augmentation) =>
        [8, 16].map((width) =>
          mapPoint({ network, augmentation, width }, 0.4 + 0.3 * i + (augmentation ? 0.1 : 0), 0.9),
        ),
      ),
    ),
  },
];
