/** Run by check-architecture.test.ts under Node's own test runner: the first test passes, the second fails. */
import { test } from "node:test";
import { checkArchitecture } from "../../src/laws";
import { misfitFamily, sound } from "./broken";

test("a sound network keeps the laws of shapes and seeds", () =>
  checkArchitecture(sound, { laws: ["shapes", "seeds"], runs: 3 }));

test("a misfit breaks that of shapes", () => checkArchitecture(misfitFamily, { laws: ["shapes"] }));
