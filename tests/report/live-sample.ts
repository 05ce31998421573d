/** A run under way, made up: for tests of its page, and to look at. */
import type { LiveContent, LiveRun, LiveTraining } from "../../src/report";

const names = ["resnet32", "plain32"].flatMap((network) => [1, 2, 3].map((seed) => ({ network, seed })));

/** @param steps done of 400; of the later ones fewer */
export function sampleTrainings(steps: number): LiveTraining[] {
  return names.map(({ network, seed }, place) => {
    const done = Math.max(0, Math.min(400, steps - 60 * place));
    return {
      network,
      seed,
      steps: 400,
      points: Array.from({ length: Math.floor(done / 20) }, (_, i) => ({
        step: 20 * (i + 1),
        loss: 2.3 * Math.exp(-(i + 1) / (network === "plain32" ? 9 : 5)) + 0.02 * seed,
        error: 0.9 * Math.exp(-(i + 1) / (network === "plain32" ? 8 : 4)),
      })),
    };
  });
}

export const sampleRun: LiveRun = {
  name: "block-deletion",
  title: "Deleting blocks",
  question: "What does one missing block cost a trained network?",
  scale: "quick",
  data: "mnist",
  command: "npx ts-node experiments/block-deletion.ts",
  started: "2026-01-02T03:04:05.678Z",
  state: "under way",
  fraction: 0.437,
  timeLeft: "4 min 10 s left",
  whole: "experiment 3 of 20, about 1 h 10 min left in all",
  cells: names.map(({ network, seed }, place) => ({
    id: `0123456789abcde${place}`,
    name: `network ${network}, seed ${seed}`,
    state: (["cached", "measured", "failed", "under way", "under way", "waiting"] as const)[place]!,
    took: place < 2 ? "34 s" : null,
    failure:
      place === 2
        ? {
            message: "resnet32, seed 3: the loss is NaN at step 41 (learning rate 0.2)",
            log: "results/store/logs/x.log",
          }
        : null,
  })),
  underWay: [
    {
      cell: "network plain32, seed 1",
      phase: "training plain32",
      fraction: 0.35,
      note: "loss 0.31, 1,830 images/s, for 21 s",
    },
    { cell: "network plain32, seed 2", phase: "begun", fraction: null, note: "for 1 s" },
  ],
  verdicts: [
    {
      claim: "E1",
      verdict: "reproduced",
      effect: { estimate: 1.41, low: 0.9, high: 2.2, count: 2 },
      unit: "points",
      statement: "Deleting one block of a trained residual network hardly hurts.",
      source: "Veit, Wilber & Belongie 2016",
      rule: "at most 5 points",
      paperValue: "error stays near 6.4 %",
      reason: "all conditions hold",
      sentence: "Deleting one block: error 6.4 % → 7.8 % (median of 13 blocks, 2 networks).",
      range: "preactivation-resnet32",
      postHoc: false,
      thumbnail: null,
    },
  ],
  interim: true,
  trainings: sampleTrainings(300),
  report: "reports/block-deletion.html",
};

export const sampleLive: LiveContent = {
  runs: [
    { name: "block-deletion", goesOn: true },
    { name: "degradation-smoke", goesOn: false },
  ],
  shown: sampleRun,
  folder: "results",
};
