/** The problems on which the networks of `../history.ts` are trained, and their errors. */
import type { RandomStream } from "../../src/random";
import {
  type ShallowExamples,
  type ShallowNetwork,
  type ShallowTraining,
  trainShallowNetwork,
} from "./shallow-network";

/** The corners of the square [-1, 1]², with XOR or AND of their signs as classes. */
export function corners(problem: "XOR" | "AND"): ShallowExamples {
  const points = [-1, 1].flatMap((first) => [-1, 1].map((second) => [first, second] as const));
  const wanted = points.map(([first, second]) => (problem === "XOR" ? first !== second : first > 0 && second > 0));
  return { x: Float64Array.from(points.flat()), wanted: Float64Array.from(wanted, Number) };
}

/** sin(πx) + sin(4πx)/2 at the midpoints of equal parts of [-1, 1]. */
export function smoothTarget(points: number): ShallowExamples {
  const x = Float64Array.from({ length: points }, (_, i) => (2 * i + 1) / points - 1);
  return { x, wanted: x.map((at) => Math.sin(Math.PI * at) + Math.sin(4 * Math.PI * at) / 2) };
}

/** Random points of the square [-1, 1]², in two classes on either side of a wave; a share of the labels is flipped. */
export function noisyLabels(points: number, wrongLabels: number, stream: RandomStream): ShallowExamples {
  const x = Float64Array.from({ length: 2 * points }, () => 2 * stream.uniform() - 1);
  const wanted = Float64Array.from({ length: points }, (_, i) => {
    const above = x[2 * i + 1]! > Math.sin(Math.PI * x[2 * i]!) / 2;
    return Number(above !== stream.uniform() < wrongLabels);
  });
  return { x, wanted };
}

/** Share of misclassified points; an output of exactly 0 stands for class 0. */
export function errorOf(outputs: Float64Array, { wanted }: ShallowExamples): number {
  return outputs.reduce((wrong, y, i) => wrong + Number(y > 0 !== (wanted[i] === 1)), 0) / wanted.length;
}

/** Trains a network to tell two classes apart; the best accuracy at any step. */
export async function bestAccuracy(
  network: ShallowNetwork,
  examples: ShallowExamples,
  training: Omit<ShallowTraining, "loss" | "onOutputs">,
): Promise<number> {
  let best = 0;
  const onOutputs = (outputs: Float64Array) => {
    best = Math.max(best, 1 - errorOf(outputs, examples));
  };
  await trainShallowNetwork(network, examples, { ...training, loss: "logistic", onOutputs });
  return best;
}
