/** Laws on surgery, of a network whose blocks are known and that another runtime runs: of an ONNX file. */
import fc from "fast-check";
import {
  type Architecture,
  fullRoute,
  type GraphRuntime,
  type Route,
  readOnnxModel,
  readOnnxNetwork,
  type Step,
} from "../../networks";
import { deletableBlocks, routeTrie, routeWithout } from "../../routes";
import { routeText } from "../architecture-text";
import { Fault } from "../broken-law";
import { type RouteChoice, routeByChoices, routeChoices } from "../cases";
import { type BlackBox, logitsOf, type OnnxBoxOptions, type OpenBlackBox, onnxBlackBox } from "./black-box";
import { batches, batchText, type NetworkLaw, needsSeveral, place, requireEqual, valuesOf } from "./network-laws";

/** A network in blocks, and as a whole. */
export interface CutNetwork extends BlackBox {
  /** Null where it could not be cut. */
  readonly cut: { readonly architecture: Architecture; readonly graph: GraphRuntime } | null;
  /** Why it could not. */
  readonly whole: string;
}

/**
 * An ONNX file as a whole and, where it can be cut, in blocks.
 *
 * @throws RangeError as `readOnnxNetwork`, but where it has no blocks
 */
export async function openCutNetwork(file: string, options: OnnxBoxOptions = {}): Promise<CutNetwork & OpenBlackBox> {
  const model = readOnnxModel(file, options.output);
  const box = await onnxBlackBox(model, options);
  try {
    const { architecture, graph } = await readOnnxNetwork(model, options);
    const release = async () => {
      await graph.release();
      await box.release();
    };
    return { ...box, cut: { architecture, graph }, whole: "", release };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { ...box, cut: null, whole: error.message.split(/[:;]?\n/)[0]! };
  }
}

type Batch = Parameters<typeof valuesOf>[0];
type SurgeryLaw<Case> = NetworkLaw<Case, CutNetwork>;

const rounding = 1e-4;

/** Images that a case has at most. */
function atOnce({ mostImages = 3 }: CutNetwork): number {
  return Math.min(3, mostImages);
}

/** The network in parts, for these images: from them to what its blocks take, and from what these make to logits. */
async function partsFor(network: CutNetwork, images: Batch) {
  const parts = await network.cut!.graph.parts(atOnce(network)); // one size, whose sessions serve all laws
  return {
    begin: () => parts.stem({ values: valuesOf(images, network), shape: [images.length, ...network.inputShape] }),
    block: (step: Step, x: object) => parts.block(step, x),
    async end(x: object): Promise<Float64Array> {
      const { values, classes } = await parts.head(x);
      return Float64Array.from(values.subarray(0, images.length * classes));
    },
  };
}

/** Logits of images along a route. */
async function along(network: CutNetwork, route: Route, images: Batch): Promise<Float64Array> {
  const { begin, block, end } = await partsFor(network, images);
  let x = await begin();
  for (const step of route) x = await block(step, x);
  return end(x);
}

function leftOut({ cut, whole }: CutNetwork): string | null {
  return cut === null ? whole : null;
}

function few(network: CutNetwork): fc.Arbitrary<Batch> {
  return batches({ mostImages: atOnce(network) });
}

function comparing(network: CutNetwork, images: Batch, allowed: number, names: readonly [string, string]) {
  return { classes: network.classes, allowed, names, images: (row: number) => place(row, images.length) };
}

const wholeInBlocks: SurgeryLaw<Batch> = {
  name: "blocks-are-the-whole",
  statement: "blocks one after another, none deleted, have the logits of the whole file",
  images: 4,
  leftOut,
  cases: few,
  describe: (images, network) => [batchText(images, network)],
  async test(network, images, { tolerance = rounding }) {
    const whole = await logitsOf(network, valuesOf(images, network), images.length);
    const { architecture } = network.cut!;
    for (const route of [fullRoute(architecture), routeWithout(architecture, [])]) {
      requireEqual(
        whole,
        await along(network, route, images),
        comparing(network, images, tolerance, ["of the file", "block by block"]),
      );
    }
  },
};

interface OnBlock {
  readonly images: Batch;
  readonly block: number;
}

function onBlock(
  fits: (architecture: Architecture, block: number) => boolean,
): Pick<SurgeryLaw<OnBlock>, "leftOut" | "cases" | "describe"> {
  const fitting = ({ cut }: CutNetwork) =>
    cut === null ? [] : cut.architecture.blocks.flatMap((_, i) => (fits(cut.architecture, i) ? [i] : []));
  return {
    leftOut: (network) => leftOut(network) ?? (fitting(network).length === 0 ? "no block of it allows that" : null),
    cases: (network) => fc.record({ images: few(network), block: fc.constantFrom(...fitting(network)) }),
    describe: ({ images, block }, network) => [
      batchText(images, network),
      `block ${network.cut!.architecture.blocks[block]!.name}`,
    ],
  };
}

function withStep(architecture: Architecture, block: number, step: Partial<Step>): Route {
  return fullRoute(architecture).map((each) => (each.block === block ? { ...each, ...step } : each));
}

const zeroStep: SurgeryLaw<OnBlock> = {
  name: "step-size-zero",
  statement: "a branch times 0 is a branch deleted, and times 1 the branch itself",
  images: 8,
  ...onBlock(({ blocks }, i) => blocks[i]!.shortcut !== null),
  async test(network, { images, block }, { tolerance = rounding }) {
    const { architecture } = network.cut!;
    const deleted = await along(network, withStep(architecture, block, { branch: "skip" }), images);
    const zero = await along(network, withStep(architecture, block, { scale: 0 }), images);
    requireEqual(deleted, zero, comparing(network, images, tolerance, ["with the branch deleted", "with it times 0"]));
    const intact = await along(network, fullRoute(architecture), images);
    const almost = await along(network, withStep(architecture, block, { scale: 1 + 2 ** -22 }), images);
    requireEqual(
      intact,
      almost,
      comparing(network, images, Math.max(tolerance, 1e-3), ["intact", "with the branch times 1.0000002"]),
    );
  },
};

const finiteWithout: SurgeryLaw<OnBlock> = {
  name: "deletion",
  statement: "with a block deleted logits are finite, and the same again after an intact run",
  images: 6,
  ...onBlock((architecture, i) => deletableBlocks(architecture).includes(i)),
  async test(network, { images, block }) {
    const { architecture } = network.cut!;
    const without = () => along(network, routeWithout(architecture, [block]), images);
    const logits = await without();
    const odd = logits.findIndex((value) => !Number.isFinite(value));
    if (odd >= 0)
      throw new Fault(`image ${Math.floor(odd / network.classes) + 1}, class ${odd % network.classes}: ${logits[odd]}`);
    await along(network, fullRoute(architecture), images);
    requireEqual(logits, await without(), comparing(network, images, 1e-6, ["at first", "after an intact run"]));
  },
};

interface OnRoutes {
  readonly images: Batch;
  readonly choices: readonly (readonly RouteChoice[])[];
}

const sharedBeginnings: SurgeryLaw<OnRoutes> = {
  name: "shared-beginnings",
  statement:
    "routes that share their beginnings have the logits that each has alone, in whatever order blocks are deleted",
  images: 12,
  leftOut,
  cases: (network) =>
    fc.record({ images: few(network), choices: fc.array(routeChoices, { minLength: 2, maxLength: 3 }) }),
  describe: ({ images, choices }, network) => {
    const { architecture } = network.cut!;
    return [
      batchText(images, network),
      ...choices.map((each) => `route: ${routeText(architecture, routeByChoices(architecture, each))}`),
    ];
  },
  async test(network, { images, choices }, { tolerance = rounding }) {
    const { architecture } = network.cut!;
    const routes = choices.map((each) => routeByChoices(architecture, each));
    const { begin, block, end } = await partsFor(network, images);
    const found: Float64Array[] = [];
    const visit = async (node: ReturnType<typeof routeTrie>, x: object): Promise<void> => {
      for (const route of node.routes) found[route] = await end(x);
      for (const child of node.children) await visit(child, await block(child.step!, x));
    };
    await visit(routeTrie(routes), await begin());
    for (const [i, route] of routes.entries()) {
      requireEqual(
        await along(network, route, images),
        found[i]!,
        comparing(network, images, tolerance, ["alone", "beside other routes"]),
      );
    }
  },
};

const independentAlong: SurgeryLaw<{ readonly images: Batch; readonly choices: readonly RouteChoice[] }> = {
  name: "batch-independence-along-routes",
  statement: "along any route an image's logits do not depend on the images beside it",
  images: 6,
  leftOut: (network) => leftOut(network) ?? needsSeveral(network),
  cases: (network) =>
    fc.record({ images: batches({ mostImages: atOnce(network) }, { fewest: 2 }), choices: routeChoices }),
  describe: ({ images, choices }, network) => {
    const { architecture } = network.cut!;
    return [batchText(images, network), `route: ${routeText(architecture, routeByChoices(architecture, choices))}`];
  },
  async test(network, { images, choices }, { tolerance = rounding }) {
    const route = routeByChoices(network.cut!.architecture, choices);
    const together = await along(network, route, images);
    for (const [i, image] of images.entries()) {
      const alone = await along(network, route, [image]);
      const own = together.slice(i * network.classes, (i + 1) * network.classes);
      requireEqual(alone, own, {
        ...comparing(network, images, tolerance, ["alone", "in the batch"]),
        images: () => place(i, images.length),
      });
    }
  },
};

/** Laws on surgery, in the order in which they are tried. */
export const surgeryLaws = [
  wholeInBlocks,
  zeroStep,
  finiteWithout,
  sharedBeginnings,
  independentAlong,
] as unknown as readonly NetworkLaw<unknown, CutNetwork>[];
