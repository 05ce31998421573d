/** Every command that the program prints does what it says where it is pasted into a shell. */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { Command, Option } from "commander";
import fc from "fast-check";
import { split } from "shlex";
import { test } from "uvu";
import * as assert from "uvu/assert";
import deletion from "../../experiments/block-deletion";
import { commandText, programWords, UsageError } from "../../src/base";
import { typedWords } from "../../src/cli/options";
import { readReproduction } from "../../src/cli/reproduce";
import { readCommandLine } from "../../src/cli/run";
import type { AskedOptions } from "../../src/cli/run-options";
import type { Experiment } from "../../src/experiment";
import { type FoundData, planRun, type RunPlan, reproducingCommand } from "../../src/run/run-plan";
import sums from "../fixtures/sums";
import { law } from "../property";
import { cnnFindings, type Ended, type Running, start } from "../run/program";

const root = path.resolve(__dirname, "../..");
const fixture = path.join(root, "tests/fixtures/sums.ts");

/** Every text that was parted, with its words: the last test hands them to bash, all at once, as each start of it takes long. */
const parted: [text: string, words: string[]][] = [];

/** The words that a shell makes of a text. */
function shellWords(text: string): string[] {
  const words = split(text);
  parted.push([text, words]);
  return words;
}

/** Pieces of which people make names, and shells something else: no NUL, which no word can hold. */
const pieces = [
  "a",
  "run",
  " ",
  "  ",
  "'",
  '"',
  "$HOME",
  "$(x)",
  "`",
  "\\",
  "!",
  "*",
  "~",
  "#",
  "&",
  ";",
  "|",
  "<",
  "\n",
];
const strange = ["Ω", "残", "Жук", "é", "=", ",", "-", "--x", "%", "{a,b}", "[a]", "?", "(", "/", "."];
const text = fc
  .array(fc.constantFrom(...pieces, ...strange), { minLength: 1, maxLength: 6 })
  .map((some) => some.join(""));

law(
  "a shell parts the text of a command into its words",
  [fc.array(fc.oneof(text, fc.string({ unit: "grapheme" }), fc.constant("")))],
  (given) => {
    const words = given.map((word) => word.replaceAll("\0", ""));
    const printed = commandText(words);
    assert.equal(shellWords(printed), words);
  },
);

/** Options of every kind that commander knows. */
const kinds = ["--flag", "--no-dye", "--one <x>", "--some [x]", "--many <x...>", "--any [x...]", "--preset [x...]"];

law(
  "what was typed is read again from the words that are made of it",
  [
    fc.array(
      fc.oneof(
        fc.nat({ max: 2 }).chain((n) => fc.constant(`name${n}`)),
        text.filter((one) => !one.startsWith("-")),
      ),
    ),
    fc.uniqueArray(
      fc.record({ kind: fc.constantFrom(...kinds), values: fc.array(text, { maxLength: 3 }), apart: fc.boolean() }),
      {
        selector: ({ kind }) => kind,
      },
    ),
  ],
  (args, typed) => {
    const reading = (words: readonly string[]) => {
      const command = new Command("x")
        .exitOverride()
        .configureOutput({ writeErr: () => {} })
        .argument("[name...]");
      for (const flags of kinds)
        command.addOption(flags.startsWith("--preset") ? new Option(flags).preset("own") : new Option(flags));
      command.parse([...words], { from: "user" });
      return command;
    };
    const words = typed.flatMap(({ kind, values, apart }) => {
      const [name = ""] = kind.split(" ");
      const takes = kind.includes("...") ? values : kind.includes("x") ? values.slice(0, 1) : [];
      const needed = kind.includes("<") && takes.length === 0 ? ["v"] : takes;
      if (needed.length === 0) return [name];
      return apart || needed.some((one) => one.startsWith("-"))
        ? needed.map((one) => `${name}=${one}`)
        : [name, ...needed];
    });
    const first = reading([...args, ...words]);
    const again = reading(shellWords(commandText(["-", ...typedWords(first)])).slice(1));
    assert.equal([again.args, again.opts()], [first.args, first.opts()]);
  },
);

/** A command line of an experiment, by its options in any order. */
const option = {
  folder: text.map((name) => `some/${name}`),
  list: (least: number) => fc.uniqueArray(fc.integer({ min: least, max: 40 }), { minLength: 1, maxLength: 3 }),
};
const plain = (...words: string[]) => fc.constant(words);
const withText = (name: string, value: fc.Arbitrary<string> = text) => value.map((one) => [`${name}=${one}`]);
const ofEvery: fc.Arbitrary<string[]>[] = [
  ...["--strict", "--json", "--quiet", "--debug", "--no-colour", "--no-color", "--update-reference", "--dry-run"].map(
    (one) => plain(one),
  ),
  withText("--scale", fc.constantFrom("smoke", "quick", "standard", "paper")),
  fc.integer({ min: 1, max: 30 }).map((count) => ["--seeds", `${count}`]),
  fc.constantFrom("auto", "1", "7").map((count) => ["--workers", count]),
  fc.constantFrom("1", "2", "16").map((count) => ["--cores", count]),
  withText("--results", option.folder),
  withText("--reports", option.folder),
];
const ofSlurm: fc.Arbitrary<string[]>[] = [
  fc.constantFrom("submit", "status", "cancel", "collect").map((action) => ["--jobs", action]),
  plain("--account", "a-b"),
  plain("--gpus=a100:2"),
  plain("--time", "1-12:30"),
  fc
    .constantFrom("--qos=long", '--comment="two words"', "--comment 'it is'", "--constraint=a|b")
    .map((one) => ["--sbatch", one]),
];
const ofOne: fc.Arbitrary<string[]>[] = [
  plain("--fresh"),
  plain("--fresh", "2026-03-01T09:30Z"),
  fc.array(fc.constantFrom("a1", "0b", "77f"), { minLength: 1, maxLength: 3 }).map((ids) => ["--only", ...ids]),
];
const fromSome = (arbitraries: readonly fc.Arbitrary<string[]>[]) =>
  fc.shuffledSubarray([...arbitraries]).chain((some) => fc.tuple(...some).map((parts) => parts.flat()));
const slurm = fc.oneof(
  fc.constant([]),
  fromSome(ofSlurm).map((words) => ["--launcher", "slurm", ...words]),
  fromSome(ofSlurm.slice(1)).map((words) => ["--jobs", "collect", ...words]),
);
const ofDeletion = fromSome([
  ...ofEvery,
  ...ofOne,
  withText("--data", fc.constantFrom("mnist", "cifar10")),
  withText("--data-dir"),
  withText("--network"),
  plain("--tensorboard"),
  withText("--tensorboard"),
  withText("--precision", fc.constantFrom("float32", "bfloat16")),
  plain("--backend", "cpu"),
  option.list(1).map((steps) => ["--vary", `steps=${steps.join(",")}`, "--set", "cropPadding=3"]),
  option.list(2).map((sizes) => [`--set=trainingImages=${sizes[0]}`, "--set", "batchSize=8"]),
  plain("--vary"),
]);
const ofSums = fromSome([
  ...ofEvery,
  ...ofOne,
  fc
    .tuple(option.list(1), text)
    .map(([terms, marker]) => ["--set", `marker=${marker}`, "--vary", `terms=${terms.join(",")}`]),
  fc.constantFrom("kinds=ascending;descending", "kinds=ascending,descending;ascending").map((grid) => ["--vary", grid]),
]);

/** What it asks for, without what only concerns this one time. */
function lasting({ dryRun: _, jobs: __, ...asked }: AskedOptions): object {
  return asked;
}

function readOrNull(definition: Experiment, words: readonly string[], called: readonly string[]): AskedOptions | null {
  try {
    return readCommandLine(definition, words, called);
  } catch (error) {
    if (error instanceof UsageError) return null; // options that do not go together
    throw error;
  }
}

/** The options of a printed command that runs an experiment. */
function reread(definition: Experiment, called: readonly string[], printed: string): AskedOptions {
  const words = shellWords(printed);
  const before = [...programWords(), ...called];
  assert.equal(words.slice(0, before.length), before);
  return readCommandLine(definition, words.slice(before.length), called)!;
}

for (const [definition, words] of [
  [deletion as unknown as Experiment, ofDeletion],
  [sums as unknown as Experiment, ofSums],
] as const) {
  law(
    `the command that goes on with a run of ${definition.name} asks for the same`,
    [words, slurm, text],
    (some, more, file) => {
      const called = ["run", `folder/${file}.ts`];
      const asked = readOrNull(definition, [...some, ...more], called);
      fc.pre(asked !== null);
      const again = reread(definition, called, asked.command);
      assert.equal(lasting(again), lasting(asked));
      if (asked.cellCommand === undefined) return assert.ok(asked.vary !== undefined);
      const cell = reread(definition, called, `${asked.cellCommand} --only 0123456789abcdef`);
      const { only: _, command: __, ...others } = lasting(asked) as AskedOptions;
      const { only, command: ___, ...same } = lasting(cell) as AskedOptions;
      assert.equal([only, same], [["0123456789abcdef"], others]);
      return undefined;
    },
    { secondsAtMost: 240 },
  );
}

law(
  "the commands of `reproduce` ask for the same: the one that runs all again, and that of each experiment",
  [
    fromSome([
      ...ofEvery,
      withText("--data", fc.constantFrom("mnist", "cifar10")),
      plain("--tensorboard"),
      withText("--precision", fc.constantFrom("float32", "bfloat16")),
    ]),
    slurm,
  ],
  (some, more) => {
    const named = ["path-counts", "residual-sum", "block-deletion"];
    const asked = readReproduction([...named, ...some, ...more])!;
    const words = shellWords(asked.options.command);
    assert.equal(words.slice(0, 3), [...programWords(), "reproduce"]);
    const again = readReproduction(words.slice(3))!;
    const told = ({ experiments, notices, options }: typeof asked) => [
      ...[lasting(options as AskedOptions), notices],
      experiments.map(({ definition, file, options: own }) => [definition.name, file, lasting(own)]),
    ];
    assert.equal(told(again), told(asked));
    for (const { definition, options } of asked.experiments) {
      const own = reread(definition, ["run", definition.name], options.command);
      const { command: _, cellCommand: __, ...same } = lasting(own) as AskedOptions;
      const { command: ___, cellCommand: ____, ...others } = lasting(options) as AskedOptions;
      const quietly = { quiet: false, json: false, strict: false };
      assert.equal({ ...same, ...quietly }, { ...others, ...quietly });
    }
  },
  { numRuns: 40, secondsAtMost: 240 },
);

/** Images that no file holds: a plan needs their checksum and size alone. */
const data = (options: AskedOptions): FoundData => ({
  ...{ name: options.data!, checksum: `of ${options.dataFolder ?? options.data}`, origin: "nowhere" },
  images: { height: 28, width: 28, channels: 1 },
  folder: options.dataFolder,
});
const planOf = (definition: Experiment, file: string, asked: AskedOptions): Promise<RunPlan> =>
  planRun(definition, file, { ...asked, threads: asked.launcher.cores }, async () => data(asked));

const temporary = mkdtempSync(path.join(os.tmpdir(), "it's $HOME Ω "));
test.after(() => rmSync(temporary, { recursive: true, force: true }));

law(
  "the command in a run's provenance plans the same run: its name and its cells",
  [
    fc.constantFrom("smoke", "quick", "standard", "paper"),
    fc.constantFrom("1", "2", "8"),
    fc.constantFrom("mnist", "cifar10"),
    fc.option(text.filter((one) => !one.includes("/"))),
    fromSome([
      plain("--backend", "cpu"),
      plain("--precision", "bfloat16"),
      option.list(1).map((steps) => ["--vary", `steps=${steps.join(",")}`, "--vary", "testImages=100"]),
      option.list(2).map((seeds) => ["--seeds", `${Math.min(9, seeds[0]!)}`, "--set", "cropPadding=2"]),
    ]),
  ],
  async (scale, cores, name, folder, more) => {
    const file = path.join(root, "experiments/block-deletion.ts");
    const definition = deletion as unknown as Experiment;
    const own = folder === null ? [] : ["--data-dir", path.join(temporary, folder)];
    const words = [
      "--scale",
      scale,
      "--cores",
      cores,
      "--data",
      name,
      ...own,
      ...more,
      "--results",
      temporary,
      "--reports",
      temporary,
    ];
    const plan = await planOf(definition, file, readCommandLine(definition, words, ["run", "block-deletion"])!);
    const printed = `${reproducingCommand(plan)} ${commandText(["--results", temporary, "--reports", temporary])}`;
    const again = await planOf(definition, file, reread(definition, ["run", "block-deletion"], printed));
    assert.equal(
      [again.name, again.folders, again.cells.map(({ id }) => id)],
      [plan.name, plan.folders, plan.cells.map(({ id }) => id)],
    );
  },
  { numRuns: 25, secondsAtMost: 240 },
);

/** Pastes a command into a shell. */
function paste(command: string, folder = root): Promise<Ended> {
  const child = spawn("bash", ["-c", command], {
    cwd: folder,
    env: { ...process.env, FORCE_COLOR: undefined, CI: undefined },
  });
  child.stdin.end();
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => (stdout += chunk));
  child.stderr.on("data", (chunk) => (stderr += chunk));
  return new Promise((resolve) => child.on("close", (status, signal) => resolve({ status, signal, stdout, stderr })));
}

/** Runs the program, in a folder of results whose name needs quotes. */
function begin(
  name: string,
  ...words: readonly string[]
): Running & { readonly results: string; readonly reports: string } {
  const [results, reports] = [path.join(temporary, name, "results"), path.join(temporary, name, "re ports")];
  const running = start([...words, "--results", results, "--reports", reports], {}, cnnFindings);
  return { ...running, results, reports };
}
const after = (label: string, said: string) =>
  new RegExp(`^ *${label}: (.*)$`, "m").exec(said)?.[1] ?? `exit 99 # ${said}`;

test("pasted, `again` measures the cell that failed, and `resume with` the rest of the run, both where they belong", async () => {
  const failing = begin("again", "run", fixture, "--set", "trouble=fail", "terms=6", "--seeds", "2");
  const first = await failing.ended;
  assert.is(first.status, 1, first.stderr);
  const [name = ""] = readdirSync(failing.results).filter((one) => one.startsWith("sums-"));
  const again = await paste(after("again", first.stderr));
  assert.match(again.stderr, "3 cached, 1 to do");
  assert.match(again.stderr, "asked to fail");
  assert.equal(readdirSync(failing.results).sort(), ["store", name].sort());

  const slow = begin("resume", "run", fixture, "--set", "terms=8", "pause=150", "--workers", "1", "--quiet");
  await new Promise((resolve) => setTimeout(resolve, 0));
  while (
    !existsSync(path.join(slow.results, "store/cells/sums")) ||
    readdirSync(path.join(slow.results, "store/cells/sums")).length === 0
  )
    await new Promise((resolve) => setTimeout(resolve, 50));
  slow.child.kill("SIGINT");
  const stopped = await slow.ended;
  assert.is(stopped.status, 130, stopped.stderr);
  const resumed = await paste(after("resume with", stopped.stderr).replace("--quiet", "--json"));
  assert.is(resumed.status, 0, resumed.stderr);
  const outcome = JSON.parse(resumed.stdout);
  assert.is(outcome.complete, true);
  assert.ok(outcome.results.startsWith(slow.results) && existsSync(path.join(slow.reports, `${outcome.run}.html`)));
});

test("pasted, the command of an interrupted run with --fresh measures anew what is still the earlier measurement, and that alone", async () => {
  const words = ["run", fixture, "--set", "terms=8", "pause=150", "--workers", "1"];
  assert.is((await begin("fresh", ...words).ended).status, 0);
  const anew = begin("fresh", ...words, "--fresh");
  await anew.says("[3/6] kind ascending, seed 2: begun");
  anew.child.kill("SIGINT");
  const stopped = await anew.ended;
  const measured = Number(/interrupted: (\d) of 6/.exec(stopped.stderr)?.[1]);
  assert.ok(measured >= 2 && measured < 6, stopped.stderr);
  const rest = await paste(after("resume with", stopped.stderr));
  assert.is(rest.status, 0, rest.stderr);
  assert.match(rest.stderr, `${measured} cached, ${6 - measured} to do`);
  const none = await paste(`${after("resume with", stopped.stderr)} --dry-run`);
  assert.match(none.stdout, "nothing to measure");
});

test("pasted, what `verify` and `judge` say of a run makes it right again, in its own folders", async () => {
  const made = begin("verify", "run", fixture, "--scale", "smoke", "--cores", "2", "--set", "marker=a 'b' $c");
  assert.is((await made.ended).status, 0);
  const [name = ""] = readdirSync(made.results).filter((one) => one.startsWith("sums-"));
  assert.match(name, /^sums-smoke-2-cores-[0-9a-f]{6}$/);
  const rows = path.join(made.results, name, "rows.csv");
  const before = readFileSync(rows, "utf8");
  writeFileSync(rows, before.replace("ascending", "descending"));
  const page = path.join(made.reports, `${name}.html`);
  rmSync(page);
  const verify = commandText([
    ...programWords(),
    "verify",
    name,
    "--results",
    made.results,
    "--experiments",
    path.dirname(fixture),
  ]);
  const altered = await paste(verify);
  assert.is(altered.status, 1, altered.stderr);
  const again = await paste(after("again", altered.stdout));
  assert.is(again.status, 0, again.stderr);
  assert.is(readFileSync(rows, "utf8"), before);
  assert.ok(existsSync(page));
  assert.is((await paste(verify)).status, 0);
});

test("what is printed in a folder where npx knows no such program works there, too", async () => {
  const folder = path.join(temporary, "else where");
  mkdirSync(folder);
  const help = `import { programWords } from ${JSON.stringify(path.join(root, "src/base"))}; console.log(programWords().join("\\n"));`;
  writeFileSync(path.join(folder, "words.ts"), help);
  const words = execFileSync(
    process.execPath,
    ["-r", path.join(root, "src/cli/register.cjs"), path.join(folder, "words.ts")],
    { cwd: folder, encoding: "utf8" },
  );
  assert.equal(words.trim().split("\n"), ["node", cnnFindings]);
  const failing = begin("else where/place", "run", fixture, "--set", "trouble=fail", "--scale", "smoke");
  assert.is((await failing.ended).status, 1);
  const verify = `${commandText(["node", cnnFindings, "verify", "--results", failing.results, "--experiments", path.dirname(fixture)])} $(ls ${commandText([failing.results])} | grep ^sums)`;
  const { stdout } = await paste(verify, folder);
  const again = await paste(after("again", stdout), folder);
  assert.match(again.stderr, "3 cached, 1 to do");
});

test("pasted, a refusal's own example and the grid that it names are taken", async () => {
  const place = ["--results", path.join(temporary, "refused"), "--dry-run"];
  const bad = await start(["run", fixture, "--set", "kinds=sideways", ...place], {}, cnnFindings).ended;
  const example = /For example: (--set .*)$/m.exec(bad.stderr)?.[1];
  const call = commandText([...programWords(), "run", fixture, ...place]);
  assert.is((await paste(`${call} ${example}`)).status, 0);
  const called = await start(["path-counts", "--scale", "smoke", ...place], {}, cnnFindings).ended;
  assert.is((await paste(after("To run it", called.stderr))).status, 0, called.stderr);
});

test("bash parts all of these commands into the same words", () => {
  assert.ok(parted.length > 300, `${parted.length} commands`);
  const file = path.join(temporary, "all.sh");
  writeFileSync(file, parted.map(([text]) => `printf '%s\\0' _ ${text}; printf '\\n\\0'`).join("\n"));
  const found = execFileSync("bash", [file], { encoding: "utf8", maxBuffer: 2 ** 28 }).split("\0");
  const expected = parted.flatMap(([, words]) => ["_", ...words, "\n"]);
  assert.equal(found.slice(0, -1), expected);
});

test.run();
