/**
 * How the driver and a contender talk: lines of JSON.
 *
 * A contender gets its task on its command line. It prints {"ready": facts} once everything is built, warm and checked,
 * then answers each line "run" on its standard input by {"measured": number}, and ends when its input does. What keeps
 * it from going on it tells as {"error": text}. Standard error is for people.
 */
import { z } from "zod";

export const factsSchema = z.object({
  /** Of the framework: "2.5.1". */
  version: z.string(),
  /** Trainable ones, of the network: the same for every contender. */
  parameters: z.number().int().positive().optional(),
  /** Losses or scores on the shared weights and images, the same for every contender up to rounding. */
  check: z.array(z.number()).optional(),
});

export const answerSchema = z.object({
  /** In the contest's unit. */
  measured: z.number().nonnegative(),
  /** Something to be told beside it. */
  note: z.string().optional(),
});

export const messageSchema = z.union([
  z.strictObject({ ready: factsSchema }),
  z.strictObject({ error: z.string() }),
  answerSchema,
]);

export type Facts = z.infer<typeof factsSchema>;
export type Answer = z.infer<typeof answerSchema>;
