/** What `../early-exit.ts` measures of time: inference of the full network and with early exits. */
import { gatherBatch, type ImageSet, takeAtMost } from "../../src/data";
import type { Measuring, Study } from "../../src/experiment";
import { disposeNetwork, foldBatchNormalisation, forward } from "../../src/networks";
import { classifyEarly } from "../../src/routes";
import { tf } from "../../src/runtime";
import type { Measured } from "./classifiers";

export interface TimeOptions {
  readonly latencyBatches: readonly number[];
  readonly latencyImages: number;
  readonly latencyPasses: number;
}

/** Full and early inference of the same images by turns, for each size of batch. */
export async function timeRows(
  run: Measuring,
  { network, channelStatistics }: Study,
  test: ImageSet,
  threshold: number,
  { latencyBatches, latencyImages, latencyPasses }: TimeOptions,
): Promise<Measured[]> {
  const images = takeAtMost(test, latencyImages);
  const folded = foldBatchNormalisation(network);
  const rows: Measured[] = [];
  try {
    for (const batch of latencyBatches) {
      for (let pass = 0; pass <= latencyPasses; pass++) {
        const seconds = { full: 0, early: 0 };
        const timed = (kind: keyof typeof seconds, work: () => void) => {
          const start = performance.now();
          work();
          seconds[kind] += (performance.now() - start) / 1000;
        };
        for (let start = 0; start < images.count; start += batch) {
          const indices = Uint32Array.from({ length: Math.min(batch, images.count - start) }, (_, i) => start + i);
          const { height, width, channels } = images;
          const x = tf.tensor4d(gatherBatch(images, indices, channelStatistics), [
            indices.length,
            height,
            width,
            channels,
          ]);
          const turns = [
            () => timed("full", () => tf.tidy(() => void forward(folded, x, { mode: "inference" }).dataSync())),
            () => timed("early", () => void classifyEarly(folded, x, threshold)),
          ];
          for (const turn of pass % 2 === 0 ? turns : turns.reverse()) turn();
          x.dispose();
          await run.progress(`timing batches of ${batch}`, pass, latencyPasses + 1);
        }
        if (pass === 0) continue; // a warm-up
        const [full_seconds, early_seconds] = [seconds.full / images.count, seconds.early / images.count];
        rows.push({
          measurement: "time",
          threshold_nats: threshold,
          batch,
          pass,
          full_seconds,
          early_seconds,
        });
      }
    }
    return rows;
  } finally {
    disposeNetwork(folded);
  }
}
