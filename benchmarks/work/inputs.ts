/** Writes the file that all contenders of a contest share: weights of seed 1, normalised pictures, and their labels. */
import { writeFileSync } from "node:fs";
import { gatherBatch, labelsOf } from "../../src/data";
import { createNetwork } from "../../src/models";
import { encodeSafetensors } from "../../src/training";
import { taskSchema } from "../task";
import { noiseMoments, noisePictures } from "./pictures";
import { architectureOf } from "./serve";

const task = taskSchema.parse(JSON.parse(process.argv.at(-1) ?? ""));
const pictures = noisePictures(task);
const places = Uint32Array.from({ length: pictures.count }, (_, i) => i);
const tensors = new Map(
  [...createNetwork(architectureOf(task), 1).weights].map(([name, tensor]) => [
    name,
    { shape: tensor.shape, data: tensor.dataSync<"float32">() },
  ]),
);
tensors.set("pictures", {
  shape: [pictures.count, task.side, task.side, task.channels],
  data: gatherBatch(pictures, places, noiseMoments(task)),
});
tensors.set("labels", { shape: [pictures.count], data: Float32Array.from(labelsOf(pictures, places)) });
writeFileSync(task.inputs, encodeSafetensors({ tensors, metadata: {} }));
