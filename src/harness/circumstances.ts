import { z } from "zod";

/** What determines a run's figures, as its provenance tells it; what an older version did not write is left out. */
export type Origin = z.infer<typeof originSchema>;

export const originSchema = z.object({
  experiment: z.string(),
  complete: z.boolean(),
  scale: z.string(),
  backend: z.string(),
  seeds: z.array(z.number()),
  parameters: z.array(z.object({ name: z.string(), value: z.string() })),
  data: z.object({ name: z.string(), checksum: z.string() }).nullable(),
  code: z.object({ commit: z.string(), dirty: z.boolean().nullable(), cells: z.string(), models: z.string() }),
  packages: z.record(z.string(), z.string()),
  machine: z.object({ node: z.string(), system: z.string(), processor: z.string() }),
  runtimes: z.array(
    z.object({
      tensorFlowVersion: z.string().nullable(),
      nodeVersion: z.string(),
      gpu: z.string().nullable(),
      threads: z.number(),
      processor: z.object({ model: z.string(), features: z.array(z.string()) }),
      platform: z.string(),
    }),
  ),
});

/** One circumstance in two runs, in words; null where one of them has none of that name. */
export interface Difference {
  /** "commit", "parameter steps", "package zod", "device". */
  readonly what: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** In what the circumstances of two runs differ. Times are left out, as they never agree. */
export function difference(before: Origin, after: Origin): Difference[] {
  const [older, newer] = [circumstances(before), circumstances(after)];
  return [...new Set([...older.keys(), ...newer.keys()])]
    .map((what) => ({ what, before: older.get(what) ?? null, after: newer.get(what) ?? null }))
    .filter((one) => one.before !== one.after);
}

/** Each circumstance by its name, what is nearest to the figures first. */
function circumstances(origin: Origin): Map<string, string> {
  const { code, data, seeds, parameters, packages, machine, runtimes } = origin;
  const ofRuntimes = (text: (runtime: Origin["runtimes"][number]) => string | null) =>
    [...new Set(runtimes.map(text).filter((found) => found !== null))].join("; ");
  const device = ofRuntimes(({ gpu, processor: { model, features } }) => gpu ?? [model, ...features].join(" "));
  return new Map([
    ["experiment", origin.experiment],
    ["scale", origin.scale],
    ...parameters
      .filter(({ name }) => name !== "seeds")
      .map(({ name, value }) => [`parameter ${name}`, value] as const),
    ["seeds", origin.complete ? seeds.join(", ") : `${seeds.join(", ")} and more to come`],
    ["data", data === null ? "its own" : `${data.name} ${data.checksum.slice(0, 8)}`],
    ["measuring code", code.cells.slice(0, 8)],
    ["training code", code.models.slice(0, 8)],
    ["commit", `${code.commit.slice(0, 8)}${code.dirty ? " with changes" : ""}`],
    ["backend", origin.backend],
    ["device", device || machine.processor],
    ["system", ofRuntimes(({ platform }) => platform) || machine.system],
    ["threads", ofRuntimes(({ threads }) => String(threads))],
    ["TensorFlow", ofRuntimes(({ tensorFlowVersion }) => tensorFlowVersion)],
    ["Node", ofRuntimes(({ nodeVersion }) => nodeVersion) || machine.node],
    ...Object.entries(packages).map(([name, version]) => [`package ${name}`, version] as const),
  ]);
}
