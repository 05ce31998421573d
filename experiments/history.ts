/**
 * Two steps of the history of neural networks, measured: what a perceptron cannot learn, and what width does.
 *
 * Perceptrons and networks with one hidden layer are trained on XOR from many starts. Networks of growing width are fitted
 * to a smooth function, and to two classes of which a fifth of the labels are wrong.
 *
 * Sources: Minsky & Papert 1969; Rumelhart, Hinton & Williams 1986 (B4); Cybenko 1989; Hornik, Stinchcombe & White 1989
 * (B5). Cited, not measured: G3, G4.
 */
import { count, counts, cross, experiment, fraction, judge, meanWithEnds, number, seeds } from "../src/experiment";
import { largest, mean, quantity, smallest } from "../src/statistics";
import { publishedErrors, timeline } from "./history/cited";
import { bestAccuracy, corners, errorOf, noisyLabels, smoothTarget } from "./history/problems";
import { columns, correlations, type Problem, percentCorrect, problems } from "./history/rows";
import { createShallowNetwork, shallowOutputs, trainShallowNetwork } from "./history/shallow-network";

/** Least share (%) of starts with a hidden layer that learn, by the rule of B4. */
const learnAtLeast = 95;

export default experiment("history", {
  title: "What one neuron cannot learn, and what width does",
  question:
    "Is XOR out of a perceptron's reach and within that of one hidden layer, and does width improve approximation at the " +
    "price of overfitting?",
  source:
    "Minsky & Papert 1969, Perceptrons; Rumelhart, Hinton & Williams 1986, Learning representations by " +
    "back-propagating errors; Cybenko 1989, Approximation by superpositions of a sigmoidal function",
  datasets: [],
  parameters: {
    seeds: seeds({ smoke: 2, quick: 5, paper: 20 }),
    starts: count("starts on XOR", { smoke: 10, quick: 200, paper: 1000 }),
    hidden: counts("hidden units on XOR, besides none", [1, 2, 3, 4, 8]),
    judgedHidden: count("hidden units of the network by which B4 is judged", 8),
    xorSteps: count("training on XOR", { smoke: 1000, quick: 2000, paper: 5000 }, { unit: "steps" }),
    widths: counts("hidden units on the smooth target and on noisy labels", {
      smoke: [1, 4, 16],
      quick: [1, 2, 4, 8, 16, 32, 64],
      paper: [1, 2, 4, 8, 16, 32, 64, 128, 256],
    }),
    widthSteps: count("training of those", { smoke: 500, quick: 5000, paper: 20_000 }, { unit: "steps" }),
    learningRate: number("learning rate of the first step", 0.05, { minimum: 0 }),
    points: count("training points of the smooth target", { smoke: 64, quick: 256, paper: 256 }),
    labelled: count("training points with noisy labels", { smoke: 100, quick: 100, paper: 100 }),
    wrongLabels: fraction("share of labels that are wrong, in training and test", 0.2),
    testPoints: count("test points of either problem", { smoke: 500, quick: 2000, paper: 10_000 }),
  },
  columns,
  firstLook: { median: "best_accuracy", by: ["problem", "hidden_units"], where: { problem: "XOR" } },
  cells: (params) => cross({ seed: params.seeds, problem: problems }),

  async measure(run, { problem }, params) {
    const training = { learningRate: params.learningRate, signal: run.watched.signal };
    const rows = [];
    if (problem === "XOR" || problem === "AND") {
      const { starts, xorSteps: steps } = params;
      const units = problem === "XOR" ? [0, ...params.hidden] : [0];
      for (const hidden_units of units) {
        for (let start = 1; start <= starts; start++) {
          const network = createShallowNetwork(2, hidden_units, run.random(problem, hidden_units, start));
          const best_accuracy = await bestAccuracy(network, corners(problem), { ...training, steps });
          rows.push({ hidden_units, start, best_accuracy });
        }
        await run.progress(`${problem}: ${hidden_units} hidden units`, rows.length, units.length * starts);
      }
      return rows;
    }
    const { widths, widthSteps: steps, testPoints } = params;
    const smooth = problem === "smooth target";
    const [inputs, loss] = smooth ? ([1, "squared"] as const) : ([2, "logistic"] as const);
    const sample = (stream: string, points: number) => noisyLabels(points, params.wrongLabels, run.random(stream));
    const [examples, test] = smooth
      ? [smoothTarget(params.points), smoothTarget(testPoints)]
      : [sample("training points", params.labelled), sample("test points", testPoints)];
    for (const hidden_units of widths) {
      const network = createShallowNetwork(inputs, hidden_units, run.random(problem, hidden_units));
      await trainShallowNetwork(network, examples, { ...training, loss, steps });
      const outputs = shallowOutputs(network, test.x);
      if (smooth) {
        const squares = outputs.map((y, i) => (y - test.wanted[i]!) ** 2);
        rows.push({ hidden_units, approximation_error: Math.sqrt(mean([...squares])) });
      } else {
        const training_error_percent = 100 * errorOf(shallowOutputs(network, examples.x), examples);
        const test_error_percent = 100 * errorOf(outputs, test);
        const gap_points = test_error_percent - training_error_percent;
        rows.push({ hidden_units, training_error_percent, test_error_percent, gap_points });
      }
      await run.progress(`${problem}: ${hidden_units} hidden units`, rows.length, widths.length);
    }
    return rows;
  },

  claims: {
    B4(rows, { judgedHidden }) {
      const xor = rows.where({ problem: "XOR" });
      const best = Math.max(...xor.where({ hidden_units: 0 }).numbers("best_accuracy"));
      const control = rows.where({ problem: "AND" }).interval(percentCorrect).estimate;
      return judge(xor.where({ hidden_units: judgedHidden }).interval(percentCorrect))
        .atLeast(learnAtLeast)
        .of(`best accuracy of a perceptron in any start (AND is learnt in ${quantity(control, "%")} of them)`, best, "")
        .atMost(0.75);
    },
    B5: (rows) =>
      judge(correlations(rows, "smooth target", "approximation_error"))
        .below(-0.8)
        .of("correlation of width and the gap under noisy labels", correlations(rows, "noisy labels", "gap_points"), "")
        .above(0),
  },

  states: { "three points": (rows) => [rows.where({ problem: "smooth target" }).distinct("hidden_units").length] },

  sentences: {
    B4(rows, { judgedHidden, starts }) {
      const xor = rows.where({ problem: "XOR" });
      const [bare, wide] = [0, judgedHidden].map((hidden_units) => xor.where({ hidden_units }));
      return (
        `${judgedHidden} hidden units in place of none: the share of ${quantity(starts)} starts that learn XOR goes from ` +
        `${quantity(mean(bare!.perSeed(percentCorrect)), "%")} to ${meanWithEnds(wide!.perSeed(percentCorrect), "%", "seed")}; the ` +
        `best perceptron has ${quantity(4 * largest(bare!.numbers("best_accuracy")))} of 4 points right.`
      );
    },
    B5(rows) {
      const smooth = rows.where({ problem: "smooth target" });
      const noisy = rows.where({ problem: "noisy labels" });
      const [least, most] = [smallest, largest].map((end) => end(smooth.numbers("hidden_units")));
      const at = (hidden_units: number, unit: string) => {
        const own = unit === "" ? smooth.where({ hidden_units }) : noisy.where({ hidden_units });
        return own.perSeed(unit === "" ? "approximation_error" : "gap_points");
      };
      return (
        `From ${least} to ${most} hidden units the error of approximation goes ${quantity(mean(at(least!, "")))} → ` +
        `${meanWithEnds(at(most!, ""))}, and the gap between test and training error under wrong labels ` +
        `${quantity(mean(at(least!, "points")))} → ${meanWithEnds(at(most!, "points"), "points")}.`
      );
    },
  },

  figures(rows, { starts, labelled, wrongLabels }) {
    const of = (problem: Problem) => ({ name: problem, rows: rows.where({ problem }) });
    const width = { column: "hidden_units", label: "hidden units", scale: "log" } as const;
    return [
      {
        id: "learned-by-hidden-units",
        claims: ["B4"],
        title: "XOR is out of one neuron's reach",
        caption:
          `Share of ${quantity(starts)} starts a seed from which all four points are classified correctly at some step. ` +
          "Without hidden units the network is a perceptron, which learns AND.",
        x: { column: "hidden_units", label: "hidden units" },
        y: { value: percentCorrect, label: "starts that learn (%)", range: [-3, 103] },
        series: [of("XOR"), { ...of("AND"), kind: "points" }],
        references: [{ y: learnAtLeast, label: "threshold of B4" }],
      },
      {
        id: "approximation-by-width",
        claims: ["B5"],
        title: "Width improves approximation",
        caption: "Difference of trained networks from sin(πx) + sin(4πx)/2 between the training points.",
        ...{ x: width, y: { column: "approximation_error", scale: "log" }, series: [of("smooth target")] },
      },
      {
        id: "errors-by-width",
        claims: ["B5"],
        title: "Width leads to overfitting where labels are wrong",
        caption: `Errors after training on ${quantity(labelled)} points; labels are wrong in training and test alike.`,
        x: width,
        y: { column: "test_error_percent", label: "error (%)" },
        series: [
          { ...of("noisy labels"), name: "training", y: (row) => row.training_error_percent },
          { ...of("noisy labels"), name: "test" },
        ],
        references: [{ y: 100 * wrongLabels, label: "wrong labels" }],
      },
      timeline(),
      publishedErrors(),
    ];
  },

  departures: ({ judgedHidden, wrongLabels }) => [
    "Networks are trained with Adam on all points at once, the rate falling along half a cosine, and hidden units are tanh; " +
      "Rumelhart et al. used gradient descent with momentum, and Rosenblatt's perceptron had a learning rule of its own.",
    `Two hidden units suffice for XOR, but not from every start; B4 is judged with ${judgedHidden}.`,
    "The theorems say that a wide enough network exists. Here it is trained as well, so an error that no longer falls may " +
      "be the training's.",
    `Of the test labels, too, ${quantity(100 * wrongLabels, "%")} are wrong: no classifier has a smaller expected error.`,
    "History (G3, G4) is cited, not measured: its figures have no verdict.",
  ],
});
