/**
 * Learns the weights of x' = tanh(x W(t) + b(t)) on the page, and runs the equation at other depths and step sizes. Problem,
 * network and training are those of the experiment ode-learning at the scale `quick`, seed 1, on fewer test points.
 */
import { sampleToyProblem } from "../../data";
import {
  createFlow,
  disposeFlow,
  disposeFlowParameters,
  flowAtDepth,
  flowPredictions,
  type LearnedFlow,
  trainFlow,
} from "../../dynamics";
import { learningRate } from "../../training";
import { type FlowAnswer, type FlowQuestion, flowLayers, flowTime, regionSide } from "../page-data";
import { tf } from "./runtime";

const seed = 1;
const [width, knots, steps, peak] = [16, 8, 500, 0.01];
const [trainingPoints, testPoints] = [1000, 500];

const depths = [4, 8, 16, 32, 64, 128];
const stepFactors = [0.125, 0.25, 0.5, 0.7, 0.85, 1, 1.2, 1.4, 2, 4, 8];

let flow: LearnedFlow | undefined;
let test: ReturnType<typeof sampleToyProblem>;

/** @param tell told of what is done so far, then of the answer */
export async function answerFlow(question: FlowQuestion, tell: (answer: FlowAnswer) => void): Promise<void> {
  if (question.kind === "learn") await learn(question, tell);
  else tell(solved(question));
}

async function learn(
  { problem, weights }: Extract<FlowQuestion, { kind: "learn" }>,
  tell: (answer: FlowAnswer) => void,
) {
  const training = sampleToyProblem(problem, { count: trainingPoints, seed, part: "training" });
  test = sampleToyProblem(problem, { count: testPoints, seed, part: "test" });
  const shape = { inputs: 2, width, classes: training.classes, opening: false };
  const fresh = createFlow(shape, weights === "free" ? flowLayers : knots, seed);
  const x = tf.tensor2d(training.inputs, [training.count, 2]);
  const targets = tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d(training.labels, "int32"), training.classes), "float32"));
  if (flow !== undefined) disposeFlow(flow);
  flow = await trainFlow(
    fresh,
    { x, targets: targets as typeof x },
    {
      ...{ layers: flowLayers, time: flowTime, steps, smoothness: 0 },
      learningRate: (step) => learningRate({ kind: "one cycle", peak, rise: 0.25 }, step, steps),
      onProgress: (done) => tell({ kind: "learning", done, total: steps }),
    },
  );
  disposeFlow(fresh);
  tf.dispose([x, targets]);
  const errors = (settings: readonly (readonly [layers: number, stepFactor: number])[]) =>
    settings.map(([layers, factor]) => errorOf(predict(test.inputs, layers, factor)));
  tell({
    kind: "learned",
    depths: { x: depths, y: errors(depths.map((layers) => [layers, 1])) },
    steps: { x: stepFactors, y: errors(stepFactors.map((factor) => [flowLayers, factor])) },
  });
}

function solved({ layers, stepFactor }: Extract<FlowQuestion, { kind: "solve" }>): FlowAnswer {
  const at = (place: number) => (2 * (place + 0.5)) / regionSide - 1;
  const places = Array.from({ length: regionSide }, (_, place) => place);
  const square = Float32Array.from(places.flatMap((down) => places.flatMap((across) => [at(across), -at(down)])));
  const taken = predict(test.inputs, layers, stepFactor);
  return {
    ...{ kind: "solved", layers, stepFactor, error: errorOf(taken), taken: [...taken] },
    ...{ region: [...predict(square, layers, stepFactor)], inputs: [...test.inputs], labels: [...test.labels] },
  };
}

/** @param stepFactor by which the step is larger than time / layers */
function predict(inputs: Float32Array, layers: number, stepFactor: number): Int32Array {
  const x = tf.tensor2d(inputs, [inputs.length / 2, 2]);
  const parameters = flowAtDepth(flow!, layers);
  const classes = flowPredictions(parameters, x, { stepSize: (stepFactor * flowTime) / layers });
  disposeFlowParameters(parameters);
  x.dispose();
  return classes;
}

/** Test error (%). */
function errorOf(taken: Int32Array): number {
  return (100 * taken.filter((label, i) => label !== test.labels[i]).length) / test.count;
}
