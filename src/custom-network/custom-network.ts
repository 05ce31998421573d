/**
 * A custom network in the place of the one that an experiment puts to the test: `--network FILE`.
 *
 * The file is read once before the run. Its architecture is registered under a name (`registerArchitecture`), and that name
 * takes the place of the experiment's own in the parameter that says which network it is; nothing else of an experiment
 * knows of it. The architecture itself and a checksum of its weights are part of the identity of every cell on it, and
 * workers are handed the architecture; weights they load from the file.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { hashOf, inHomeFolder, type Json, UsageError } from "../base";

import type { DatasetName, ImageShape } from "../data";
import {
  type CustomNetworkUse,
  type Experiment,
  fixParameters,
  type ParameterValue,
  type ResolvedParameters,
  type Setting,
} from "../experiment";
import type { CustomNetworkIdentity } from "../identity";
import { type Architecture, parameterCounts, registerArchitecture } from "../networks";
import type { NetworkSize } from "./file";
import { type ReadingOptions, readCustomNetwork } from "./reading";
import { type AssignedNetwork, type GivenWeightsPlan, preparationLayer } from "./worker";

/** A custom network as a run knows it. */
export interface CustomNetworkPlan {
  /** By which experiments ask for it: "my-network20". */
  readonly name: string;
  /** That name without the depth, as `registerArchitecture` takes it. */
  readonly prefix: string;
  /** Absolute path. */
  readonly file: string;
  /** SHA-256 of the file. */
  readonly fileChecksum: string;
  /** As it runs: where its weights want images that were prepared otherwise, with a layer for that before its stem. */
  readonly architecture: Architecture;
  /** SHA-256 of that. */
  readonly architectureHash: string;
  /** Null where it is trained. */
  readonly given: GivenWeightsPlan | null;
  /** The network that it takes the place of. */
  readonly insteadOf: string;
}

/** Where a custom network comes from. Plain JSON. */
export interface CustomNetworkProvenance extends CustomNetworkIdentity {
  readonly name: string;
  /** From the project's folder, or from where the command was given. */
  readonly file: string;
  /** SHA-256 of the file. */
  readonly sha256: string;
  readonly insteadOf: string;
}

type Resolved = ResolvedParameters<Experiment["parameters"]>;

interface WithCustomNetwork {
  /** Null for a run without one. */
  readonly customNetwork: CustomNetworkPlan | null;
  readonly parameters: Resolved;
}

/** What a run asks for, as far as it concerns a custom network. */
export interface CustomNetworkOptions extends ReadingOptions {
  /** Absolute path of the file, where one is given. */
  readonly network?: string;
  /** Parameters that were set by hand. */
  readonly overrides: Readonly<Record<string, string>>;
}

/** The data set whose images the network is to take. */
export interface NetworkData {
  readonly name: DatasetName;
  readonly images: ImageShape;
}

/** Classes of every data set there is. */
const classes = 10;

/**
 * Reads the network that a run asks for, checks that it fits, and puts it in its parameter's place.
 *
 * The images are averaged down to the size that the network takes, unless a pooling was set by hand. Where its weights are
 * given there is one seed, and more are refused: another seed would be no other network.
 *
 * @param parameters resolved without it; they come back as they are where the run asks for none
 * @param findData looks up the run's data set
 * @param reading reads the file: by another process, by default
 * @throws UsageError saying what was expected, when the experiment takes none, or the file gives none that fits
 */
export async function withCustomNetwork(
  definition: Experiment,
  options: CustomNetworkOptions,
  parameters: Resolved,
  findData: () => Promise<NetworkData | null>,
  reading: typeof readCustomNetwork = readCustomNetwork,
): Promise<WithCustomNetwork> {
  const { network: file, overrides } = options;
  if (file === undefined) return { customNetwork: null, parameters };
  const use = requireUse(definition, file);
  const data = await findData();
  if (data === null) throw new Error(`${definition.name} takes a custom network, but reads no data set`);
  const values: Readonly<Record<string, ParameterValue>> = parameters.values;
  const pool = typeof values.meanPool === "number" ? values.meanPool : 1;
  const size: NetworkSize = { inputShape: pooled(data, pool), classes };
  const fileChecksum = createHash("sha256").update(readFileSync(file)).digest("hex");
  const refuse = (problem: string, advice?: string) =>
    new UsageError(`--network ${shownFile(file)}: ${problem}`, advice);

  const read = await reading({ file, size }, options, refuse);
  const { architecture: exported, checksum, images } = read;
  const fitting = fittingPool(exported, data);
  if (fitting === null || (fitting !== pool && "meanPool" in overrides))
    throw refuse(...sizeFault(exported, data, pool));
  if (exported.classes !== classes) {
    throw refuse(`${exported.name} tells ${exported.classes} classes apart, ${data.name} has ${classes}`);
  }
  if (checksum !== null && use.given === undefined) {
    throw refuse(
      `its weights are given, but ${definition.name} is about training and trains the network itself`,
      "Export the architecture alone.",
    );
  }
  const lacking = use.needs?.(exported) ?? null;
  if (lacking !== null) throw refuse(lacking);

  const architecture: Architecture =
    images === null
      ? exported
      : { ...exported, stem: [{ kind: "channel scaling", name: preparationLayer }, ...exported.stem] };
  const prefix = prefixOf(file, architecture);
  const name = registerArchitecture(architecture, prefix);
  const fixed: Record<string, ParameterValue> = {
    [use.parameter]: name,
    ...(fitting === pool ? {} : { meanPool: fitting }),
    ...use.fixed,
    ...(checksum === null ? {} : { seeds: [1] }),
    ...(checksum === null ? {} : use.given),
  };
  if (checksum !== null && !["1", undefined].includes(overrides.seeds)) {
    throw new UsageError(
      `--seeds ${overrides.seeds}: a network whose weights are given is one seed, however often it is put to the test`,
      "Leave --seeds out.",
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
    ...{ name, prefix, file, fileChecksum, architecture },
    architectureHash: hashOf(architecture as unknown as Json),
    given: checksum === null ? null : { checksum, images, size },
    insteadOf: String(values[use.parameter]),
  };
  return { customNetwork, parameters: fixParameters(definition.parameters, parameters, fixed) };
}

/** What is known before anything is read. */
function requireUse({ name, customNetwork }: Experiment, file: string): CustomNetworkUse {
  if (customNetwork === undefined) {
    throw new UsageError(
      `--network: the experiment ${name} puts no single network to the test`,
      "Those that do, block-deletion for one, list the option in their `--help`.",
    );
  }
  if (!existsSync(file)) throw new UsageError(`--network: there is no file ${shownFile(file)}`);
  if (!statSync(file).isFile()) throw new UsageError(`--network: ${shownFile(file)} is a folder, need a file`);
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
  return isOn(setting) || !settings.some(isOn) ? identityOf(network) : undefined;
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

export function identityOf({ architectureHash, given }: CustomNetworkPlan): CustomNetworkIdentity {
  return { architecture: architectureHash, weights: given?.checksum ?? null };
}

/** What workers are told of it. */
export function assignedNetwork({ prefix, architecture, given, file }: CustomNetworkPlan): AssignedNetwork {
  return { prefix, architecture, given: given && { ...given, file } };
}

export function customNetworkProvenance(network: CustomNetworkPlan): CustomNetworkProvenance {
  const { name, file, fileChecksum: sha256, insteadOf } = network;
  return { name, file: shownFile(file), sha256, ...identityOf(network), insteadOf };
}

/** What is said of it before a run: "my-network20: mine of my-network.ts (sha256 1a2b3c4d), in place of resnet32; 9 blocks, ...". */
export function customNetworkText({
  name,
  file,
  fileChecksum,
  architecture,
  given,
  insteadOf,
}: CustomNetworkPlan): string {
  const { blocks } = architecture;
  const origin = `${architecture.name} of ${shownFile(file)} (sha256 ${fileChecksum.slice(0, 8)})`;
  const stem = architecture.stem.filter((layer) => !("name" in layer && layer.name === preparationLayer));
  const parameters = parameterCounts({ ...architecture, stem }).trainable.toLocaleString("en");
  const weights = given === null ? "trained here" : "its weights are given, nothing is trained";
  return `${name}: ${origin}, in place of ${insteadOf}; ${blocks.length} blocks, ${parameters} trainable parameters, ${weights}`;
}

/** In what a run on it differs from the source, sentences for the report. */
export function customNetworkDepartures({ name, architecture, file, insteadOf, given }: CustomNetworkPlan): string[] {
  return [
    `The network under test is not the experiment's: ${name} is ${architecture.name} of ${shownFile(file)}, in place of ` +
      `${insteadOf}. What is set of the width of networks does not hold for it.`,
    ...(given === null
      ? []
      : [
          "Its weights were given: nothing was trained, and networks that would have to be trained beside it are left out. It is one " +
            "network, and counts as one seed.",
        ]),
  ];
}

/** A file as people on other machines would name it: from the project's folder where it is in there, else from here. */
export function shownFile(file: string): string {
  return inHomeFolder(file) ?? path.relative(process.cwd(), file).split(path.sep).join("/");
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
function pooled({ name, images: { height, width, channels } }: NetworkData, pool: number): NetworkSize["inputShape"] {
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
