/** Writes the file that all contenders of a contest share: weights of seed 1, normalised images, labels, and routes. */
import { writeFileSync } from "node:fs";
import { gatherBatch, labelsOf } from "../../src/data";
import { createNetwork } from "../../src/networks";
import { encodeSafetensors } from "../../src/training";
import { taskSchema } from "../task";
import { noiseImages, noiseStatistics } from "./images";
import { encodeRoutes, isSweep, routesOf } from "./routes";
import { architectureOf } from "./serve";

const task = taskSchema.parse(JSON.parse(process.argv.at(-1) ?? ""));
const images = noiseImages(task);
const places = Uint32Array.from({ length: images.count }, (_, i) => i);
const tensors = new Map(
  [...createNetwork(architectureOf(task), 1).weights].map(([name, tensor]) => [
    name,
    { shape: tensor.shape, data: tensor.dataSync<"float32">() },
  ]),
);
tensors.set("images", {
  shape: [images.count, task.side, task.side, task.channels],
  data: gatherBatch(images, places, noiseStatistics(task)),
});
tensors.set("labels", { shape: [images.count], data: Float32Array.from(labelsOf(images, places)) });
if (isSweep(task)) tensors.set("routes", encodeRoutes(routesOf(task, architectureOf(task))));
writeFileSync(task.inputs, encodeSafetensors({ tensors, metadata: {} }));
