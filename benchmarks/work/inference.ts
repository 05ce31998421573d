/** Logits of one mini-batch, batch normalisation folded as `evaluate` has it. */
import { gatherBatch, labelsOf } from "../../src/data";
import { foldBatchNormalisation, forward, parameterCounts } from "../../src/networks";
import { softmaxCrossEntropy } from "../../src/ops";
import { type Tensor4D, tf } from "../../src/runtime";
import { noiseImages, noiseStatistics } from "./images";
import { architectureOf, engine, networkOf, secondsOf, serve } from "./serve";

serve(async (task) => {
  const architecture = architectureOf(task);
  const folded = foldBatchNormalisation(networkOf(task));
  const images = noiseImages(task);
  const places = Uint32Array.from({ length: images.count }, (_, i) => i);
  const values = gatherBatch(images, places, noiseStatistics(task));
  const x: Tensor4D = tf.tensor4d(values, [task.batch, task.side, task.side, task.channels]);
  const logits = () => tf.tidy(() => forward(folded, x, { mode: "inference" }).dataSync());
  const run = () => secondsOf(logits, task.repeats);
  const check = tf.tidy(() => {
    const targets = tf.oneHot(tf.tensor1d(labelsOf(images, places), "int32"), 10).toFloat();
    return tf
      .mean(softmaxCrossEntropy(forward(folded, x, { mode: "inference" }), targets.as2D(-1, 10)).loss)
      .dataSync();
  });
  await run();
  const parameters = parameterCounts(architecture).trainable;
  return { facts: { version: engine(), parameters, check: [check[0]!] }, run };
});
