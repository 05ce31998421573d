/** What was found on each claim of `../vanishing-gradient.ts`, in a sentence. */
import { plural } from "../../src/base";
import type { Rows } from "../../src/experiment";
import { type UniformKind, uniformKinds } from "../../src/networks";
import { largest, mean, quantity, smallest } from "../../src/statistics";
import { cured, deepestMeanSquares, growths, type Layer, type Row, select, slope, squaredGrowths } from "./rows";

const { sigmoid, largeSigmoid, largeTanh, heRelu, largeRelu, residualRelu, residualNormalised } = uniformKinds;

export const vanishingGradientSentences = {
  C1: (rows: Rows<Row>) =>
    gradientsText(rows, [
      ["dense", sigmoid],
      ["convolution", sigmoid],
      ["dense", heRelu],
    ]),
  C2: (rows: Rows<Row>) =>
    gradientsText(rows, [
      ["dense", largeRelu],
      ["dense", largeTanh],
      ["dense", largeSigmoid],
    ]),
  C3: curedText,
  "C3.1": curedText,
  C4(rows: Rows<Row>) {
    const growth = growths(select(rows, "dense", residualRelu));
    const normalised = deepestMeanSquares(select(rows, "dense", residualNormalised), () => 1);
    return (
      `The variance grows ${quantity(mean(growth))}-fold a block without normalisation; with it, to ` +
      `${quantity(mean(normalised))} after ${Math.max(...rows.numbers("depth"))} blocks (means of ` +
      `${plural(growth.length, "network")}).`
    );
  },
  C8(rows: Rows<Row>) {
    const found = squaredGrowths(rows, "dense");
    return (
      `The squared gradient grows ${quantity(mean(found))}-fold a layer towards the input of a plain network with batch ` +
      `normalisation (${quantity(smallest(found))} to ${quantity(largest(found))} in ${plural(found.length, "network")}).`
    );
  },
};

/** By how much a layer of depth multiplies the gradient that reaches the input, of each kind of network. */
function gradientsText(rows: Rows<Row>, of: readonly (readonly [Layer, UniformKind])[]): string {
  const kinds = new Map(
    of.map(([layer, kind]) => [
      `${layer === "dense" ? "dense" : "convolutional"} ${kind.name}`,
      [layer, kind] as const,
    ]),
  );
  const told = [...kinds].map(([name, [layer, kind]]) => {
    const times = slope(rows, layer, kind).map((one) => 10 ** one);
    return { text: `${quantity(mean(times))} (${name})`, networks: times.length };
  });
  return (
    `Every layer of depth multiplies the gradient that reaches the input by ${told.map(({ text }) => text).join(", ")}; means of ` +
    `${plural(Math.max(...told.map(({ networks }) => networks)), "network")} of each kind.`
  );
}

/** The same of each plain network and the residual one that cures it. */
function curedText(rows: Rows<Row>): string {
  return gradientsText(
    rows,
    cured.flatMap(({ layer, plain, residual }) => [
      [layer, plain],
      [layer, residual],
    ]),
  );
}
