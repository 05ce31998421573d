/**
 * Two steps of the history of neural networks, measured: what one neuron cannot learn, and what width does.
 *
 * Perceptrons and networks with one hidden layer are trained on XOR from many starts. Networks of growing width are
 * fitted to a smooth function, and to two classes of which a fifth of the labels are wrong. All are so small that they
 * are computed in plain numbers. What is history only, the years and the errors that were published, is cited beside
 * it.
 *
 * Sources: Minsky & Papert 1969; Rumelhart, Hinton & Williams 1986 (B4); Cybenko 1989; Hornik, Stinchcombe & White 1989
 * (B5). Cited, not measured: G3, G4 (src/claims/cited.ts).
 */
import {
  atLeast,
  atMost,
  hiddenLayerLearnsXor,
  intervalAbove,
  intervalBelow,
  judge,
  widthApproximatesAndOverfits,
} from "../src/claims";
import {
  type CellRun,
  count,
  counts,
  experiment,
  fraction,
  number,
  type ParameterValues,
  type Row,
  type Setting,
  seeds,
} from "../src/experiment";
import { createShallowNetwork, type ShallowExamples, shallowOutputs } from "../src/networks";
import { type RandomStream, randomStream } from "../src/random";
import { bootstrapInterval, bySeed, mean, perSeed, quantity, spearman } from "../src/statistics";
import { trainShallowNetwork } from "../src/training";
import { approximationError, gap, hiddenAtLeast, historyFigures, ofProblem, percentRight } from "./figures/history";

const parameters = {
  seeds: seeds({ smoke: 2, quick: 5, paper: 20 }),
  starts: count("starts on XOR", { smoke: 10, quick: 200, paper: 1000 }),
  hidden: counts("hidden units on XOR, besides none", [1, 2, 3, 4, 8]),
  judgedHidden: count("hidden units of the network by which B4 is judged", 8),
  xorSteps: count("training on XOR", { smoke: 1000, quick: 2000, paper: 5000 }, { unit: "steps" }),
  widths: counts("hidden units that approximate and overfit", {
    smoke: [1, 4, 16],
    quick: [1, 2, 4, 8, 16, 32, 64],
    paper: [1, 2, 4, 8, 16, 32, 64, 128, 256],
  }),
  widthSteps: count("training of those", { smoke: 500, quick: 5000, paper: 20_000 }, { unit: "steps" }),
  learningRate: number("learning rate of the first step", 0.05, { minimum: 0 }),
  points: count("points of the smooth target", { smoke: 64, quick: 256, paper: 256 }),
  labelled: count("labelled points to train on", { smoke: 100, quick: 100, paper: 100 }),
  wrongLabels: fraction("share of labels that are wrong, in training and test", 0.2),
  testPoints: count("points that approximation and classes are tested on", { smoke: 500, quick: 2000, paper: 10_000 }),
};

/** Best accuracy of a perceptron by the rule of B4. */
const perceptronAtMost = 0.75;

export type Parameters = ParameterValues<typeof parameters>;

export interface Cell extends Setting {
  readonly problem: "XOR" | "AND" | "smooth target" | "noisy labels";
}

interface Measured extends Row {
  /** Hidden units; none is the perceptron. */
  readonly hidden_units: number;
  /** Which start, where there are several. */
  readonly start: number | null;
  /** The best at any step of the training. */
  readonly best_accuracy: number | null;
  readonly approximation_error: number | null;
  readonly training_error_percent: number | null;
  readonly test_error_percent: number | null;
  readonly gap_points: number | null;
}

export type Result = Cell & Measured;

export default experiment({
  name: "history",
  title: "What one neuron cannot learn, and what width does",
  question:
    "Is XOR out of a perceptron's reach and within that of one hidden layer, and does width buy approximation and " +
    "pay in overfitting?",
  source:
    "Minsky & Papert 1969, Perceptrons; Rumelhart, Hinton & Williams 1986, Learning representations by " +
    "back-propagating errors; Cybenko 1989, Approximation by superpositions of a sigmoidal function",
  claims: [hiddenLayerLearnsXor, widthApproximatesAndOverfits],
  datasets: [],
  parameters,
  columns: {
    seed: "seed of starts, points and wrong labels",
    problem: "XOR, AND (the control), smooth target, or noisy labels",
    hidden_units: "units of the one hidden layer; 0 is a perceptron",
    start: "number of the start, where there are several",
    best_accuracy: "share of the four points classified rightly, the best at any step",
    approximation_error: "root mean square difference from the smooth target between the points trained on",
    training_error_percent: "error on the labels trained on (%)",
    test_error_percent: "error on other points, their labels as noisy (%)",
    gap_points: "test error less training error (percentage points)",
  },

  cells: ({ seeds: seedNumbers }: Parameters): Cell[] =>
    seedNumbers.flatMap((seed) =>
      (["XOR", "AND", "smooth target", "noisy labels"] as const).map((problem) => ({ seed, problem })),
    ),

  work({ problem }, { starts, hidden, xorSteps, widths, widthSteps, points, labelled }) {
    const units = (sizes: readonly number[]) => sizes.reduce((sum, size) => sum + size + 1, 0);
    if (problem === "XOR") return 4 * starts * xorSteps * units([0, ...hidden]);
    if (problem === "AND") return 4 * starts * xorSteps;
    return (problem === "smooth target" ? points : labelled) * widthSteps * units(widths);
  },

  relevant({ problem }, params) {
    const { seeds, starts, hidden, xorSteps, judgedHidden, widths, widthSteps, learningRate, ...others } = params;
    if (problem === "AND") return { starts, xorSteps, learningRate };
    if (problem === "XOR") return { starts, hidden, xorSteps, learningRate };
    const { points, labelled, wrongLabels, testPoints } = others;
    const shared = { widths, widthSteps, learningRate, testPoints };
    return problem === "smooth target" ? { ...shared, points } : { ...shared, labelled, wrongLabels };
  },

  async measure({ seed, problem }, params, run) {
    if (problem === "XOR") return fourPoints(problem, [0, ...params.hidden], seed, params, run);
    if (problem === "AND") return fourPoints(problem, [0], seed, params, run);
    return problem === "smooth target" ? approximations(seed, params, run) : noisyLabels(seed, params, run);
  },

  verdicts(rows, params) {
    const xor = ofProblem(rows, "XOR");
    const perceptron = Math.max(
      ...xor.filter(({ hidden_units }) => hidden_units === 0).map(({ best_accuracy }) => best_accuracy!),
    );
    const learns = bootstrapInterval(
      perSeed(
        xor.filter(({ hidden_units }) => hidden_units === params.judgedHidden),
        percentRight,
      ),
    );
    const control = mean(ofProblem(rows, "AND").map(percentRight));
    const b4 = judge(hiddenLayerLearnsXor, learns, [
      atMost(
        `best accuracy of a perceptron in any start (which learns AND in ${quantity(control, "%")} of them)`,
        perceptron,
        perceptronAtMost,
        "",
      ),
      atLeast(`starts with ${params.judgedHidden} hidden units that learn`, learns.estimate, hiddenAtLeast, "%"),
    ]);

    const correlations = (problem: Cell["problem"], y: (row: Result) => number) =>
      bootstrapInterval(
        [...bySeed(ofProblem(rows, problem)).values()].map((own) =>
          spearman(
            own.map(({ hidden_units }) => hidden_units),
            own.map(y),
          ),
        ),
      );
    const approximation = correlations("smooth target", approximationError);
    const b5 = judge(widthApproximatesAndOverfits, approximation, [
      intervalBelow("correlation of width and approximation error", approximation, -0.8, ""),
      intervalAbove("correlation of width and the gap under noisy labels", correlations("noisy labels", gap), 0, ""),
    ]);
    return [b4, b5];
  },

  figures: historyFigures,

  departures: ({ judgedHidden, wrongLabels }) => [
    "Networks are trained with Adam on all points at once, the rate falling along half a cosine; Rumelhart et al. " +
      "went down the gradient with momentum, and Rosenblatt's perceptron had a rule of its own. Hidden units are " +
      "tanh.",
    `Two hidden units suffice for XOR, but not from every start; B4 is judged with ${judgedHidden}, and the figure ` +
      "shows the others.",
    "The theorems say that a wide enough network exists. Here it is trained as well, so that an error that no longer " +
      "falls may be the training's.",
    `Of the labels ${quantity(100 * wrongLabels, "%")} are wrong at test, too: no classifier errs on less.`,
    "History (G3, G4) is cited, not measured: its figures have no verdict.",
  ],
});

/** Best accuracies on the four corners of the square, from many starts. */
async function fourPoints(
  problem: "XOR" | "AND",
  units: readonly number[],
  seed: number,
  { starts, xorSteps: steps, learningRate }: Parameters,
  { progress, signal }: CellRun,
): Promise<Measured[]> {
  const corners = [-1, 1].flatMap((first) => [-1, 1].map((second) => [first, second] as const));
  const wanted = corners.map(([first, second]) => (problem === "XOR" ? first !== second : first > 0 && second > 0));
  const examples = { x: Float64Array.from(corners.flat()), wanted: Float64Array.from(wanted, Number) };
  const rows: Measured[] = [];
  for (const hidden_units of units) {
    for (let start = 1; start <= starts; start++) {
      const network = createShallowNetwork(2, hidden_units, randomStream(seed, problem, hidden_units, start));
      let best_accuracy = 0;
      const onOutputs = (outputs: Float64Array) => {
        best_accuracy = Math.max(best_accuracy, 1 - errorOf(outputs, examples));
      };
      await trainShallowNetwork(network, examples, { loss: "logistic", steps, learningRate, onOutputs, signal });
      rows.push({ ...empty, hidden_units, start, best_accuracy });
    }
    progress({ phase: `${problem}: ${hidden_units} hidden units`, done: rows.length, total: units.length * starts });
  }
  return rows;
}

/** Smooth, with five humps: sin(πx) + sin(4πx)/2 on [-1, 1]. */
function smoothTarget(x: number): number {
  return Math.sin(Math.PI * x) + Math.sin(4 * Math.PI * x) / 2;
}

async function approximations(
  seed: number,
  { widths, widthSteps: steps, learningRate, points, testPoints }: Parameters,
  { progress, signal }: CellRun,
): Promise<Measured[]> {
  const grid = (many: number) => {
    const x = Float64Array.from({ length: many }, (_, i) => (2 * i + 1) / many - 1);
    return { x, wanted: x.map(smoothTarget) };
  };
  const [training, test] = [grid(points), grid(testPoints)];
  const rows: Measured[] = [];
  for (const hidden_units of widths) {
    const network = createShallowNetwork(1, hidden_units, randomStream(seed, "smooth target", hidden_units));
    await trainShallowNetwork(network, training, { loss: "squared", steps, learningRate, signal });
    const squares = shallowOutputs(network, test.x).map((y, i) => (y - test.wanted[i]!) ** 2);
    rows.push({ ...empty, hidden_units, approximation_error: Math.sqrt(mean([...squares])) });
    progress({ phase: `smooth target: ${hidden_units} hidden units`, done: rows.length, total: widths.length });
  }
  return rows;
}

async function noisyLabels(
  seed: number,
  { widths, widthSteps: steps, learningRate, labelled, testPoints, wrongLabels }: Parameters,
  { progress, signal }: CellRun,
): Promise<Measured[]> {
  const training = twoClasses(labelled, wrongLabels, randomStream(seed, "training points"));
  const test = twoClasses(testPoints, wrongLabels, randomStream(seed, "test points"));
  const rows: Measured[] = [];
  for (const hidden_units of widths) {
    const network = createShallowNetwork(2, hidden_units, randomStream(seed, "noisy labels", hidden_units));
    await trainShallowNetwork(network, training, { loss: "logistic", steps, learningRate, signal });
    const [training_error_percent, test_error_percent] = [training, test].map(
      (examples) => 100 * errorOf(shallowOutputs(network, examples.x), examples),
    ) as [number, number];
    const gap_points = test_error_percent - training_error_percent;
    rows.push({ ...empty, hidden_units, training_error_percent, test_error_percent, gap_points });
    progress({ phase: `noisy labels: ${hidden_units} hidden units`, done: rows.length, total: widths.length });
  }
  return rows;
}

/** Points of the square [-1, 1]², parted by a wave; some labels are turned round. */
function twoClasses(points: number, wrongLabels: number, stream: RandomStream): ShallowExamples {
  const x = Float64Array.from({ length: 2 * points }, () => 2 * stream.uniform() - 1);
  const wanted = Float64Array.from({ length: points }, (_, i) => {
    const above = x[2 * i + 1]! > Math.sin(Math.PI * x[2 * i]!) / 2;
    return Number(above !== stream.uniform() < wrongLabels);
  });
  return { x, wanted };
}

/** Share of points on the wrong side; an output of exactly 0 stands for class 0. */
function errorOf(outputs: Float64Array, { wanted }: ShallowExamples): number {
  return outputs.reduce((wrong, y, i) => wrong + Number(y > 0 !== (wanted[i] === 1)), 0) / wanted.length;
}

const empty = {
  start: null,
  best_accuracy: null,
  approximation_error: null,
  training_error_percent: null,
  test_error_percent: null,
  gap_points: null,
};
