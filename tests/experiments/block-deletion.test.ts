/** The experiment as a person runs it: a process of its own, at smoke scale, with TensorFlow and real digits. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { randomStream } from "../../src/random";
import { readCsv } from "../../src/report";

const root = join(__dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "block-deletion-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));

/** Longer than `smoke`'s own trainings, so that a kill hits them in the middle; of networks too small to learn much by them. */
const settings = ["seeds=1", "steps=120", "batchSize=16", "width=4", "vggWidth=4"].flatMap((given) => ["--set", given]);

function start(name: string, more: readonly string[] = []): ChildProcess {
  const folders = ["--results", join(folder, name, "results"), "--reports", join(folder, name, "reports")];
  const program = [
    "-r",
    "./src/cli/register.cjs",
    "experiments/block-deletion.ts",
    "--scale",
    "smoke",
    ...settings,
    ...folders,
    ...more,
  ];
  return spawn(process.execPath, program, { cwd: root, stdio: ["ignore", "ignore", "pipe"] });
}

async function ended(child: ChildProcess): Promise<{ status: number | null; said: string }> {
  let said = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { status, said };
}

function runFolder(name: string): string {
  const results = join(folder, name, "results");
  const run = readdirSync(results).find((entry) => entry.startsWith("block-deletion"));
  assert.ok(run !== undefined, `no results in ${readdirSync(results)}`);
  return join(results, run!);
}

/** How long a run takes that nothing breaks, in milliseconds: the lives of one that is killed are shares of it, however busy the machine. */
let wholeRun = 0;

test("a run writes a row for each deletion, the verdicts, and a report", async () => {
  const begin = performance.now();
  const { status, said } = await ended(start("unbroken"));
  wholeRun = performance.now() - begin;
  assert.is(status, 0, said);
  const run = runFolder("unbroken");
  const tables = ["claims.csv", "code.json", "columns.json", "provenance.json", "rows.csv", "thumbnails"];
  assert.equal(readdirSync(run).sort(), ["SHA256SUMS", ...tables]);
  assert.equal(readdirSync(join(run, "thumbnails")).sort(), ["E1.svg", "E2.svg", "E3.1.svg", "E3.svg"]);

  const rows = await readCsv(join(run, "rows.csv"));
  const count = (measurement: string, network: string) =>
    rows.filter((row) => row.measurement === measurement && row.network === network).length;
  assert.is(count("intact", "preactivation-resnet8"), 1);
  assert.is(count("one deleted", "preactivation-resnet8"), 3);
  assert.is(count("one deleted", "plain8"), 4); // two of its six layers change the shape
  assert.is(count("one deleted", "vgg7"), 2); // five convolutions in three stages, three of which widen
  assert.is(count("several deleted", "preactivation-resnet8"), 1 + 3 * 2); // none; k = 1, 2, 3, two draws each

  const claims = await readCsv(join(run, "claims.csv"));
  assert.equal(
    claims.map(({ claim, verdict }) => [claim, verdict]),
    ["E1", "E2", "E3", "E3.1"].map((claim) => [claim, "not testable here"]), // after so short a training
  );
  const [report] = readdirSync(join(folder, "unbroken", "reports")).filter((entry) => entry.startsWith("block-"));
  const page = readFileSync(join(folder, "unbroken", "reports", report!), "utf8");
  for (const id of ["error-by-deleted-layer", "error-by-number-deleted", "rise-by-deleted-block"]) {
    assert.ok(page.includes(id), id);
  }
});

test("killed again and again, in training and in sweeps, a run resumes to the same table, byte for byte", async () => {
  const stream = randomStream(Number(process.env.FC_SEED ?? 1), "moments of death");
  let kills = 0; // each life is a little longer than the one before, so that the run comes to its end
  for (;;) {
    const child = start("killed");
    const end = ended(child);
    const finished = await Promise.race([
      end,
      setTimeout((0.2 + 0.06 * kills) * wholeRun + stream.integer(Math.ceil(0.25 * wholeRun)), null),
    ]);
    if (finished !== null) {
      assert.is(finished.status, 0, finished.said);
      break;
    }
    child.kill("SIGKILL");
    await end;
    kills++;
    assert.ok(kills < 40, "the run makes no headway between kills");
  }
  assert.ok(kills >= 2, `killed ${kills} times only`);
  const table = (name: string) => readFileSync(join(runFolder(name), "rows.csv"), "utf8");
  assert.is(table("killed"), table("unbroken"));
  const store = join(folder, "killed", "results", "store", "models");
  for (const model of readdirSync(store)) {
    if (!existsSync(join(store, model, "model.safetensors"))) continue;
    assert.not(existsSync(join(store, model, "checkpoint.safetensors")), `${model} keeps its checkpoint`);
  }
});

test("a network that does not exist is a misuse, with the names of those that do", async () => {
  for (const [setting, says] of [
    ["residual=lstm5", /there is no network "lstm5"; there are resnetN/],
    ["plain=plain21", /needs depth 6n \+ 2 \(8, 14, 20, 32, \.\.\.\), got 21/],
  ] as const) {
    const { status, said } = await ended(start("refused", ["--set", setting]));
    assert.is(status, 2, said);
    assert.match(said, says);
    assert.not.match(said, /\n {4}at /, "a stack trace is shown");
  }
});

test.run();
