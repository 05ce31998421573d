/** Every command of README.md works: those that would measure are run with --dry-run, `npm test` is what runs this. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { findChromium } from "../src/report";

const root = join(__dirname, "..");
const readme = readFileSync(join(root, "README.md"), "utf8");
const cifar10 = join(root, "..", "shared", "datasets", "cifar10");

/** Commands in code blocks and between backticks, without their comments. */
function commandsOf(text: string): string[] {
  const blocks = [...text.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, block]) => block!.split("\n"));
  const inline = [...text.replace(/```.*?```/gs, "").matchAll(/`((?:npm|npx) [^`]+)`/g)].map(([, command]) => command!);
  return [...new Set([...blocks, ...inline].map((line) => line.replace(/\s+#.*$/, "").trim()).filter(Boolean))];
}

const commands = commandsOf(readme);
const folder = mkdtempSync(join(tmpdir(), "readme-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));

test("the two commands that do everything are there", () => {
  assert.ok(commands.includes("npm run block-deletion"));
  assert.ok(commands.includes("npm test"));
  assert.ok(commands.length >= 10, commands.join("\n"));
});

/** What other tests run: all of them, the site's, the package's, and those of the page that is served until Ctrl-C. */
const triedElsewhere = (command: string) =>
  /^npm (test|run site|pack)\b|^npx cnn-findings watch\b|^npx ts-node tests\//.test(command);

for (const command of commands.filter((given) => !triedElsewhere(given))) {
  test(`works: ${command}`, () => {
    if (command.includes("cifar10") && !existsSync(cifar10)) {
      console.log(`  (not tried, as there is no ../shared/datasets/cifar10: ${command})`);
      return;
    }
    const exports = command.startsWith("npx cnn-findings export");
    if (exports && findChromium() === undefined) {
      console.log(`  (not tried, as there is no Chromium: ${command})`);
      return;
    }
    const measures =
      /^npx (ts-node experiments\/|cnn-findings (run|reproduce)\b)/.test(command) && !/--(help|dry-run)/.test(command);
    const byNpm = /^npm run (block-deletion|reproduce)/.test(command);
    const separator = byNpm && !command.includes(" -- ") ? " --" : "";
    const more = `${separator}${command.includes("--dry-run") ? "" : " --dry-run"} --results ${folder}`;
    const dry = measures || byNpm ? command + more : exports ? `${command} --out ${folder}` : command;
    const run = spawnSync(
      "bash",
      ["-c", dry.replace(/^npx cnn-findings /, "node src/cli/cnn-findings.cjs ").replace(/^npx /, "npx --no-install ")],
      {
        cwd: root,
        encoding: "utf8",
        env: { ...process.env, CIFAR10_DIR: cifar10 },
      },
    );
    // These two say by status 1 what they found, which may be anything.
    const tellsByStatus = /^npx cnn-findings (verify|compare)\b/.test(command) && run.status === 1;
    assert.ok(run.status === 0 || tellsByStatus, `${run.stdout}\n${run.stderr}`);
  });
}

test("every file that the README links to is there", () => {
  for (const [, target] of readme.matchAll(/\]\(([^)#]+)\)/g)) {
    assert.ok(existsSync(join(root, target!)), `${target} is missing`);
  }
});

test.run();
