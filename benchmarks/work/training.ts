import { parameterCounts } from "../../src/networks";
import { createTrainer, type Trainer, type TrainingPlan } from "../../src/training";
import type { Task } from "../task";
import { noiseImages, noiseStatistics } from "./images";
import { architectureOf } from "./serve";

/** Our trainer on one mini-batch of noise, again and again. */
export function noiseTrainer(task: Task): { trainer: Trainer; parameters: number } {
  const architecture = architectureOf(task);
  const images = noiseImages(task);
  const plan: TrainingPlan = {
    architecture,
    seed: 1,
    steps: 1_000_000,
    batchSize: task.batch,
    schedule: { kind: "drops", initial: task.learningRate, at: [], warmUpSteps: 0 },
    momentum: 0.9,
    nesterov: false,
    weightDecay: 1e-4,
    labelSmoothing: 0,
    augmentation: null,
    routes: null,
    recompute: false,
    ...(task.precision === "bfloat16" ? { precision: task.precision } : {}),
    images: { meanPool: 1, validation: 0 },
  };
  const none = { ...images, images: new Uint8Array(0), labels: new Uint8Array(0), count: 0 };
  const trainer = createTrainer(plan, {
    training: images,
    validation: none,
    test: none,
    channelStatistics: noiseStatistics(task),
  });
  return { trainer, parameters: parameterCounts(architecture).trainable };
}
