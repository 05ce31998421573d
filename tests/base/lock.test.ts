import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { acquireLock, FileError, isHeld } from "../../src/base";

const folder = mkdtempSync(path.join(os.tmpdir(), "lock-test-"));
const lockNamed = (name: string) => path.join(folder, `${name}.lock`);
test.after(() => rmSync(folder, { recursive: true, force: true }));

test("of many that want a lock one at a time has it", async () => {
  let inside = 0;
  let most = 0;
  const visit = async () => {
    const release = await acquireLock(lockNamed("busy"), { pollMilliseconds: 1 });
    most = Math.max(most, ++inside);
    await sleep(2);
    inside--;
    release();
  };
  await Promise.all(Array.from({ length: 12 }, visit));
  assert.is(most, 1);
  assert.not.ok(existsSync(lockNamed("busy")));
});

test("a lock is held from its taking to its giving back, by the living alone", async () => {
  assert.is(isHeld(lockNamed("held")), false);
  const release = await acquireLock(lockNamed("held"));
  assert.is(isHeld(lockNamed("held")), true);
  assert.is(isHeld(lockNamed("held"), -1), false); // no sign of life for so long
  release();
  assert.is(isHeld(lockNamed("held")), false);
  const { pid } = spawnSync(process.execPath, ["-e", ""]); // a process that has ended
  mkdirSync(lockNamed("left"));
  assert.is(isHeld(lockNamed("left")), true); // somebody may be about to write the owner's file
  writeFileSync(path.join(lockNamed("left"), "x.owner"), JSON.stringify({ pid, host: os.hostname() }));
  assert.is(isHeld(lockNamed("left")), false);
});

test("the lock of a dead process is taken over at once, by one only", async () => {
  const { pid } = spawnSync(process.execPath, ["-e", ""]); // a process that has ended
  mkdirSync(lockNamed("dead"));
  writeFileSync(path.join(lockNamed("dead"), "x.owner"), JSON.stringify({ pid, host: os.hostname() }));
  let holders = 0;
  const tries = [1, 2, 3].map(async () => {
    const release = await acquireLock(lockNamed("dead"), { pollMilliseconds: 1 });
    assert.is(++holders, 1);
    await sleep(5);
    holders--;
    release();
  });
  await Promise.all(tries);
});

test("a living owner without a sign of life for long is taken over too, and does not take the lock away again", async () => {
  const releaseFirst = await acquireLock(lockNamed("asleep"), { heartbeatMilliseconds: 1e6 });
  const [owner] = readdirSync(lockNamed("asleep"));
  utimesSync(path.join(lockNamed("asleep"), owner!), new Date(0), new Date(0));
  let waited = "";
  const releaseSecond = await acquireLock(lockNamed("asleep"), {
    onWait: (who) => {
      waited = who;
    },
  });
  assert.is(waited, "");
  releaseFirst();
  assert.ok(existsSync(lockNamed("asleep")));
  releaseSecond();
  assert.not.ok(existsSync(lockNamed("asleep")));
});

test("an owner on another machine is believed until its signs of life stop", async () => {
  mkdirSync(lockNamed("remote"));
  writeFileSync(path.join(lockNamed("remote"), "x.owner"), JSON.stringify({ pid: 1, host: "elsewhere" }));
  let waited = "";
  const release = await acquireLock(lockNamed("remote"), {
    staleMilliseconds: 200,
    pollMilliseconds: 10,
    onWait: (who) => {
      waited = who;
    },
  });
  assert.is(waited, "process 1 on elsewhere");
  release();
});

test("an owner's file that cannot be read is believed for as long", async () => {
  for (const content of ["not JSON", "", "null"]) {
    mkdirSync(lockNamed("strange"));
    writeFileSync(path.join(lockNamed("strange"), "x.owner"), content);
    const start = performance.now();
    (await acquireLock(lockNamed("strange"), { staleMilliseconds: 60, pollMilliseconds: 5 }))();
    assert.ok(performance.now() - start >= 60);
  }
});

test("an owner who gives signs of life keeps the lock, however long", async () => {
  const options = { pollMilliseconds: 5, staleMilliseconds: 200 };
  const order: string[] = [];
  const release = await acquireLock(lockNamed("long"), options);
  const next = acquireLock(lockNamed("long"), options).then((releaseNext) => {
    order.push("next");
    releaseNext();
  });
  await sleep(500);
  order.push("long");
  release();
  await next;
  assert.equal(order, ["long", "next"]);
});

test("time in which this process stood still does not count against an owner", async () => {
  mkdirSync(lockNamed("still"));
  writeFileSync(path.join(lockNamed("still"), "x.owner"), JSON.stringify({ pid: process.pid, host: "elsewhere" }));
  const taken = acquireLock(lockNamed("still"), { pollMilliseconds: 5, staleMilliseconds: 300 });
  await sleep(20);
  const end = Date.now() + 600;
  while (Date.now() < end); // as a laptop asleep: nothing of this process runs, and it does not look either
  const awake = performance.now();
  (await taken)();
  assert.ok(performance.now() - awake >= 200, `taken over after ${performance.now() - awake} ms`);
});

test("a lock that cannot be made is an error, not an endless wait", async () => {
  writeFileSync(path.join(folder, "file"), "");
  const failed = await acquireLock(path.join(folder, "file", "inner.lock")).catch((error: Error) => error);
  assert.instance(failed, FileError);
});

test("an empty folder, left by a crash at the wrong moment, does not block for ever", async () => {
  mkdirSync(lockNamed("empty"));
  const release = await acquireLock(lockNamed("empty"), { staleMilliseconds: 50, pollMilliseconds: 10 });
  release();
});

test("who waits can be called off", async () => {
  const release = await acquireLock(lockNamed("held"));
  const controller = new AbortController();
  const waiting = acquireLock(lockNamed("held"), { signal: controller.signal, pollMilliseconds: 5 });
  setTimeout(() => controller.abort(), 20);
  const outcome = await waiting.then(
    () => "taken",
    (error: Error) => error.name,
  );
  assert.is(outcome, "AbortError");
  release();
});

test.run();
