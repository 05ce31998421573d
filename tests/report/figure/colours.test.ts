import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { channelsOf, colourAt, divergingColours, inkOn, sequentialColours } from "../../../src/report/figure/colours";
import { law } from "../../property";

/** Lightness L* of CIE 1976, from 0 (black) to 100 (white), of a colour of sRGB. */
function lightness(colour: string): number {
  const linear = channelsOf(colour).map((channel) =>
    channel / 255 <= 0.04045 ? channel / 255 / 12.92 : ((channel / 255 + 0.055) / 1.055) ** 2.4,
  );
  const luminance = 0.2126 * linear[0]! + 0.7152 * linear[1]! + 0.0722 * linear[2]!;
  return luminance > 216 / 24389 ? 116 * Math.cbrt(luminance) - 16 : (luminance * 24389) / 27;
}

test("the sequential scale grows lighter in even steps, so that it can be read without its hues", () => {
  const steps = sequentialColours.slice(1).map((colour, i) => lightness(colour) - lightness(sequentialColours[i]!));
  const mean = steps.reduce((sum, step) => sum + step, 0) / steps.length;
  assert.ok(mean > 4, `${mean}`);
  // Its makers evened out its differences in CAM02-UCS, not in L*: the first of the dark steps is a third longer.
  for (const step of steps) assert.ok(Math.abs(step - mean) < 0.35 * mean, steps.join(", "));
});

test("the diverging scale darkens to both sides about alike, blue below its middle and brown above", () => {
  const middle = (divergingColours.length - 1) / 2;
  for (let away = 1; away <= middle; away++) {
    const [below, above] = [divergingColours[middle - away]!, divergingColours[middle + away]!];
    for (const [colour, inner] of [
      [below, divergingColours[middle - away + 1]!],
      [above, divergingColours[middle + away - 1]!],
    ] as const)
      assert.ok(lightness(colour) < lightness(inner));
    assert.ok(Math.abs(lightness(below) - lightness(above)) < 10, `${away}`);
    // Blue against yellow is what people see who do not tell red from green.
    const [red, , blue] = channelsOf(below);
    const [otherRed, , otherBlue] = channelsOf(above);
    assert.ok(blue! - red! > 0 && otherBlue! - otherRed! < 0);
  }
});

law(
  "a colour between two of the scale lies between them, and beyond its ends is that of the end",
  [fc.double({ min: -1, max: 2, noNaN: true })],
  (share) => {
    const colour = colourAt(sequentialColours, share);
    assert.match(colour, /^#[0-9a-f]{6}$/);
    const place = Math.min(1, Math.max(0, share)) * 16;
    const [from, to] = [sequentialColours[Math.floor(place)]!, sequentialColours[Math.ceil(place)]!].map(channelsOf);
    channelsOf(colour).forEach((channel, i) => {
      assert.ok(channel >= Math.min(from![i]!, to![i]!) && channel <= Math.max(from![i]!, to![i]!));
    });
  },
);

law("ink contrasts with every colour at least 4.5 to 1", [fc.integer({ min: 0, max: 0xffffff })], (number) => {
  const colour = `#${number.toString(16).padStart(6, "0")}`;
  const luminance = (of: string) => {
    const level = lightness(of);
    return level > 8 ? ((level + 16) / 116) ** 3 : level / (24389 / 27);
  };
  const [one, other] = [luminance(colour), luminance(inkOn(colour))];
  assert.ok((Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05) >= 4.5, colour);
});

test.run();
