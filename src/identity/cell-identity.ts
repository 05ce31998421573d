import { hashOf } from "../base";
import type { DatasetName } from "../data";
import type { ParameterValue, Setting } from "../experiment";

import type { BackendName } from "../runtime";
import { type RuntimeIdentity, runtimeDigits } from "./runtime-identity";

/**
 * Everything that determines a cell's rows, but for the runtime, which only the worker knows (see `storedId`). Two cells with equal
 * identities and runtimes have equal rows.
 */
export interface CellIdentity {
  readonly experiment: string;
  readonly setting: Setting;
  /** The parameters that matter to this cell, without the number of seeds. */
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly data: DataIdentity | null;
  readonly backend: BackendName;
  /** Of the activations of its networks: float32 where it is not there. */
  readonly precision?: "bfloat16";
  /** Threads it was computed with: they decide the order of additions, and so the last bits of every figure. */
  readonly threads: number;
  /** Fingerprint of the code that measures. */
  readonly code: string;
  /** Of a cell on a custom network. */
  readonly network?: CustomNetworkIdentity;
}

export interface DataIdentity {
  readonly name: DatasetName;
  readonly checksum: string;
}

/** What tells a custom network from every other. */
export interface CustomNetworkIdentity {
  /** SHA-256 of the architecture. */
  readonly architecture: string;
  /** SHA-256 of the weights; null where it is trained. */
  readonly weights: string | null;
}

/** The first 16 hexadecimal digits of SHA-256 over the identity's canonical JSON. */
export function cellId(identity: CellIdentity): string {
  // An interface has no index signature; the spread has all the same members and is plain JSON.
  const { data, network, ...others } = identity;
  const own = network === undefined ? {} : { network: { ...network } };
  return hashOf({ ...others, data: data && { ...data }, ...own }).slice(0, idLength);
}

/**
 * The name under which the store keeps a cell or a trained network: the identifier that it is asked for by, and 8 digits of
 * the runtime that computed it, which only the worker knows. What was computed without tensors has no such part.
 *
 * @param runtime null where no tensor was made
 * @example "0072b6e3a1c94f05-3fa04c81"
 */
export function storedId(asked: string, runtime: RuntimeIdentity | null): string {
  return runtime === null ? asked : `${asked}-${runtimeDigits(runtime)}`;
}

/** The identifier that a stored cell or network is asked for by: its name without the runtime. */
export function askedId(stored: string): string {
  return stored.slice(0, idLength);
}

/** Whether a text is the name of a stored cell or network, with a runtime or without. */
export function isStoredId(text: string): boolean {
  return /^[0-9a-f]{16}(-[0-9a-f]{8})?$/.test(text);
}

const idLength = 16;

/**
 * Whether a measured cell is the one that is asked for: equal in all that its rows depend on. Of the parameters those count
 * that it read while it was measured (see `observeParameters`). Where
 * it is not known which it read, all count.
 */
export function isSameCell(
  measured: { readonly identity: CellIdentity; readonly read?: readonly string[] | undefined },
  asked: CellIdentity,
): boolean {
  if (measured.identity.code !== asked.code) return false; // most of a store, and told without hashing
  const { read } = measured;
  return cellId(readOnly(measured.identity, read)) === cellId(readOnly(asked, read));
}

/** An identity with those of its parameters that were read. */
function readOnly(identity: CellIdentity, read: readonly string[] | undefined): CellIdentity {
  if (read === undefined) return identity;
  const parameters = Object.entries(identity.parameters).filter(([name]) => read.includes(name));
  return { ...identity, parameters: Object.fromEntries(parameters) };
}

/** The parameters in a cell's identity: all but the number of seeds. Which of them count shows when it is measured. */
export function identityParameters({
  seeds: _,
  ...parameters
}: Readonly<Record<string, ParameterValue>>): Readonly<Record<string, ParameterValue>> {
  return parameters as Readonly<Record<string, ParameterValue>>;
}

/**
 * Which parts of an identity differ from an older one's: "code", "parameter steps". Empty when they are equal.
 *
 * @param read names of the parameters that count; all by default
 */
export function differences(older: CellIdentity, newer: CellIdentity, read?: readonly string[]): string[] {
  const names = new Set(read ?? [...Object.keys(older.parameters), ...Object.keys(newer.parameters)]);
  const parameters = [...names].sort().filter((name) => {
    const [before, after] = [older, newer].map(({ parameters }) =>
      Object.hasOwn(parameters, name) ? parameters[name] : undefined,
    );
    return before === undefined || after === undefined ? before !== after : hashOf(before) !== hashOf(after);
  });
  return [
    ...parameters.map((name) => `parameter ${name}`),
    ...(older.data?.checksum === newer.data?.checksum ? [] : ["data"]),
    ...(older.backend === newer.backend ? [] : ["backend"]),
    ...(older.precision === newer.precision ? [] : ["precision"]),
    ...(older.threads === newer.threads ? [] : ["threads"]),
    ...(older.code === newer.code ? [] : ["code"]),
    ...(older.network?.architecture === newer.network?.architecture ? [] : ["network"]),
    ...(older.network?.weights === newer.network?.weights ? [] : ["weights of the network"]),
  ];
}
