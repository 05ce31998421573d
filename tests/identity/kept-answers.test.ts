/** What was found out from source files holds for later processes as long as the files that it was read from are as they were. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { keptAnswer, type SourceTree } from "../../src/identity/declaration-hashes";
import { law } from "../property";
import { temporaryFolder } from "../runtime/sandbox";

const names = ["a", "b", "c", "d"];
type Files = ReadonlyMap<string, string>;

/** Files that refer to one another: what is read depends on what they hold, and files that are not there count as well. */
function walk({ read }: SourceTree): string[] {
  const seen: string[] = [];
  const texts: string[] = [];
  for (const queue = ["a"]; queue.length > 0; ) {
    const name = queue.shift()!;
    if (seen.includes(name)) continue;
    seen.push(name);
    const text = read(name);
    texts.push(`${name}: ${text ?? "missing"}`);
    queue.push(...names.filter((other) => text?.includes(other)));
  }
  return texts;
}

function treeOf(files: Files): SourceTree {
  return { read: (name) => files.get(name) };
}

const folder = temporaryFolder();
/** Cases do not share what they keep. */
let cases = 0;

const text = fc.stringMatching(/^[abcdx]{0,3}$/);
const change = fc.tuple(fc.constantFrom(...names), fc.option(text));

law(
  "whatever files are changed, made or deleted, an answer is the one that they give now, found out again only where it must be",
  [fc.array(change, { maxLength: 12 })],
  (changes) => {
    const [files, key] = [new Map<string, string>(), ++cases];
    for (const [name, content] of changes) {
      if (content === null) files.delete(name);
      else files.set(name, content);
      const now = walk(treeOf(files));
      assert.equal(keptAnswer(folder, key, treeOf(files), walk), now);
      const unasked = () => assert.unreachable("it was found out a moment ago");
      assert.equal(keptAnswer(folder, key, treeOf(files), unasked), now);
    }
  },
);

test("another key, and a damaged answer, are found out again; a folder that cannot be written costs time alone", () => {
  const place = temporaryFolder();
  const tree = treeOf(new Map([["a", "x"]]));
  let times = 0;
  const find = (given: SourceTree) => {
    times++;
    return walk(given);
  };
  keptAnswer(place, "one", tree, find);
  keptAnswer(place, "other", tree, find);
  assert.is(times, 2);
  for (const name of readdirSync(place)) {
    const file = path.join(place, name);
    writeFileSync(file, readFileSync(file, "utf8").replace("a: x", "a: y"));
  }
  assert.equal(keptAnswer(place, "one", tree, find), ["a: x"]);
  assert.is(times, 3);
  writeFileSync(path.join(place, "file"), "");
  assert.equal(keptAnswer(path.join(place, "file", "below"), "one", tree, find), ["a: x"]);
});

test.run();
