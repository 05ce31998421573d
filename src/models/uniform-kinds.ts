import type { UniformNetworkOptions } from "./uniform-network";

/** A kind of uniform network: its name, how its blocks are built, and whether their branches are scaled by 1/√N. */
export interface UniformKind {
  readonly name: string;
  readonly options: Pick<UniformNetworkOptions, "activation" | "gain" | "normalised" | "residual">;
  readonly scaled?: true;
}

/** Of the weights' variance times the fan-in; their names in the text are Glorot's and He's initialisation. */
const [glorot, he] = [1, 2];

/**
 * The kinds of uniform networks (see `buildUniformNetwork`) that differ in what depth does to their gradients: it makes
 * them vanish, explode, shatter, or leaves them alone.
 */
export const uniformKinds = {
  sigmoid: { name: "plain sigmoid, gain 1", options: { activation: "sigmoid", gain: glorot } },
  tanh: { name: "plain tanh, gain 1", options: { activation: "tanh", gain: glorot } },
  smallRelu: { name: "plain ReLU, gain 1", options: { activation: "relu", gain: glorot } },
  heRelu: { name: "plain ReLU, gain 2", options: { activation: "relu", gain: he } },
  largeSigmoid: { name: "plain sigmoid, gain 256", options: { activation: "sigmoid", gain: 256 } },
  largeTanh: { name: "plain tanh, gain 4", options: { activation: "tanh", gain: 4 } },
  largeRelu: { name: "plain ReLU, gain 4", options: { activation: "relu", gain: 4 } },
  normalisedRelu: {
    name: "plain ReLU, gain 2, normalised",
    options: { activation: "relu", gain: he, normalised: true },
  },
  residualSigmoid: {
    name: "residual sigmoid, gain 1",
    options: { activation: "sigmoid", gain: glorot, residual: true },
  },
  residualSmallestRelu: {
    name: "residual ReLU, gain 0.5",
    options: { activation: "relu", gain: 0.5, residual: true },
  },
  residualSmallRelu: { name: "residual ReLU, gain 1", options: { activation: "relu", gain: glorot, residual: true } },
  residualRelu: { name: "residual ReLU, gain 2", options: { activation: "relu", gain: he, residual: true } },
  residualLargeRelu: { name: "residual ReLU, gain 4", options: { activation: "relu", gain: 4, residual: true } },
  residualNormalised: {
    name: "residual ReLU, gain 2, normalised",
    options: { activation: "relu", gain: he, normalised: true, residual: true },
  },
  residualScaled: {
    name: "residual ReLU, gain 2, branch over √N",
    options: { activation: "relu", gain: he, residual: true },
    scaled: true,
  },
} satisfies Readonly<Record<string, UniformKind>>;
