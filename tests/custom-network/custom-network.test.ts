/** `--network FILE`: experiments on a custom network, from the command line to the table. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { homeFolder } from "../../src/base";
import { terminal } from "../../src/base/terminal";
import { withCustomNetwork } from "../../src/custom-network/custom-network";
import { loadCustomNetwork } from "../../src/custom-network/file";
import { loadDataset } from "../../src/data";
import { findExperiments } from "../../src/experiment/experiment-files";
import { resolveParameters } from "../../src/experiment/resolve-parameters";
import {
  type Architecture,
  buildByName,
  convolution,
  createNetwork,
  disposeNetwork,
  forward,
} from "../../src/networks";
import { parseCsv } from "../../src/report";
import { lookUpData } from "../../src/run/find-data";
import { assignmentOf } from "../../src/run/launcher";
import type { RunOptions } from "../../src/run/run-plan";
import { planRun, type RunPlan, reproducingCommand } from "../../src/run/run-plan";
import { tf } from "../../src/runtime";
import { readSubmission } from "../../src/slurm/submission";
import buildSums from "../fixtures/custom-networks/sums";
import { cnnFindings, inPlace, start } from "../run/program";

const folder = path.resolve(__dirname, "../../experiments");
const networks = path.join(__dirname, "..", "fixtures", "custom-networks");
const [sums, given] = [path.join(networks, "sums.ts"), path.join(networks, "given.cjs")];
const screen = terminal({ quiet: true, colour: false });
const experiments = findExperiments(folder, []);

const temporary = mkdtempSync(path.join(os.tmpdir(), "custom-network-"));
test.after(() => rmSync(temporary, { recursive: true, force: true }));

/** A file that exports an architecture. */
function written(name: string, architecture: Architecture): string {
  const file = path.join(temporary, `${name}.js`);
  writeFileSync(file, `module.exports = ${JSON.stringify(architecture)};`);
  return file;
}

function optionsOf(network: string, more: Partial<RunOptions>): RunOptions {
  return {
    ...{ scale: "smoke", data: "mnist", dataFolder: null, overrides: {}, backend: "tensorflow", threads: 1, only: [] },
    ...{ fresh: null, dryRun: true, strict: false, quiet: true, json: false, debug: false, colour: false },
    ...{
      jobs: null,
      command: "",
      results: temporary,
      reports: temporary,
      networks: [network],
      ...more,
    },
  };
}

let digits: ReturnType<typeof lookUpData> | undefined;

/** All plans here are on the digits: looking them up takes a checksum over 55 MB. */
function lookUpOnce(options: RunOptions): ReturnType<typeof lookUpData> {
  digits ??= lookUpData(options, screen);
  return digits;
}

function found(experiment: string) {
  return experiments.find(({ definition }) => definition.name === experiment)!;
}

function planOf(experiment: string, network: string, more: Partial<RunOptions> = {}): Promise<RunPlan> {
  const { definition, file } = found(experiment);
  const options = optionsOf(network, more);
  return planRun(definition, file, options, () => lookUpOnce(options));
}

/** What is found to be wrong before any cell is asked for; the file is read in this process, which is faster. */
async function fitOf(experiment: string, network: string, more: Partial<RunOptions>): Promise<void> {
  const { definition } = found(experiment);
  const options = optionsOf(network, more);
  const { scale, data, overrides } = options;
  const parameters = resolveParameters(definition.parameters, { scale, data, overrides });
  const find = () => lookUpOnce(options);
  await withCustomNetwork(definition, options, parameters, find, async ({ file, size }, _, refuse) => {
    try {
      const { architecture, given: weights } = await loadCustomNetwork(file, size);
      return { architecture, checksum: weights?.checksum ?? null, images: weights?.images ?? null };
    } catch (error) {
      throw refuse((error as Error).message);
    }
  });
}

async function refusalOf(
  experiment: string,
  network: string,
  more: Partial<RunOptions> = {},
  asked: (experiment: string, network: string, more: Partial<RunOptions>) => Promise<unknown> = planOf,
): Promise<string> {
  try {
    await asked(experiment, network, more);
  } catch (error) {
    assert.is((error as Error).name, "UsageError", String((error as Error).stack));
    return (error as Error).message;
  }
  throw new Error(`${experiment} took ${network}`);
}

const setsOf = ({ cells }: RunPlan) => cells.map(({ cell, identity }) => ({ cell, network: identity.network }));

test("experiments name parameters that they declare, and what they fix can be shown", () => {
  const using = experiments.filter(({ definition }) => definition.customNetwork !== undefined);
  assert.ok(using.length >= 10, `${using.length} experiments take a custom network`);
  for (const { definition } of using) {
    const { parameter, fixed = {}, given: ofGiven = {} } = definition.customNetwork!;
    const { values } = resolveParameters(definition.parameters, { scale: "smoke", data: "mnist", overrides: {} });
    const known = values as Readonly<Record<string, unknown>>;
    assert.type(known[parameter], "string", definition.name);
    for (const [name, value] of Object.entries({ ...fixed, ...ofGiven })) {
      assert.type(value, typeof known[name] as "object", `${definition.name}: ${name}`);
    }
    if (definition.customNetwork!.given !== undefined) assert.type(definition.network, "function", definition.name);
  }
});

test("the network takes its parameter's place, and only cells on it have another identity", async () => {
  const place = { results: path.join(temporary, "nowhere"), reports: temporary };
  const plan = await planOf("block-reordering", sums, place);
  const { definition, file } = found("block-reordering");
  const { networks: _, ...ordinary } = plan.options;
  const without = await planRun(definition, file, ordinary, () => lookUpOnce(ordinary));
  assert.is(plan.parameters.values.residual as unknown, "sums-resnet6");
  const identities = (run: RunPlan, network: string) =>
    run.cells
      .filter(({ cell }) => cell.network === network)
      .map(({ identity }) => ({ ...identity, parameters: { ...identity.parameters, residual: "not read" } }));
  assert.equal(identities(plan, "plain20"), identities(without, "plain20"));
  assert.is(identities(plan, "plain20").length, 2);
  assert.is(identities(plan, "sums-resnet6").length, 2);
  for (const { cell, network } of setsOf(plan)) {
    assert.equal(network, cell.network === "plain20" ? undefined : { architecture: plan.customNetwork!.architectureHash, weights: null }); // biome-ignore format: one question
  }
  assert.match(plan.name, /^block-reordering-smoke-sums-resnet6-[0-9a-f]{6}$/);
  assert.match(reproducingCommand(plan), " --network tests/fixtures/custom-networks/sums.ts");
  assert.not.match(reproducingCommand(plan), "residual=");
});

test("a network of this project is taken by its name, and trained; its architecture is in its cells' identity", async () => {
  const plan = await planOf("block-deletion", path.resolve("mobilenet14"));
  const { architecture, architectureHash, name, files, isGiven } = plan.customNetwork!;
  assert.equal([name, architecture.name, files.length, isGiven], ["mobilenet14", "mobilenet14", 1, false]);
  assert.is(files[0]!.file, path.join(homeFolder, "mobilenet14"));
  const on = plan.cells.filter(({ cell }) => cell.network === name);
  assert.ok(on.length > 0 && on.every(({ identity }) => identity.network?.architecture === architectureHash));
  assert.match(reproducingCommand(plan), /--network mobilenet14(?: |$)/);
  const again = await planOf("block-deletion", files[0]!.file);
  assert.equal(
    again.cells.map(({ id }) => id),
    plan.cells.map(({ id }) => id),
  );
  for (const [wrong, why] of [
    ["mobilenet15", /--network mobilenet15: .* needs depth 9n \+ 5/],
    ["convnext-t", /convnext-t takes images of 32 pixels and more/],
    ["mobilenett14", /there is no file .*mobilenett14/],
  ] as const) {
    assert.match(await refusalOf("block-deletion", path.resolve(wrong)), why);
  }
});

test("another layer makes another identity, another name of the run and another network in the store", async () => {
  const base = buildByName("preactivation-resnet20", { inputShape: [14, 14, 1], classes: 10, width: 4 });
  const wider = { ...base, stem: [convolution("stem/convolution", { filters: 4, size: 5 })] };
  const plans: RunPlan[] = [];
  for (const architecture of [base, wider]) plans.push(await planOf("residual-sum", written("mine", architecture)));
  const [one, other] = plans as [RunPlan, RunPlan];
  assert.equal(
    [one, other].map(({ cells }) => cells.map(({ cell }) => cell.network)),
    [["mine-resnet20"], ["mine-resnet20"]],
  );
  assert.is.not(one.name, other.name);
  assert.is.not(one.cells[0]!.id, other.cells[0]!.id);
  assert.is.not(one.cells[0]!.network!.id, other.cells[0]!.network!.id);
});

test("images are averaged down to the size that a network takes, unless the pooling was set", async () => {
  const whole = written(
    "whole",
    buildByName("preactivation-resnet8", { inputShape: [28, 28, 1], classes: 10, width: 2 }),
  );
  assert.is((await planOf("residual-sum", whole)).parameters.values.meanPool as unknown, 1);
  const message = await refusalOf("residual-sum", whole, { overrides: { meanPool: "4" } });
  assert.match(message, "takes images of 28 x 28 x 1, those of mnist are 28 x 28 x 1, averaged down 7 x 7 x 1");
  assert.match(message, "`--set meanPool=1` averages them down to that");
});

test("a network that does not fit is refused with what it lacks", async () => {
  const small = { inputShape: [14, 14, 1], classes: 10, width: 2 } as const;
  const vgg = written("vgg", buildByName("vgg7", { ...small, inputShape: [14, 14, 1] }));
  const changing = buildByName("vgg7", small);
  const none = { ...changing, blocks: changing.blocks.filter((_, i) => i % 2 === 1 && i < 0) };
  const cases: [experiment: string, network: string, said: string, more?: Partial<RunOptions>][] = [
    ["degradation", sums, "degradation puts no single network to the test"],
    ["residual-sum", path.join(temporary, "missing.ts"), "there is no file"],
    ["residual-sum", temporary, "is a folder, need a file"],
    ["residual-sum", path.join(networks, "..", "sums.ts"), "is no network"],
    ["residual-sum", written("resnet", buildByName("resnet8", small)), "nothing after the addition in every block"],
    ["path-lengths", vgg, "vgg7 needs a shortcut in every block; it lacks it in stage1/block1, stage1/pool"],
    ["stochastic-depth", vgg, "needs a shortcut in every block"],
    ["block-reordering", vgg, "has no two neighbouring blocks of one shape to exchange"],
    ["batch-normalisation", sums, "four sums has no batch normalisation"],
    ["early-exit", sums, "four sums has one stage: there is no place for an exit"],
    [
      "effective-paths",
      sums,
      "need a whole number from 0 to 4 blocks of four sums, got 9",
      { overrides: { fewBlocks: "9" } },
    ],
    ["stochastic-depth", given, "its weights are given, but stochastic-depth is about training"],
    [
      "residual-sum",
      written("photographs", buildByName("preactivation-resnet8", { ...small, inputShape: [32, 32, 3] })),
      "takes images of 32 x 32 x 3, those of mnist are 28 x 28 x 1, averaged down 14 x 14 x 1",
    ],
    [
      "residual-sum",
      written("hundred", buildByName("preactivation-resnet8", { ...small, classes: 100 })),
      "tells 100 classes apart, mnist has 10",
    ],
    ["residual-sum", sums, "--set residual: with --network it is sums-resnet6", { overrides: { residual: "resnet8" } }],
    ["residual-sum", given, "--set steps: with --network it is 0", { overrides: { steps: "30" } }],
    ["residual-sum", given, "--seeds 5: a network whose weights are given is one seed", { overrides: { seeds: "5" } }],
    [
      "block-deletion",
      written("shrinking", withoutKeptShapes(buildByName("vgg7", small))),
      "has no block that can be deleted, none whose output has its input's shape: stage1/pool makes",
    ],
    ["block-deletion", written("bare", { ...none, head: [...changing.blocks.flatMap(({ residual }) => residual), ...changing.head] }), "it has no blocks at all"], // biome-ignore format: as the others
  ];
  for (const [experiment, network, said, more] of cases) {
    const byCells = ["block-reordering", "early-exit", "effective-paths"].includes(experiment);
    const message = await refusalOf(experiment, network, more, byCells ? planOf : fitOf);
    assert.ok(message.includes(said), `${experiment}, ${said}:\n${message}`);
  }
});

/** Its poolings alone as blocks, all else before or behind them. */
function withoutKeptShapes(architecture: Architecture): Architecture {
  const pool = architecture.blocks.findIndex(({ name }) => name.endsWith("/pool"));
  const layersOf = (blocks: Architecture["blocks"]) => blocks.flatMap(({ residual }) => residual);
  return {
    ...architecture,
    stem: layersOf(architecture.blocks.slice(0, pool)),
    blocks: [architecture.blocks[pool]!],
    head: [...layersOf(architecture.blocks.slice(pool + 1)), ...architecture.head],
  };
}

test("what is handed to a cluster holds the network, its weights by their checksum", async () => {
  for (const network of [sums, given]) {
    const plan = await planOf("residual-sum", network);
    const submission = {
      ...{
        id: "one",
        run: plan.name,
        assignment: assignmentOf(plan),
        code: plan.code.cells,
        cellsFolder: "",
        logsFolder: "",
      },
      arrays: [
        { job: "1", elements: plan.cells.map(({ index, id, identity }) => ({ index, id, identity, network: null })) },
      ],
    };
    writeFileSync(path.join(temporary, "submission.json"), JSON.stringify(submission));
    assert.equal(readSubmission(temporary), submission);
    assert.equal(submission.assignment.network!.architecture, plan.customNetwork!.architecture);
    const [file] = plan.customNetwork!.files;
    assert.is(submission.assignment.network!.given[0]?.checksum, file!.given?.checksum);
    assert.is(file!.given === null, network === sums);
  }
});

/** A file that gives a network of blocks and weights of its own. */
function writtenGiven(name: string, seed: number, { depth = 8, more = "" } = {}): string {
  const file = path.join(temporary, `${name}.cjs`);
  const models = JSON.stringify(path.resolve(__dirname, "../../src/networks"));
  writeFileSync(
    file,
    `const { buildByName, createNetwork } = require(${models});
     const size = { inputShape: [14, 14, 1], classes: 10, width: 2 };
     module.exports = { ...createNetwork(buildByName("preactivation-resnet${depth}", size), ${seed}), ${more} };`,
  );
  return file;
}

test("several given networks are a seed each: of one architecture, all with weights, no two the same", async () => {
  const [one, other, copy] = [writtenGiven("one", 1), writtenGiven("other", 2), writtenGiven("copy", 1)];
  const deeper = writtenGiven("deeper", 3, { depth: 14 });
  const prepared = writtenGiven("prepared", 4, { more: "images: { mean: 0, deviation: 1 }" });
  const untrained = written("untrained", buildByName("resnet8", { inputShape: [14, 14, 1], classes: 10, width: 2 }));
  const refusal = (networks: readonly string[], more = {}) =>
    refusalOf("residual-sum", one, { networks, ...more }, fitOf);
  assert.match(
    await refusal([one, other, copy]),
    /copy\.cjs: its weights are those of .*one\.cjs: one network given twice is one seed/,
  );
  assert.match(
    await refusal([one, deeper]),
    /deeper\.cjs: its architecture is not that of .*one\.cjs: they differ in the number of their blocks, 3 and 6/,
  );
  assert.match(
    await refusal([one, prepared]),
    /prepared\.cjs: .* they differ in whether they say how images are prepared/,
  );
  assert.match(
    await refusal([one, untrained]),
    /untrained\.js: it gives no weights, and several files are several trained networks/,
  );
  assert.match(await refusal([one, other], { overrides: { seeds: "5" } }), /--seeds 5: .* and 2 are given/);
  assert.match(await refusal([one, path.join(temporary, "nowhere.ts")]), /there is no file .*nowhere\.ts/);

  const plan = await planOf("residual-sum", one, { networks: [one, other], overrides: { seeds: "2" } });
  assert.equal(plan.parameters.values.seeds, [1, 2]);
  const { files, architectureHash: architecture } = plan.customNetwork!;
  assert.equal(
    setsOf(plan).map(({ cell, network }) => [cell.seed, network]),
    files.map(({ given: weights }, i) => [i + 1, { architecture, weights: weights!.checksum }]),
  );
  assert.match(reproducingCommand(plan), / --network \S*one\.cjs \S*other\.cjs/);
  const names = new Set<string>();
  for (const networks of [[one], [other], [one, other], [other, one]]) {
    names.add((await planOf("residual-sum", one, { networks })).name);
  }
  assert.is(names.size, 4, [...names].join(" "));
});

test("several given networks are measured as they are, a seed each, named in all that the run writes, and read again", () =>
  inPlace(async ({ options, results, reports }) => {
    const [one, other] = [writtenGiven("first", 5), writtenGiven("second", 6)];
    const program = path.join(folder, "residual-sum.ts");
    const measured = async (...networks: string[]) => {
      const words = ["--scale", "smoke", "--workers", "1", "--network", ...networks, ...options];
      const { status, stderr } = await start(words, {}, program).ended;
      assert.is(status, 0, stderr);
      return stderr;
    };
    const stderr = await measured(one, other);
    assert.match(stderr, "weights of 2 networks are given, nothing is trained");
    assert.match(stderr, "2 cells, 2 seeds: 0 cached, 2 to do");
    for (const file of ["first.cjs", "second.cjs"]) {
      assert.is(stderr.split(`warning: ${file}: The weights hold no running statistics`).length, 2, file);
    }
    const [run] = readdirSync(results).filter((name) => name.startsWith("residual-sum-")) as [string];
    const stored = (name: string) => readFileSync(path.join(results, run, name), "utf8");
    const rowsOfSeed = (text: string, seed: string) =>
      parseCsv(text)
        .filter((row) => row.seed === seed)
        .map(({ seed: _, ...row }) => row);
    const { network } = JSON.parse(stored("provenance.json"));
    assert.equal(
      network.files.map(({ file }: { file: string }) => path.basename(file)),
      ["first.cjs", "second.cjs"],
    );
    assert.is(new Set(network.files.map(({ weights }: { weights: string }) => weights)).size, 2);
    for (const { statistics } of network.files) assert.match(statistics.text, /no running statistics/);
    const page = readFileSync(path.join(reports, `${run}.html`), "utf8");
    assert.match(page, "They are 2 networks of one architecture, and count as so many seeds.");
    assert.is.not(rowsOfSeed(stored("rows.csv"), "1").length, 0);
    assert.not.equal(rowsOfSeed(stored("rows.csv"), "1"), rowsOfSeed(stored("rows.csv"), "2"));

    assert.match(await measured(one), "1 cell, 1 seed: 1 cached, 0 to do"); // seed 1 is that network, whoever is beside it
    rmSync(one);
    rmSync(other); // the run keeps its architecture: what reads it does without these files
    const words = ["export", "--results", results, "--out", path.join(results, "paper"), run];
    const exported = await start(words, {}, cnnFindings).ended;
    assert.is(exported.status, 0, exported.stderr);
  }));

test("misuse ends with status 2 and one message, before anything is measured", () =>
  inPlace(async ({ options, folder: place }) => {
    const deletion = path.join(folder, "block-deletion.ts");
    const broken = path.join(temporary, "broken.ts");
    writeFileSync(broken, "export const network = 1;");
    const { status, stderr, stdout } = await start(["--scale", "smoke", "--network", broken, ...options], {}, deletion)
      .ended;
    assert.is(status, 2);
    assert.is(stdout, "");
    assert.match(stderr, /^error: --network .*broken\.ts: it has no default export: it exports network$/m);
    assert.match(stderr, "Need a default export (or module.exports) that is an architecture");
    assert.equal(readdirSync(place), []);
  }));

test("kind 32: a fault inside a file is told as it is, with its line; what is expected only where nothing fits", async () => {
  const cases: [name: string, text: string, says: RegExp, expects: boolean][] = [
    [
      "throwing.ts",
      "const a = 1;\n\nthrow new TypeError('no weights ' + a);",
      /it cannot be loaded: no weights 1 \(throwing\.ts:3\)$/,
      false,
    ],
    [
      "building.js",
      "module.exports = () => {\n  null.depth;\n};",
      /its function throws: Cannot read .* \(building\.js:2\)$/,
      false,
    ],
    [
      "missing.ts",
      'import x from "./nowhere";\nexport default x;',
      /it cannot be loaded: Cannot find module '\.\/nowhere'/,
      false,
    ],
    ["broken.js", "module.exports = {", /it cannot be loaded: Unexpected end of input|Unexpected token/, false],
    ["nothing.ts", "export const depth = 3;", /it has no default export: it exports depth/, true],
    ["words.js", 'module.exports = "resnet20";', /it exports a string, which is no network/, true],
  ];
  for (const [name, text, says, expects] of cases) {
    const file = path.join(temporary, name);
    writeFileSync(file, text);
    const [first, ...rest] = (await refusalOf("residual-sum", file)).split("\n");
    assert.match(first!, says);
    assert.is(
      rest.some((line) => line.includes("Need a default export")),
      expects,
      name,
    );
  }
});

test("what ends the process that reads a file is told with what it printed", async () => {
  const file = path.join(temporary, "ending.js");
  writeFileSync(file, "console.log('so long'); process.exit(3);");
  const message = await refusalOf("residual-sum", file);
  assert.match(message, "the process that loads it ended with status 3; it printed:\nso long");
  writeFileSync(file, "module.exports = new Promise(() => {});");
  assert.match(await refusalOf("residual-sum", file), "because what it awaits never comes");
});

test("kind 17: a file that is linked to imports from where it lies, and its faults are placed there", async () => {
  const [there, here] = [path.join(temporary, "there"), path.join(temporary, "linked.mts")];
  mkdirSync(there);
  writeFileSync(path.join(there, "text.mts"), 'export const text: string = "from there";\n');
  writeFileSync(path.join(there, "own.mts"), 'import { text } from "./text.mjs";\n\nthrow new Error(text);\n');
  symlinkSync(path.join(there, "own.mts"), here);
  assert.match(await refusalOf("residual-sum", here), /it cannot be loaded: from there \(linked\.mts:3\)/);
});

test("a network is trained and measured, found in the store again, and named in all that the run writes", () =>
  inPlace(async ({ options, results, reports }) => {
    const program = path.join(folder, "residual-sum.ts");
    const words = ["--scale", "smoke", "--workers", "1", "--network", sums, ...options];
    const first = await start(words, {}, program).ended;
    assert.is(first.status, 0, first.stderr);
    assert.match(first.stderr, "network     sums-resnet6: four sums of tests/fixtures/custom-networks/sums.ts");
    assert.match(first.stderr, "in place of preactivation-resnet8; 4 blocks, ");
    const [run] = readdirSync(results).filter((name) => name.startsWith("residual-sum-smoke-sums-resnet6-")) as [
      string,
    ];
    const provenance = JSON.parse(readFileSync(path.join(results, run, "provenance.json"), "utf8"));
    const { network } = provenance;
    const [file] = network.files;
    assert.equal([network.name, file.weights, network.insteadOf], ["sums-resnet6", null, "preactivation-resnet8"]);
    assert.match(file.sha256, /^[0-9a-f]{64}$/);
    assert.match(provenance.command, "--network tests/fixtures/custom-networks/sums.ts");
    assert.match(readFileSync(path.join(reports, `${run}.html`), "utf8"), "sums-resnet6 is four sums of");
    const second = await start(words, {}, program).ended;
    assert.match(second.stderr, "1 cached, 0 to do");
  }));

test("given weights are measured as they are, on images as they were prepared for them; nothing is trained", () =>
  inPlace(async ({ options, results }) => {
    const words = ["--scale", "smoke", "--workers", "1", "--set", "testImages=300", "--network", given, ...options];
    const { status, stderr } = await start(words, {}, path.join(folder, "block-deletion.ts")).ended;
    assert.is(status, 0, stderr);
    assert.match(stderr, "its weights are given, nothing is trained");
    assert.match(stderr, "weights: It has no batch normalisation");
    assert.match(stderr, "1 cell, 1 seed: 0 cached, 1 to do");
    const models = path.join(results, "store", "models");
    assert.equal(existsSync(models) ? readdirSync(models) : [], []);
    const [run] = readdirSync(results).filter((name) => name.startsWith("block-deletion-")) as [string];
    const rows = parseCsv(readFileSync(path.join(results, run, "rows.csv"), "utf8"));
    const intact = rows.find(({ measurement }) => measurement === "intact")!;
    assert.ok(
      Math.abs(Number(intact.cross_entropy_nats) - (await directLoss(300))) < 1e-5,
      String(intact.cross_entropy_nats),
    );
    assert.equal([...new Set(rows.map(({ network }) => network))], ["given-resnet6"]);
    assert.is(rows.filter(({ measurement }) => measurement === "one deleted").length, 4);
  }));

test("kind 3: weights that do not run as they were trained are warned of on the screen, in the report and in provenance", () =>
  inPlace(async ({ options, results, reports }) => {
    const file = path.join(temporary, "astray.cjs");
    const door = JSON.stringify(path.resolve(__dirname, "../../src"));
    // the running statistics of a fresh network are 0 and 1, which its activations are not
    writeFileSync(
      file,
      `const { buildByName, createNetwork } = require(${door});
      module.exports = createNetwork(buildByName("resnet8", { inputShape: [14, 14, 1], classes: 10, width: 2 }), 1);`,
    );
    const words = ["--scale", "smoke", "--workers", "1", "--set", "testImages=100", "--network", file, ...options];
    const program = path.join(folder, "block-deletion.ts");
    for (const told of ["first", "again, with its cell cached"]) {
      const { status, stderr } = await start(words, {}, program).ended;
      assert.is(status, 0, stderr);
      assert.match(stderr, /^warning: The weights hold no running statistics: all means are 0 and all variances 1/m);
      assert.is(stderr.split("warning: ").length, 2, told);
      const measured = stderr.indexOf("measured in");
      assert.ok(told !== "first" || stderr.indexOf("warning: ") < measured, "it is told before the cell is measured");
    }
    const [run] = readdirSync(results).filter((name) => name.startsWith("block-deletion-")) as [string];
    const { network } = JSON.parse(readFileSync(path.join(results, run, "provenance.json"), "utf8"));
    assert.is(network.files[0].statistics.disagrees, "stem/normalisation");
    assert.match(readFileSync(path.join(reports, `${run}.html`), "utf8"), "The weights hold no running statistics");
  }));

/** Mean cross-entropy of the given network on test images as values in [0, 1], with nothing of the harness between. */
async function directLoss(count: number): Promise<number> {
  const { test: images } = await loadDataset("mnist");
  const network = createNetwork(buildSums({ inputShape: [28, 28, 1], classes: 10 }), 5);
  const loss = tf.tidy(() => {
    const values = Float32Array.from(images.images.subarray(0, count * 28 * 28), (level) => level / 255);
    const logits = forward(network, tf.tensor4d(values, [count, 28, 28, 1]), { mode: "inference" });
    const labels = tf.oneHot(tf.tensor1d([...images.labels.subarray(0, count)], "int32"), 10);
    return tf.losses.softmaxCrossEntropy(labels, logits).dataSync()[0]!;
  });
  disposeNetwork(network);
  return loss;
}

test("weights that are others in the worker than in the plan end the run", () =>
  inPlace(async ({ options, folder: place }) => {
    const file = path.join(place, "moody.cjs");
    const models = JSON.stringify(path.resolve(__dirname, "../../src/networks"));
    writeFileSync(
      file,
      `const { buildByName, createNetwork } = require(${models});
       const size = { inputShape: [14, 14, 1], classes: 10, width: 2 };
       module.exports = createNetwork(buildByName("preactivation-resnet8", size), process.pid);`,
    );
    const program = path.join(folder, "residual-sum.ts");
    const { status, stderr } = await start(["--scale", "smoke", "--network", file, ...options], {}, program).ended;
    assert.is(status, 1);
    assert.match(stderr, "gives other weights than when the run was planned");
  }));

test.run();
