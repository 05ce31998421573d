/** The laws under node:test. */
import path from "node:path";
import { test } from "node:test";
import { checkArchitecture } from "cnn-findings";
import { forkedFamily } from "./my-network";

/** The sources' folder; this file is compiled into build/. */
const project = path.dirname(__dirname);

test("the forked network keeps the laws", () =>
  checkArchitecture(forkedFamily, { runs: 5, snapshot: path.join(project, "counts.json"), secondsAtMost: 200 }));
