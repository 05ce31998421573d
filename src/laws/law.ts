/**
 * A law, and trying it: what all laws about drawn networks share.
 */
import fc from "fast-check";
import { type Architecture, forward, type Network, type Route } from "../networks";
import type { Tensor2D, Tensor4D } from "../runtime";
import { architectureText, routeText } from "./architecture-text";
import { BrokenLaw, causeOf, Fault, reasonOf } from "./broken-law";
import { type Counterexample, findCounterexample, replayEnvironment } from "./counterexample";
import { type Draft, type DrawingOptions, drafts, type Subject, subjectName } from "./subject";

/**
 * A network's logits at inference, `[batch, classes]`, along a route. The images stay the caller's; it is called inside a
 * `tf.tidy`, and what else it makes is freed there.
 */
export type Inference = (network: Network, images: Tensor4D, route: Route) => Tensor2D;

/** How a law is tried, and on which members. */
export interface LawOptions extends DrawingOptions {
  /** Cases of each law; 20 by default. */
  readonly runs?: number;
  /** Seed of the cases; fixed where the environment's CI is set, else random, by default. */
  readonly seed?: number;
  /** Path of the one case to try, as a broken law's message gives it with its seed. */
  readonly path?: string;
  /** How networks are run at inference: by `forward`, unless it is one's own way of running them that is to keep the laws. */
  readonly run?: Inference;
  /** A law that takes longer fails; 60 by default. */
  readonly secondsAtMost?: number;
}

/** A law about any network of a subject. */
export interface Law<Values extends readonly unknown[]> {
  /** What it is called in options and messages: "deletion". */
  readonly name: string;
  /** What holds, as a clause. */
  readonly statement: string;
  /** What is drawn beside the network. */
  readonly drawn: { readonly [Place in keyof Values]: fc.Arbitrary<Values[Place]> };
  /** What is drawn in a line each, for a reader. */
  readonly describe: (values: Values, architecture: Architecture) => readonly string[];
  /** Throws a `Fault` where the law does not hold of that network. Whatever it throws breaks the law. */
  readonly test: (architecture: Architecture, values: Values, context: LawContext) => void;
}

/** What a test may need besides what is drawn. */
export interface LawContext {
  readonly run: Inference;
  /** Builds the same network again. */
  readonly build: () => Architecture;
}

/** Inference as everywhere in the project. */
export const ordinaryInference: Inference = (network, images, route) =>
  forward(network, images, { mode: "inference", route });

/**
 * Tries a law on drawn networks.
 *
 * @throws BrokenLaw with the smallest network found that breaks it
 * @throws Error when it was not tried enough; RangeError when an option is none
 */
export async function checkLaw<Values extends readonly unknown[]>(
  law: Law<Values>,
  subject: Subject,
  options: LawOptions,
): Promise<void> {
  const { run = ordinaryInference, runs = 20, seed, path, secondsAtMost } = options;
  const label = `${law.name}/${subjectName(subject)}`;
  const values = fc.tuple(...law.drawn) as unknown as fc.Arbitrary<Values>;
  const found = await findCounterexample(
    fc.tuple(drafts(subject, options), values),
    ([draft, drawn]) => law.test(draft.build(), drawn, { run, build: draft.build }),
    {
      label,
      runs,
      ...(seed === undefined ? {} : { seed }),
      ...(path === undefined ? {} : { path }),
      ...(secondsAtMost === undefined ? {} : { secondsAtMost }),
    },
  );
  if (found === null) return;
  const details = { law: law.name, seed: found.seed, path: found.path, cause: causeOf(found.error) };
  throw new BrokenLaw(message(law, subject, label, found), details);
}

function message<Values extends readonly unknown[]>(
  law: Law<Values>,
  subject: Subject,
  label: string,
  found: Counterexample<[Draft, Values]>,
): string {
  const { seed, path, cases, shrinks } = found;
  const options = `{ laws: ["${law.name}"], seed: ${seed}, path: "${path}" }`;
  return [
    `${subjectName(subject)} breaks the law "${law.name}":`,
    `    ${law.statement}.`,
    `Found at case ${cases}, made smaller in ${shrinks} steps, with`,
    ...described(law, found).map((line) => `    ${line}`),
    "What is wrong:",
    ...reasonOf(found.error)
      .split("\n")
      .map((line) => `    ${line}`),
    `Seed ${seed}, path ${path}. To try this case alone again, with your other options as they are:`,
    `    checkArchitecture(..., ${options})`,
    "or the same command with this in front:",
    `    ${replayEnvironment(label, found)}`,
  ].join("\n");
}

/** The network as blocks, or what it was to be built from where that fails; then what else was drawn. */
function described<Values extends readonly unknown[]>(
  law: Law<Values>,
  { values: [draft, values], error }: Counterexample<[Draft, Values]>,
): string[] {
  const architecture = builtOrNull(draft);
  if (architecture === null) return [`a network that cannot be built: ${draft.description}`];
  const route = error instanceof Fault && error.route !== undefined ? [error.route] : [];
  return [
    ...architectureText(architecture).split("\n"),
    ...law.describe(values, architecture),
    ...route.map((steps) => `route: ${routeText(architecture, steps)}`),
  ];
}

function builtOrNull(draft: Draft): Architecture | null {
  try {
    return draft.build();
  } catch {
    return null;
  }
}
