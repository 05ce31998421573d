import { z } from "zod";

/** What a contender is to do: JSON, the last word of its command line, read by our programs and by the peers alike. */
export const taskSchema = z.object({
  /** "training step": each program knows its own. */
  work: z.string(),
  /** How, where there are several ways: "channels last", "one pass a route". */
  variant: z.string(),
  network: z.string(),
  /** Height and width of the images. */
  side: z.number().int().positive(),
  channels: z.number().int().positive(),
  /** Filters of the first stage. */
  width: z.number().int().positive(),
  /** Images of a mini-batch. */
  batch: z.number().int().positive(),
  /** Images in all. */
  images: z.number().int().positive(),
  /** Times that the work is done for one answer, which is their mean. */
  repeats: z.number().int().positive(),
  /** Random sets of blocks, where some are drawn. */
  draws: z.number().int().positive(),
  /** Images on which sweeps are warmed up and checked. */
  warmUp: z.number().int().positive(),
  learningRate: z.number().positive(),
  threads: z.number().int().positive(),
  /** Of activations and their gradients, in ours and in the peers. */
  precision: z.enum(["float32", "bfloat16"]),
  /** File of weights, images and labels that all contenders share; empty where there is none. */
  inputs: z.string(),
  /** Parameters of an experiment, where a whole one is run. */
  protocol: z.record(z.string(), z.unknown()),
});

export type Task = z.infer<typeof taskSchema>;

/** A task with the usual settings: batch 128 of 32x32x3, as CIFAR-10 is trained on, and one thread. */
export function task(own: Partial<Task> & Pick<Task, "work" | "network">): Task {
  return {
    variant: "",
    side: 32,
    channels: 3,
    width: 16,
    batch: 128,
    images: 128,
    repeats: 1,
    draws: 1,
    warmUp: 1,
    learningRate: 0.001,
    threads: 1,
    precision: "float32",
    inputs: "",
    protocol: {},
    ...own,
  };
}
