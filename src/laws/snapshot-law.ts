import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { errorCode, FileError, fileKindText, writeFileAtomically } from "../base";
import { type Architecture, multiplyAccumulates, parameterCounts } from "../networks";
import { architectureText } from "./architecture-text";
import { BrokenLaw } from "./broken-law";
import { isArbitrary, isFamily, isSeveral, type SingleSubject, type Subject, subjectName } from "./subject";

/** The file of counts, and what is counted. */
export interface SnapshotOptions {
  /** The file of counts, a small JSON; it is committed beside the test. */
  readonly snapshot: string | URL;
  /** Writes the file instead of comparing with it, as UPDATE_SNAPSHOTS=1 in the environment does. */
  readonly updateSnapshot?: boolean;
  /** Depths of a family; all its `exampleDepths` by default. */
  readonly snapshotDepths?: readonly number[];
  /** Images that families and functions are counted for; [32, 32, 3] by default. They have 10 classes. */
  readonly snapshotImages?: readonly [height: number, width: number, channels: number];
}

/** What a snapshot holds of a network. */
export interface SnapshotCounts {
  readonly trainable: number;
  readonly total: number;
  readonly multiplyAccumulates: number;
}

/**
 * Law "snapshot": trainable parameters, all parameters and multiply-accumulates of the subject's networks equal those of a
 * committed file, and no network is in the one and not in the other.
 *
 * A family is counted at its own width. The file is written whole or not at all, and only on demand.
 *
 * @throws BrokenLaw naming each network that differs, with the figures and the first of these networks as blocks
 * @throws FileError when the file cannot be read or written; SyntaxError when it is no JSON of counts
 * @throws RangeError for an arbitrary, whose networks are not listed
 */
export async function countsEqualSnapshot(subject: Subject, options: SnapshotOptions): Promise<void> {
  const file = options.snapshot instanceof URL ? fileURLToPath(options.snapshot) : options.snapshot;
  const networks = listed(subject, options);
  const counted = new Map(networks.map((network) => [network.name, countsOf(network)]));
  if (options.updateSnapshot || process.env.UPDATE_SNAPSHOTS === "1") {
    writeFileAtomically(file, `${JSON.stringify(Object.fromEntries(counted), null, 2)}\n`);
    return;
  }
  const expected = readSnapshot(file);
  const differences = [...new Set([...counted.keys(), ...expected.keys()])].flatMap((name) => {
    const [now, before] = [counted.get(name), expected.get(name)];
    if (now === undefined) return [{ name, what: `${name}: is in the snapshot, and no more among the networks` }];
    if (before === undefined) return [{ name, what: `${name}: is not in the snapshot` }];
    const changed = (["trainable", "total", "multiplyAccumulates"] as const).filter((key) => now[key] !== before[key]);
    const figures = changed.map((key) => `${counts[key]} ${before[key]} in the snapshot, now ${now[key]}`);
    return figures.length === 0 ? [] : [{ name, what: `${name}: ${figures.join("; ")}` }];
  });
  if (differences.length === 0) return;
  const first = networks.find((network) => differences.some(({ name }) => name === network.name));
  throw new BrokenLaw(
    [
      `${subjectName(subject)} breaks the law "snapshot":`,
      "    trainable parameters, all parameters and multiply-accumulates equal the committed snapshot.",
      "What is wrong:",
      ...differences.map(({ what }) => `    ${what}`),
      ...(first === undefined ? [] : ["The first of these networks:", ...indented(architectureText(first))]),
      `The snapshot is ${file}. If the change is meant, write it anew by the option updateSnapshot: true,`,
      "or the same command as before with this in front:",
      "    UPDATE_SNAPSHOTS=1",
    ].join("\n"),
    { law: "snapshot" },
  );
}

const counts: { readonly [Key in keyof SnapshotCounts]: string } = {
  trainable: "trainable parameters",
  total: "all parameters",
  multiplyAccumulates: "multiply-accumulates",
};

function countsOf(network: Architecture): SnapshotCounts {
  return { ...parameterCounts(network), multiplyAccumulates: multiplyAccumulates(network) };
}

/** The subject's networks. @throws RangeError when two share a name */
function listed(subject: Subject, options: SnapshotOptions): Architecture[] {
  if (isArbitrary(subject)) throw new RangeError("a snapshot needs networks that can be listed, not an arbitrary");
  const networks = (isSeveral(subject) ? subject : [subject]).flatMap((one) => membersOf(one, options));
  const names = new Set<string>();
  for (const { name } of networks) {
    if (names.has(name)) throw new RangeError(`a snapshot needs networks of different names, got two of "${name}"`);
    names.add(name);
  }
  return networks;
}

function membersOf(subject: SingleSubject, options: SnapshotOptions): Architecture[] {
  const { snapshotImages: inputShape = [32, 32, 3], snapshotDepths } = options;
  if (typeof subject === "function") return [subject({ inputShape, classes: 10 })];
  if (!isFamily(subject)) return [subject];
  const depths = snapshotDepths ?? subject.exampleDepths;
  return depths.map((depth) => subject.build({ depth, inputShape, classes: 10 }));
}

function readSnapshot(file: string): Map<string, SnapshotCounts> {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw new FileError("read", file, error);
    throw new BrokenLaw(
      `there is no snapshot ${file} yet: write it by the option updateSnapshot: true, or with UPDATE_SNAPSHOTS=1 in the environment, and commit it`,
      { law: "snapshot" },
    );
  }
  const parsed = parsedOrNull(bytes.toString("utf8"));
  if (typeof parsed === "object" && parsed !== null && Object.values(parsed).every(isCounts)) {
    return new Map(Object.entries(parsed as Record<string, SnapshotCounts>));
  }
  const kind = fileKindText(bytes, path.basename(file));
  const what = kind === null || parsed !== null ? "" : ` (${kind})`;
  throw new SyntaxError(`${file} holds no counts of networks${what}: write it anew with UPDATE_SNAPSHOTS=1`);
}

function parsedOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isCounts(value: unknown): value is SnapshotCounts {
  if (typeof value !== "object" || value === null) return false;
  return Object.keys(counts).every((key) => Number.isInteger((value as Record<string, unknown>)[key]));
}

function indented(text: string): string[] {
  return text.split("\n").map((line) => `    ${line}`);
}
