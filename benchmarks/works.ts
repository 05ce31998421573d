/**
 * What is measured: the table of the project's goals on speed, as contests.
 *
 * Work that grows in proportion to the images is done on a part of them each turn, and scaled to the whole: the
 * ratios are those of the whole, and the turns fit into minutes.
 */
import path from "node:path";
import blockDeletion from "../experiments/block-deletion";
import blockReordering from "../experiments/block-reordering";
import { projectRoot } from "../src/base";
import { resolveParameters } from "../src/experiment";
import { allowedCores, type Placement, tasksetPath } from "../src/run";
import type { ContenderSpecification } from "./contender";
import type { Contest, Goal, LeftOut } from "./contest";
import type { PeerPackage, Peers } from "./peers";
import { type Task, task } from "./task";

/** Works by the names that `--work` takes, in the order in which they run. */
export const workNames = [
  "training-step",
  "inference",
  "parallel-seeds",
  "deletion-sweep",
  "route-sweeps",
  "path-gradients",
  "memory",
  "memory-growth",
  "block-deletion",
  "cell-start",
  "help-text",
] as const;
export type WorkName = (typeof workNames)[number];

/** Works that are done without being named: all that take minutes at most. */
export const defaultWorks: readonly WorkName[] = workNames.filter((name) => name !== "block-deletion");

export interface Setting {
  readonly peers: Peers;
  /** Tiny sizes: does everything work? */
  readonly smoke: boolean;
  readonly rounds: number;
  /** That all contenders compute in. */
  readonly precision: Task["precision"];
  /** Of the experiment block-deletion. */
  readonly seeds: number;
  /** Stems of the experiments whose help is asked for. */
  readonly experiments: readonly string[];
  /** Where files for all contenders go. */
  readonly folder: string;
}

/** Works in which nothing is computed that has a precision. */
export const worksWithoutPrecision: readonly WorkName[] = ["cell-start", "help-text"];

/** The contests of one work, in the setting's precision. */
export function contestsOf(name: WorkName, setting: Setting): Contest[] {
  switch (name) {
    case "training-step":
      return setting.smoke ? [trainingStep("resnet8", setting)] : networks.map((one) => trainingStep(one, setting));
    case "inference":
      return setting.smoke ? [inference("resnet8", setting)] : networks.map((one) => inference(one, setting));
    case "parallel-seeds":
      return [parallelSeeds(setting)];
    case "deletion-sweep":
      return [deletionSweep(setting)];
    case "route-sweeps":
      return [routeSweep("several deletions", setting), routeSweep("orders", setting)];
    case "path-gradients":
      return [pathGradients(setting)];
    case "memory":
      return (setting.smoke ? ["resnet8"] : ["resnet20", "resnet110"]).map((one) => trainingMemory(one, setting));
    case "memory-growth":
      return [memoryGrowth(setting)];
    case "block-deletion":
      return [wholeExperiment(setting)];
    case "cell-start":
      return [cellStart(setting)];
    case "help-text":
      return helpText(setting);
  }
}

const networks = ["resnet20", "resnet56", "resnet110"];
/** Steps of a turn, so that a turn takes some seconds whatever the network. */
const repeatsOf: Readonly<Record<string, number>> = { resnet20: 3 };

const ours = "ours";
const naive = "plain TensorFlow.js";
const keras = "Keras";
const pyTorch = "PyTorch";

/** PyTorch in each of some variants; channels last where the variant does not say otherwise. */
function pyTorches(variants: readonly string[], given: Task): Entry[] {
  return variants.map((variant) =>
    peer(variant === "" ? pyTorch : `${pyTorch}, ${variant}`, "torch", "pytorch", { ...given, variant }),
  );
}

/** Ours over the fastest of these, or the least. */
function againstBest(peers: readonly Entry[], bound: number): Goal {
  return { kind: "ratio", ours: [ours], peers: peers.map(({ name }) => name), bound };
}

function trainingStep(network: string, setting: Setting): Contest {
  const common = { work: "training step", network, repeats: repeatsOf[network] ?? 1, ...imageSize(setting) };
  const given = shared(common, network, setting);
  const peers = [peer(keras, "keras", "keras_peer", given), ...pyTorches(["", "compiled", "default layout"], given)];
  const isFloat32 = setting.precision === "float32"; // plain TensorFlow.js has no other
  return contest(setting, {
    id: `training-step/${network}`,
    what: `one training step, ${network}, ${sizeText(given)}`,
    unit: "s",
    inputs: given,
    contenders: [
      own(ours, "training-step", given),
      ...(isFloat32 ? [own(naive, "naive-training-step", given)] : []),
      ...peers,
    ],
    goals: [againstBest(peers, 1), ...(isFloat32 ? [speedUp(naive, 3)] : [])],
  });
}

function inference(network: string, setting: Setting): Contest {
  const common = { work: "inference", network, repeats: 2 * (repeatsOf[network] ?? 1), ...imageSize(setting) };
  const given = shared(common, network, setting);
  const peers = [
    peer(keras, "keras", "keras_peer", given),
    ...pyTorches(["", "folded", "compiled", "default layout"], given),
  ];
  return contest(setting, {
    id: `inference/${network}`,
    what: `logits of one mini-batch, ${network}, ${sizeText(given)}`,
    unit: "s",
    inputs: given,
    contenders: [own(ours, "inference", given), ...peers],
    goals: [againstBest(peers, 0.9)],
  });
}

/** Time of a step by all processes together: with n processes that take t each, t / n. */
function parallelSeeds(setting: Setting): Contest {
  const network = setting.smoke ? "resnet8" : "resnet20";
  const given = shared({ work: "training step", network, repeats: 3, ...imageSize(setting) }, network, setting);
  return contest(setting, {
    id: "parallel-seeds",
    what: `a training step of one of several seeds side by side, ${network}, ${sizeText(given)}`,
    unit: "s",
    inputs: given,
    ...inBestArrangement(own(ours, "training-step", given), pyTorches(["", "compiled"], given), 1),
  });
}

/**
 * Ours and peers, each with one process a core that has one thread, as an experiment's workers are placed, and with one
 * process that has all; the faster arrangement of each side counts.
 */
function inBestArrangement(
  one: Entry,
  others: readonly Entry[],
  bound: number,
): { readonly contenders: Entry[]; readonly goals: Contest["goals"] } {
  const arrangements = [
    { how: `${allowedCores().length} processes of one thread`, placements: oneEachCore() },
    { how: "one process of all threads", placements: allThreads() },
  ];
  const named = (entries: readonly Entry[]) =>
    arrangements.flatMap(({ how }) => entries.map(({ name }) => `${name}, ${how}`));
  return {
    contenders: arrangements.flatMap(({ how, placements }) =>
      [one, ...others].map((entry) => ({ ...entry, name: `${entry.name}, ${how}`, placements })),
    ),
    goals: [{ kind: "speed-up", ours: named([one]), peers: named(others), bound }],
  };
}

function deletionSweep(setting: Setting): Contest {
  const network = setting.smoke ? "preactivation-resnet8" : "preactivation-resnet110";
  const whole = setting.smoke ? 20 : 10_000;
  const images = setting.smoke ? 20 : 500;
  const given = shared(
    { work: "deletion sweep", network, ...digits(setting), images, batch: 250, warmUp: Math.min(50, images) },
    "deletion-sweep",
    setting,
  );
  return contest(setting, {
    id: "deletion-sweep",
    what: `each block deleted in turn, ${network}, ${sizeText({ ...given, batch: whole })}, measured by ${images}`,
    unit: "s",
    scale: whole / images,
    inputs: given,
    ...inBestArrangement(own(ours, "sweep", given), pyTorches(["", "compiled"], given), 2.5),
  });
}

/** The routes of block-deletion and block-reordering at their quick scale: sharing what they share, and one by one. */
function routeSweep(work: "several deletions" | "orders", setting: Setting): Contest {
  const several = work === "several deletions";
  const quick = { scale: "quick", data: "mnist", overrides: {} } as const;
  const { samples, sampleImages } = resolveParameters(blockDeletion.parameters, quick).values;
  const { permutations, testImages, residual } = resolveParameters(blockReordering.parameters, quick).values;
  const images = setting.smoke ? 10 : 250;
  const whole = setting.smoke ? 10 : several ? sampleImages : testImages;
  const common = {
    work,
    network: setting.smoke ? "preactivation-resnet20" : residual,
    ...digits(setting),
    images,
    batch: 250,
    draws: setting.smoke ? 3 : several ? samples : permutations,
    warmUp: Math.min(10, images),
  };
  const given = shared(common, several ? "deletions" : "orders", setting);
  const what = several ? `k blocks deleted, ${given.draws} draws for each k` : `${given.draws} orders of the blocks`;
  const single = own(`${ours}, one pass a route`, "sweep", { ...given, variant: "one pass a route" });
  const peers = pyTorches(["", "compiled"], given);
  return contest(setting, {
    id: `route-sweeps/${several ? "deletions" : "orders"}`,
    what: `${what}, ${given.network}, ${sizeText({ ...given, batch: whole })}, measured by ${images}`,
    unit: "s",
    scale: whole / images,
    inputs: given,
    contenders: [own(ours, "sweep", given), single, ...peers],
    goals: [
      speedUp(single.name, 2),
      { kind: "speed-up", ours: [ours], peers: peers.map(({ name }) => name), bound: 2 },
    ],
  });
}

function pathGradients(setting: Setting): Contest {
  const network = setting.smoke ? "preactivation-resnet8" : "preactivation-resnet110";
  const images = setting.smoke ? 8 : 64;
  const draws = setting.smoke ? 2 : 4;
  const given = shared(
    { work: "path gradients", network, ...digits(setting), images, batch: images, draws },
    "path-gradients",
    setting,
  );
  return contest(setting, {
    id: "path-gradients",
    what: `gradient along ${draws} paths of each length, ${network}, ${sizeText(given)}`,
    unit: "s",
    rounds: Math.min(3, setting.rounds),
    inputs: given,
    ...inBestArrangement(own(ours, "path-gradients", given), pyTorches(["", "compiled"], given), 2),
  });
}

function trainingMemory(network: string, setting: Setting): Contest {
  const given = shared({ work: "training memory", network, ...imageSize(setting) }, `memory-${network}`, setting);
  const peers = pyTorches(["", "compiled", "default layout"], given);
  return contest(setting, {
    id: `memory/${network}`,
    what: `peak of the process in a training step beyond what it held before the first, ${network}, ${sizeText(given)}`,
    unit: "MB",
    rounds: Math.min(3, setting.rounds),
    inputs: given,
    contenders: [own(ours, "training-memory", given), ...peers],
    goals: [againstBest(peers, 1)],
  });
}

/** Small steps, many of them: what leaks a little each step would show. */
function memoryGrowth(setting: Setting): Contest {
  const repeats = setting.smoke ? 50 : 1000;
  const given = task({ work: "memory growth", network: "resnet20", side: 8, batch: 16, images: 16, repeats });
  const { command, ...rest } = own(ours, "memory-growth", given);
  return contest(setting, {
    id: "memory-growth",
    what: `growth of the process over ${repeats} training steps, resnet20, ${sizeText(given)}`,
    unit: "%",
    rounds: 1,
    contenders: [{ ...rest, command: [command[0], "--expose-gc", ...command.slice(1)] }],
    // Smoke is too short to tell a leak from code that is still being compiled.
    goals: [{ kind: "value", ours: [ours], bound: setting.smoke ? 20 : 2 }],
  });
}

/** The ways to a help text, X an experiment's name, what each may take, and whether it is asked of every experiment. */
const helpWays = [
  { name: "npx", command: "npx cnn-findings run X --help", bound: 0.5, all: false },
  { name: "ts-node", command: "npx ts-node experiments/X.ts --help", bound: 0.5, all: false },
  { name: "node", command: "node src/cli/cnn-findings.cjs run X --help", bound: 0.25, all: true },
];

function helpText(setting: Setting): Contest[] {
  return helpWays.map(({ name, command, bound, all }) => {
    const asked = all && !setting.smoke ? setting.experiments : setting.experiments.slice(0, 1);
    const commands = asked.map((experiment) => command.replace("X", experiment)).join("\n");
    const whose = asked.length === 1 ? asked[0] : `${asked.length} experiments, the median`;
    return contest(setting, {
      id: `help-text/${name}`,
      what: `from \`${command}\` to its text, X: ${whose}`,
      unit: "s",
      contenders: [own(ours, "help-text", task({ work: "help text", network: "none", variant: commands }))],
      goals: [{ kind: "value", ours: [ours], bound }],
    });
  });
}

/** As an experiment starts its workers: one a core, or one where there is one core. */
function cellStart(setting: Setting): Contest {
  const given = task({ work: "cell start", network: "none", variant: "block-deletion" });
  return contest(setting, {
    id: "cell-start",
    what: "from the start of a worker to the end of its first training step, block-deletion at the scale smoke",
    unit: "s",
    contenders: [own(ours, "cell-start", given)],
    goals: [{ kind: "value", ours: [ours], bound: 1.5 }],
  });
}

function wholeExperiment(setting: Setting): Contest {
  const scale = setting.smoke ? "smoke" : "quick";
  const seeds = setting.seeds;
  const { values } = resolveParameters(blockDeletion.parameters, {
    scale,
    data: "mnist",
    overrides: { seeds: String(seeds) },
  });
  const protocol = { ...values, cells: blockDeletion.cells(values), scale, seeds };
  const given = task({
    work: "block deletion",
    network: values.residual,
    protocol,
    inputs: path.join(setting.folder, "block-deletion.safetensors"),
  });
  return contest(setting, {
    id: "block-deletion",
    what: `npm run block-deletion, scale ${scale}, ${seeds} ${seeds === 1 ? "seed" : "seeds"}, nothing cached`,
    unit: "s",
    rounds: 1,
    secondsAtMost: 7200,
    inputs: given,
    contenders: [own(ours, "block-deletion", given), peer(pyTorch, "torch", "block_deletion", given)],
    goals: [ratio(pyTorch, 0.6), ...(seeds === 5 ? [{ kind: "value", ours: [ours], bound: 360 } as const] : [])],
  });
}

/** A contender of a contest, with the package that it needs where it is a peer. */
interface Entry extends ContenderSpecification {
  readonly needs: PeerPackage | null;
}

interface ContestParts extends Pick<Contest, "id" | "what" | "unit" | "goals"> {
  readonly contenders: readonly Entry[];
  readonly rounds?: number;
  readonly scale?: number;
  readonly inputs?: Task;
  readonly secondsAtMost?: number;
}

/** A contest of those contenders that are installed, in the precision asked for; the others are named as missing. */
function contest({ peers, rounds, precision }: Setting, { contenders, ...parts }: ContestParts): Contest {
  const missing: LeftOut[] = [];
  const present: ContenderSpecification[] = [];
  for (const { needs, ...specification } of contenders) {
    const entry = { ...specification, task: { ...specification.task, precision } };
    if (needs === null) present.push(entry);
    else if (peers.python === null || peers.versions[needs] === null) {
      missing.push({ name: entry.name, reason: peers.advice });
    } else present.push({ ...entry, command: [peers.python, "-B", ...entry.command.slice(1)] });
  }
  const named = precision === "float32" ? {} : { id: `${parts.id}/${precision}`, what: `${parts.what}, ${precision}` };
  const isLoose = precision === "bfloat16";
  return {
    rounds,
    secondsAtMost: 900,
    ...parts,
    ...named,
    contenders: present,
    missing,
    tolerance: isLoose ? 0.05 : 0.01,
  };
}

/** One of our programs, with all threads. */
function own(name: string, program: string, given: Task): Entry {
  const register = path.join(projectRoot, "src", "cli", "register.cjs");
  const file = path.join(projectRoot, "benchmarks", "work", `${program}.ts`);
  return {
    name,
    command: [process.execPath, "-r", register, file],
    task: given,
    placements: allThreads(),
    needs: null,
  };
}

/** One of the peers' programs, with all threads; its Python is put in when it is known. */
function peer(name: string, needs: PeerPackage, program: string, given: Task): Entry {
  const file = path.join(projectRoot, "benchmarks", "peers", `${program}.py`);
  return { name, command: ["python", file], task: given, placements: allThreads(), needs };
}

function ratio(name: string, bound: number): Goal {
  return { kind: "ratio", ours: [ours], peers: [name], bound };
}

function speedUp(name: string, bound: number): Goal {
  return { kind: "speed-up", ours: [ours], peers: [name], bound };
}

/** A task whose contenders share a file. */
function shared(own: Parameters<typeof task>[0], stem: string, { folder }: Setting): Task {
  return task({ ...own, inputs: path.join(folder, `${stem}.safetensors`) });
}

function imageSize({ smoke }: Setting): Partial<Task> {
  return smoke ? { side: 8, batch: 8, images: 8, width: 4 } : {};
}

/** The size of MNIST's digits at the quick scale. */
function digits({ smoke }: Setting): Partial<Task> {
  return smoke ? { side: 8, channels: 1, width: 4 } : { side: 14, channels: 1 };
}

function sizeText({ batch, side, channels }: Task): string {
  return `${batch} images of ${side}x${side}x${channels}`;
}

function allThreads(): Placement[] {
  return [{ threads: allowedCores().length, core: null }];
}

function oneEachCore(): Placement[] {
  return allowedCores().map((core) => ({ threads: 1, core: tasksetPath() === null ? null : core }));
}
