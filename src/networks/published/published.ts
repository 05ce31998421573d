/**
 * The published networks by name, each as its paper or a widely used code has it: with its own input and classes.
 *
 * What is registered here is counted against references, and put under laws; those up to 2016 are run by experiments/architectures.ts. Networks
 * of any depth for small images are in `families.ts`.
 */
import type { Architecture } from "../engine/architecture";
import { families } from "../families/families";
import type { BuilderOptions, Family } from "../families/layers";
import { handedFamilies } from "../families/since-2018";
import { publishedClassics } from "./classics";
import { publishedDenseNets } from "./densenets";
import { publishedInceptions } from "./inception";
import type { BuildSize, PublishedNetwork } from "./published-network";
import { publishedResNets } from "./resnets";
import { publishedSince2018 } from "./since-2018";

/** All published networks, each with its paper, input, classes and where it is counted. */
export const publishedNetworks: readonly PublishedNetwork[] = [
  ...publishedClassics,
  ...publishedResNets,
  ...publishedDenseNets,
  ...publishedInceptions,
  ...publishedSince2018,
];

/**
 * The entry of a name.
 *
 * @throws RangeError when there is none, listing those there are
 */
export function publishedByName(name: string): PublishedNetwork {
  const found = publishedNetworks.find((network) => network.name === name);
  if (found !== undefined) return found;
  const known = publishedNetworks.map((network) => network.name).join(", ");
  throw new RangeError(`there is no published network "${name}"; there are ${known}`);
}

/** The architecture of a name, with its published input and classes by default. @throws RangeError when there is none */
export function buildPublished(name: string, size: BuildSize = {}): Architecture {
  return publishedByName(name).build(size);
}

/** Every family whose members have a name, those first that no result depends on. */
const namedFamilies: readonly Family[] = [...handedFamilies, ...families];

/**
 * The network of a name for images and classes as told: a member of a family, "mobilenet23", or a published network, "convnext-t". Null
 * where no network has that name.
 *
 * @throws RangeError when the family has no member of that depth, or the images are too small
 */
export function networkByName(name: string, size: BuilderOptions): Architecture | null {
  const published = publishedNetworks.find((network) => network.name === name);
  if (published !== undefined) {
    const side = Math.min(size.inputShape[0], size.inputShape[1]);
    if (side >= published.smallestSide) return published.build(size);
    throw new RangeError(`${name} takes images of ${published.smallestSide} pixels and more, not of ${side}`);
  }
  const [, prefix, depth] = /^([a-z-]+?)(\d+)$/.exec(name) ?? [];
  const family = namedFamilies.find((one) => one.prefix === prefix);
  return family === undefined ? null : family.build({ ...size, depth: Number(depth) });
}

/** What `networkByName` takes, for people: "mobilenetN", "convnext-t". */
export function networkNames(): string[] {
  return [...namedFamilies.map(({ prefix }) => `${prefix}N`), ...publishedNetworks.map(({ name }) => name)];
}
