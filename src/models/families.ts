/**
 * Every architecture that can be built by name: "resnet32" is depth 32 of the family "resnet".
 *
 * What is registered here is offered to the experiments and put under the laws of tests/properties/; `registerArchitecture`
 * adds a network of one's own.
 */
import type { Architecture } from "./architecture";
import { buildCifarResNet, buildPlainNet } from "./cifar-resnet";
import { buildVggStyle } from "./vgg-style";

/** Which member of a family. */
export interface FamilyOptions {
  readonly depth: number;
  readonly inputShape: readonly [height: number, width: number, channels: number];
  readonly classes: number;
  /** Filters of the first stage; the family's own default unless told. */
  readonly width?: number;
}

/** Networks that are alike but for their depth, width, pictures and classes. */
export interface Family {
  /** What a name begins with. */
  readonly prefix: string;
  /** For people: "residual network, option A shortcuts". */
  readonly description: string;
  /** Depths that exist, the smallest first: enough of them to try the laws on. */
  readonly exampleDepths: readonly number[];
  build(options: FamilyOptions): Architecture;
}

/** All families, in the order in which they are listed for people. */
export const families: Family[] = [
  {
    prefix: "resnet",
    description: "residual network, original blocks, option A shortcuts",
    exampleDepths: [8, 14, 20, 32, 44, 56, 110],
    build: (options) => buildCifarResNet(options),
  },
  {
    prefix: "projection-resnet",
    description: "residual network, original blocks, option B shortcuts",
    exampleDepths: [8, 14, 20, 32, 44, 56, 110],
    build: (options) => buildCifarResNet({ ...options, shortcuts: "B" }),
  },
  {
    prefix: "preactivation-resnet",
    description: "residual network, pre-activation blocks, option A shortcuts",
    exampleDepths: [8, 14, 20, 32, 44, 56, 110],
    build: (options) => buildCifarResNet({ ...options, preActivation: true }),
  },
  {
    prefix: "bottleneck-resnet",
    description: "residual network, original bottleneck blocks, projection shortcuts",
    exampleDepths: [11, 20, 29, 56, 110, 164],
    build: (options) => buildCifarResNet({ ...options, bottleneck: true }),
  },
  {
    prefix: "preactivation-bottleneck-resnet",
    description: "residual network, pre-activation bottleneck blocks, projection shortcuts",
    exampleDepths: [11, 20, 29, 56, 110, 164, 1001],
    build: (options) => buildCifarResNet({ ...options, bottleneck: true, preActivation: true }),
  },
  {
    prefix: "plain",
    description: "plain network: the residual one without its shortcuts",
    exampleDepths: [8, 14, 20, 32, 44, 56, 110],
    build: buildPlainNet,
  },
  {
    prefix: "vgg",
    description: "VGG-style network with batch normalisation",
    exampleDepths: [7, 9, 11, 13, 15, 18],
    build: buildVggStyle,
  },
];

/**
 * The architecture of a name, such as "resnet110" or "vgg15".
 *
 * @throws RangeError when no family has that name, listing those there are, or the family has no such depth
 */
export function buildByName(name: string, options: Omit<FamilyOptions, "depth">): Architecture {
  const { family, depth } = parseName(name);
  return family.build({ ...options, depth });
}

/** Family and depth of a name. @throws RangeError when no family has that name */
export function parseName(name: string): { family: Family; depth: number } {
  const [, prefix, depth] = /^([a-z-]+?)(\d+)$/.exec(name) ?? [];
  const family = families.find((candidate) => candidate.prefix === prefix);
  if (family === undefined) {
    const known = families.map((candidate) => `${candidate.prefix}N`).join(", ");
    throw new RangeError(`there is no network "${name}"; there are ${known}, where N is the depth in layers`);
  }
  return { family, depth: Number(depth) };
}
