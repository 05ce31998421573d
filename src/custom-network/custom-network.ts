/**
 * A custom network in the place of the one that an experiment puts to the test: `--network FILE`, or `--network NAME` for one of this
 * project (`networkByName`).
 *
 * The file is read once before the run. Its architecture is registered under a name (`registerArchitecture`), and that name
 * takes the place of the experiment's own in the parameter that says which network it is; nothing else of an experiment
 * knows of it. The architecture itself and a checksum of its weights are part of the identity of every cell on it, and
 * workers are handed the architecture; weights they load from the file.
 *
 * Several files with weights give several networks of one architecture: seed k is the k-th of them.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { hashOf, homeFolder, type Json, pathFrom, relative, UsageError } from "../base";

import type { DatasetName, ImageShape, ImageSize } from "../data";
import {
  type CustomNetworkUse,
  type Experiment,
  fixedByImages,
  fixParameters,
  type ParameterValue,
  type ResolvedParameters,
  type Setting,
} from "../experiment";
import type { CustomNetworkIdentity } from "../identity";
import { type Architecture, networkByName, networkNames, parameterCounts, registerArchitecture } from "../networks";
import type { NetworkSize, OnnxFacts } from "./file";
import { type ImageScale, imageScaleText, imageSizeText } from "./images";
import { type ReadingOptions, readCustomNetwork } from "./reading";
import { type AssignedNetwork, type GivenWeightsPlan, preparationLayer } from "./worker";

/** A custom network as a run knows it. */
export interface CustomNetworkPlan {
  /** By which experiments ask for it: "my-network20". */
  readonly name: string;
  /** That name without the depth, as `registerArchitecture` takes it. */
  readonly prefix: string;
  /** One, or of given weights one for each seed, in their order. */
  readonly files: readonly NetworkFile[];
  /** As it runs: where its weights want images that were prepared otherwise, with a layer for that before its stem. */
  readonly architecture: Architecture;
  /** SHA-256 of that. */
  readonly architectureHash: string;
  /** Whether weights are given, so that nothing is trained. */
  readonly isGiven: boolean;
  /** The network that it takes the place of. */
  readonly insteadOf: string;
  /** How images are prepared for it, where the run says so. */
  readonly imageScale?: ImageScale;
}

/** A file that gives the network. */
interface NetworkFile {
  /** Absolute path. */
  readonly file: string;
  /** SHA-256 of the file. */
  readonly fileChecksum: string;
  /** Null where the network is trained. */
  readonly given: GivenWeightsPlan | null;
}

/** Where a custom network comes from. Plain JSON. */
export interface CustomNetworkProvenance {
  readonly name: string;
  /** SHA-256 of the architecture. */
  readonly architecture: string;
  readonly insteadOf: string;
  /** How images are prepared for it, where the run said so. */
  readonly images?: ImageScale;
  /** In the order of the seeds, where weights are given. */
  readonly files: readonly {
    /** From the project's folder on. */
    readonly file: string;
    /** SHA-256 of the file. */
    readonly sha256: string;
    /** SHA-256 of the weights; null where the network is trained. */
    readonly weights: string | null;
  }[];
}

type Resolved = ResolvedParameters<Experiment["parameters"]>;

interface WithCustomNetwork {
  /** Null for a run without one. */
  readonly customNetwork: CustomNetworkPlan | null;
  readonly parameters: Resolved;
}

/** What a run asks for, as far as it concerns a custom network. */
export interface CustomNetworkOptions extends ReadingOptions {
  /** Absolute paths of the files, where some are given. */
  readonly networks?: readonly string[];
  /** Of the run: "images" for images of one's own. */
  readonly data?: DatasetName | null;
  /** Height and width that images of one's own are brought to; those of the network where it is not there. */
  readonly imageSize?: Omit<ImageSize, "channels">;
  /** How images are prepared for a network whose weights are given, where its file does not say. */
  readonly imageScale?: ImageScale;
  /** Float32 where it is not there. */
  readonly precision?: "bfloat16";
  /** Parameters that were set by hand. */
  readonly overrides: Readonly<Record<string, string>>;
}

/** The data set whose images the network is to take. */
export interface NetworkData {
  readonly name: DatasetName;
  readonly images: ImageShape;
  /** Of images of one's own: see `FoundData`. */
  readonly classes?: { readonly count: number; readonly isNumbered: boolean };
}

/** Experiments of this project that evaluate routes and nothing else: for those who look for one. */
const forwardOnly = ["block-deletion", "block-reordering", "ode-learning"];

/** Classes of every data set that is known by name. */
const classes = 10;

/**
 * Reads the network that a run asks for, checks that it fits, and puts it in its parameter's place.
 *
 * The images are averaged down to the size that the network takes, unless a pooling was set by hand. Where weights are given
 * there is a seed for each file, and more are refused: another seed would be no other network. So are two files with the same
 * weights.
 *
 * @param parameters resolved without it; they come back as they are where the run asks for none
 * @param findData looks up the run's data set; images of one's own are asked for in the size that the network takes
 * @param reading reads the file: by another process, by default
 * @throws UsageError saying what was expected, when the experiment takes none, or the file gives none that fits
 */
export async function withCustomNetwork(
  definition: Experiment,
  options: CustomNetworkOptions,
  parameters: Resolved,
  findData: (images?: ImageSize) => Promise<NetworkData | null>,
  reading: typeof readCustomNetwork = readCustomNetwork,
): Promise<WithCustomNetwork> {
  const { networks = [], overrides, imageSize, imageScale } = options;
  const [file] = networks;
  requireNetwork(options);
  if (file === undefined) return { customNetwork: null, parameters };
  const use = requireUse(definition, networks);
  const named = options.data === "images" ? null : await findData();
  if (named === null && options.data !== "images")
    throw new Error(`${definition.name} takes a custom network, but reads no data set`);
  const values: Readonly<Record<string, ParameterValue>> = parameters.values;
  const pool = named !== null && typeof values.meanPool === "number" ? values.meanPool : 1;
  const size: NetworkSize = {
    ...(named === null ? askedSize(imageSize) : { inputShape: pooled(named, pool), classes }),
    ...(imageScale === undefined ? {} : { images: imageScale }),
  };
  const found: FoundNetwork[] = [];
  for (const one of networks) found.push(await findNetwork(one, size, options, reading));
  requireSeeds(found);
  const [{ architecture, exported, given }] = found as [FoundNetwork];
  const isGiven = given !== null;
  const refuse = refusalOf(file);
  if (named === null) {
    if (!isGiven) {
      throw refuse("it gives no weights, and on images of one's own nothing is trained", "Export its weights, too.");
    }
    requireSize(exported, imageSize, refuse);
  }
  const [height, width, channels] = exported.inputShape;
  const { shorterSide } = imageSize ?? {};
  const own = { height, width, channels, ...(shorterSide === undefined ? {} : { shorterSide }) };
  const data = named ?? (await findData(own))!;
  const fitting = fittingPool(exported, data);
  if (fitting === null || (fitting !== pool && "meanPool" in overrides))
    throw refuse(...sizeFault(exported, data, pool));
  requireClasses(exported, data, refuse);
  if (given !== null && use.given === undefined) {
    throw refuse(
      `its weights are given, but ${definition.name} is about training and trains the network itself`,
      given.onnx === null ? "Export the architecture alone." : `${forwardOnly.join(", ")} take it as it is.`,
    );
  }
  if (given !== null && given.onnx !== null && use.byRoutes !== true) {
    throw refuse(
      `an ONNX network runs forward only, by routes, and ${definition.name} needs more: ${use.byRoutes ?? "its gradients or activations"}`,
      `${forwardOnly.join(", ")} take it. The architecture with its weights, declared here, serves every experiment that takes weights.`,
    );
  }
  if (given !== null && given.onnx !== null && options.precision !== undefined) {
    throw refuse(
      `onnxruntime computes in the file's own precision, not in ${options.precision}`,
      "`--precision float32` leaves it so.",
    );
  }
  const lacking = use.needs?.(exported) ?? null;
  if (lacking !== null) throw refuse(lacking);

  const prefix = prefixOf(file, architecture);
  const name = registerArchitecture(architecture, prefix);
  const fixed: Record<string, ParameterValue> = {
    [use.parameter]: name,
    ...(fitting === pool ? {} : { meanPool: fitting }),
    ...use.fixed,
    ...(named === null ? fixedByImages : {}),
    ...(isGiven ? { seeds: networks.map((_, i) => i + 1), ...use.given } : {}),
  };
  if (isGiven && ![String(networks.length), undefined].includes(overrides.seeds)) {
    throw new UsageError(
      `--seeds ${overrides.seeds}: a network whose weights are given is one seed, however often it is put to the test, and ` +
        `${networks.length === 1 ? "one is" : `${networks.length} are`} given`,
      "Leave --seeds out; several files are several seeds: --network a.ts b.ts",
    );
  }
  const typed = Object.keys(fixed).filter((parameter) => parameter in overrides && parameter !== "seeds");
  if (typed.length > 0) {
    throw new UsageError(
      typed.map((parameter) => `--set ${parameter}: with --network it is ${fixedText(fixed[parameter]!)}`),
      "Leave it out.",
    );
  }
  const customNetwork: CustomNetworkPlan = {
    ...{ name, prefix, files: found, architecture, isGiven },
    ...(imageScale === undefined ? {} : { imageScale }),
    architectureHash: hashOf(architecture as unknown as Json),
    insteadOf: String(values[use.parameter]),
  };
  return { customNetwork, parameters: fixParameters(definition.parameters, parameters, fixed) };
}

/** What a file gives: its own architecture, and that as it runs. */
interface FoundNetwork extends NetworkFile {
  readonly exported: Architecture;
  readonly architecture: Architecture;
}

async function findNetwork(
  file: string,
  size: NetworkSize,
  options: ReadingOptions,
  reading: typeof readCustomNetwork,
): Promise<FoundNetwork> {
  if (isNamed(file)) return namedNetwork(file, size);
  const fileChecksum = createHash("sha256").update(readFileSync(file)).digest("hex");
  const read = await reading({ file, size }, options, refusalOf(file));
  const { architecture: exported, checksum, images, onnx = null } = read;
  const architecture: Architecture =
    images === null
      ? exported
      : { ...exported, stem: [{ kind: "channel scaling", name: preparationLayer }, ...exported.stem] };
  const given = checksum === null ? null : { checksum, images, size, onnx };
  return { file, fileChecksum, exported, architecture, given };
}

/** Options that only go with a network, and images of one's own. */
function requireNetwork({ networks = [], data, imageSize, imageScale }: CustomNetworkOptions): void {
  if (imageSize !== undefined && data !== "images") {
    throw new UsageError(
      `--image-size ${imageSizeText(imageSize)}: it is for images of one's own`,
      "Name them by --data images --data-dir FOLDER, or leave it out.",
    );
  }
  if (networks.length > 0) return;
  if (data === "images") {
    throw new UsageError(
      "--data images: nothing is trained on images of one's own, so that a network is needed whose weights are given",
      "Name it by --network model.onnx.",
    );
  }
  if (imageScale === undefined) return;
  throw new UsageError(
    `--image-scale ${imageScaleText(imageScale)}: it says how images are prepared for a network whose weights are given`,
    "Name the network by --network, or leave it out.",
  );
}

/** What a file is asked for where images are brought to its own size. */
function askedSize(size: CustomNetworkOptions["imageSize"]): Pick<NetworkSize, "inputShape" | "classes"> {
  return { inputShape: size === undefined ? null : [size.height, size.width, 3], classes: null };
}

function requireSize(
  { name, inputShape: [height, width] }: Architecture,
  size: CustomNetworkOptions["imageSize"],
  refuse: ReturnType<typeof refusalOf>,
): void {
  if (size === undefined || (size.height === height && size.width === width)) return;
  throw refuse(
    `${name} takes images of ${height} x ${width}, --image-size is ${imageSizeText(size)}`,
    `\`--image-size ${imageSizeText({ ...size, height, width })}\` fits, or leave it out.`,
  );
}

/** Labels have to be places among the network's outputs. */
function requireClasses(
  { name, classes: outputs }: Architecture,
  data: NetworkData,
  refuse: ReturnType<typeof refusalOf>,
): void {
  const { count, isNumbered } = data.classes ?? { count: classes, isNumbered: false };
  if (outputs === count || (isNumbered && outputs > count)) return;
  if (data.classes === undefined) throw refuse(`${name} tells ${outputs} classes apart, ${data.name} has ${count}`);
  if (isNumbered) throw refuse(`${name} tells ${outputs} classes apart, and an image has the label ${count - 1}`);
  throw refuse(
    `${name} tells ${outputs} classes apart, and the images are of ${count}: which output is which class cannot be told`,
    `Call the folders by the numbers of the outputs, 0 to ${outputs - 1}, or put a classes.txt with the names of all ${outputs} ` +
      "classes beside them, one a line in the order of the outputs.",
  );
}

/** Whether `--network` was given no file but the name of a network of this project, which is then handed over as a file's is. */
function isNamed(file: string): boolean {
  return !existsSync(file) && namePatterns().some((pattern) => pattern.test(path.basename(file)));
}

function namePatterns(): RegExp[] {
  return networkNames().map((name) => new RegExp(`^${name.replace(/N$/, "\\d+")}$`));
}

function namedNetwork(file: string, { inputShape, classes: outputs }: NetworkSize): FoundNetwork {
  const name = path.basename(file);
  const refuse = refusalOf(file);
  if (inputShape === null || outputs === null) {
    throw refuse("it has no weights, and on images of one's own nothing is trained", "Export a trained network.");
  }
  const architecture = refusing(refuse, () => networkByName(name, { inputShape, classes: outputs })!);
  const fileChecksum = hashOf(architecture as unknown as Json);
  return { file: path.join(homeFolder, name), fileChecksum, exported: architecture, architecture, given: null };
}

function refusing<Value>(refuse: ReturnType<typeof refusalOf>, build: () => Value): Value {
  try {
    return build();
  } catch (error) {
    if (error instanceof RangeError) throw refuse(error.message);
    throw error;
  }
}

/** What was given, as a person typed it: a name, or a file from here. */
function shown(file: string): string {
  return isNamed(file) ? path.basename(file) : relative(file);
}

/** Several networks have to be trained ones, all of one architecture, and no two the same. */
function requireSeeds([first, ...others]: readonly FoundNetwork[]): void {
  if (first === undefined || others.length === 0) return;
  const known = new Map<string, string>();
  for (const one of [first, ...others]) {
    const refuse = refusalOf(one.file);
    if (one.given === null) {
      throw refuse(
        "it gives no weights, and several files are several trained networks, a seed each",
        "Give one file alone: it is trained once for each seed.",
      );
    }
    const twin = known.get(one.given.checksum);
    if (twin !== undefined) {
      throw refuse(
        `its weights are those of ${relative(twin)}: one network given twice is one seed`,
        "Leave one of them out.",
      );
    }
    known.set(one.given.checksum, one.file);
    const place = firstDifference(first.architecture, one.architecture);
    if (place === null) continue;
    throw refuse(
      `its architecture is not that of ${relative(first.file)}: they differ in ${place}; several files are several seeds of one ` +
        "network",
      "Give networks of different architectures each to a run of its own.",
    );
  }
}

/** The first place where two architectures differ, whatever they are called: "stem", "blocks[3] (stage2/block1)". */
function firstDifference(one: Architecture, other: Architecture): string | null {
  const equal = (a: unknown, b: unknown) => hashOf((a ?? null) as Json) === hashOf((b ?? null) as Json);
  if (!equal(one.inputShape, other.inputShape))
    return `the images that they take, ${one.inputShape.join(" x ")} and ${other.inputShape.join(" x ")}`;
  if (one.blocks.length !== other.blocks.length)
    return `the number of their blocks, ${one.blocks.length} and ${other.blocks.length}`;
  if (!equal(one.stem, other.stem)) {
    const isPrepared = ({ stem }: Architecture) =>
      stem.some((layer) => "name" in layer && layer.name === preparationLayer);
    return isPrepared(one) === isPrepared(other) ? "the stem" : "whether they say how images are prepared (`images`)";
  }
  const block = one.blocks.findIndex((each, i) => !equal(each, other.blocks[i]));
  if (block >= 0) return `blocks[${block}] (${one.blocks[block]!.name})`;
  if (!equal(one.head, other.head) || one.classes !== other.classes) return "the head";
  return equal(one.exits, other.exits) ? null : "the exits";
}

function refusalOf(file: string) {
  return (problem: string, advice?: string) => new UsageError(`--network ${shown(file)}: ${problem}`, advice);
}

/** What is known before anything is read. */
function requireUse({ name, customNetwork }: Experiment, files: readonly string[]): CustomNetworkUse {
  if (customNetwork === undefined) {
    throw new UsageError(
      `--network: the experiment ${name} puts no single network to the test`,
      "Those that do, block-deletion for one, list the option in their `--help`.",
    );
  }
  for (const file of files) {
    if (isNamed(file)) continue;
    if (!existsSync(file)) {
      throw new UsageError(
        `--network: there is no file ${relative(file)}`,
        `A network of this project is taken by its name, with N for its depth in layers: ${networkNames().join(", ")}.`,
      );
    }
    if (!statSync(file).isFile()) throw new UsageError(`--network: ${relative(file)} is a folder, need a file`);
  }
  return customNetwork;
}

/** The identity that a cell on the network has; undefined for one that does without it. */
export function identityOn(
  network: CustomNetworkPlan | null,
  setting: Setting,
  settings: readonly Setting[],
): CustomNetworkIdentity | undefined {
  if (network === null) return undefined;
  const isOn = (cell: Setting) => Object.values(cell).includes(network.name);
  if (!isOn(setting) && settings.some(isOn)) return undefined;
  const { architectureHash: architecture, isGiven, files } = network;
  return { architecture, weights: isGiven ? files[setting.seed - 1]!.given!.checksum : null };
}

/** The file of a stored run that holds the architecture of its custom network. */
export const networkFile = "network.json";

export function networkText({ architecture }: CustomNetworkPlan): string {
  return `${JSON.stringify(architecture)}\n`;
}

/**
 * Makes the network of a stored run known by its name again, from what the run keeps of it: its own file may be gone, or give
 * another network by now.
 *
 * @param text of the run's `networkFile`
 * @throws RangeError where that is not the architecture that the run was measured on
 */
export function registerStoredNetwork(
  text: string,
  { name, architecture: hash }: Pick<CustomNetworkProvenance, "name" | "architecture">,
): void {
  const stored = JSON.parse(text) as Architecture;
  if (hashOf(stored as unknown as Json) !== hash) throw new RangeError("it holds another network than the run is of");
  registerArchitecture(stored, name.replace(/\d+$/, ""));
}

/** What tells a run on it from every other: of several networks, all of their weights. */
export function identityOf({ architectureHash: architecture, files }: CustomNetworkPlan): CustomNetworkIdentity {
  const [first, ...others] = files.flatMap(({ given }) => given?.checksum ?? []);
  return { architecture, weights: others.length === 0 ? (first ?? null) : hashOf([first!, ...others]) };
}

/** What is known of it where it is of an ONNX file: onnxruntime computes it. */
export function onnxFacts({ files }: CustomNetworkPlan): OnnxFacts | null {
  return files[0]!.given?.onnx ?? null;
}

/** What workers are told of it. */
export function assignedNetwork({ prefix, architecture, files }: CustomNetworkPlan): AssignedNetwork {
  return {
    prefix,
    architecture,
    given: files.flatMap(({ file, given }) => (given === null ? [] : { ...given, file })),
  };
}

export function customNetworkProvenance(network: CustomNetworkPlan): CustomNetworkProvenance {
  const { name, architectureHash: architecture, insteadOf, imageScale } = network;
  const files = network.files.map(({ file, fileChecksum: sha256, given }) => {
    return { file: pathFrom(homeFolder, file), sha256, weights: given?.checksum ?? null };
  });
  return { name, architecture, insteadOf, ...(imageScale === undefined ? {} : { images: imageScale }), files };
}

/** What is said of it before a run: "my-network20: mine of my-network.ts (sha256 1a2b3c4d), in place of resnet32; 9 blocks, ...". */
export function customNetworkText(network: CustomNetworkPlan): string {
  const { name, files, architecture, isGiven, insteadOf } = network;
  const { blocks } = architecture;
  const from = files.map(({ file, fileChecksum }) =>
    isNamed(file) ? "this project" : `${relative(file)} (sha256 ${fileChecksum.slice(0, 8)})`,
  );
  const origin = `${architecture.name} of ${from.join(", ")}`;
  const stem = architecture.stem.filter((layer) => !("name" in layer && layer.name === preparationLayer));
  const parameters = parameterCounts({ ...architecture, stem }).trainable.toLocaleString("en");
  const whose = files.length === 1 ? "its weights are" : `weights of ${files.length} networks are`;
  const weights = isGiven ? `${whose} given, nothing is trained` : "trained here";
  const { version, notes, isPrepared } = onnxFacts(network) ?? { version: null, notes: [], isPrepared: true };
  const counted = version === null ? `${parameters} trainable parameters` : `${parameters} parameters`;
  const told = [`${name}: ${origin}, in place of ${insteadOf}; ${blocks.length} blocks, ${counted}, ${weights}`];
  if (version !== null) told.push(`run by onnxruntime ${version}`);
  if (!isPrepared) {
    told.push(
      "images standardised by their own mean and deviation, as nothing says how they were prepared for it (--image-scale)",
    );
  }
  return [told.join(", "), ...notes].join("; ");
}

/**
 * In what a run on it differs from the source, sentences for the report.
 *
 * @param text of the run's `networkFile`
 */
export function customNetworkDepartures({ name, files, insteadOf }: CustomNetworkProvenance, text: string): string[] {
  const { name: exported, classes: outputs } = JSON.parse(text) as Architecture;
  const from = files.map(({ file }) => file).join(", ");
  const seeds =
    files.length === 1
      ? "It is one network, and counts as one seed."
      : `They are ${files.length} networks of one architecture, and count as so many seeds.`;
  return [
    `The network under test is not the experiment's: ${name} is ${exported} of ${from}, in place of ` +
      `${insteadOf}. What is set of the width of networks does not hold for it.`,
    ...(outputs === classes
      ? []
      : [
          `It tells ${outputs.toLocaleString("en")} classes apart: what rules of claims say of chance means that of ${classes} classes of equal size.`,
        ]),
    ...(files.some(({ weights }) => weights !== null)
      ? [
          `Its weights were given: nothing was trained, and networks that would have to be trained beside it are left out. ${seeds}`,
        ]
      : []),
  ];
}

/** Letters and hyphens: the file's name, and "resnet" where all blocks have shortcuts, as names of networks tell it. */
function prefixOf(file: string, { blocks }: Architecture): string {
  const stem = path.basename(file).replace(/\.[^.]*$/, "");
  const letters = stem
    .toLowerCase()
    .replace(/[^a-z]+/g, "-")
    .replace(/^-+|-+$/g, "");
  const isResidual = blocks.length > 0 && blocks.every(({ shortcut }) => shortcut !== null);
  const parts = [letters, isResidual && !letters.includes("resnet") ? "resnet" : ""];
  return parts.filter((part) => part !== "").join("-") || "own";
}

/** The size of the images that a network sees. */
function pooled(
  { name, images: { height, width, channels } }: NetworkData,
  pool: number,
): readonly [number, number, number] {
  if (height % pool === 0 && width % pool === 0) return [height / pool, width / pool, channels];
  throw new UsageError(
    `squares of ${pool} x ${pool} do not divide the images of ${name}, ${height} x ${width} pixels`,
    "`--set meanPool=1` leaves them as they are.",
  );
}

/** The pooling that brings the images to the size that a network takes; null where there is none. */
function fittingPool({ inputShape }: Pick<Architecture, "inputShape">, { images }: NetworkData): number | null {
  const { height, width, channels } = images;
  const [rows, columns] = [height / inputShape[0], width / inputShape[1]];
  if (channels !== inputShape[2] || rows !== columns) return null;
  return Number.isInteger(rows) ? rows : null;
}

/** What is wrong with a network's size, and what to do. */
function sizeFault({ name, inputShape }: Architecture, data: NetworkData, pool: number): [string, string] {
  const { height, width, channels } = data.images;
  const text = (shape: readonly number[]) => shape.join(" x ");
  const own = text([height, width, channels]);
  const averaged = pool === 1 ? "" : `, averaged down ${text(pooled(data, pool))}`;
  const fitting = fittingPool({ inputShape }, data);
  return [
    `${name} takes images of ${text(inputShape)}, those of ${data.name} are ${own}${averaged}`,
    fitting === null
      ? "Export a function ({ inputShape, classes }) => architecture, which is asked for what fits, or choose other images " +
        "by --data."
      : `\`--set meanPool=${fitting}\` averages them down to that.`,
  ];
}

function fixedText(value: ParameterValue): string {
  if (!Array.isArray(value)) return String(value);
  return value.length === 0 ? "empty" : value.join(",");
}
