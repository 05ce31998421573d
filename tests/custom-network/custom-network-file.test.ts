/** What files may export as networks, and what is said of those that do not. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type CustomNetwork, loadCustomNetwork } from "../../src/custom-network/file";
import { generatedArchitectures } from "../../src/laws";
import { buildByName, createNetwork, disposeNetwork, parameterSpecifications } from "../../src/networks";
import { law } from "../property";

const size = { inputShape: [8, 8, 1], classes: 3 } as const;
const resnet = buildByName("resnet8", { ...size, width: 2 });
const models = JSON.stringify(path.resolve(__dirname, "../../src/networks"));
const runtime = JSON.stringify(path.resolve(__dirname, "../../src/runtime"));

const folder = mkdtempSync(path.join(os.tmpdir(), "custom-network-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;

function load(text: string, extension = ".js"): Promise<CustomNetwork> {
  files += 1;
  const file = path.join(folder, `network${files}${extension}`);
  writeFileSync(file, text);
  return loadCustomNetwork(file, size);
}

/** What is said of a file. */
async function refusalOf(text: string, extension?: string): Promise<string> {
  try {
    await load(text, extension);
  } catch (error) {
    assert.instance(error, RangeError);
    return (error as RangeError).message;
  }
  throw new Error(`it was taken for a network: ${text}`);
}

const json = JSON.stringify(resnet);

test("an architecture is read from each form that a file may give it", async () => {
  const forms: [text: string, extension: string][] = [
    [`module.exports = ${json};`, ".js"],
    [`module.exports = ${json};`, ".cjs"],
    [`exports.default = ${json};`, ".js"],
    [`export default ${json};`, ".mjs"],
    [`const network: object = ${json};\nexport default network;`, ".ts"],
    [`export default async (): Promise<object> => (${json});`, ".ts"],
    [`module.exports = Promise.resolve(${json});`, ".js"],
    [`module.exports = { architecture: ${json} };`, ".js"],
    [`module.exports = (asked) => require(${models}).buildByName("resnet8", { ...asked, width: 2 });`, ".js"],
    [json, ".json"],
  ];
  for (const [text, extension] of forms) {
    const { architecture, given } = await load(text, extension);
    assert.equal(architecture, resnet, `${extension}: ${text.slice(0, 40)}`);
    assert.is(given, null);
  }
});

law(
  "every architecture is read as it is, and none is read with a layer of it misspelt",
  [generatedArchitectures()],
  async (architecture) => {
    const written = await load(`module.exports = ${JSON.stringify(architecture)};`);
    assert.equal(written.architecture, architecture);
    const misspelt = JSON.stringify(architecture).replace('"kind":"dense"', '"kind":"dens"');
    assert.match(await refusalOf(`module.exports = ${misspelt};`), "it is not an architecture:");
  },
  { numRuns: 20 },
);

test("weights come as tensors or as values, by a map or an object, and equal ones have one checksum", async () => {
  const forms = [
    `module.exports = require(${models}).createNetwork(${json}, 7);`,
    `const { architecture, weights } = require(${models}).createNetwork(${json}, 7);
     module.exports = { architecture, weights: Object.fromEntries([...weights].reverse()) };`,
    `const { architecture, weights } = require(${models}).createNetwork(${json}, 7);
     const plain = [...weights].map(([address, x]) => [address, { shape: x.shape, data: x.dataSync() }]);
     module.exports = { architecture, weights: new Map(plain) };`,
  ];
  const network = createNetwork(resnet, 7);
  const checksums = new Set<string>();
  for (const text of forms) {
    const { architecture, given } = await load(text);
    assert.equal(architecture, resnet);
    assert.is(given!.values.size, parameterSpecifications(resnet).length);
    for (const [address, { data }] of given!.values) assert.equal(data, network.weights.get(address)!.dataSync());
    checksums.add(given!.checksum);
  }
  assert.is(checksums.size, 1);
  const other = await load(`module.exports = require(${models}).createNetwork(${json}, 8);`);
  const prepared = await load(
    `module.exports = { ...require(${models}).createNetwork(${json}, 7), images: { mean: [0.5], deviation: 0.25 } };`,
  );
  assert.equal(prepared.given!.images, { mean: [0.5], deviation: 0.25 });
  for (const { given } of [other, prepared]) assert.not.ok(checksums.has(given!.checksum));
  disposeNetwork(network);
});

test("a LayersModel is taken for the network that it converts to", async () => {
  const { architecture, given } = await load(`
    const { tf } = require(${runtime});
    const model = tf.sequential({ name: "mine" });
    model.add(tf.layers.conv2d({ filters: 2, kernelSize: 3, inputShape: [8, 8, 1], name: "first" }));
    model.add(tf.layers.flatten());
    model.add(tf.layers.dense({ units: 3, name: "last" }));
    module.exports = model;`);
  assert.is(architecture.name, "mine");
  assert.equal([...given!.values.keys()], ["first/kernel", "first/bias", "last/kernel", "last/bias"]);
});

test("what a file lacks or does wrong is said", async () => {
  const cases: [text: string, said: string, extension?: string][] = [
    ["", "it has no default export: it exports nothing"],
    [
      "export const network = 1;\nexport const other = 2;",
      "it has no default export: it exports network, other",
      ".ts",
    ],
    ["export const network = 1;", "it has no default export: it exports network", ".mjs"],
    ["module.exports = 42;", "it exports a number, which is no network"],
    ["module.exports = () => {};", "it exports nothing, which is no network"],
    ["module.exports = [];", "it exports an array, which is no network"],
    ["module.exports = { depth: 20, width: 3 };", "it exports an object with depth, width, which is no network"],
    ["module.exports = { architecture: 3 };", "it exports a number, which is no network"],
    [`module.exports = { architecture: ${json}, wieghts: {} };`, "beside the architecture it exports wieghts"],
    [`module.exports = { architecture: ${json}, images: {} };`, "but it exports none"],
    ["throw new Error('no luck');", "it cannot be loaded: no luck"],
    ["throw 'no luck';", "it cannot be loaded: no luck"],
    ["require('./nowhere');", "it cannot be loaded: Cannot find module './nowhere'"],
    ["module.exports = {", "it cannot be loaded: Unexpected token (network"],
    ["export default {", "it cannot be loaded: Unexpected token (network", ".ts"],
    ["export default null", "it exports nothing, which is no network", ".ts"],
    ["module.exports = () => { throw new RangeError('too small'); };", "its function throws: too small"],
    ["module.exports = Promise.reject(new Error('no file'));", "its promise is rejected with: no file"],
    [
      `module.exports = ${JSON.stringify({ ...resnet, stem: [{ kind: "convolution", name: "stem" }], classes: 0 })};`,
      "stem[0].filters: ",
    ],
    [`module.exports = ${JSON.stringify({ ...resnet, classes: "3" })};`, "classes: "],
    [`module.exports = ${JSON.stringify({ ...resnet, shortcuts: "A" })};`, "shortcuts"],
    [
      `module.exports = ${JSON.stringify({ ...resnet, classes: 4 })};`,
      "the head gives [3] where [4] logits are needed",
    ],
    [`module.exports = ${JSON.stringify({ ...resnet, blocks: [...resnet.blocks, resnet.blocks[0]] })};`, ""],
    [
      `module.exports = ${JSON.stringify({
        ...resnet,
        stem: [...resnet.stem, { kind: "dropout", name: "d", rate: 0.5 }, { kind: "dropout", name: "d", rate: 0.5 }],
      })};`,
      "two dropout layers share the name d",
    ],
    [
      `module.exports = ${JSON.stringify({ ...resnet, blocks: resnet.blocks.map((block) => ({ ...block, name: "b" })) })};`,
      "two blocks share the name b",
    ],
    [
      `module.exports = ${JSON.stringify({ ...resnet, exits: [{ name: "exit1", after: 9, head: [], lossWeight: 1 }] })};`,
      "exit1 follows block 9 of 3",
    ],
    [`module.exports = { architecture: ${json}, weights: {} };`, "the weights do not fit resnet8:"],
    [`module.exports = { architecture: ${json}, weights: { a: 1 } };`, "need to be a tensor or { shape, data }"],
    [
      `module.exports = { architecture: ${json}, weights: { a: { shape: [2], data: [1] } } };`,
      "the weights a need 2 values, got 1",
    ],
    [
      `module.exports = { architecture: ${json}, weights: { a: { shape: [1], data: [NaN] } } };`,
      "hold values that are not finite",
    ],
    [
      `module.exports = { architecture: ${json}, weights: { "n/variance": { shape: [2], data: [1, -1] } } };`,
      "the weights n/variance are variances, and some of them are negative",
    ],
    ...[{ mean: 0 }, { mean: 0, deviation: 0 }, { mean: [0, 1], deviation: 1 }, 3].map((images): [string, string] => [
      `module.exports = { ...require(${models}).createNetwork(${json}, 7), images: ${JSON.stringify(images)} };`,
      "`images` needs a mean and a deviation",
    ]),
  ];
  for (const [text, said, extension] of cases) {
    const message = await refusalOf(text, extension);
    assert.ok(message.includes(said), `${text}\n${message}`);
  }
});

test.run();
