import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { splitValidation, stratifiedSample } from "../../src/data";
import { law } from "../property";
import { numberedSet, numbersIn, seeds } from "./arbitraries";

const splits = fc
  .array(fc.integer({ min: 0, max: 9 }), { maxLength: 300 })
  .chain((labels) => fc.record({ labels: fc.constant(labels), validation: fc.nat(labels.length), seed: seeds }));

law("the two parts together are the set, and no image is in both", [splits], ({ labels, validation: wanted, seed }) => {
  const { training, validation } = splitValidation(numberedSet(labels), { validation: wanted, seed });
  assert.is(validation.count, wanted);
  const places = [...numbersIn(training), ...numbersIn(validation)];
  assert.equal(
    places.sort((a, b) => a - b),
    labels.map((_, place) => place),
  );
});

law("images keep their labels and their order", [splits], ({ labels, validation: wanted, seed }) => {
  for (const part of Object.values(splitValidation(numberedSet(labels), { validation: wanted, seed }))) {
    const places = numbersIn(part);
    assert.equal(
      [...part.labels],
      places.map((place) => labels[place]),
    );
    assert.equal(
      places,
      [...places].sort((a, b) => a - b),
    );
  }
});

law("every class gives its share to within one image", [splits], ({ labels, validation: wanted, seed }) => {
  const { validation } = splitValidation(numberedSet(labels), { validation: wanted, seed });
  for (let label = 0; label < 10; label++) {
    const size = labels.filter((given) => given === label).length;
    const got = validation.labels.filter((given) => given === label).length;
    const share = labels.length === 0 ? 0 : (size * wanted) / labels.length;
    assert.ok(Math.abs(got - share) < 1, `class ${label}: ${got} of ${size}, share ${share}`);
  }
});

test("equal seeds set equal images apart, different seeds different ones", () => {
  const set = numberedSet(Array.from({ length: 1000 }, (_, place) => place % 10));
  const drawn = (seed: number) => numbersIn(splitValidation(set, { validation: 100, seed }).validation).join();
  assert.is(drawn(3), drawn(3));
  assert.is(new Set([0, 1, 2, 3, 4].map(drawn)).size, 5);
});

test("every image of a class has the same chance to go to validation", () => {
  const set = numberedSet(Array.from({ length: 40 }, (_, place) => place % 2));
  const times = new Array<number>(40).fill(0);
  for (let seed = 0; seed < 1000; seed++) {
    for (const place of numbersIn(splitValidation(set, { validation: 10, seed }).validation)) times[place]! += 1;
  }
  // Binomial(1000, 1/4): mean 250, standard deviation 13.7; five of them on either side
  assert.ok(
    times.every((count) => Math.abs(count - 250) < 69),
    times.join(" "),
  );
});

test("more validation images than there are, or a broken number, is an error", () => {
  const set = numberedSet([0, 1]);
  assert.throws(() => splitValidation(set, { validation: 3, seed: 0 }), /from 0 to 2, got 3/);
  assert.throws(() => splitValidation(set, { validation: -1, seed: 0 }), /got -1/);
  assert.throws(() => splitValidation(set, { validation: 0.1, seed: 0 }), /got 0.1/);
});

law(
  "so many images are sampled from a set, every class in equal shares, and all of it where it has no more",
  [fc.integer({ min: 20, max: 60 }), fc.nat({ max: 80 }), fc.integer()],
  (count, wanted, seed) => {
    const labels = Uint8Array.from({ length: count }, (_, i) => i % 4);
    const images = Uint8Array.from({ length: count }, (_, i) => i);
    const set = { images, labels, count, height: 1, width: 1, channels: 1 };
    const sampled = stratifiedSample(set, wanted, seed);
    assert.is(sampled.count, Math.min(wanted, count));
    assert.is(new Set(sampled.images).size, sampled.count);
    assert.equal(stratifiedSample(set, wanted, seed), sampled);
    const shares = [0, 1, 2, 3].map((label) => sampled.labels.filter((other) => other === label).length);
    assert.ok(Math.max(...shares) - Math.min(...shares) <= 1, String(shares));
  },
);

test.run();
