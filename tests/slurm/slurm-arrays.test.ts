import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { arraysOf, type ElementPlace } from "../../src/slurm/arrays";
import { indexList } from "../../src/slurm/client";
import { law } from "../property";

/** Cells that ask for one of few networks or none, with networks in the store and networks that others train. */
const division = fc.record({
  cells: fc
    .array(fc.option(fc.constantFrom("a", "b", "c", "d", "e", "f")), { maxLength: 40 })
    .map((networks) => networks.map((id, place) => ({ place, network: id === null ? null : { id } }))),
  trained: fc.subarray(["a", "b"]).map((ids) => new Set(ids)),
  underWay: fc
    .subarray(["c", "d", "f"])
    .map(
      (ids) =>
        new Map(
          ids.map((id, place): [string, ElementPlace] => [id, { job: id === "f" ? "7" : "9", index: 3 - place }]),
        ),
    ),
  largest: fc.integer({ min: 4, max: 10 }),
});

law("every cell is in one array, at an index of its own that Slurm allows", [division], ({ cells, ...options }) => {
  const arrays = arraysOf(cells, options);
  const places = arrays.flatMap(({ elements }) => elements.map(({ cell }) => cell.place));
  assert.equal(
    places.sort((one, other) => one - other),
    cells.map(({ place }) => place),
  );
  for (const { elements } of arrays) {
    const indices = elements.map(({ index }) => index);
    assert.ok(elements.length > 0);
    assert.equal(
      indices,
      [...new Set(indices)].sort((one, other) => one - other),
    );
    assert.ok(indices.every((index) => index >= 0 && index < options.largest));
  }
});

law("a cell waits just where another trains its network, and for that element", [division], ({ cells, ...options }) => {
  const { trained, underWay } = options;
  const arrays = arraysOf(cells, options);
  const elements = arrays.flatMap((array) => array.elements.map((element) => ({ ...element, after: array.after })));
  const free = elements.filter(({ after }) => after === null);
  const begun = new Set<string>();
  for (const { cell } of free) {
    const id = cell.network?.id;
    if (id === undefined || trained.has(id)) continue;
    assert.not.ok(begun.has(id) || underWay.has(id), `${id} is trained twice`);
    begun.add(id);
  }
  for (const { index, cell, after } of elements) {
    if (after === null) continue;
    const id = cell.network!.id;
    assert.not.ok(trained.has(id));
    if ("job" in after) assert.equal({ job: after.job, index }, underWay.get(id));
    else {
      const leader = arrays[after.array]!.elements.find((element) => element.index === index)!.cell;
      assert.is(leader.network?.id, id);
      assert.ok(leader.place < cell.place);
    }
  }
});

law("a list of indices names each of them", [fc.uniqueArray(fc.nat(60))], (numbers) => {
  const indices = numbers.sort((one, other) => one - other);
  const named = indexList(indices)
    .split(",")
    .filter((range) => range !== "")
    .flatMap((range) => {
      const [first, last = first] = range.split("-").map(Number);
      return Array.from({ length: last! - first! + 1 }, (_, place) => first! + place);
    });
  assert.equal(named, indices);
});

test("a list of indices is as short as Slurm writes it", () => {
  assert.is(indexList([0, 1, 2, 5, 7, 8]), "0-2,5,7-8");
});

test("cells of two networks: the first of each trains, the others wait for it, each in a wave of its own", () => {
  const cells = ["a", "a", "b", "a", "b", null].map((id) => ({ network: id === null ? null : { id } }));
  const arrays = arraysOf(cells, { trained: new Set(), underWay: new Map(), largest: 1000 });
  assert.equal(
    arrays.map(({ after, elements }) => [after, elements.map(({ index, cell }) => [index, cells.indexOf(cell)])]),
    [
      [
        null,
        [
          [0, 0],
          [1, 2],
          [2, 5],
        ],
      ],
      [
        { array: 0 },
        [
          [0, 1],
          [1, 4],
        ],
      ],
      [{ array: 0 }, [[0, 3]]],
    ],
  );
});

test.run();
