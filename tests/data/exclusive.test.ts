import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { exclusively } from "../../src/data/exclusive";
import { inFolder } from "./folders";

const quick = { pollMilliseconds: 5 };

test("actions under one lock run one after the other, and the lock is gone afterwards", () =>
  inFolder(async (folder) => {
    const lock = join(folder, "lock");
    let running = 0;
    let waits = 0;
    const results = await Promise.all(
      [0, 1, 2, 3].map((number) =>
        exclusively(
          lock,
          async () => {
            running += 1;
            assert.is(running, 1);
            await pause(20);
            running -= 1;
            return number;
          },
          { ...quick, onWait: () => (waits += 1) },
        ),
      ),
    );
    assert.equal(results, [0, 1, 2, 3]);
    assert.ok(waits >= 3);
    assert.not(existsSync(lock));
  }));

test("an action that fails gives the lock back and its error on", () =>
  inFolder(async (folder) => {
    const lock = join(folder, "lock");
    const failed = exclusively(lock, () => Promise.reject(new Error("no luck")), quick);
    assert.is(await failed.catch((error: Error) => error.message), "no luck");
    assert.not(existsSync(lock));
  }));

test("the lock of a process that has died is taken over at once", () =>
  inFolder(async (folder) => {
    const lock = join(folder, "lock");
    const { pid } = spawnSync(process.execPath, ["--version"]);
    writeFileSync(lock, JSON.stringify({ process: pid, host: hostname() }));
    const start = performance.now();
    assert.is(await exclusively(lock, async () => "done", quick), "done");
    assert.ok(performance.now() - start < 30_000); // a lock of unknown owner would take a minute
  }));

test("the lock of another machine is taken over when it has not been touched for a while", () =>
  inFolder(async (folder) => {
    const lock = join(folder, "lock");
    for (const content of [JSON.stringify({ process: process.pid, host: "elsewhere" }), "not JSON", "", "null"]) {
      writeFileSync(lock, content);
      const start = performance.now();
      assert.is(await exclusively(lock, async () => "done", { ...quick, staleMilliseconds: 60 }), "done");
      assert.ok(performance.now() - start >= 60);
    }
  }));

test("a lock that is touched is not taken over, however long the action runs", () =>
  inFolder(async (folder) => {
    const lock = join(folder, "lock");
    const order: string[] = [];
    const options = { pollMilliseconds: 5, staleMilliseconds: 200 };
    const long = exclusively(
      lock,
      async () => {
        await pause(500);
        order.push("long");
      },
      options,
    );
    await exclusively(lock, async () => order.push("next"), options);
    await long;
    assert.equal(order, ["long", "next"]);
  }));

test("time in which this process stood still does not count against a lock", () =>
  inFolder(async (folder) => {
    const lock = join(folder, "lock");
    writeFileSync(lock, JSON.stringify({ process: process.pid, host: "elsewhere" }));
    let looks = 0;
    const options = { pollMilliseconds: 5, staleMilliseconds: 200, onWait: () => (looks += 1) };
    const taken = exclusively(lock, async () => "done", options);
    await pause(20);
    const end = Date.now() + 500;
    while (Date.now() < end); // as a laptop asleep: nothing of this process runs, and it does not look either
    assert.is(await taken, "done");
    assert.ok(looks >= 200 / 5, `taken over after ${looks} looks`);
  }));

test("a lock that cannot be made is an error, not an endless wait", () =>
  inFolder(async (folder) => {
    const failed = exclusively(join(folder, "nowhere", "lock"), async () => "done", quick);
    assert.match(await failed.catch((error: Error) => error.message), "ENOENT");
  }));

test.run();
