import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { interleavePlanes } from "../../src/data/images";
import { law } from "../property";

const layouts = fc.record({ channels: fc.integer({ min: 1, max: 4 }), pixels: fc.integer({ min: 1, max: 30 }) });

law(
  "a pixel's channels come together, and nothing else is written",
  [layouts, fc.nat(5), fc.nat(5), fc.infiniteStream(fc.nat(255))],
  (layout, from, to, levels) => {
    const { channels, pixels } = layout;
    const planes = Uint8Array.from({ length: from + channels * pixels }, () => levels.next().value);
    const target = new Uint8Array(to + channels * pixels + 2).fill(77);
    interleavePlanes(planes, from, target, to, layout);
    for (let pixel = 0; pixel < pixels; pixel++) {
      for (let channel = 0; channel < channels; channel++) {
        assert.is(target[to + pixel * channels + channel], planes[from + channel * pixels + pixel]);
      }
    }
    assert.ok([...target.subarray(0, to), ...target.subarray(-2)].every((byte) => byte === 77));
  },
);

law("with pixels and channels exchanged it undoes itself", [layouts], ({ channels, pixels }) => {
  const planes = Uint8Array.from({ length: channels * pixels }, (_, at) => at);
  const [there, back] = [new Uint8Array(planes.length), new Uint8Array(planes.length)];
  interleavePlanes(planes, 0, there, 0, { channels, pixels });
  interleavePlanes(there, 0, back, 0, { channels: pixels, pixels: channels });
  assert.equal(back, planes);
});

test.run();
