/** Networks and ways of running them that each break one law, and what a broken law says. */
import * as assert from "uvu/assert";
import { type ArchitectureFunction, BrokenLaw, type Inference, type SubjectFamily } from "../../src/laws";
import {
  type Architecture,
  averagePool,
  type Block,
  batchNormalisation,
  convolution,
  convolutionUnit,
  dense,
  flatten,
  forward,
  globalAveragePool,
  maxPool,
  relu,
  scaling,
} from "../../src/networks";
import { tf } from "../../src/runtime";

/** The error of a check that has to break a law. */
export async function brokenBy(check: Promise<void>): Promise<BrokenLaw> {
  try {
    await check;
  } catch (error) {
    assert.instance(error, BrokenLaw, String(error));
    return error as BrokenLaw;
  }
  throw new Error("no law was broken");
}

/** The error of a check, whatever it is; its message is empty where there is none. */
export async function errorOf(check: Promise<void>): Promise<Error> {
  try {
    await check;
    return new Error("");
  } catch (error) {
    return error as Error;
  }
}

/** Runs a body with some variables of the environment, and none of those that replay. */
export async function withEnvironment<Result>(
  environment: Readonly<Record<string, string>>,
  body: () => Promise<Result>,
): Promise<Result> {
  const names = ["CI", "FC_SEED", "FC_PATH", "FC_PROPERTY", "FC_NUM_RUNS", "UPDATE_SNAPSHOTS"];
  const before = names.map((name) => [name, process.env[name]] as const);
  for (const name of names) delete process.env[name];
  Object.assign(process.env, environment);
  try {
    return await body();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

/** Two residual blocks and a pooling one, of every layer's usual kind; it keeps all laws. */
export const sound: ArchitectureFunction = function sound({ inputShape, classes }) {
  return {
    name: "sound",
    inputShape,
    classes,
    stem: convolutionUnit("stem", { filters: 4 }),
    blocks: [
      residualBlock("block1", 4, []),
      { name: "pool", residual: [maxPool(2, 2, "same")], shortcut: null, join: [] },
      residualBlock("block2", 6, [convolution("block2/projection", { filters: 6, size: 1, gain: 1 })]),
    ],
    head: [globalAveragePool, dense("head/classifier", classes)],
  };
};

function residualBlock(name: string, filters: number, shortcut: Block["shortcut"]): Block {
  return {
    name,
    residual: [
      convolution(`${name}/convolution1`, { filters }),
      batchNormalisation(`${name}/normalisation1`),
      relu,
      convolution(`${name}/convolution2`, { filters }),
      batchNormalisation(`${name}/normalisation2`),
    ],
    shortcut,
    join: [relu],
  };
}

/** Its shortcut rounds odd sides down where its residual branch rounds them up. */
export const misfitFamily: SubjectFamily = {
  prefix: "misfit",
  exampleDepths: [4, 6, 8],
  build({ depth, inputShape, classes, width = 2 }): Architecture {
    const halving: Block = {
      name: "halving",
      residual: [convolution("halving/convolution", { filters: width, stride: 2 })],
      shortcut: [averagePool(2)],
      join: [relu],
    };
    return {
      name: `misfit${depth}`,
      inputShape,
      classes,
      stem: convolutionUnit("stem", { filters: width }),
      blocks: [
        ...Array.from({ length: (depth - 2) / 2 }, (_, i) => residualBlock(`block${i + 1}`, width, [])),
        halving,
      ],
      head: [globalAveragePool, dense("head/classifier", classes)],
    };
  },
};

/** Branches of stride 2 and 1 that happen to fit on eight pixels. */
export const skewed: Architecture = {
  name: "skewed",
  inputShape: [8, 8, 1],
  classes: 2,
  stem: [],
  blocks: [
    {
      name: "block1",
      residual: [convolution("block1/strided", { filters: 2, stride: 2 })],
      shortcut: [convolution("block1/valid", { filters: 2, size: 5, padding: "valid" })],
      join: [],
    },
  ],
  head: [globalAveragePool, dense("head/classifier", 2)],
};

/** A plain network without normalisation, of the given gain. */
export function plainNetwork(gain: number, depth = 6): Architecture {
  return {
    name: `plain-gain-${gain}`,
    inputShape: [6, 6, 2],
    classes: 3,
    stem: [convolution("stem/convolution", { filters: 8 }), relu],
    blocks: Array.from({ length: depth }, (_, i): Block => {
      const name = `block${i + 1}`;
      return {
        name,
        residual: [convolution(`${name}/convolution`, { filters: 8, gain }), relu],
        shortcut: null,
        join: [],
      };
    }),
    head: [globalAveragePool, dense("head/classifier", 3)],
  };
}

/** A scaling between two convolutions. */
export const scaled: Architecture = {
  name: "scaled",
  inputShape: [6, 6, 1],
  classes: 2,
  stem: [convolution("stem/convolution", { filters: 2 })],
  blocks: [
    {
      name: "block1",
      residual: [scaling(0.5), convolution("block1/convolution", { filters: 2, stride: 2 })],
      shortcut: null,
      join: [],
    },
  ],
  head: [flatten, dense("head/classifier", 2)],
};

/** Another architecture each time: its layers are numbered through all that were built. */
export function numbering(): ArchitectureFunction {
  let built = 0;
  return function numbered({ inputShape, classes }) {
    built++;
    return {
      name: "numbered",
      inputShape,
      classes,
      stem: [convolution(`convolution${built}`, { filters: 2 })],
      blocks: [],
      head: [globalAveragePool, dense("classifier", classes)],
    };
  };
}

/** Normalises by the mini-batch at inference, too. */
export const byBatchStatistics: Inference = (network, x, route) =>
  forward(network, x, { mode: "batch statistics", route });

/** Takes every block whatever the route says. */
export const deafToRoutes: Inference = (network, x) => forward(network, x, { mode: "inference" });

/** Adds noise that no seed steers. */
export const noisy: Inference = (network, x, route) =>
  tf.add(forward(network, x, { mode: "inference", route }), Math.random());

/** Forgets a class. */
export const oneClassShort: Inference = (network, x, route) =>
  tf.slice2d(forward(network, x, { mode: "inference", route }), [0, 1], [-1, -1]);
