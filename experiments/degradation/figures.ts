/** What the rows of `../degradation.ts` show. */
import { type FigureOf, type Rows, told } from "../../src/experiment";
import { parseName } from "../../src/networks";
import { intervalSeries, publishedSeries } from "../../src/report";
import { ascending, type Interval, intervalNumbers, meanInterval } from "../../src/statistics";
import { depthOf, ends, named, plain, type Row, type State } from "./rows";

interface Parameters {
  readonly residual: string;
  readonly depths: readonly number[];
  readonly trainingErrorImages: number;
}

/** Depth and test error (%) of residual networks on CIFAR-10: He et al. 2015, table 6. */
// biome-ignore format: one line a table
const published = [[20, 8.75], [32, 7.51], [44, 7.17], [56, 6.97]] as const;
/** States in which gradients are measured, as figures call them. */
const states: Readonly<Record<State, string>> = { initial: "at initialisation", trained: "trained" };

/** Orders of magnitude by which a gradient that is called vanishing falls on its way to the first block. */
const vanishing = 2;

/** All of them, in the order of the report. */
export function degradationFigures(
  rows: Rows<Row>,
  { residual, depths, trainingErrorImages }: Parameters,
): FigureOf<Row>[] {
  const trained = rows.where({ measurement: "trained" }).sort((one, other) => depthOf(one) - depthOf(other));
  const gradients = rows.where({ measurement: "gradient norm" });
  const byDepth = { x: { value: depthOf, label: "depth (layers)", integers: true }, kind: "line" } as const;
  const families = [plain, residual].map((family) => ({
    name: parseName(`${family}${depths[0]}`).family.description,
    rows: trained.where({ network: named(family, depths) }),
  }));
  const extremes = [plain, residual].flatMap((family) => named(family, ends(depths)));
  const deepest = [plain, residual].map((family) => `${family}${Math.max(...depths)}`);
  const inEachState = (network: string) =>
    (Object.keys(states) as State[]).map((state) => ({ state, rows: gradients.where({ network, state }) }));
  return [
    {
      id: "training-error-by-depth",
      claims: ["C5", "C5.1"],
      title: "Training error by depth",
      caption:
        `Error on at most ${trainingErrorImages.toLocaleString("en")} training images after equal training. In the ` +
        "source it rises with depth for plain nets and falls for residual networks.",
      ...{ ...byDepth, y: "training_error_percent", series: families },
    },
    {
      id: "training-curves",
      claims: ["C5"],
      title: `Training loss along the training: ${extremes.join(", ")}`,
      caption: "Mean cross-entropy on the training batches since the point before.",
      ...{ x: "step", y: { column: "training_loss_nats", scale: "log" } },
      series: extremes.map((name) => ({ name, rows: rows.where({ measurement: "training curve", network: name }) })),
    },
    {
      id: "gradient-by-layer",
      claims: ["C5"],
      title: `Norm of the gradient by layer: ${deepest.join(", ")}`,
      caption: "Gradient of the loss by the activations between blocks, on one training batch with batch statistics.",
      numbers: `In ${deepest[0]} ${told(() => vanishingInWords(inEachState(deepest[0]!)))}.`,
      ...{ x: "layer", y: { column: "gradient_norm", scale: "log" } },
      ...{ rows: gradients.where({ network: deepest }), by: (row) => `${row.network}, ${states[row.state!]}` },
    },
    {
      id: "gradient-ratio-by-depth",
      title: "How much of the gradient reaches the first block, by depth",
      caption:
        "Norm of the gradient at the first block's input over that at the last block's output: below 0 the gradient " +
        "shrinks on its way back, above 0 it grows.",
      x: byDepth.x,
      y: { value: () => null, label: "first over last norm (orders of magnitude)" },
      series: [plain, residual].flatMap((family) =>
        (Object.keys(states) as State[]).map((state) =>
          intervalSeries({
            name: `${family}, ${states[state]}`,
            kind: "line",
            rows: ascending(depths).flatMap((depth) =>
              gradientRatios(gradients.where({ network: `${family}${depth}`, state })).map((ratio) => ({
                ...ratio,
                depth,
              })),
            ),
            x: ({ depth }) => depth,
            y: ({ ratio }) => ratio,
          }),
        ),
      ),
      references: [{ y: -vanishing, label: "called vanishing" }],
    },
    {
      id: "test-error-by-depth",
      title: "Test error by depth, beside the source's",
      caption: "After equal training. The source's plain nets err more with depth; it prints no figures for them.",
      ...{ ...byDepth, y: "test_error_percent" },
      series: [...families, publishedSeries("He et al. 2015, table 6: ResNet, CIFAR-10", published)],
    },
  ];
}

/** The smallest number of single precision stands for a norm of zero. */
const logarithm = ({ gradient_norm }: Row) => Math.log10(Math.max(gradient_norm!, 1e-45));

/** For each seed log10 of the gradient's norm at the first block's input over that at the last block's output. */
function gradientRatios(rows: Rows<Row>): { readonly seed: number; readonly ratio: number }[] {
  return rows.curves("layer", logarithm).flatMap(({ seed, points }) => {
    const [first, last] = [points[0], points.at(-1)];
    return first === undefined || last === undefined ? [] : [{ seed, ratio: first.y - last.y }];
  });
}

/** What one network's norms say of the account that deep plain networks train worse because their gradients vanish. */
function vanishingInWords(measured: readonly { readonly state: State; readonly rows: Rows<Row> }[]): string {
  const found = measured.map(({ state, rows }) => {
    const ratio = meanInterval(gradientRatios(rows).map((seed) => seed.ratio));
    return {
      ratio,
      said: `${timesInWords(ratio)} (${states[state]}${ratio.low > vanishing ? ", where it grows" : ""})`,
    };
  });
  const told = found.every(({ ratio }) => ratio.low >= -vanishing)
    ? "it does not vanish, so vanishing gradients do not explain a higher training error here"
    : found.every(({ ratio }) => ratio.high < -vanishing)
      ? "it vanishes, as that explanation of a higher training error needs"
      : "whether it vanishes depends on the state, or cannot be told";
  return `its norm at the first block is that at the last times ${found.map(({ said }) => said).join(" and ")}: ${told}`;
}

/** An interval of logarithms as one of ratios. */
function timesInWords({ estimate, low, high, count: seeds }: Interval): string {
  return intervalNumbers({ estimate: 10 ** estimate, low: 10 ** low, high: 10 ** high, count: seeds });
}
