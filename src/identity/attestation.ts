/**
 * Attestations: records that two revisions of the code, whose hashes differ, gave the same results where both were run. With
 * them a refactoring does not make stored results stale. And the judgement, by them, of code that results were measured with.
 */
import { z } from "zod";
import { parseJson } from "../base";
import type { CodeIdentity } from "./declaration-hashes";
import { codeFingerprint } from "./measuring-code";
import { type RuntimeIdentity, runtimeIdentitySchema } from "./runtime-identity";

/** Plain JSON. */
export interface Attestation {
  readonly version: 1;
  /** Commits, in full. */
  readonly from: string;
  readonly to: string;
  /** When it was measured: ISO 8601, in UTC. */
  readonly date: string;
  /** What measured both, in words: "Intel Xeon Platinum 8488C, Linux 6.8". */
  readonly machine: string;
  readonly runtime: RuntimeIdentity;
  /**
   * How many networks both trained, all of them equal, where all experiments with a reference run were compared; left out where
   * one was not, or where a network differed.
   */
  readonly networks?: number | undefined;
  readonly experiments: readonly AttestedExperiment[];
}

export interface AttestedExperiment {
  readonly experiment: string;
  /** Hashes of its roots in the two revisions, as `CodeIdentity` has them. */
  readonly before: Readonly<Record<string, string>>;
  readonly after: Readonly<Record<string, string>>;
  /** The cells that were measured under both and whose rows and weights are equal byte for byte. */
  readonly cells: readonly AttestedCell[];
}

export interface AttestedCell {
  readonly scale: string;
  /** As the runs name it: "seed 1, plain32". */
  readonly cell: string;
}

const hash = z.string().regex(/^[0-9a-f]{64}$/, "need a SHA-256 in hexadecimal");
const attestationSchema: z.ZodType<Attestation> = z.strictObject({
  version: z.literal(1),
  from: z.string().min(1),
  to: z.string().min(1),
  date: z.iso.datetime(),
  machine: z.string(),
  runtime: runtimeIdentitySchema,
  networks: z.int().min(1).optional(),
  experiments: z
    .array(
      z.strictObject({
        experiment: z.string().min(1),
        before: z.record(z.string(), hash),
        after: z.record(z.string(), hash),
        cells: z.array(z.strictObject({ scale: z.string(), cell: z.string() })).min(1, "need a cell that was compared"),
      }),
    )
    .min(1, "need an experiment"),
});

/**
 * Reads what `formatAttestations` wrote.
 *
 * @throws RangeError that says what is wrong with it
 */
export function parseAttestations(text: string | Uint8Array): Attestation[] {
  let value: unknown;
  try {
    value = parseJson(text, "attestations.json");
  } catch (error) {
    throw new RangeError(`need attestations as JSON: ${(error as Error).message}`);
  }
  const parsed = z.array(attestationSchema).safeParse(value);
  if (!parsed.success) throw new RangeError(`need attestations: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** The text of a file of attestations, one a line, so that two branches that add some merge easily. */
export function formatAttestations(attestations: readonly Attestation[]): string {
  const lines = mergeAttestations(attestations).map((one) => JSON.stringify(one));
  return lines.length === 0 ? "[]\n" : `[\n${lines.join(",\n")}\n]\n`;
}

/** All attestations of several lists, each once, in the order in which they were made. */
export function mergeAttestations(...lists: readonly (readonly Attestation[])[]): Attestation[] {
  const distinct = new Map(lists.flat().map((one) => [JSON.stringify(z.parse(attestationSchema, one)), one]));
  const ordered = [...distinct].sort(([left, { date }], [right, { date: other }]) =>
    date === other ? compare(left, right) : compare(date, other),
  );
  return ordered.map(([, attestation]) => attestation);
}

/** What is to be said of the code that a result was measured with. */
export type CodeJudgement =
  | { readonly state: "current" }
  | {
      readonly state: "attested";
      /** How many of the result's cells were compared at each step from its code to today's. */
      readonly compared: number;
      readonly of: number;
      /** The steps. */
      readonly by: readonly Attestation[];
    }
  | {
      readonly state: "changed";
      /** As `changedDeclarations` has them. */
      readonly declarations: readonly string[];
    };

export interface JudgedCode {
  readonly experiment: string;
  /** What the result was measured with, and what would measure it today. */
  readonly recorded: CodeIdentity;
  readonly today: CodeIdentity;
  /** The result's cells. */
  readonly cells: readonly AttestedCell[];
  readonly attestations: readonly Attestation[];
}

/**
 * Judges the code of a result: the same as today's, the same by attestations, one after the other if need be, or changed.
 * Attested is what was compared for the same experiment; a root that it shares with another says nothing about its rows.
 */
export function judgeCode({ experiment, recorded, today, cells, attestations }: JudgedCode): CodeJudgement {
  const goal = stateKey(today.roots);
  if (recorded.version === today.version && stateKey(recorded.roots) === goal) return { state: "current" };
  const steps = attestations.flatMap((attestation) =>
    attestation.experiments
      .filter((attested) => attested.experiment === experiment)
      .map((attested) => ({ attestation, ...attested })),
  );
  interface Way {
    readonly at: string;
    readonly by: readonly Attestation[];
    /** Cells compared at every step so far. */
    readonly compared: ReadonlySet<string>;
  }
  const ways: Way[] = [{ at: stateKey(recorded.roots), by: [], compared: new Set(cells.map(cellKey)) }];
  const seen = new Set([ways[0]!.at]);
  for (const { at, by, compared } of ways) {
    if (at === goal && by.length > 0) return { state: "attested", compared: compared.size, of: cells.length, by };
    const ends = new Map<string, typeof steps>();
    for (const step of steps) {
      const [before, after] = [stateKey(step.before), stateKey(step.after)];
      const other = before === at ? after : after === at ? before : undefined; // equal results are equal both ways
      if (other !== undefined && !seen.has(other)) ends.set(other, [...(ends.get(other) ?? []), step]);
    }
    for (const [end, taken] of ends) {
      seen.add(end);
      const there = new Set(taken.flatMap((step) => step.cells.map(cellKey)));
      ways.push({
        at: end,
        by: [...by, ...taken.map(({ attestation }) => attestation)],
        compared: new Set([...compared].filter((cell) => there.has(cell))),
      });
    }
  }
  return { state: "changed", declarations: changedDeclarations(recorded, today) };
}

/**
 * The name of the code that trains networks, under which they are kept: the fingerprint of the first code that trained the same,
 * by attestations one after the other, to the bit; its own where none says so. So an attested refactoring trains nothing anew.
 *
 * @param attestations in the order in which they were made
 */
export function trainingCode(models: CodeIdentity, attestations: readonly Attestation[]): string {
  const fingerprint = (roots: AttestedExperiment["before"]) =>
    codeFingerprint({
      ...models,
      roots: Object.fromEntries(Object.keys(models.roots).map((name) => [name, roots[name]!])),
    });
  return attestations.reduceRight((name, { networks, experiments: [compared] }) => {
    const isOfNetworks = networks !== undefined && fingerprint(compared!.after) === name;
    return isOfNetworks ? fingerprint(compared!.before) : name;
  }, codeFingerprint(models));
}

/** @example "current by attestation (3 of 25 cells)" */
export function judgementText(judgement: CodeJudgement): string {
  if (judgement.state === "current") return "current";
  if (judgement.state === "changed") return `changed: ${judgement.declarations.join(", ")}`;
  return `current by attestation (${judgement.compared} of ${judgement.of} cells)`;
}

/**
 * What changed between two versions of the code behind a result: the declarations whose own text is new or that refer to
 * something else than before, not those that only lead to them; and packages with their versions.
 *
 * @returns sorted by file and name, each once
 * @example ["src/networks/forward.ts runBlock", "src/ops/old.ts kernel (gone)", "zod 4.1.0 -> 4.1.1"]
 */
export function changedDeclarations(then: CodeIdentity, now: CodeIdentity): string[] {
  if (then.version !== now.version) return [`another way of hashing (${then.version} then, ${now.version} now)`];
  const before = {
    hashes: new Set(then.declarations.map((one) => one.hash)),
    owns: new Set(then.declarations.map((one) => one.own)),
    places: new Set(then.declarations.map((one) => one.place)),
    packages: packagesOf(then),
  };
  const packages = packagesOf(now);
  const updated = [...packages].filter(([name, version]) => (before.packages.get(name) ?? version) !== version);
  const isUpdated = (name: string) => updated.some(([one]) => one === name);
  // A member of a package that was there before is not new: what takes it is.
  const isNew = now.declarations.map(({ place, hash: own }) => {
    const [name] = packageOf(place) ?? [];
    return !before.hashes.has(own) && (name === undefined || isUpdated(name));
  });
  const fresh = now.declarations.filter(({ place }, i) => isNew[i] && packageOf(place) === null);
  const changed = fresh.filter(
    ({ own, uses, hash: self }) =>
      !before.owns.has(own) || !uses.some((use) => isNew[use] && now.declarations[use]!.hash !== self),
  );
  // Where the text of none of them is new and each leads to another, they refer to each other in another way.
  const shown = changed.length > 0 || updated.length > 0 ? changed : fresh;
  const owns = new Set(now.declarations.map((one) => one.own));
  const places = new Set(now.declarations.map((one) => one.place));
  const gone = then.declarations.filter(
    ({ own, place }) => !owns.has(own) && !places.has(place) && packageOf(place) === null,
  );
  const words = [
    ...shown.map(({ place }) => (before.places.has(place) ? place : `${place} (new)`)),
    ...gone.map(({ place }) => `${place} (gone)`),
    ...updated.map(([name, version]) => `${name} ${before.packages.get(name)} -> ${version}`),
  ];
  return words.length > 0 ? [...new Set(words)].sort() : ["which of several equal declarations is used where"];
}

/** Versions by package. */
function packagesOf({ declarations }: CodeIdentity): Map<string, string> {
  return new Map(declarations.map(({ place }) => packageOf(place)).filter((found) => found !== null));
}

/** Name and version of the package that "package zod 4.6.7 z" is a part of; null for what is no package, nor Node's. */
function packageOf(place: string): readonly [name: string, version: string] | null {
  if (place.startsWith("node:")) return ["Node", "any"];
  const [, name, version] = /^package (\S+) ([^\s/]+)/.exec(place) ?? [];
  return name === undefined || version === undefined ? null : [name, version];
}

function stateKey(roots: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(roots).sort(([left], [right]) => compare(left, right)));
}

function cellKey({ scale, cell }: AttestedCell): string {
  return JSON.stringify([scale, cell]);
}

/** By code unit: independent of the locale. */
function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
