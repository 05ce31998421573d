import { test } from "uvu";
import * as assert from "uvu/assert";
import { channelStatistics } from "../../src/data";
import { law } from "../property";
import { imageSets } from "./arbitraries";

law("channel statistics are those of the plain formulas", [imageSets()], (set) => {
  const { mean, standardDeviation } = channelStatistics(set);
  assert.is(mean.length, set.channels);
  for (let channel = 0; channel < set.channels; channel++) {
    const levels = [...set.images].filter((_, at) => at % set.channels === channel);
    const expected = levels.reduce((sum, level) => sum + level, 0) / levels.length;
    const variance = levels.reduce((sum, level) => sum + (level - expected) ** 2, 0) / levels.length;
    assert.ok(Math.abs(mean[channel]! - expected) < 1e-9);
    const deviation = variance === 0 ? 1 : Math.sqrt(variance);
    assert.ok(Math.abs(standardDeviation[channel]! - deviation) < 1e-6, `${standardDeviation[channel]} ${deviation}`);
  }
});

law("channel statistics do not depend on the order of the images' levels", [imageSets()], (set) => {
  const grey = { ...set, width: set.width * set.channels, channels: 1 };
  assert.equal(channelStatistics(grey), channelStatistics({ ...grey, images: grey.images.slice().reverse() }));
});

test("a channel of one level only has deviation 1, so that one can divide by it", () => {
  const images = Uint8Array.of(7, 0, 7, 255);
  const { mean, standardDeviation } = channelStatistics({
    images,
    labels: Uint8Array.of(0),
    count: 1,
    height: 2,
    width: 1,
    channels: 2,
  });
  assert.equal(mean, [7, 127.5]);
  assert.equal(standardDeviation, [1, 127.5]);
});

test("an empty set has no channel statistics", () => {
  const empty = { images: new Uint8Array(0), labels: new Uint8Array(0), count: 0, height: 2, width: 2, channels: 1 };
  assert.throws(() => channelStatistics(empty), /at least one image/);
});

test.run();
