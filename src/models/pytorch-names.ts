/**
 * What PyTorch's codes call the layers of our networks.
 *
 * A state dictionary names a tensor by the modules on the way to it: `layer1.0.conv1.weight`. torchvision's ResNet and VGG
 * and the usual codes for CIFAR ResNets follow the two namings here.
 */
import type { Architecture, Layer } from "./architecture";

/** "resnet": modules named by their part. "vgg": modules numbered in two sequences, `features` and `classifier`. */
export type PyTorchNaming = "resnet" | "vgg";

/**
 * Name of the PyTorch module of each layer with parameters, by the layer's own name. Where the codes differ there are
 * several: `fc` or `linear`.
 *
 * @throws RangeError listing the layers that the naming has no name for
 */
export function pyTorchModules(architecture: Architecture, naming: PyTorchNaming): Map<string, readonly string[]> {
  const modules = naming === "resnet" ? resNetModules(architecture) : vggModules(architecture);
  const nameless = [...modules].flatMap(([layer, names]) => (names === null ? [layer] : []));
  if (nameless.length > 0) {
    const layers = nameless.join(", ");
    throw new RangeError(`PyTorch's ${naming} has no names for these layers of ${architecture.name}: ${layers}`);
  }
  return modules as Map<string, readonly string[]>;
}

/** Where our name differs in more than the place, a pattern of ours and what becomes of it. */
const resNetPatterns: readonly [pattern: RegExp, names: readonly string[]][] = [
  [/^stem\/convolution$/, ["conv1"]],
  [/^stem\/normalisation$/, ["bn1"]],
  [/^BLOCK\/convolution(\d)$/, ["conv$1"]],
  [/^BLOCK\/normalisation(\d)$/, ["bn$1"]],
  [/^BLOCK\/projection(?:\/convolution)?$/, ["downsample.0", "shortcut.0"]],
  [/^BLOCK\/projection[-/]normalisation$/, ["downsample.1", "shortcut.1"]],
  [/^head\/classifier$/, ["fc", "linear"]],
];

function resNetModules(architecture: Architecture): Map<string, readonly string[] | null> {
  const modules = new Map<string, readonly string[] | null>();
  for (const name of layersOf(architecture).flatMap(addressOf)) {
    const place = /^stage(\d+)\/block(\d+)/.exec(name);
    const before = place === null ? "" : `layer${place[1]}.${Number(place[2]) - 1}.`; // blocks count from 0 there
    const inBlock = place === null ? name : name.replace(place[0], "BLOCK");
    const found = resNetPatterns.find(([pattern]) => pattern.test(inBlock));
    modules.set(
      name,
      found === undefined ? null : found[1].map((module) => before + inBlock.replace(found[0], module)),
    );
  }
  return modules;
}

/** Every layer takes a number, with parameters or without: `features` up to the flattening, `classifier` after it. */
function vggModules(architecture: Architecture): Map<string, readonly string[] | null> {
  const layers = layersOf(architecture);
  const flattening = layers.findIndex(({ kind }) => kind === "flatten");
  const modules = new Map<string, readonly string[] | null>();
  layers.forEach((layer, i) => {
    const module = i < flattening ? `features.${i}` : `classifier.${i - flattening - 1}`;
    for (const name of addressOf(layer)) modules.set(name, flattening < 0 ? null : [module]);
  });
  return modules;
}

function layersOf({ stem, blocks, head }: Architecture): Layer[] {
  return [
    ...stem,
    ...blocks.flatMap((block) => [...block.residual, ...(block.shortcut ?? []), ...block.join]),
    ...head,
  ];
}

/** The addresses of a layer's parameters, a concatenation's from its branches; dropout has an address and no parameters. */
function addressOf(layer: Layer): string[] {
  if (layer.kind === "concatenation") return layer.branches.flat().flatMap(addressOf);
  return "name" in layer && layer.kind !== "dropout" ? [layer.name] : [];
}
