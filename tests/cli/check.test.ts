/** `cnn-findings check`: what it finds in files and endpoints, how it says so, and how it ends. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { junitText, type LawOutcome } from "../../src/laws";
import { onnxPackages } from "../../src/networks/onnx/packages";
import { withOnnx } from "../networks/onnx";
import { cnnFindings, start } from "../run/program";

const exported = path.resolve(__dirname, "../networks/onnx-files/resnet.onnx");
const temporary = mkdtempSync(path.join(os.tmpdir(), "check-"));
test.after(() => rmSync(temporary, { recursive: true, force: true }));

function check(words: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  return start(["check", ...words], environment, cnnFindings).ended;
}

function written(name: string, text: string): string {
  const file = path.join(temporary, name);
  writeFileSync(file, text);
  return file;
}

/** A box of code whose logits are made by an expression of `value`, `i` and `values`. */
function code(name: string, expression: string): string {
  return written(
    name,
    `export default { inputShape: [4, 4, 1], classes: 2,
      forward: ({ values, count }) => Array.from({ length: count * 2 }, (_, at) => {
        const i = Math.floor(at / 2);
        const value = values.subarray(i * 16, (i + 1) * 16).reduce((sum, one) => sum + one, 0) * (1 + (at % 2));
        return ${expression};
      }) };\n`,
  );
}

/** The words of the command that a broken law prints. */
function replayIn(printed: string, law: string): string[] {
  const line = printed.split("\n").find((each) => each.includes(` check `) && each.includes(`--laws ${law} `))!;
  return line
    .slice(line.indexOf(" check ") + 7)
    .trim()
    .split(" ");
}

/** The exported network with nodes behind its logits, which it no longer hands out itself. */
function withBehind(name: string, nodes: readonly object[]): string {
  const { ModelProto } = onnxPackages().proto;
  const model = ModelProto.decode(readFileSync(exported)) as unknown as {
    readonly graph: { readonly node: object[]; readonly output: { name: string }[] };
  };
  model.graph.node.push(...nodes);
  model.graph.output[0]!.name = "changed";
  const file = path.join(temporary, name);
  writeFileSync(file, ModelProto.encode(model as never).finish());
  return file;
}

withOnnx("an ONNX file keeps all laws that apply, those on surgery among them, within a few seconds", async () => {
  const { status, stdout, stderr } = await check([exported], { CI: "true" });
  assert.is(status, 0, stdout + stderr);
  for (const law of ["finite", "batch-independence", "order", "memory", "blocks-are-the-whole", "shared-beginnings"]) {
    assert.match(stderr, new RegExp(`✓ ${law} `));
  }
  assert.match(stderr, /all 10 laws hold; seed 160506431/);
  const { stdout: json } = await check([exported, "--json", "--seed", "3", "--runs", "2"]);
  const { outcomes } = JSON.parse(json) as { readonly outcomes: readonly LawOutcome[] };
  assert.ok(outcomes.every(({ state, seed }) => state !== "broken" && seed === 3));
  assert.ok(outcomes.reduce((sum, { seconds }) => sum + seconds, 0) < 5);
});

withOnnx(
  "noise and normalisation by the batch in an ONNX file are found, and the printed command finds them again",
  async () => {
    const noise = withBehind("noise.onnx", [
      { opType: "RandomNormalLike", input: ["logits"], output: ["noise"], attribute: [] },
      { opType: "Add", input: ["logits", "noise"], output: ["changed"], attribute: [] },
    ]);
    const random = await check([noise, "--runs", "3"]);
    assert.is(random.status, 1, random.stderr);
    assert.match(random.stderr, /✗ deterministic/);
    assert.match(random.stdout, /noise breaks the law "deterministic"/);

    const batch = withBehind("batch.onnx", [
      { opType: "Softmax", input: ["logits"], output: ["changed"], attribute: [{ name: "axis", i: 0, type: 2 }] },
    ]);
    const mixed = await check([batch, "--junit", path.join(temporary, "laws.xml"), "--seed", "11"]);
    assert.is(mixed.status, 1, mixed.stderr);
    assert.match(
      mixed.stdout,
      /batch breaks the law "batch-independence":\n +an image's logits do not depend on the images beside it/,
    );
    assert.match(mixed.stdout, /2 images of 14 x 14 x 1: normal deviates of seed 0; normal deviates of seed 0/);
    const again = await check(replayIn(mixed.stdout, "batch-independence"));
    assert.is(again.status, 1, again.stderr);
    const wrong = (text: string) => /What is wrong:\n(.*)\n/.exec(text.slice(text.indexOf('"batch-independence"')))![1];
    assert.is(wrong(again.stdout), wrong(mixed.stdout));
    const xml = readFileSync(path.join(temporary, "laws.xml"), "utf8");
    assert.match(xml, /<testsuite name=".*batch\.onnx" tests="14" failures="\d" errors="0" skipped="4"/);
    assert.match(xml, /<property name="seed" value="11"\/>/);
  },
);

test("a file of code that exports a black box is checked, and what breaks it has exit status 1", async () => {
  const right = await check([code("right.ts", "value"), "--seed", "2", "--runs", "5", "--translation", "1/0.001"]);
  assert.is(right.status, 0, right.stdout + right.stderr);
  assert.match(right.stderr, /all 9 laws hold; seed 2/);
  const wrong = await check([
    code("wrong.js", "values.length > 16 ? value + values[0] : value").replace(".js", ".js"),
    "--quiet",
  ]);
  assert.is(wrong.status, 1, wrong.stderr);
  assert.match(wrong.stdout, /wrong\.js breaks the law "batch-independence"/);
  assert.is(wrong.stderr, "");
});

test("an endpoint is checked by its address", async () => {
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => {
      text += chunk;
    });
    request.on("end", () => {
      const { instances } = JSON.parse(text) as { readonly instances: readonly (readonly number[])[] };
      response.end(JSON.stringify({ predictions: instances.map(([one, other]) => [one, other, one! - other!]) }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/models/mine:predict`;
  const right = await check([address, "--input-shape", "2", "--classes", "3", "--runs", "3"]);
  assert.is(right.status, 0, right.stdout + right.stderr);
  assert.match(right.stderr, /all 4 laws hold/);
  const wrong = await check([address, "--input-shape", "2", "--classes", "5", "--runs", "2"]);
  assert.is(wrong.status, 1);
  assert.match(wrong.stdout, /it makes 3 numbers: need 5/);
  assert.match(wrong.stdout, /--laws finite --seed \d+ --path [\d:]+ --input-shape 2 --classes 5/);
  server.close();
});

test("misuse is told with what was expected, with exit status 2", async () => {
  const box = code("box.ts", "value");
  for (const [words, ...says] of [
    [[], /missing required argument 'network'/],
    [[path.join(temporary, "none.onnx")], /there is no file .*none\.onnx/],
    [[temporary], /is a folder, need a file/],
    [[written("page.txt", "<!doctype html>")], /page\.txt: .*HTML/],
    [[written("empty.ts", "export const a = 1;\n")], /exports no network/, /\{ forward, inputShape, classes \}/],
    [[written("fails.ts", "throw new Error('no weights');\n")], /cannot be loaded: no weights/],
    [[box, "--laws", "speed"], /no law "speed"; there are finite/],
    [[box, "--path", "1"], /a path belongs to one law/],
    [[box, "--runs", "0"], /--runs 0: need a whole number, at least 1/],
    [[box, "--seed", "x"], /--seed x: need a whole number/],
    [[box, "--translation", "1/x"], /--translation x: need a difference/],
    [["http://127.0.0.1:1/"], /an endpoint does not say what it takes/, /--input-shape 3x224x224 --classes 1000/],
    [["http://example.org/", "--input-shape", "2", "--classes", "2"], /example\.org is another machine/],
    [[box, "--input-shape", "2xx"], /--input-shape 2xx: need the sides of one image/],
  ] as const) {
    const { status, stderr } = await check(words);
    assert.is(status, 2, `${words}: ${stderr}`);
    for (const each of says) assert.match(stderr, each as RegExp);
  } // biome-ignore format: a table
});

test("JUnit's XML is well formed whatever a message holds", () => {
  const odd = 'a < b & "c" > \u0007\u001b[31m]]> \ud83d\ude00\n';
  const outcomes: LawOutcome[] = (["holds", "broken", "left out"] as const).map((state) => ({
    ...{ law: "order", statement: odd, state, text: odd, cases: 1, seconds: 0.5, seed: 1 },
  }));
  const xml = junitText(odd, outcomes);
  const python = spawnSync("python3", ["-c", "import sys, xml.etree.ElementTree as e; t = e.fromstring(sys.stdin.buffer.read()); print(t[0].attrib['failures'], t[0].attrib['skipped'], len(t[0].findall('testcase')), t[0].find('testcase/failure').text.strip())"], { input: xml, encoding: "utf8" }); // biome-ignore format: one question
  assert.is(python.status, 0, python.stderr);
  assert.is(python.stdout.trim(), '1 1 3 a < b & "c" > [31m]]> \ud83d\ude00');
});

test.run();
