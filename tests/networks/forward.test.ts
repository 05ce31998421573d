import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  type Architecture,
  backward,
  forward,
  fullRoute,
  type Layer,
  newTape,
  type Route,
  runBlock,
  runExit,
  runHead,
} from "../../src/networks";
import * as layers from "../../src/networks/families/layers";
import { randomStream } from "../../src/random";
import { peakTensorBytes, type Tensor2D, type Tensor4D, tf } from "../../src/runtime";
import { law } from "../property";
import { assertClose, normalTensor, withNetwork } from "../tensors";

const images = [6, 6, 2] as const;
const head = [layers.globalAveragePool, layers.dense("head", 3)];
const base: Architecture = { name: "toy", inputShape: images, classes: 3, stem: [], blocks: [], head };
const valuesOf = (batch: number, channels: number) => 4 * batch * 36 * channels;

/** A dense block: each layer adds `growth` channels to all that came before (Huang et al. 2017, arXiv:1608.06993). */
function denseBlock(depth: number, growth: number): Layer[] {
  return Array.from({ length: depth }, (_, i) =>
    layers.concatenation([], [layers.convolution(`layer${i}`, { filters: growth, size: 1 }), layers.sigmoid]),
  );
}

test("at each convolution, an untaped pass of a dense block holds its input and output alone", () => {
  const [batch, growth, depth] = [4, 3, 12];
  withNetwork({ ...base, stem: denseBlock(depth, growth) }, 1, (network) => {
    const x = normalTensor<Tensor4D>([batch, ...images], 1, "x");
    const peak = peakTensorBytes(() => forward(network, x, { mode: "inference" }).dispose());
    const last = images[2] + depth * growth;
    assert.is(peak, valuesOf(batch, last)); // the last convolution's: all channels before, and its own
    const whole = Array.from({ length: depth }, (_, i) => valuesOf(batch, images[2] + (i + 1) * growth));
    assert.ok(peak < whole.reduce((sum, bytes) => sum + bytes) / 3);
  });
});

test("a tape keeps of a concatenation what gradients need, and nothing else", () => {
  const cases: [Layer[], number][] = [
    [[layers.concatenation([layers.scaling(2)], [layers.scaling(3), layers.scaling(4)])], 0],
    [[layers.concatenation([layers.scaling(2), layers.relu], [])], 1], // the ReLU's output
    [[layers.concatenation([layers.scaling(2), layers.channelScaling("a")], [layers.channelScaling("b")])], 1],
    [[layers.concatenation([layers.scaling(2)]), layers.channelScaling("a")], 1], // the concatenation itself
    [[layers.scaling(2), layers.concatenation([], [layers.scaling(3)])], 0],
    [[layers.scaling(2), layers.concatenation([layers.concatenation([], [layers.tanh])], [])], 1],
  ];
  for (const [stem, kept] of cases) {
    withNetwork({ ...base, stem }, 1, (network) => {
      const x = normalTensor<Tensor4D>([2, ...images], 1, "x");
      const before = tf.memory().numTensors;
      forward(network, x, { mode: "inference", tape: newTape() });
      assert.is(tf.memory().numTensors - before, kept + 2, JSON.stringify(stem)); // the dense layer's input, the logits
    });
  }
});

test("logits of an exit that has no layers outlive the blocks behind it", () => {
  const features: Architecture = {
    ...base,
    stem: [layers.flatten, layers.dense("stem", 3)],
    blocks: ["block1", "block2"].map((name) => ({ name, residual: [layers.dense(name, 3)], shortcut: null, join: [] })),
    head: [],
    exits: [{ name: "exit1", after: 0, head: [], lossWeight: 1 }],
  };
  withNetwork(features, 1, (network) => {
    const x = normalTensor<Tensor4D>([2, ...images], 1, "x");
    const exitLogits = new Map<string, Tensor2D>();
    const before = tf.memory().numTensors;
    const logits = forward(network, x, { mode: "inference", exitLogits });
    assert.is(tf.memory().numTensors, before + 2, "the exit's logits and the head's");
    const upTo = forward(network, x, { mode: "inference", route: [{ block: 0, branch: "both" }] });
    assertClose(exitLogits.get("exit1")!, upTo, 0, "the exit");
    assertClose(
      logits,
      runHead(network, runBlock(network, { block: 1, branch: "both" }, upTo as never, "inference"), "inference"),
      0,
      "the head",
    );
  });
});

const dropping = { ...base, head: [layers.globalAveragePool, layers.dropout("drop", 0.5), layers.dense("head", 3)] };

law(
  "the mean over masks of a linear network is its logits without dropout",
  [fc.nat()],
  (seed) => {
    withNetwork(dropping, seed, (network) => {
      const x = normalTensor<Tensor4D>([2, ...images], seed, "x");
      const expected = forward(network, x, { mode: "inference" });
      assertClose(forward(network, x, { mode: "batch statistics" }), expected, 0, "batch statistics");
      const samples = Array.from({ length: 800 }, (_, sample) =>
        forward(network, x, { mode: "inference", masks: (layer) => randomStream(seed, layer, sample) }),
      );
      const { mean, variance } = tf.moments(tf.stack(samples), 0);
      const deviations = tf.div(tf.abs(tf.sub(mean, expected)), tf.sqrt(tf.add(tf.div(variance, 800), 1e-12)));
      assert.ok(tf.max(deviations).dataSync()[0]! < 6, "further than six standard errors");
      assert.ok(tf.min(variance).dataSync()[0]! > 0, "all masks gave the same logits");
    });
  },
  { numRuns: 3 },
);

test("dropout is not trained without masks, unless it drops nothing", () => {
  withNetwork(dropping, 1, (network) => {
    const x = normalTensor<Tensor4D>([1, ...images], 1, "x");
    assert.throws(() => forward(network, x, { mode: "training" }), /training toy needs streams of masks for drop/);
  });
  const harmless = { ...base, head: [layers.globalAveragePool, layers.dropout("drop", 0), layers.dense("head", 3)] };
  withNetwork(harmless, 1, (network) => {
    const x = normalTensor<Tensor4D>([1, ...images], 1, "x");
    const logits = forward(network, x, { mode: "training" });
    const masks = (layer: string) => randomStream(1, layer);
    assertClose(forward(network, x, { mode: "training", masks }), logits, 0, "logits");
  });
});

const blocks = [0, 1, 2].map((i) => ({
  name: `block${i}`,
  residual: [layers.convolution(`block${i}/convolution`, { filters: 2 }), layers.tanh],
  shortcut: [],
  join: [],
}));
const exits = [2, 0].map((after, i) => ({
  name: `exit${i}`,
  after,
  head: [layers.globalAveragePool, layers.dense(`exit${i}`, 3)],
  lossWeight: 0.3,
}));
const withExits: Architecture = { ...base, blocks, exits };

test("an exit comes after the last visit to its block, and not at all where the route leaves that out", () => {
  withNetwork(withExits, 1, (network) => {
    const x = normalTensor<Tensor4D>([2, ...images], 1, "x");
    const reached = (order: readonly number[]) => {
      const route: Route = order.map((block) => ({ block, branch: "both" }));
      const exitLogits = new Map<string, Tensor2D>();
      const logits = forward(network, x, { mode: "inference", route, exitLogits });
      const tape = newTape();
      forward(network, x, { mode: "inference", route, tape, exitLogits: new Map() });
      return { logits, exitLogits, places: tape.exits.map(({ exit, place }) => `${exit.name} at ${place}`) };
    };
    assert.equal(reached([0, 1, 2]).places, ["exit1 at 1", "exit0 at 3"]);
    assert.equal(reached([2, 1, 0, 1]).places, ["exit0 at 1", "exit1 at 3"]);
    assert.equal(reached([0, 1, 0, 1]).places, ["exit1 at 3"]);
    assert.equal(reached([1]).places, []);
    const { exitLogits } = reached([0, 1]);
    const prefix = reached([0]);
    assertClose(
      exitLogits.get("exit1")!,
      prefix.exitLogits.get("exit1")!,
      0,
      "what follows an exit does not change it",
    );
    assert.is(forward(network, x, { mode: "inference" }).shape.join(), prefix.logits.shape.join());
  });
});

test("exits that are not there, or did not run, are refused in words", () => {
  withNetwork(withExits, 1, (network) => {
    const x = normalTensor<Tensor4D>([2, ...images], 1, "x");
    assert.throws(() => runExit(network, "exit7", x, "inference"), /toy has no exit exit7; it has exit0, exit1/);
    const tape = newTape();
    const logits = forward(network, x, { mode: "batch statistics", tape });
    const exitGradients = new Map([["exit1", logits]]);
    assert.throws(
      () => backward(network, tape, logits, { exitGradients }),
      /no gradient can come from exit1: the forward pass did not run this exit/,
    );
  });
  withNetwork(base, 1, (network) => {
    const x = normalTensor<Tensor4D>([2, ...images], 1, "x");
    assert.throws(() => runExit(network, "exit0", x, "inference"), /toy has no exit exit0; it has none/);
    assertClose(runHead(network, x, "inference"), forward(network, x, { mode: "inference" }), 0, "no blocks at all");
  });
});

test("the gradient shown at a boundary holds what comes from the exits there", () => {
  withNetwork(withExits, 1, (network) => {
    const x = normalTensor<Tensor4D>([2, ...images], 1, "x");
    const shownWith = (names: readonly string[]) => {
      const tape = newTape();
      const exitLogits = new Map<string, Tensor2D>();
      const route = fullRoute(withExits);
      const logits = forward(network, x, { mode: "batch statistics", route, tape, exitLogits });
      const exitGradients = new Map(names.map((name) => [name, tf.onesLike(exitLogits.get(name)!)]));
      const shown: number[][] = [];
      backward(network, tape, tf.onesLike(logits), {
        exitGradients,
        onGradient: (_, gradient) => shown.unshift([...gradient.dataSync()]),
      });
      return shown; // by boundary, from the first block's input to the last one's output
    };
    const [without, last, first] = [shownWith([]), shownWith(["exit0"]), shownWith(["exit1"])];
    const changed = (shown: number[][]) => shown.map((values, place) => values.join() !== without[place]!.join());
    assert.equal(changed(last!), [true, true, true, true]); // exit0 hangs on the last block's output
    assert.equal(changed(first!), [true, true, false, false]); // exit1 on the first one's
  });
});

test.run();
