/** The program as a whole: its commands, its mistakes in words, and what npm does to its options. */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { datasetNames, defaultScale, scales } from "../../src/cli/run-options";
import * as data from "../../src/data";
import * as parameters from "../../src/experiment";
import { execute } from "../../src/runtime";
import { cnnFindings, inPlace, type Place, start } from "../run/program";

const fixtures = path.join(__dirname, "..", "fixtures", "experiments");
const root = path.resolve(__dirname, "..", "..");
const program = (...words: readonly string[]) => start(words, {}, cnnFindings).ended;

const commands = [
  "run",
  "list",
  "reproduce",
  "check",
  "compare-networks",
  "compare",
  "verify",
  "judge",
  "export",
  "playground",
  "watch",
  "clean",
  "doctor",
  "setup",
];

test("without a command it lists all of them, and each says how it is used", async () => {
  const [overview, asked] = await Promise.all([program(), program("--help")]);
  assert.is(overview.status, 0);
  assert.is(overview.stdout, asked.stdout);
  const listed = [...overview.stdout.matchAll(/^ {2}([\w-]+) {2,}\S/gm)].map(([, name]) => name);
  assert.equal(listed, commands);
  const helps = await Promise.all(commands.map((name) => program(name, "--help")));
  for (const [i, { status, stdout, stderr }] of helps.entries()) {
    assert.is(status, 0, stderr);
    assert.match(stdout, `Usage: npx cnn-findings ${commands[i]}`);
  }
});

test("a help text loads no room that measures, reads data or draws", async () => {
  const look = `process.on("exit", () => console.error(Object.keys(require.cache).join("\\n")))`;
  for (const name of commands.filter((command) => !["run", "setup"].includes(command))) {
    const { stderr } = await execute(
      process.execPath,
      ["-e", `${look}; process.argv.splice(1, 0, "x"); require(${JSON.stringify(cnnFindings)})`, name, "--help"],
      { cwd: root },
    );
    const loaded = stderr
      .split("\n")
      .filter((file) => /src\/(networks|training|report|archive|run|experiment)\/|@tensorflow/.test(file));
    assert.equal(loaded, [], name);
  }
});

test("names that the command line knows without loading their rooms are those of the rooms", () => {
  assert.equal([...scales], [...parameters.scales]);
  assert.is(defaultScale, parameters.defaultScale);
  assert.equal([...datasetNames], [...data.datasetNames]);
});

test("a mistyped command or experiment names the nearest, and what is an experiment says how it is run", async () => {
  const expectations: [string[], RegExp][] = [
    [["verfy"], /there is no command "verfy"\. Did you mean "verify"\?/],
    [["nothing-like-it"], /There are: run, list, reproduce/],
    [["block-deletion"], /block-deletion is an experiment\nTo run it: npx cnn-findings run block-deletion/],
    [["run", "blok-deletion"], /there is no experiment "blok-deletion"\. Did you mean "block-deletion"\?/],
    [["run", "--scale", "smoke"], /name the experiment before --scale/],
    [
      ["run", "nowhere/experiment.ts"],
      /there is no file nowhere\/experiment\.ts\nThe experiments are: architectures, /,
    ],
    [["run", "experiments/path-count.ts"], /Did you mean experiments\/path-counts\.ts\?/],
    [["run", "experiment/path-counts.ts"], /Did you mean experiments\/path-counts\.ts\?/],
    [["run", "experiments/"], /experiments\/ is a folder, and no program\nThe experiments are: architectures, /],
    [["list", "path-count"], /Did you mean "path-counts"\?/],
    [["verify", "--yes"], /unknown option '--yes'\n`npx cnn-findings verify --help` lists all options\./],
    [["toString"], /there is no command "toString"/],
  ];
  const outcomes = await Promise.all(expectations.map(([words]) => program(...words)));
  for (const [i, { status, stdout, stderr }] of outcomes.entries()) {
    const [words, expected] = expectations[i]!;
    assert.is(status, 2, `${words.join(" ")}\n${stderr}`);
    assert.match(stderr, expected);
    assert.is(stdout, "");
  }
});

test("ts-node by npx names the nearest of a program that is not there, in a sub-folder too, and starts what is there", async () => {
  await inPlace(async ({ folder }) => {
    const env = { ...process.env, npm_config_cache: path.join(folder, "cache"), npm_config_offline: "true" };
    const npx = (words: string[], cwd = root) => execute("npx", ["ts-node", ...words], { cwd, env });
    const broken = path.join(folder, "broken.ts");
    writeFileSync(broken, 'import "./nothing";\n');
    const missing: [string[], RegExp, string?][] = [
      [["experiments/block-delet.ts", "--scale", "smoke"], /Did you mean experiments\/block-deletion\.ts\?/],
      [["experiment/block-deletion.ts"], /Did you mean experiments\/block-deletion\.ts\?/],
      [[path.join(root, "experiments", "path-lenghts")], /Did you mean experiments\/path-lengths\.ts\?/],
      [["tests/rum.ts"], /Did you mean tests\/run\.ts\?/],
      [["experiments/nosuch.ts"], /there is no file experiments\/nosuch\.ts\nThe experiments are: architectures, /],
      [["experiments"], /experiments is a folder, and no program/],
      [["path-cuonts.ts"], /Did you mean path-counts\.ts\?/, path.join(root, "experiments")],
    ];
    for (const [words, expected, cwd] of missing) {
      const { status, stdout, stderr } = await npx(words, cwd);
      assert.is(status, 2, stderr);
      assert.is(stdout, "");
      assert.match(stderr, expected);
      assert.is(stderr.trimEnd().split("\n").length, 2, stderr);
    }
    for (const name of ["path-counts.ts", "path-counts"]) {
      const { status, stdout, stderr } = await npx([`experiments/${name}`, "--help"]);
      assert.is(status, 0, stderr);
      assert.match(stdout, "How many paths lead through a residual network");
    }
    const { status, stderr } = await npx([broken]); // a fault in what is there is told as ever
    assert.is(status, 1);
    assert.match(stderr, "Cannot find module './nothing'");
  });
});

test("experiments are listed with their questions and claims, one of them in full", async () => {
  const [all, one, json] = await Promise.all([
    program("list", "--experiments", fixtures),
    program("list", "--experiments", fixtures, "squares"),
    program("list", "--experiments", fixtures, "--json"),
  ]);
  const listed = JSON.parse(json.stdout) as {
    name: string;
    question: string;
    claims: { id: string; statement: string }[];
  }[];
  assert.equal(
    listed.map(({ name }) => name),
    ["cubes", "digits", "squares"],
  );
  for (const { name, question, claims } of listed) {
    assert.match(
      all.stdout,
      new RegExp(`^${name} +${question.replace(/[?.]/g, "\\$&")}\n +${claims.map(({ id }) => id).join(", ")}$`, "m"),
    );
  }
  const [, , { claims }] = listed as [unknown, unknown, (typeof listed)[number]];
  for (const { id, statement } of claims) assert.match(one.stdout, `${id}  ${statement}`);
});

test("run does what the experiment's own file does, of the project's experiments and of one's own", () =>
  inPlace(async ({ options, results }) => {
    const own = path.join(__dirname, "..", "fixtures", "sums.ts");
    const { status, stdout, stderr } = await program(
      "run",
      own,
      ...options,
      "--scale",
      "smoke",
      "--quiet",
      "--workers",
      "1",
    );
    assert.is(status, 0, stderr);
    assert.match(stdout, /^H9 +✓ reproduced/m);
    assert.match(
      readFileSync(path.join(results, "sums-smoke", "provenance.json"), "utf8"),
      '"command": "npx cnn-findings run tests/fixtures/sums.ts --scale smoke"',
    );
    const dry = await program("run", "path-counts", ...options, "--scale", "smoke", "--dry-run");
    assert.match(dry.stdout, /^2 cells to do: /m);
    const help = await program("run", "path-counts", "--help");
    assert.match(help.stdout, "Usage: npx cnn-findings run path-counts [options]");
  }));

/** A project whose scripts are the checkout's, but for small experiments and folders of their own. */
function scriptsIn({ folder, options }: Place): (command: string) => ReturnType<typeof execute> {
  const more = `--experiments ${fixtures} ${options.join(" ")}`;
  const scripts = {
    reproduce: `node ${cnnFindings} reproduce ${more}`,
    sums: `node ${cnnFindings} run ${path.join(__dirname, "..", "fixtures", "sums.ts")} ${options.join(" ")}`,
  };
  writeFileSync(path.join(folder, "package.json"), JSON.stringify({ name: "x", version: "1.0.0", scripts }));
  const { NO_COLOR: _, ...environment } = process.env;
  return (command) => execute("bash", ["-c", command], { cwd: folder, env: { ...environment, FORCE_COLOR: "0" } });
}

test("options that npm takes for its own are heeded where that can be told, else refused, and never start the job", () =>
  inPlace(async (place) => {
    const npm = scriptsIn(place);
    const nothing = (text: string) => assert.not.match(text, "experiment 1 of");
    const dry = await npm("npm run --silent reproduce --dry-run");
    assert.is(dry.status, 0, dry.stderr);
    assert.match(dry.stdout, /^9 cells to do: /m);
    nothing(dry.stderr);
    const json = await npm("npm run reproduce --dry-run --json --quiet squares");
    const document = json.stdout.slice(json.stdout.indexOf("{"));
    assert.equal(
      JSON.parse(document).experiments.map(({ experiment }: { experiment: string }) => experiment),
      ["squares"],
    );
    const one = await npm("npm run sums --dry-run");
    assert.match(one.stdout, /cells to do: /);
    nothing(one.stderr);
    const refused: [string, RegExp][] = [
      ["npm run reproduce --force", /there is no option --force\n/],
      ["npm run reproduce --dryrun", /there is no option --dryrun\nDid you mean npm run reproduce -- --dry-run\?/],
      ["npm run reproduce --smoke", /there is no option --smoke\n/],
      [
        "npm run reproduce --scale smoke",
        /npm took --scale for an option of its own\nPut -- before it: npm run reproduce -- --scale/,
      ],
      ["npm run reproduce --seeds=3", /npm took --seeds for an option of its own/],
      ["npm run reproduce --only path-counts", /there is no option --only\n/],
      ["npm run reproduce --scael=smoke", /there is no option --scael\nDid you mean npm run reproduce -- --scale\?/],
      ["npm run sums --only 0123", /npm took --only for an option of its own/],
      ["npm run sums --set terms=3", /npm took --set for an option of its own/],
    ];
    for (const [command, expected] of refused) {
      const { status, stderr } = await npm(command);
      assert.is(status, 2, `${command}\n${stderr}`);
      assert.match(stderr, expected);
      nothing(stderr);
    }
  }));

test("every option of an experiment is refused or heeded where npm takes it, with the value or without", () =>
  inPlace(async ({ folder }) => {
    const { readCommandLine } = require("../../src/cli/run") as typeof import("../../src/cli/run");
    const { default: sums } = require("../fixtures/sums") as typeof import("../fixtures/sums");
    const help = (await program("run", path.join(__dirname, "..", "fixtures", "sums.ts"), "--help")).stdout;
    const listed = [...help.matchAll(/^ {2}--((?:no-)?[a-z-]+)(?: (?:<|\[))?/gm)].map(([text, name]) => ({
      name: name!,
      hasValue: text.endsWith("<"),
    }));
    assert.ok(listed.length > 25, help);
    // What the program reads under npm, as JSON in place of a run.
    const probe = path.join(folder, "cnn-findings.cjs");
    const [register, run, fixture] = ["src/cli/register.cjs", "src/cli/run", "tests/fixtures/sums"].map((file) =>
      JSON.stringify(path.join(root, file)),
    );
    writeFileSync(
      probe,
      `require(${register});
      try {
        const read = require(${run}).readCommandLine(require(${fixture}).default, process.argv.slice(2), ["run", "sums"]);
        console.log(JSON.stringify({ read: { ...read, fresh: read.fresh !== null, command: "", cellCommand: "" } }));
      } catch (error) {
        if (error.name !== "UsageError") throw error;
        console.log(JSON.stringify({ refused: error.message }));
      }`,
    );
    const scripts = { sums: `node ${probe}` };
    writeFileSync(path.join(folder, "package.json"), JSON.stringify({ name: "x", version: "1.0.0", scripts }));
    const behind = (...words: string[]) => {
      const asked = readCommandLine(sums, words, ["run", "sums"])!;
      return { ...asked, fresh: asked.fresh !== null, command: "", cellCommand: "" };
    };
    const plain = behind();
    for (const [i, { name, hasValue }] of listed.entries()) {
      if (name === "help") continue; // npm's own help
      const forms = [`--${name} 2`, `--${name}=2`];
      // Of `--only`, which npm has as well, both; of the others one form each, for the time that npm takes.
      for (const typed of !hasValue ? [`--${name}`] : name === "only" ? forms : [forms[i % 2]!]) {
        const { stdout, stderr } = await execute("npm", ["run", "--silent", "sums", ...typed.split(" ")], {
          cwd: folder,
          env: process.env,
        });
        const { read, refused } = JSON.parse(/^\{.*\}$/m.exec(stdout)?.[0] ?? JSON.stringify({ refused: stderr }));
        if (hasValue) assert.match(refused ?? "read", `npm took --${name} for an option of its own`, typed);
        else if (name === "vary") assert.match(refused ?? "read", "--vary: sums names no grid of its own", typed);
        else {
          assert.is(refused, undefined, typed);
          assert.equal(read, JSON.parse(JSON.stringify(behind(`--${name}`))), typed);
          assert.not.equal(read, JSON.parse(JSON.stringify(plain)), typed);
        }
      }
    }
  }));

test("options behind -- reach the program, and settings of npm's own are no options", () =>
  inPlace(async (place) => {
    const npm = scriptsIn(place);
    writeFileSync(path.join(place.folder, ".npmrc"), "ignore-scripts=false\nstrict-ssl=true\nprogress=false\n");
    const { status, stdout, stderr } = await npm("npm run --silent reproduce -- squares --dry-run --seeds 2");
    assert.is(status, 0, stderr);
    assert.match(stdout, /^2 cells to do: /m);
    // Under another script, such as `npm test`, what npm was told is not meant for the program.
    const other = { npm_lifecycle_script: "uvu tests", npm_lifecycle_event: "test", npm_config_dry_run: "true" };
    const { stdout: listed } = await start(["list", "squares", "--experiments", fixtures], other, cnnFindings).ended;
    assert.match(listed, "squares");
  }));

test.run();
