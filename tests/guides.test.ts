/**
 * Every snippet of the guides works, in a checkout of its own where the guides are followed in their order.
 *
 * What a fenced block is for stands behind its language:
 *
 * | block         | what is done with it                                                                             |
 * |---------------|--------------------------------------------------------------------------------------------------|
 * | `ts FILE`     | written as that file, type-checked and linted; the commands below it run it                      |
 * | `diff FILE`   | applied to that file: its other lines must be there, together and once                           |
 * | `sh`          | run, one line a command                                                                          |
 * | `sh slow`     | run with --dry-run, as it takes minutes                                                          |
 * | `sh elsewhere`| not run, as it needs what a test has not: a cluster; its program must be there                   |
 * | `python elsewhere` | not run here: a test of what it makes holds it to the messages that tell of it            |
 * | `text`        | every line of it is printed by the commands before; … stands for anything, as spaces do for more |
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import ts from "typescript";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { execute } from "../src/runtime/set-up/tools";
import { lessonOrder } from "../src/site/lessons";
import { writeBatches } from "./data/cifar10-files";
import { root, shareCaches, temporaryFolder } from "./runtime/sandbox";

const { projectDocuments } = JSON.parse(readFileSync(join(root, "src/site/typedoc.json"), "utf8")) as {
  projectDocuments: string[];
};
/** In the order of the site. */
const guides = projectDocuments.filter((file) => file.startsWith("../guides/")).map((file) => basename(file));
/** The lessons' commands are tried as those of the guides are. */
const lessons = lessonOrder.map((name) => `../site/teaching/${name}.md`);
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: Record<string, string> };
const readme = readFileSync(join(root, "README.md"), "utf8");

interface Block {
  readonly guide: string;
  readonly language: string;
  /** What stands behind the language: a file, or how a command is run. */
  readonly manner: string;
  readonly text: string;
}

function blocksOf(guide: string): Block[] {
  const text = readFileSync(join(root, "src/guides", guide), "utf8");
  return [...text.matchAll(/^```(\w+) ?(.*)\n([\s\S]*?)^```$/gm)].map(([, language, manner, body]) => ({
    guide,
    language: language!,
    manner: manner!,
    text: body!,
  }));
}

const checkout = makeCheckout();
/** Stands in for CIFAR-10, which is not on every machine, in what is only planned. */
const cifar10 = temporaryFolder();
writeBatches(cifar10);
/** Guides whose lines of Python tests/networks/keras-mobilenet.test.ts compares with what messages say. */
const keptElsewhere = ["your-custom-network.md"];
/** Files of the checkout that the guides have written or changed. */
const touched = new Set<string>();

/** The sources and what their tests share, with links to the packages. */
function makeCheckout(): string {
  const folder = temporaryFolder();
  const shared = ["property.ts", "tensors.ts", "run.ts", "claims", "properties"].map((name) => `tests/${name}`);
  const own = ["package.json", "package-lock.json", "tsconfig.json", "biome.json", "src", "experiments", ...shared];
  for (const name of own) cpSync(join(root, name), join(folder, name), { recursive: true });
  mkdirSync(join(folder, "node_modules"));
  for (const name of readdirSync(join(root, "node_modules"))) {
    if (name !== ".cache") symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name));
  }
  shareCaches(folder);
  return folder;
}

function write({ manner: file, text }: Block): void {
  mkdirSync(dirname(join(checkout, file)), { recursive: true });
  writeFileSync(join(checkout, file), text);
  touched.add(file);
}

/** Puts a block's lines with + among the lines around them. */
function change({ manner: file, text }: Block): void {
  const lines = text.trimEnd().split("\n");
  const without = (sign: string) => lines.filter((line) => !line.startsWith(sign)).map((line) => `${line.slice(1)}\n`);
  assert.ok(
    lines.every((line) => /^[ +-]/.test(line)),
    `a line of a change begins with a space, + or -:\n${text}`,
  );
  const parts = readFileSync(join(checkout, file), "utf8").split(without("+").join(""));
  assert.is(parts.length, 2, `${file} holds these lines ${parts.length - 1} times, where it should be once:\n${text}`);
  writeFileSync(join(checkout, file), parts.join(without("-").join("")));
  touched.add(file);
}

async function run(command: string): Promise<string> {
  // npx takes a second to find them
  const program = command
    .replace(/\bnpx ts-node /, "node node_modules/ts-node/dist/bin.js ")
    .replace(/\bnpx cnn-findings /, "node src/cli/cnn-findings.cjs ");
  const { status, stdout, stderr } = await execute("bash", ["-c", program], {
    cwd: checkout,
    env: {
      ...process.env,
      ...{ NO_COLOR: "1", FC_NUM_RUNS: "4", TS_NODE_PROJECT: join(checkout, "tsconfig.json"), CIFAR10_DIR: cifar10 },
    },
  });
  assert.is(status, 0, `${command}\n${stdout}\n${stderr}`);
  return stdout;
}

/** Whether the README shows the same command, which its own test tries. */
function isInReadme(command: string): boolean {
  const literal = command.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`(^|\`)${literal}( *#.*)?($|\`)`, "m").test(readme);
}

/** As a dry run; one of npm's scripts gets its options behind "--". */
function dry(command: string): string {
  return `${command}${command.startsWith("npm run") && !command.includes(" -- ") ? " --" : ""} --dry-run`;
}

/** The programs of a command that are files or scripts of the project. */
function requirePrograms(command: string): void {
  for (const [file] of command.matchAll(/\b(?:experiments|src)\/[\w./-]+\.ts\b/g)) {
    assert.ok(existsSync(join(checkout, file)), `${command}: there is no ${file}`);
  }
  for (const [, script] of command.matchAll(/\bnpm run ([\w:-]+)/g)) {
    assert.ok(script! in manifest.scripts, `${command}: there is no script ${script}`);
  }
}

/** The standard output of the commands of the last block that was run. */
let printed = "";

function requirePrinted({ text }: Block): void {
  const oneSpace = (line: string) => line.trim().replace(/\s+/g, " ");
  const lines = printed.split("\n").map(oneSpace);
  for (const line of text.split("\n").map(oneSpace).filter(Boolean)) {
    const parts = line.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    const pattern = new RegExp(`^${parts.join(".*")}$`);
    assert.ok(
      lines.some((candidate) => pattern.test(candidate)),
      `not printed: ${line}\nbut:\n${printed}`,
    );
  }
}

for (const guide of [...guides, ...lessons]) {
  for (const [place, block] of blocksOf(guide).entries()) {
    const { language, manner, text } = block;
    const commands = language === "sh" ? text.split("\n").filter(Boolean) : [];
    test(`${guide}, block ${place + 1}: ${language === "sh" ? commands.join("; ") : `${language} ${manner}`}`, async () => {
      const titled = `${language}${manner === "" ? "" : " …"}`;
      if (titled === "ts …") write(block);
      else if (titled === "diff …") change(block);
      else if (titled === "text") requirePrinted(block);
      else if (language === "sh" && manner === "elsewhere") commands.forEach(requirePrograms);
      else if (language === "python" && manner === "elsewhere") assert.ok(keptElsewhere.includes(guide));
      else if (language === "sh" && (manner === "" || manner === "slow")) {
        printed = "";
        for (const command of commands) {
          if (!isInReadme(command)) printed += await run(manner === "slow" ? dry(command) : command);
        }
      } else throw new Error(`"${language} ${manner}" says nothing of what the block is for`);
    });
  }
}

test("what the guides write and change passes the type check and the linter", async () => {
  const { config } = ts.readConfigFile(join(checkout, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: ["x.ts"] }, ts.sys, checkout);
  const files = [...touched].map((file) => join(checkout, file));
  const program = ts.createProgram(files, options);
  const problems = files.flatMap((file) => {
    const source = program.getSourceFile(file)!;
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
  });
  assert.is(
    ts.formatDiagnostics(problems, {
      ...ts.sys,
      getCanonicalFileName: (name) => name,
      getNewLine: () => "\n",
      getCurrentDirectory: () => checkout,
    }),
    "",
  );
  await run(`node_modules/.bin/biome ci ${[...touched].join(" ")}`);
});

test("kind 20: no page shows a command that fails in a fresh clone without saying first what it needs", () => {
  const pages = [
    "README.md",
    "CONTRIBUTING.md",
    "benchmarks/README.md",
    ...[...guides, ...lessons].map((name) => `src/guides/${name}`),
  ];
  for (const page of pages) {
    const text = readFileSync(join(root, page), "utf8");
    const [before = "", ...others] = text.split(/npx ts-node/);
    // npx would fetch a ts-node from elsewhere, where the packages are not installed.
    const toldBehind = /^.*once set up/m.test(others[0] ?? "");
    if (others.length > 0 && !toldBehind) assert.match(before, /once (it|the checkout) is set up|once set up/i, page);
    assert.not.match(text, /(?<!no-install )npx (biome|tsc|typedoc|c8)\b/, page);
  }
});

test("every guide is one of the site's, and a reader can get to it from another", () => {
  const there = readdirSync(join(root, "src/guides")).filter((name) => name.endsWith(".md"));
  assert.equal([...guides].sort(), there.sort());
  const texts = [readme, ...there.map((name) => readFileSync(join(root, "src/guides", name), "utf8"))];
  for (const name of there)
    assert.ok(
      texts.some((text) => text.includes(`${name})`)),
      `no link to ${name}`,
    );
});

test.run();
