/** The program that does everything: `npx cnn-findings COMMAND`. cnn-findings.cjs starts it. */
import { existsSync } from "node:fs";
import path from "node:path";
import { Command, Option } from "commander";
import {
  commandText,
  exitStatus,
  nearestName,
  programName,
  programWords,
  projectRoot,
  runAsProgram,
  UsageError,
} from "../base";
import type { Variations } from "../experiment";
import { experimentsFolder, experimentsOption, parseWords, programCommand } from "./options";

interface Entry {
  readonly summary: string;
  /** Whether it does without the packages that only experiments need: TensorFlow.js, Plotly, the digits. */
  readonly isLight?: true;
  /** Loads what it needs, only now. @param setUp makes TensorFlow ready @returns the exit status */
  run(words: readonly string[], setUp: () => number): Promise<number>;
}

const storedRuns = () => require("./stored-runs") as typeof import("./stored-runs");

const commands: Readonly<Record<string, Entry>> = {
  run: {
    summary: "runs one experiment: measures, judges, writes tables and report",
    run: (words, setUp) => (require("./run") as typeof import("./run")).run(words, setUp),
  },
  list: {
    summary: "lists the experiments with their questions and claims",
    isLight: true,
    run: list,
  },
  reproduce: {
    summary: "runs all experiments, or some, and gives all verdicts",
    run: (words, setUp) => (require("./reproduce") as typeof import("./reproduce")).reproduce(words, setUp),
  },
  check: {
    summary: "puts a network under the laws of inference: an ONNX file, an endpoint",
    isLight: true,
    run: (words) => (require("./networks/check") as typeof import("./networks/check")).check(words),
  },
  "compare-networks": {
    summary: "says how several networks stand deletion, order, step size",
    run: (words, setUp) =>
      (require("./networks/compare-networks") as typeof import("./networks/compare-networks")).compareNetworks(
        words,
        setUp,
      ),
  },
  compare: {
    summary: "says which verdicts and effects moved between two runs",
    run: (words) => storedRuns().compare(words),
  },
  verify: {
    summary: "checks runs against their digests and today's code",
    run: (words, setUp) => storedRuns().verify(words, setUp),
  },
  judge: {
    summary: "judges runs anew by today's rules, and measures nothing",
    run: (words) => storedRuns().judge(words),
  },
  export: {
    summary: "writes figures, tables and numbers of runs for a paper",
    run: (words) => storedRuns().exportForPaper(words),
  },
  playground: {
    summary: "writes a page on which one cuts a run's networks",
    run: (words) => storedRuns().playground(words),
  },
  watch: {
    summary: "shows a run under way as a page",
    run: (words) => storedRuns().watch(words),
  },
  clean: {
    summary: "frees what no run needs any more",
    run: (words) => (require("./clean") as typeof import("./clean")).clean(words),
  },
  doctor: {
    summary: "says what this machine has, what it lacks, how to get it",
    isLight: true,
    run: doctor,
  },
  setup: {
    summary: "fetches TensorFlow and builds its binding for Node",
    isLight: true,
    run: () => Promise.reject(new Error("cnn-findings.cjs does this without any packages")),
  },
};

const helpAfter = `
\`${programName} COMMAND --help\` lists the options of a command,
\`${programName} run EXPERIMENT --help\` those of an experiment.`;

function printOverview(): void {
  const program = new Command(programName)
    .usage("COMMAND [options]")
    .helpOption(false)
    .helpCommand(false)
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .addHelpText("after", helpAfter);
  for (const [name, { summary }] of Object.entries(commands)) program.command(name).description(summary);
  program.outputHelp();
}

function unknownCommand(name: string, words: readonly string[]): UsageError {
  if (existsSync(path.join(projectRoot, "experiments", `${name}${path.extname(__filename)}`))) {
    return new UsageError(
      `${name} is an experiment`,
      `To run it: ${commandText([...programWords(), "run", name, ...words])}`,
    );
  }
  const names = Object.keys(commands);
  const meant = nearestName(name, names);
  const advice = meant === null ? `There are: ${names.join(", ")}.` : `Did you mean "${meant}"?`;
  return new UsageError(`there is no command "${name}". ${advice}`);
}

/** What makes this machine ready, each giving the exit status. */
interface SettingUp {
  /** Makes TensorFlow ready where it is not, and says nothing where it is. */
  setUp(): number;
  /** Says which packages are missing that experiments need. */
  setUpParts(): number;
}

/** Does what the command line asks for and sets the exit status. */
export async function main({ setUp, setUpParts }: SettingUp): Promise<void> {
  await runAsProgram(async ([name = "--help", ...words]) => {
    if (["help", "--help", "-h"].includes(name)) {
      printOverview();
      return exitStatus.success;
    }
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (command === undefined) throw unknownCommand(name, words);
    const isHelp = words.includes("--help") || (name === "run" && words.length === 0);
    const status = command.isLight || isHelp ? exitStatus.success : setUpParts();
    return status === exitStatus.success ? command.run(words, setUp) : status;
  });
}

const listBefore = `Examples:
  npx cnn-findings list                  every experiment: its question, and which claims it judges
  npx cnn-findings list block-deletion   one experiment, with its claims in full
`;

/** Lists the experiments. */
async function list(words: readonly string[]): Promise<number> {
  const command = programCommand("list", { before: listBefore, after: "" })
    .argument("[name...]", "the experiments, by the names of their files; all when none is named")
    .usage("[name...] [options]")
    .addOption(experimentsOption())
    .addOption(new Option("--json", "prints them as JSON, with all claims in full"));
  if (!parseWords(command, words)) return exitStatus.success;
  const typed = command.opts<{ json?: boolean; experiments?: string }>();
  // Only now: `--help` and misuse do not wait for it to load.
  const { dataAtScale, defaultVariations, findExperiments, scales } =
    require("../experiment") as typeof import("../experiment");
  const found = findExperiments(experimentsFolder(typed), command.args);
  const listed = found.map(({ definition }): Listed => {
    const { name, title, question, source, claims, datasets = ["mnist"] } = definition;
    const grids = scales.flatMap((scale) => {
      const grid = defaultVariations(definition, scale, dataAtScale(scale, datasets));
      return grid === null ? [] : [[scale, grid] as const];
    });
    return {
      ...{ name, title, question, source, claims: claims.map(({ id, statement }) => ({ id, statement })) },
      variations: grids.length === 0 ? null : Object.fromEntries(grids),
    };
  });
  if (typed.json) process.stdout.write(`${JSON.stringify(listed, null, 2)}\n`);
  else if (command.args.length > 0) process.stdout.write(`${listed.map(inFull).join("\n\n")}\n`);
  else process.stdout.write(`${inShort(listed).join("\n")}\n`);
  return exitStatus.success;
}

interface Listed {
  readonly name: string;
  readonly title: string;
  readonly question: string;
  readonly source: string;
  readonly claims: readonly { readonly id: string; readonly statement: string }[];
  /** By scale: the grid of `--vary` without values, as it is typed; null where it names none. */
  readonly variations: Readonly<Record<string, Variations>> | null;
}

/** Two lines an experiment: its question and the claims that it judges. */
function inShort(listed: readonly Listed[]): string[] {
  const width = Math.max(...listed.map(({ name }) => name.length));
  return listed.flatMap(({ name, question, claims, variations }) => {
    const varied = variations === null ? [] : Object.keys(Object.values(variations)[0]!);
    const map = varied.length === 0 ? "" : `; --vary maps them over ${varied.join(" and ")}`;
    return [
      `${name.padEnd(width)}  ${question}`,
      `${" ".repeat(width)}  ${claims.map(({ id }) => id).join(", ")}${map}`,
    ];
  });
}

function inFull({ name, title, question, source, claims, variations }: Listed): string {
  const grids = Object.entries(variations ?? {}).map(([scale, grid]) => {
    const along = Object.entries(grid).map(([parameter, values]) => `${parameter} ${values.join("; ")}`);
    return `--vary at ${scale}: ${along.join(" x ")}`;
  });
  return [
    `${name}  ${title}`,
    question,
    `Source: ${source}`,
    ...claims.map(({ id, statement }) => `${id}  ${statement}`),
    ...grids,
  ].join("\n");
}

/** Says what is needed, what this machine has of it, and how to get the rest. */
async function doctor(words: readonly string[]): Promise<number> {
  const command = programCommand("doctor", {
    before: "Says what the harness needs, what this machine has of it, and how to get the rest.\n",
    after: "\nExit status:\n  0 TensorFlow computes   1 it does not   2 misuse",
  }).addOption(new Option("--json", "prints what was found as JSON"));
  if (!parseWords(command, words)) return exitStatus.success;
  const { diagnose, diagnosisText } = require("../runtime") as typeof import("../runtime");
  const diagnosis = await diagnose();
  const { json = false } = command.opts<{ json?: boolean }>();
  process.stdout.write(`${json ? JSON.stringify(diagnosis, null, 2) : diagnosisText(diagnosis)}\n`);
  return diagnosis.healthy ? exitStatus.success : exitStatus.failure;
}
