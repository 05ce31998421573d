/** Writes the images of the experiment block-deletion for a peer: MNIST, prepared as for the experiment's seed 1. */
import { writeFileSync } from "node:fs";
import { z } from "zod";
import { gatherBatch, labelsOf, loadDataset } from "../../src/data";
import { encodeSafetensors, prepareImages } from "../../src/training";
import { taskSchema } from "../task";

const protocolSchema = z.object({ meanPool: z.number(), validation: z.number() });

async function main(): Promise<void> {
  const { inputs, protocol } = taskSchema.parse(JSON.parse(process.argv.at(-1) ?? ""));
  const { training, test, channelStatistics } = prepareImages(
    await loadDataset("mnist"),
    protocolSchema.parse(protocol),
    1,
  );
  const tensors = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  for (const [name, set] of Object.entries({ training, test })) {
    const { count, height, width, channels } = set;
    const places = Uint32Array.from({ length: count }, (_, i) => i);
    tensors.set(name, { shape: [count, height, width, channels], data: gatherBatch(set, places, channelStatistics) });
    tensors.set(`${name} labels`, { shape: [count], data: Float32Array.from(labelsOf(set, places)) });
  }
  writeFileSync(inputs, encodeSafetensors({ tensors, metadata: {} }));
}

void main();
