/**
 * Architectures of one's own among the families: whatever takes a network by its name then takes theirs.
 */
import type { Architecture, Layer } from "./architecture";
import { type Family, families } from "./families";

/**
 * Makes an architecture known to `buildByName` and `parseName`, as a family of a single depth. For the life of the process;
 * the same prefix again takes the place of the one before.
 *
 * @param prefix small letters with hyphens between them; "own-" goes before it where a family of the project has that name
 * @returns the name that it now has: the prefix with the depth in layers, "my-network20"
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
    description: `a network of one's own, ${architecture.name}`,
    exampleDepths: [depth],
    build(asked) {
      if (asked.depth === depth) return architecture;
      throw new RangeError(`${free}${depth} is a network of one's own: there is none of ${asked.depth} layers`);
    },
  };
  own.add(family);
  const known = families.findIndex((other) => other.prefix === free);
  if (known === -1) families.push(family);
  else families[known] = family;
  return `${free}${depth}`;
}

const own = new Set<Family>();

/**
 * Layers with weights from the input to the logits, shortcuts left out, as the names of networks count them; of branches
 * side by side the one that has most.
 *
 * @example depthOf(buildByName("resnet20", options)) // 20
 */
export function depthOf({ stem, blocks, head }: Architecture): number {
  return weightedLayers([...stem, ...blocks.flatMap(({ residual, join }) => [...residual, ...join]), ...head]);
}

/** Convolutions and dense layers in a row. */
export function weightedLayers(layers: readonly Layer[]): number {
  return layers.reduce((sum, layer) => {
    if (layer.kind === "concatenation") return sum + Math.max(0, ...layer.branches.map(weightedLayers));
    return layer.kind === "convolution" || layer.kind === "dense" ? sum + 1 : sum;
  }, 0);
}
