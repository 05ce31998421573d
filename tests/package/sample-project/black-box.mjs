/** The laws alone, as an ES module and as CommonJS, of networks that are any code; nothing of it needs TensorFlow. */
import { createRequire } from "node:module";
import { buildCifarResNet, parameterCounts } from "cnn-findings";
import { checkArchitecture, checkNetwork } from "cnn-findings/laws";

/** Logits of the sum of each image's values, or of all of them: then an image's depend on those beside it. */
const sums = (overBatch) => ({
  inputShape: [8, 8, 1],
  classes: 3,
  forward({ values, count }) {
    const size = values.length / count;
    return Array.from({ length: count }, (_, i) => {
      const own = overBatch ? values : values.subarray(i * size, (i + 1) * size);
      const sum = own.reduce((all, value) => all + value, 0);
      return [sum, 2 * sum, -sum];
    });
  },
});

export default sums(false);

async function outcome(check) {
  try {
    await check();
    return "holds";
  } catch (error) {
    return `${error.name} ${error.message}`;
  }
}

if (process.argv[1]?.endsWith("black-box.mjs")) {
  const { checkNetwork: required } = createRequire(import.meta.url)("cnn-findings/laws");
  console.log(`the same by require: ${required === checkNetwork}`);
  console.log(`sums: ${await outcome(() => checkNetwork(sums(false), { seconds: 1 }))}`);
  console.log(`sums over the batch: ${await outcome(() => checkNetwork(sums(true), { seconds: 1 }))}`);
  const resnet20 = buildCifarResNet({ depth: 20, inputShape: [32, 32, 3], classes: 10 });
  console.log(`trainable parameters: ${parameterCounts(resnet20).trainable}`); // He et al. 2015, sec. 4.2, option A
  if (process.argv[2] === "--architecture") {
    const resnet8 = ({ inputShape, classes }) => buildCifarResNet({ depth: 8, inputShape, classes });
    console.log(await outcome(() => checkArchitecture(resnet8, { runs: 2 })));
  }
}
