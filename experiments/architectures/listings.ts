/** The two listings of the lecture, as Keras printed them. */

/** What the lecture's listing of VGG-19 says: parameters of its layers, first to last. */
export const listedVgg19 = [
  1_792, 36_928, 73_856, 147_584, 295_168, 590_080, 590_080, 590_080, 1_180_160, 2_359_808, 2_359_808, 2_359_808,
  2_359_808, 2_359_808, 2_359_808, 2_359_808, 102_764_544, 16_781_312, 4_097_000,
];

/** Its dropout: after each of the five stages. */
export const listedDropouts = 5;

/** What the lecture's inception module says: output and parameters of its layers, tower by tower. */
export const listedInception: readonly (readonly [outputShape: string, parameters: number])[] = [
  ["32x32x64", 256],
  ["32x32x64", 36_928],
  ["32x32x64", 256],
  ["32x32x64", 102_464],
  ["32x32x3", 0],
  ["32x32x64", 256],
  ["32x32x192", 0],
  ["196608", 0],
  ["10", 1_966_090],
];
