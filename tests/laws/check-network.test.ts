/** Laws of black boxes: kept by networks that are right, and broken by each fault that is planted, in its smallest form. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type BlackBox, BrokenLaw, checkNetwork, httpBlackBox, type LawOutcome, networkOutcomes } from "../../src/laws";
import { randomStream } from "../../src/random";
import { law } from "../property";

const [side, classes] = [6, 4];
const inputShape = [side, side, 2];
const size = side * side * 2;

/** Sums over each of four parts of the channels' mean absolute values: a network that keeps every law, translation too. */
function right(values: ArrayLike<number>, count: number): Float32Array {
  const logits = new Float32Array(count * classes);
  for (let i = 0; i < count; i++) {
    for (let at = 0; at < size; at++) {
      const value = values[i * size + at]!;
      logits[i * classes + (at % 2)]! += Math.abs(value) / size;
      logits[i * classes + 2 + (at % 2)]! += value / size;
    }
  }
  return logits;
}

const box = (forward: BlackBox["forward"], more: Partial<BlackBox> = {}): BlackBox => ({
  forward,
  inputShape,
  classes,
  ...more,
});
const good = box(({ values, count }) => right(values, count));

/** Names of the laws that are broken. */
function broken(outcomes: readonly LawOutcome[]): string[] {
  return outcomes.flatMap(({ law: name, state }) => (state === "broken" ? [name] : []));
}

test("a right network keeps every law, in whatever form it hands its logits out", async () => {
  const outcomes = await networkOutcomes(good, { runs: 8, seed: 1, translation: { pixels: 2, tolerance: 1e-6 } });
  assert.equal(
    outcomes.map(({ law: name, state }) => [name, state]),
    ["finite", "deterministic", "batch-independence", "order", "type", "layout", "nothing-changed", "translation", "memory"].map((name) => [name, "holds"]), // biome-ignore format: one question
  );
  const rows = (values: ArrayLike<number>, count: number) =>
    Array.from({ length: count }, (_, i) => right(values, count).subarray(i * classes, (i + 1) * classes));
  for (const forward of [
    ({ values, count }) => rows(values, count).map((row) => Array.from(row)),
    ({ values, count }) => rows(values, count),
    async ({ values, count }) => ({ data: right(values, count) }),
    ({ values, count }) => ({ data: async () => right(values, count) }),
    ({ values, count }) => ({ dataSync: () => right(values, count) }) as never,
  ] satisfies BlackBox["forward"][]) {
    await checkNetwork(box(forward), { runs: 3 });
  }
});

law(
  "whatever the weights of a linear network, it keeps every law",
  [fc.nat(), fc.integer({ min: 1, max: 3 })],
  async (seed, mostImages) => {
    const stream = randomStream(seed, "weights");
    const weights = Array.from({ length: size * classes }, () => stream.normal());
    const forward: BlackBox["forward"] = ({ values, count }) =>
      Array.from({ length: count }, (_, i) =>
        Array.from({ length: classes }, (_, c) => {
          let sum = 0;
          for (let at = 0; at < size; at++) sum += values[i * size + at]! * weights[c * size + at]!;
          return sum;
        }),
      );
    const outcomes = await networkOutcomes(box(forward, { mostImages }), { runs: 4, seed });
    assert.equal(broken(outcomes), []);
    const single = outcomes.filter(({ text }) => text === "it takes one image at a time").map(({ law: name }) => name);
    assert.equal(single, mostImages === 1 ? ["batch-independence", "order"] : []);
  },
  { numRuns: 10 },
);

/** Faults, the law that tells of each, and what it says. */
const faults: readonly [what: string, law: string, BlackBox["forward"], ...says: RegExp[]][] = [
  ["a division by the images' own deviation", "finite", ({ values, count }) => {
    const logits = right(values, count);
    const most = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
    return logits.map((value) => value / most);
  }, /1 image of 6 x 6 x 2: zeros/, /image 1 of 1, class 0: NaN; 4 of 4 logits are not finite/],
  ["logits of one class too many", "finite", ({ count }) => new Float32Array(count * (classes + 1)), /for 1 image it makes 5 numbers: need 4/],
  ["a string", "finite", () => "logits" as never, /it makes string: need numbers/],
  ["an error", "finite", () => { throw new TypeError("no weights"); }, /TypeError: no weights/],
  ["dropout left on", "deterministic", ({ values, count }) => right(values, count).map((value) => value * (Math.random() < 0.5 ? 0 : 2)), /at first, .* the next time; the difference/],
  ["normalisation by the batch", "batch-independence", ({ values, count }) => {
    const logits = right(values, count);
    const mean = logits.reduce((sum, value) => sum + value, 0) / logits.length;
    return logits.map((value) => value - mean);
  }, /2 images of 6 x 6 x 2: normal deviates of seed 0; normal deviates of seed/, /image 1 of 2, class \d: .* alone, .* in the batch; .* of the largest logit, .*; allowed 0.0001/],
  ["answers that come back in another order", "order", ({ values, count }) => {
    const rows = Array.from({ length: count }, (_, i) => [...right(values, count).subarray(i * classes, (i + 1) * classes)]);
    return rows.sort((one, other) => one[0]! - other[0]!);
  }, /in the order 2, 1/],
  ["bytes taken for float32", "type", ({ values, count }) => right(new Float32Array(values.buffer, values.byteOffset), count), /as Float32Array, .* as Float64Array/],
  ["a buffer whose view is forgotten", "layout", ({ values, count }) => {
    return right(values instanceof Float32Array ? new Float32Array(values.buffer) : Array.from(values), count);
  }, /a view that begins at value 1 of its buffer/, /on their own, .* in a view/],
  ["images that are normalised in their place", "nothing-changed", ({ values, count }) => {
    values.forEach((value, at) => {
      values[at] = value / 2;
    });
    return right(values, count);
  }, /value 0 of the images was .* and is .* now/],
  ["one array for all answers", "nothing-changed", (() => {
    const shared = new Float32Array(6 * classes);
    return ({ values, count }) => {
      shared.set(right(values, count));
      return shared.subarray(0, count * classes);
    };
  })(), /when handed out, .* after the next call/],
  ["weights by place", "translation", ({ values, count }) => {
    return right(Float32Array.from(values, (value, at) => value * (at % 5)), count);
  }, /moved -?\d pixels down and -?\d to the right/, /in its place, .* moved/],
  ["activations that are kept for ever", "memory", (() => {
    const leaked: Float64Array[] = [];
    return ({ values, count }) => {
      leaked.push(new Float64Array(20_000).fill(1));
      return right(values, count);
    };
  })(), /what it holds grew with each of 24 calls/],
]; // biome-ignore format: a table

for (const [what, name, forward, ...says] of faults) {
  test(`${what} break${/s$/.test(what.split(" ")[0]!) ? "" : "s"} "${name}"`, async () => {
    const options = { seed: 5, runs: 10, translation: { pixels: 1, tolerance: 0.01 } };
    const outcomes = await networkOutcomes(box(forward), options);
    const found = outcomes.find(({ law: each }) => each === name)!;
    assert.is(found.state, "broken", JSON.stringify(outcomes));
    for (const each of says) assert.match(found.text, each);
    const { seed, path } = found.error!;
    assert.match(found.text, `checkNetwork(..., { laws: ["${name}"], seed: ${seed}, path: "${path}" })`);
    if (name === "deterministic") return; // chance decides anew
    const again = await networkOutcomes(box(forward), { ...options, laws: [name], seed: seed!, path: path! });
    assert.equal(broken(again), [name]);
  });
}

test("all that is broken is thrown at once, with the law, seed and path of the first", async () => {
  const random = box(({ count }) => Float32Array.from({ length: count * classes }, () => Math.random()));
  try {
    await checkNetwork(random, { seed: 3, runs: 4 });
  } catch (error) {
    assert.instance(error, BrokenLaw);
    const { message, law: name, seed } = error as BrokenLaw;
    assert.equal([name, seed], ["deterministic", 3]);
    assert.match(message, /breaks the law "deterministic"[\s\S]*breaks the law "batch-independence"/);
    return;
  }
  assert.unreachable("a network of chance keeps no law");
});

test("without a number of cases they fit into the time, and the seed is fixed in continuous integration", async () => {
  const slow = box(async ({ values, count }) => {
    await new Promise((resolve) => setTimeout(resolve, 10));
    return right(values, count);
  });
  const outcomes = await networkOutcomes(slow, { seconds: 1 });
  const most = Math.max(...outcomes.map(({ cases }) => cases));
  assert.ok(most >= 2 && most < 10, String(most));
  const before = process.env.CI;
  process.env.CI = "true";
  const seeds = [await networkOutcomes(good, { runs: 1 }), await networkOutcomes(good, { runs: 1 })].map(
    ([first]) => first!.seed,
  );
  if (before === undefined) delete process.env.CI;
  else process.env.CI = before;
  assert.is(seeds[0], seeds[1]);
});

test("what is no option, or no black box, is refused", async () => {
  const refused = async (one: BlackBox, options: Parameters<typeof checkNetwork>[1], message: RegExp) => {
    try {
      await checkNetwork(one, options);
    } catch (error) {
      assert.instance(error, RangeError);
      assert.match((error as Error).message, message);
      return;
    }
    assert.unreachable(`was not refused: ${message}`);
  };
  await refused(good, { laws: ["speed"] }, /no law "speed"; there are finite, /);
  await refused(good, { path: "1", seed: 2 }, /a path belongs to one law/);
  await refused(good, { laws: ["finite"], path: "x", seed: 2 }, /need a path such as/);
  await refused(good, { runs: 0 }, /whole number of cases/);
  await refused({ ...good, classes: 0 }, {}, /need a number of classes, got 0/);
  await refused({ ...good, inputShape: [3, 0] }, {}, /sides of an image in inputShape, .* got \[3, 0\]/);
  await refused({ ...good, inputShape: [] }, {}, /sides of an image/);
});

/** A server of this process, which answers what `answer` makes of the body. */
async function served<Result>(
  answer: (body: never, path: string) => { status?: number; text: string },
  use: (port: number) => Promise<Result>,
): Promise<Result> {
  const server: Server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => {
      text += chunk;
    });
    request.on("end", () => {
      const { status = 200, text: said } = answer(JSON.parse(text) as never, request.url!);
      response.writeHead(status).end(said);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await use((server.address() as AddressInfo).port);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test("an endpoint is asked in the form that its address tells, and keeps the laws", async () => {
  const paths: string[] = [];
  const answer = (
    body: { inputs?: { shape: number[]; data: number[] }[]; instances?: number[][][][] },
    path: string,
  ) => {
    paths.push(path);
    const [input] = body.inputs ?? [];
    const values = input?.data ?? body.instances!.flat(3);
    const count = input?.shape[0] ?? body.instances!.length;
    assert.equal(input?.shape.slice(1) ?? inputShape, inputShape);
    assert.is(values.length, count * size);
    const logits = [...right(values, count)];
    const rows = Array.from({ length: count }, (_, i) => logits.slice(i * classes, (i + 1) * classes));
    return {
      text: JSON.stringify(
        input === undefined ? { predictions: rows } : { outputs: [{ name: "logits", data: logits }] },
      ),
    };
  };
  await served(answer as never, async (port) => {
    for (const path of ["/v1/models/mine:predict", "/v2/models/mine/infer"]) {
      const endpoint = httpBlackBox(`http://127.0.0.1:${port}${path}`, { inputShape, classes });
      const outcomes = await networkOutcomes(endpoint, { runs: 3 });
      assert.equal(broken(outcomes), []);
      assert.equal(outcomes.filter(({ state }) => state === "left out").map(({ law: name }) => name), ["type", "layout", "nothing-changed", "translation", "memory"]); // biome-ignore format: one question
    }
    assert.equal([...new Set(paths)], ["/v1/models/mine:predict", "/v2/models/mine/infer"]);
  });
});

test("an endpoint's faults are told: a status, no JSON, no numbers, NaN, no answer, a batch that is mixed", async () => {
  const finite = async (answer: () => { status?: number; text: string }, seconds?: number) =>
    served(answer, async (port) => {
      const options = { inputShape, classes, ...(seconds === undefined ? {} : { secondsAtMost: seconds }) };
      const [first] = await networkOutcomes(httpBlackBox(`http://localhost:${port}/`, options), {
        runs: 2,
        laws: ["finite"],
      });
      return first!.text;
    });
  assert.match(await finite(() => ({ status: 500, text: "out of memory" })), /it answers 500: out of memory/);
  assert.match(await finite(() => ({ text: "<html>" })), /its answer is no JSON: <html>/);
  assert.match(await finite(() => ({ text: '{"message": "ok"}' })), /holds no list of numbers/);
  assert.match(await finite(() => ({ text: "[[null, 1, 2, 3]]" })), /class 0: NaN; 1 of 4/);
  const gone = await served(
    () => ({ text: "" }),
    async (port) => port,
  );
  const [first] = await networkOutcomes(httpBlackBox(`http://127.0.0.1:${gone}/`, { inputShape, classes }), {
    runs: 2,
    laws: ["finite"],
  });
  assert.match(first!.text, /it does not answer: /);
  const mixed = await served(
    ((body: { instances: number[][][][] }) => {
      const own = body.instances.map((image) => image.flat(2).reduce((sum, value) => sum + value, 0));
      const all = own.reduce((sum, value) => sum + value, 0);
      return { text: JSON.stringify(own.map((value) => [value, all, 0, 0])) };
    }) as never,
    async (port) =>
      networkOutcomes(httpBlackBox(`http://127.0.0.1:${port}/`, { inputShape, classes }), { runs: 4, seed: 1 }),
  );
  assert.equal(broken(mixed), ["batch-independence"]);
  assert.throws(
    () => httpBlackBox("http://example.org/predict", { inputShape, classes }),
    /example\.org is another machine/,
  );
  assert.throws(() => httpBlackBox("https://127.0.0.1/", { inputShape, classes }), /is no address: need http/);
  assert.throws(() => httpBlackBox("mine", { inputShape, classes }), /mine is no address/);
});

test.run();
