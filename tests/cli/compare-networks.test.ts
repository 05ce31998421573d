/** `compare-networks`: one table of several networks, made of the cells that the experiments measure anyway. */
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { median } from "simple-statistics";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseCsv } from "../../src/report";
import { withOnnx } from "../networks/onnx";
import { cnnFindings, inPlace, start } from "../run/program";

const root = path.resolve(__dirname, "../..");
const exported = path.join(root, "tests/networks/onnx-files/resnet.onnx");
const run = (words: readonly string[]) => start(words, {}, cnnFindings).ended;

/** A residual network of blocks so many, which its weights in this file make differ from others. */
const declared = (blocks: number) => `
import { type Architecture, convolution, convolutionUnit, dense, globalAveragePool, relu } from "cnn-findings";

export default ({ inputShape, classes }: Pick<Architecture, "inputShape" | "classes">): Architecture => ({
  name: "mine",
  inputShape,
  classes,
  stem: convolutionUnit("stem", { filters: 4, stride: 2 }),
  blocks: Array.from({ length: ${blocks} }, (_, i) => ({
    name: \`stage1/block\${i + 1}\`,
    residual: [convolution(\`stage1/block\${i + 1}/first\`, { filters: 4 }), relu, convolution(\`stage1/block\${i + 1}/second\`, { filters: 4 })],
    shortcut: [],
    join: [],
  })),
  head: [globalAveragePool, dense("head/classifier", classes)],
});
`;

withOnnx("the guide's command compares exported networks with one that is trained, by the experiments' own cells", () =>
  inPlace(async ({ options, results, reports, folder }) => {
    const guide = readFileSync(path.join(root, "src/guides/your-custom-network.md"), "utf8");
    const typed = /^npx cnn-findings (compare-networks .*)$/m.exec(guide)![1]!.split(" ");
    const files = typed.filter((word) => word.endsWith(".onnx")).map((name) => path.join(folder, name));
    assert.is(files.length, 2);
    copyFileSync(exported, files[0]!);
    copyFileSync(exported.replace("resnet.onnx", "resnet-normalised.onnx"), files[1]!);
    const words = typed.map((word) => files.find((file) => path.basename(file) === word) ?? word);

    // What an experiment measured before is not measured again.
    const alone = ["run", "block-deletion", "--scale", "smoke", "--network", files[0]!];
    assert.is((await run([...alone, ...options])).status, 0);
    const planned = await run([...words, "--dry-run", ...options]);
    assert.match(planned.stdout, /small\.onnx +block-deletion +1 cell +0 to do/);
    assert.match(planned.stdout, /large\.onnx +block-deletion +1 cell +1 to do/);
    assert.match(planned.stdout, /block-reordering +left out +preactivation-resnet8 has no two neighbouring blocks/);

    const first = await run([...words, ...options]);
    assert.is(first.status, 0, first.stderr);
    assert.match(first.stdout, /small\.onnx +large\.onnx +preactivation-resnet8/);
    assert.match(first.stdout, /parameters +16,666 +17,170 +/);
    assert.match(first.stdout, /Left out of block-reordering: preactivation-resnet8 has no two/);

    const [name] = readdirSync(results).filter((each) => each.startsWith("compare-networks-smoke-"));
    const table = (file: string) => parseCsv(readFileSync(path.join(results, name!, file), "utf8"));
    const networks = table("networks.csv");
    assert.equal(networks.map(({ network, seeds }) => [network, seeds]), [["small.onnx", "1"], ["large.onnx", "1"], ["preactivation-resnet8", "2"]]); // biome-ignore format: one list
    const [deletion] = readdirSync(results).filter((each) => /^block-deletion-smoke-.*small/.test(each));
    const rows = parseCsv(readFileSync(path.join(results, deletion!, "rows.csv"), "utf8"));
    const single = rows.filter(
      ({ measurement, keeps_shape }) => measurement === "one deleted" && keeps_shape === "true",
    );
    const rises = single.map(({ rise_points }) => Number(rise_points));
    assert.is(Number(networks[0]!.deleted_median_rise_points), median(rises));
    assert.is(Number(networks[0]!.deleted_worst_rise_points), Math.max(...rises));
    const intact = rows.find(({ measurement }) => measurement === "intact")!;
    assert.is(networks[0]!.error_percent, intact.error_percent);
    const half = rows.filter(
      ({ measurement, deleted_blocks }) => measurement === "several deleted" && deleted_blocks === "3",
    );
    const cost = half.reduce((sum, { rise_points }) => sum + Number(rise_points), 0) / half.length;
    assert.ok(Math.abs(Number(networks[0]!.half_deleted_rise_points) - cost) < 1e-9);
    assert.is(networks[2]!.order_median_rise_points, null);
    assert.ok(Number(networks[2]!.half_step_rise_points) > 0, "a trained network loses with halved branches");
    const blocks = table("blocks.csv");
    assert.equal(blocks.filter(({ network }) => network === "small.onnx").map(({ block, parameters }) => [block, parameters]), [["3", "1168"], ["4", "1168"], ["5", "1168"], ["6", "3632"], ["7", "4640"], ["8", "4640"]]); // biome-ignore format: one list
    assert.not(readdirSync(results).some((each) => each.includes("own-preactivation"))); // its runs are not whole

    const page = readFileSync(path.join(reports, `${name}.html`), "utf8");
    const links = [...page.matchAll(/<a href="([^"]+\.html)">(?:block-deletion|block-reordering|ode-learning)</g)];
    assert.is(links.length, 6);
    for (const [, href] of links) assert.ok(existsSync(path.join(reports, href!)), href);
    for (const id of ["error-by-deleted-block", "error-by-share-deleted", "error-by-tau", "error-by-step-size"])
      assert.match(page, `data-figure="${id}"`);

    const csv = readFileSync(path.join(results, name!, "networks.csv"), "utf8");
    const again = await run([...words, "--json", ...options]);
    assert.is(again.status, 0, again.stderr);
    assert.match(again.stderr, "in all 0 cells to do: nothing to measure");
    assert.is(readFileSync(path.join(results, name!, "networks.csv"), "utf8"), csv);
    assert.equal(JSON.parse(again.stdout).networks.map(({ network }: { network: string }) => network), networks.map(({ network }) => network)); // biome-ignore format: one question
  }),
);

test("what cannot be compared is refused, and names which network and why", () =>
  inPlace(async ({ options, folder }) => {
    const [mine, other, flat] = ["mine.ts", "other.ts", "flat.ts"].map((name) => path.join(folder, name)) as [string, string, string]; // biome-ignore format: one list
    writeFileSync(mine, declared(3));
    writeFileSync(other, declared(3));
    writeFileSync(flat, declared(0));
    const refused = async (words: readonly string[], ...messages: RegExp[]) => {
      const { status, stderr } = await run(["compare-networks", "--scale", "smoke", ...words, ...options]);
      assert.is(status, 2, stderr);
      for (const message of messages) assert.match(stderr, message);
      assert.not.match(stderr, /--network /, "a word that nobody typed");
    };
    await refused([], /missing required argument 'network'/);
    await refused(["resnet8", "nowhere.onnx"], /there is no file nowhere\.onnx/, /taken by its name/);
    await refused(["resnet8", folder], /is a folder, need a file/);
    await refused([mine, other], /mine\.ts and other\.ts are the same network\nLeave one of them out/);
    await refused([mine, flat], /flat\.ts: mine has no block that can be deleted/);
    await refused([mine, "resnet9"], /resnet9: .*depth/);
    await refused([mine, "resnet8", "--set", "testImage=3"], /none of block-deletion, .* Did you mean "testImages"\?/);
    await refused([mine, "resnet8", "--set", "testImages=few"], /testImages must be a whole number/);
    await refused([mine, "resnet8", "--set", "residual=resnet20"], /--set residual/);
    await refused([mine, "resnet8", "--strict"], /unknown option '--strict'/);
    await refused([mine, "resnet8", "--data", "images"], /folder of the images is not named/);
    await refused([mine, "resnet8", "--image-size", "16"], /for images of one's own/);
    const single = await run(["compare-networks", mine]);
    assert.is(single.status, 2);
    assert.match(single.stderr, /nothing to compare\n.*run block-deletion --network .*mine\.ts/);
  }));

test("seeds are for the networks that are trained", () =>
  inPlace(async ({ options, folder }) => {
    const given = path.join(folder, "given.ts");
    const made = declared(2).replace("export default", "const build =");
    writeFileSync(
      given,
      `import { createNetwork } from "cnn-findings";\n${made}\nconst architecture = build({ inputShape: [14, 14, 1], classes: 10 });\nexport default { architecture, weights: createNetwork(architecture, 1).weights };\n`,
    );
    const { status, stdout, stderr } = await run(["compare-networks", given, "preactivation-resnet8", "--scale", "smoke", "--seeds", "3", "--dry-run", ...options]); // biome-ignore format: one command
    assert.is(status, 0, stderr);
    assert.match(stdout, /given\.ts +block-deletion +1 cell /);
    assert.match(stdout, /preactivation-resnet8 +block-deletion +3 cells /);
  }));

test.run();
