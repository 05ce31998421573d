/**
 * The same training step in TensorFlow.js as its documentation has it: its own operations, `tf.variableGrads`, and its
 * momentum optimiser. The architecture is ours as data; nothing of our operations, gradients or optimiser is used.
 */
import { readFileSync } from "node:fs";
import type { Layer } from "../../src/networks";
import { type Tensor, type Tensor2D, type Tensor4D, tf, type Variable } from "../../src/runtime";
import { decodeSafetensors } from "../../src/training";
import { architectureOf, engine, secondsOf, serve } from "./serve";

serve((task) => {
  const { stem, blocks, head } = architectureOf(task);
  const { tensors } = decodeSafetensors(readFileSync(task.inputs));
  const variables = new Map<string, Variable>();
  for (const [name, { shape, data }] of tensors) {
    if (name === "images" || name === "labels") continue;
    const trainable = !/\/(mean|variance)$/.test(name);
    variables.set(name, tf.variable(tf.tensor(data, [...shape]), trainable, name));
  }
  const variable = <T extends Tensor>(name: string) => variables.get(name) as unknown as T;
  const images: Tensor4D = tf.tensor4d(tensors.get("images")!.data, [task.batch, task.side, task.side, task.channels]);
  const labels = tf.oneHot(tf.tensor1d(tensors.get("labels")!.data, "int32"), 10);
  const optimiser = tf.train.momentum(task.learningRate, 0.9);

  const runLayer = (layer: Layer, x: Tensor): Tensor => {
    switch (layer.kind) {
      case "convolution": {
        const kernel = variable<Tensor4D>(`${layer.name}/kernel`);
        if (layer.stride === 1) return tf.conv2d(x as Tensor4D, kernel, 1, "same");
        const border: [number, number] = [Number(layer.padding), Number(layer.padding)];
        return tf.conv2d(tf.pad(x as Tensor4D, [[0, 0], border, border, [0, 0]]), kernel, layer.stride, "valid");
      }
      case "batch normalisation": {
        const { mean, variance } = tf.moments(x, [0, 1, 2]);
        moveOn(`${layer.name}/mean`, mean, layer.momentum);
        moveOn(`${layer.name}/variance`, variance, layer.momentum);
        const [scale, offset] = [variable(`${layer.name}/scale`), variable(`${layer.name}/offset`)];
        const deviation = tf.sqrt(tf.add(variance, layer.epsilon));
        return tf.add(tf.mul(tf.div(tf.sub(x, mean), deviation), scale), offset);
      }
      case "relu":
        return tf.relu(x);
      case "global average pool":
        return tf.mean(x, [1, 2]);
      case "dense":
        return tf.add(tf.matMul(x as Tensor2D, variable(`${layer.name}/kernel`)), variable(`${layer.name}/bias`));
      case "subsample and pad": {
        const pixels = tf.avgPool(x as Tensor4D, 1, layer.stride, "valid"); // the strided slice has no gradient there
        const missing = layer.channels - pixels.shape[3];
        return tf.pad(pixels, [[0, 0], [0, 0], [0, 0], [0, missing]]); // biome-ignore format: one list
      }
      default:
        throw new Error(`the plain network has no layer "${layer.kind}"`);
    }
  };
  const moveOn = (name: string, value: Tensor, momentum: number) => {
    const running = variables.get(name)!;
    tf.tidy(() => running.assign(tf.add(tf.mul(running, 1 - momentum), tf.mul(value, momentum))));
  };
  const runLayers = (layers: readonly Layer[], x: Tensor) => layers.reduce((y, layer) => runLayer(layer, y), x);
  const loss = () => {
    let x = runLayers(stem, images);
    for (const { residual, shortcut, join } of blocks) {
      const branch = runLayers(residual, x);
      x = runLayers(join, shortcut === null ? branch : tf.add(branch, runLayers(shortcut, x)));
    }
    return tf.losses.softmaxCrossEntropy(labels, runLayers(head, x)).asScalar();
  };
  const step = () =>
    tf.tidy(() => {
      const { value, grads } = tf.variableGrads(loss);
      const decayed = Object.entries(grads).map(([name, gradient]) => ({
        name,
        tensor: tf.add(gradient, tf.mul(variables.get(name)!, 1e-4)),
      }));
      optimiser.applyGradients(decayed);
      return value.dataSync()[0]!;
    });
  const trainable = [...variables.values()].filter((one) => one.trainable);
  return {
    facts: {
      version: engine(),
      parameters: trainable.reduce((sum, { size }) => sum + size, 0),
      check: [step(), step(), step()],
    },
    run: () => secondsOf(step, task.repeats),
  };
});
