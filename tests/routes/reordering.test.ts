import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Architecture, buildByName, checkRoute, fullRoute } from "../../src/networks";
import { randomStream } from "../../src/random";
import { blockOrders, evenInversions, movableBlocks, reorderedRoute } from "../../src/routes";
import { goodnessOfFit, inversions, kendallTau } from "../../src/statistics";
import { law } from "../property";

const build = (name: string): Architecture => buildByName(name, { inputShape: [8, 8, 1], classes: 2, width: 4 });
const range = (n: number) => Array.from({ length: n }, (_, i) => i);
const pairs = (n: number) => (n * (n - 1)) / 2;

const architecture = fc
  .constantFrom("resnet8", "preactivation-resnet14", "resnet20", "preactivation-resnet56", "plain8", "plain32", "vgg15")
  .map(build);
/** A network, a number of inversions that its orders can have, and a seed to draw such an order with. */
const drawable = fc
  .tuple(architecture, fc.double({ min: 0, max: 1, noNaN: true }), fc.nat())
  .map(([given, share, seed]) => {
    const orders = blockOrders(given);
    return { given, orders, inverted: Math.round(share * orders.mostInversions), stream: randomStream(seed, "order") };
  });

law("a drawn order has exactly the inversions that were asked for, and its tau by them", [drawable], (drawn) => {
  const { given, orders, inverted, stream } = drawn;
  const order = orders.sample(inverted, stream);
  assert.is(inversions(order), inverted);
  const n = given.blocks.length;
  const tau = kendallTau(range(n), order);
  assert.ok(Math.abs(tau - (1 - (4 * inverted) / (n * (n - 1)))) < 1e-12, `${tau}`);
});

law("every drawn order is a route through the network, in which each block runs once", [drawable], (drawn) => {
  const { given, orders, inverted, stream } = drawn;
  const route = reorderedRoute(given, orders.sample(inverted, stream));
  checkRoute(given, route);
  assert.equal(
    route.map(({ block }) => block).sort((one, other) => one - other),
    range(given.blocks.length),
  );
});

law("a permutation, then its inverse, is the full route; the inverse is a route as well", [drawable], (drawn) => {
  const { given, orders, inverted, stream } = drawn;
  const order = orders.sample(inverted, stream);
  const inverse = range(order.length).map((block) => order.indexOf(block));
  const route = reorderedRoute(given, order);
  assert.equal(
    inverse.map((place) => route[place]),
    fullRoute(given),
  );
  checkRoute(given, reorderedRoute(given, inverse));
});

law("only blocks of equal shape trade places, each within its group", [drawable], (drawn) => {
  const { given, orders, inverted, stream } = drawn;
  const order = orders.sample(inverted, stream);
  const group = movableBlocks(given);
  order.forEach((block, place) => {
    const own = group.find((blocks) => blocks.includes(place)) ?? [place];
    assert.ok(own.includes(block), `block ${block} at place ${place}`);
  });
});

law("no inversions is the full route, the most is every group reversed", [architecture], (given) => {
  const orders = blockOrders(given);
  assert.is(orders.count(0), 1n);
  assert.equal(reorderedRoute(given, orders.at(0, 0n)), fullRoute(given));
  assert.is(orders.count(orders.mostInversions), 1n);
  const reversed = orders.at(orders.mostInversions, 0n);
  for (const group of movableBlocks(given)) {
    assert.equal(
      group.map((place) => reversed[place]),
      [...group].reverse(),
    );
  }
  assert.is(
    orders.mostInversions,
    movableBlocks(given).reduce((sum, { length }) => sum + pairs(length), 0),
  );
});

law("the counts sum to all orders, and are as many from either end", [architecture], (given) => {
  const { count, mostInversions } = blockOrders(given);
  const factorial = (n: number): bigint => (n < 2 ? 1n : BigInt(n) * factorial(n - 1));
  const counts = range(mostInversions + 1).map(count);
  assert.is(
    counts.reduce((sum, each) => sum + each, 0n),
    movableBlocks(given).reduce((product, { length }) => product * factorial(length), 1n),
  );
  assert.equal([...counts].reverse(), counts);
  assert.is(count(mostInversions + 1), 0n);
  assert.is(count(-1), 0n);
});

test("five blocks, four and four have as many orders by inversions as their Mahonian numbers convolve to", () => {
  const given = build("resnet32");
  assert.equal(movableBlocks(given), [
    [0, 1, 2, 3, 4],
    [6, 7, 8, 9],
    [11, 12, 13, 14],
  ]);
  const convolve = (one: number[], other: number[]) =>
    range(one.length + other.length - 1).map((sum) =>
      one.reduce((total, ways, i) => total + ways * (other[sum - i] ?? 0), 0),
    );
  const four = [1, 3, 5, 6, 5, 3, 1]; // OEIS A008302, row 4
  const five = [1, 4, 9, 15, 20, 22, 20, 15, 9, 4, 1]; // row 5
  const { count, mostInversions } = blockOrders(given);
  assert.equal(
    range(mostInversions + 1).map((m) => Number(count(m))),
    convolve(five, convolve(four, four)),
  );
});

test("the ranks of a number of inversions name each of its orders once", () => {
  const orders = blockOrders(build("resnet26")); // groups of four, three and three blocks
  const named = new Map<string, number>();
  for (let inverted = 0; inverted <= orders.mostInversions; inverted++) {
    for (let rank = 0n; rank < orders.count(inverted); rank++) {
      const order = orders.at(inverted, rank);
      assert.is(inversions(order), inverted);
      named.set(order.join(" "), inverted);
    }
  }
  assert.is(named.size, 24 * 6 * 6);
});

test("all orders of a number of inversions are drawn equally often", () => {
  const orders = blockOrders(build("resnet20")); // groups of three, two and two blocks
  const inverted = 2;
  const ways = Number(orders.count(inverted)); // 2 + 2 * 2 + 1
  assert.is(ways, 7);
  for (const seed of [1, 2, 3]) {
    const stream = randomStream(seed, "equally often");
    const counts = new Map<string, number>();
    for (let draw = 0; draw < 1400; draw++) {
      const key = orders.sample(inverted, stream).join(" ");
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    assert.is(counts.size, ways);
    const { pValue } = goodnessOfFit([...counts.values()], new Array<number>(ways).fill(1 / ways));
    assert.ok(pValue > 0.001, `seed ${seed}: p = ${pValue}`);
  }
});

law(
  "the grid of inversions ascends evenly from none to the most",
  [fc.nat({ max: 2000 }), fc.integer({ min: 2, max: 300 })],
  (most, count) => {
    const grid = evenInversions(most, count);
    assert.is(grid.length, count);
    assert.is(grid[0], 0);
    assert.is(grid[count - 1], most);
    grid.forEach((place, i) => {
      assert.ok(Math.abs(place - (i * most) / (count - 1)) <= 0.5);
    });
  },
);

test("the 54 blocks of ResNet-110 go down to a tau of 0.41, and a random order has one of 0.70", () => {
  const { mostInversions } = blockOrders(build("preactivation-resnet110"));
  const tau = (inverted: number) => 1 - (4 * inverted) / (54 * 53);
  assert.is(mostInversions, pairs(18) + pairs(17) + pairs(17));
  assert.ok(Math.abs(tau(mostInversions) - (1 - 1700 / 2862)) < 1e-12, `${tau(mostInversions)}`);
  assert.ok(Math.abs(tau(mostInversions / 2) - 0.703) < 1e-3, `${tau(mostInversions / 2)}`);
});

test("an order that is none is refused, and so is one that brings a block the wrong shape", () => {
  const given = build("resnet20");
  assert.throws(() => reorderedRoute(given, [0, 1, 2]), /each of its 9 blocks once/);
  assert.throws(() => reorderedRoute(given, [0, 0, 2, 3, 4, 5, 6, 7, 8]), /each of its 9 blocks once/);
  assert.throws(() => reorderedRoute(given, [3, 1, 2, 0, 4, 5, 6, 7, 8]), /needs activations/);
  const orders = blockOrders(given);
  assert.throws(() => orders.sample(orders.mostInversions + 1, randomStream(1)), /0 orders with 6 inversions/);
  assert.throws(() => orders.at(0, 1n), /none of rank 1/);
  assert.throws(() => evenInversions(5, 1), /two places/);
});

test.run();
