/** An architecture out of what somebody's file exports: every fault is told before anything is computed. */
import { z } from "zod";
import { type Architecture, type Layer, parameterSpecifications, placedLayers } from "../networks";

const whole = z.number().int().positive();
const positive = z.number().positive();
const name = z.string().min(1);
const padding = z.union([z.literal(["same", "valid"]), z.number().int().nonnegative()]);
const pool = { size: whole, stride: whole, padding };

const layerSchema: z.ZodType<Layer> = z.lazy(() =>
  z.discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("convolution"),
      name,
      filters: whole,
      kernelSize: z.tuple([whole, whole]),
      stride: whole,
      padding,
      bias: z.boolean(),
      gain: positive,
    }),
    z.strictObject({ kind: z.literal("batch normalisation"), name, epsilon: positive, momentum: z.number() }),
    z.strictObject({ kind: z.literal("dense"), name, units: whole, bias: z.boolean(), gain: positive }),
    z.strictObject({ kind: z.literal(["max pool", "average pool"]), ...pool }),
    z.strictObject({ kind: z.literal("subsample and pad"), stride: whole, channels: whole }),
    z.strictObject({ kind: z.literal("concatenation"), branches: z.array(layersSchema).min(1) }),
    z.strictObject({
      kind: z.literal("channel selection"),
      channels: z.array(z.number().int().nonnegative()).min(1),
    }),
    z.strictObject({ kind: z.literal("scaling"), factor: z.number() }),
    z.strictObject({ kind: z.literal("channel scaling"), name }),
    z.strictObject({
      kind: z.literal("local response normalisation"),
      radius: z.number().int().nonnegative(),
      bias: z.number(),
      alpha: z.number(),
      beta: z.number(),
    }),
    z.strictObject({ kind: z.literal("dropout"), name, rate: z.number().min(0).lt(1) }),
    z.strictObject({ kind: z.literal(["relu", "sigmoid", "tanh", "global average pool", "flatten"]) }),
  ]),
);
const layersSchema = z.array(layerSchema);

const architectureSchema: z.ZodType<Architecture> = z.strictObject({
  name,
  inputShape: z.tuple([whole, whole, whole]),
  classes: whole,
  stem: layersSchema,
  blocks: z.array(
    z.strictObject({ name, residual: layersSchema, shortcut: layersSchema.nullable(), join: layersSchema }),
  ),
  head: layersSchema,
  exits: z
    .array(
      z.strictObject({
        name,
        after: z.number().int().nonnegative(),
        head: layersSchema,
        lossWeight: z.number().nonnegative(),
      }),
    )
    .exactOptional(),
});

/** Faults that are told of at most. */
const faultsTold = 8;

/**
 * Reads a value as an architecture.
 *
 * @returns a copy: plain data, whatever the value's own fields do
 * @throws RangeError saying where it is none, or in what its layers do not fit together
 */
export function readArchitecture(value: unknown): Architecture {
  const read = architectureSchema.safeParse(value);
  if (!read.success) {
    const faults = read.error.issues.map(({ path, message }) => `${placeText(path)}: ${message}`);
    const more = faults.length > faultsTold ? [`and ${faults.length - faultsTold} more`] : [];
    throw new RangeError(`it is not an architecture:\n  ${[...faults.slice(0, faultsTold), ...more].join("\n  ")}`);
  }
  const architecture = read.data;
  parameterSpecifications(architecture); // throws where shapes do not fit or two layers share an address
  const drops = placedLayers(architecture).flatMap(({ layer }) => (layer.kind === "dropout" ? [layer.name] : []));
  assertDistinct("dropout layers", drops);
  assertDistinct(
    "blocks",
    architecture.blocks.map((block) => block.name),
  );
  const { exits = [], blocks } = architecture;
  const astray = exits.find(({ after }) => after >= blocks.length);
  if (astray !== undefined) throw new RangeError(`${astray.name} follows block ${astray.after} of ${blocks.length}`);
  return architecture;
}

/** @example placeText(["blocks", 2, "join"]) // "blocks[2].join" */
function placeText(path: readonly PropertyKey[]): string {
  if (path.length === 0) return "the whole";
  return path
    .map((step, i) => (typeof step === "number" ? `[${step}]` : `${i === 0 ? "" : "."}${String(step)}`))
    .join("");
}

function assertDistinct(what: string, names: readonly string[]): void {
  const twice = names.find((one, i) => names.indexOf(one) !== i);
  if (twice !== undefined) throw new RangeError(`two ${what} share the name ${twice}`);
}
