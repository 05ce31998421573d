/**
 * The architectures that experiments build by name: "resnet32" is depth 32 of the family "resnet".
 *
 * What is registered here is code behind every result on a network that is looked up by its name, and is put under the laws of
 * tests/laws/. `registerArchitecture` adds a network as data, which a result on it has in its identity: so a new family goes to
 * `handedFamilies`, whose members `--network` hands over like a custom network, and no result becomes stale.
 */
import type { Architecture, Layer } from "../engine/architecture";
import { buildCifarResNet, buildPlainNet } from "./cifar-resnet";
import type { Family, FamilyOptions } from "./layers";
import { buildVggStyle } from "./vgg";

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

const own = new Set<Family>();

/**
 * Makes an architecture known to `buildByName` and `parseName`, as a family of a single depth, for the life of the process:
 * whatever takes a network by its name then takes this one. The same prefix again replaces the one before.
 *
 * @param prefix small letters with hyphens between them; preceded by "own-" where a family of the project has that name
 * @returns its name from now on: the prefix with the depth in layers, "my-network20"
 * @throws RangeError for another prefix
 */
export function registerArchitecture(architecture: Architecture, prefix: string): string {
  if (!/^[a-z]+(-[a-z]+)*$/.test(prefix)) {
    throw new RangeError(`need a prefix of small letters with hyphens between them, got "${prefix}"`);
  }
  const free = families.some((family) => family.prefix === prefix && !own.has(family)) ? `own-${prefix}` : prefix;
  const depth = depthOf(architecture);
  const family: Family = {
    prefix: free,
    description: `a custom network, ${architecture.name}`,
    exampleDepths: [depth],
    build(asked) {
      if (asked.depth === depth) return architecture;
      throw new RangeError(`${free}${depth} is a custom network: there is none of ${asked.depth} layers`);
    },
  };
  own.add(family);
  const known = families.findIndex((other) => other.prefix === free);
  if (known === -1) families.push(family);
  else families[known] = family;
  return `${free}${depth}`;
}

/** The architecture that was registered under a name; null where none was. */
export function registeredArchitecture(name: string): Architecture | null {
  const family = families.find((one) => own.has(one) && `${one.prefix}${one.exampleDepths[0]}` === name);
  return family?.build({ depth: family.exampleDepths[0]!, inputShape: [1, 1, 1], classes: 1 }) ?? null; // whatever is asked
}

/**
 * Layers with weights from the input to the logits, shortcuts and gates left out, as the names of networks count them; of branches
 * side by side the one that has most.
 *
 * @example depthOf(buildByName("resnet20", options)) // 20
 */
export function depthOf({ stem, blocks, head }: Architecture): number {
  return weightedLayers([...stem, ...blocks.flatMap(({ residual, join }) => [...residual, ...join]), ...head]);
}

/** Convolutions and dense layers one after another; of branches side by side the most. */
export function weightedLayers(layers: readonly Layer[]): number {
  return layers.reduce((sum, layer) => {
    if (layer.kind === "concatenation") return sum + Math.max(0, ...layer.branches.map(weightedLayers));
    if (layer.kind === "graph part") return sum + layer.depth;
    return layer.kind === "convolution" || layer.kind === "dense" ? sum + 1 : sum;
  }, 0);
}
