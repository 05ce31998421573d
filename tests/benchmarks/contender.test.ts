import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type ContenderSpecification, startContender } from "../../benchmarks/contender";
import { fake, steady } from "./fake";

/** What it says when it fails, at its start or in its first turn. */
async function failure(specification: ContenderSpecification, seconds = 20): Promise<string> {
  let contender: Awaited<ReturnType<typeof startContender>> | undefined;
  try {
    contender = await startContender(specification, seconds);
    await contender.run();
  } catch (error) {
    assert.is((error as Error).name, "ContenderError");
    return (error as Error).message;
  } finally {
    await contender?.leave();
  }
  throw new Error("it did not fail");
}

test("a contender tells its facts, answers every turn, and leaves", async () => {
  const contender = await startContender(steady("a", [0.5, 0.25], { version: "7", parameters: 3, check: [1] }), 20);
  assert.equal(contender.facts, { version: "7", parameters: 3, check: [1] });
  assert.equal(await contender.run(), { measured: 0.5 });
  assert.equal(await contender.run(), { measured: 0.25 });
  await contender.leave();
});

test("it is told the number of its threads, by its task and by what TensorFlow and OpenMP read", async () => {
  const script = `
    say({ ready: { version: [task.threads, process.env.TF_NUM_INTRAOP_THREADS, process.env.OMP_NUM_THREADS].join() } });
    onRun(() => {});`;
  const contender = await startContender({ ...fake("a", script), placements: [{ threads: 3, core: null }] }, 20);
  assert.is(contender.facts.version, "3,3,3");
  await contender.leave();
});

test("of several processes the slowest counts, divided by their number", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "contender-"));
  // The process that makes the folder is the slow one.
  const script = `
    let seconds = 3;
    try { require("node:fs").mkdirSync(${JSON.stringify(path.join(folder, "slow"))}); seconds = 6; } catch {}
    say({ ready: { version: "1" } });
    onRun(() => say({ measured: seconds }));`;
  const contender = await startContender(fake("three", script, 3), 20);
  assert.equal(await contender.run(), { measured: 2 });
  await contender.leave();
  rmSync(folder, { recursive: true });
});

test("what keeps it from getting ready is told", async () => {
  assert.is(
    await failure(fake("a", `console.error("no module named torch"); process.exit(3);`)),
    "ended with status 3: no module named torch",
  );
  assert.is(await failure(fake("a", `say({ error: "need a GPU" });`)), "need a GPU");
  assert.match(await failure({ ...steady("a", []), command: ["/no/such/program"] }), /could not be started: .*ENOENT/);
  assert.match(
    await failure(fake("a", `process.kill(process.pid, "SIGKILL"); setInterval(() => {}, 100);`)),
    "was ended by SIGKILL",
  );
});

test("one that dies in its turn is told apart from one that answers", async () => {
  const script = `say({ ready: { version: "1" } }); onRun(() => { console.error("killed here"); process.exit(9); });`;
  assert.is(await failure(fake("a", script)), "ended with status 9: killed here");
});

test("rubbish is no answer", async () => {
  const ready = `say({ ready: { version: "1" } });`;
  assert.is(await failure(fake("a", `say("Epoch 1/3");`)), "printed what is no answer: Epoch 1/3");
  for (const rubbish of [`"1.5"`, `'{"measured": NaN}'`, `'{"measured": -1}'`, `'{"measured": "fast"}'`, `"{"`, `""`]) {
    assert.match(await failure(fake("a", `${ready} onRun(() => say(${rubbish}));`)), "printed what is no answer");
  }
  assert.match(await failure(fake("a", `${ready} onRun(() => say({ ready: { version: "1" } }));`)), "ready");
  assert.match(await failure(fake("a", `say({ measured: 1 });`)), "before it said that it is ready");
});

test("an answer that nobody asked for is not taken for that of the next turn", async () => {
  const script = `say({ ready: { version: "1" } }); onRun(() => { say({ measured: 1 }); say({ measured: 2 }); });`;
  const contender = await startContender(fake("a", script), 20);
  assert.equal(await contender.run(), { measured: 1 });
  await new Promise((resolve) => setTimeout(resolve, 200));
  try {
    await contender.run();
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, "nobody asked for");
  } finally {
    await contender.leave();
  }
});

test("one that does not answer is given up, and ended though it does not listen", async () => {
  const script = `process.stdin.destroy(); setInterval(() => {}, 1000);`;
  assert.match(await failure(fake("a", script), 1), "did not answer within 1 s");
});

test.run();
