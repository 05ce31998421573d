/** The two listings of the lecture, as Keras printed them, and how the built networks are judged by them. */
import { type Judged, judge, type Rows } from "../../src/experiment";
import { referenceCounts } from "../../src/networks";
import { largest, quantity, sum } from "../../src/statistics";
import type { Row } from "./rows";

/** What the lecture's listing of VGG-19 says: parameters of its layers, first to last. */
export const listedVgg19 = [
  1_792, 36_928, 73_856, 147_584, 295_168, 590_080, 590_080, 590_080, 1_180_160, 2_359_808, 2_359_808, 2_359_808,
  2_359_808, 2_359_808, 2_359_808, 2_359_808, 102_764_544, 16_781_312, 4_097_000,
];

/** Its dropout: after each of the five stages. */
const listedDropouts = 5;

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

/** A2: the layers of VGG-19, its dropout among them; null without them. */
export function judgeVgg19(layers: Rows<Row>): Judged | null {
  if (layers.length === 0) return null;
  const weighty = layers.filter(({ parameters }) => parameters! > 0);
  const others = weighty.filter(({ parameters }, i) => parameters !== listedVgg19[i]);
  const dropouts = layers.filter(
    ({ dropout_rate }, i) => dropout_rate === 0.25 && layers[i - 1]?.layer_type === "MaxPooling2D",
  );
  const total = sum(layers.numbers("parameters"));
  return judge(total)
    .of("layers with parameters", weighty.length, "")
    .exactly(listedVgg19.length)
    .of("layers with other than the listed parameters", others.length, "")
    .exactly(0)
    .of("dropouts of 0.25 right after a stage's pooling", dropouts.length, "")
    .exactly(listedDropouts)
    .of("parameters", total, "")
    .exactly(referenceCounts.keras_VGG19!.total);
}

/** A3: the layers of the inception module; null without them. */
export function judgeInception(layers: Rows<Row>): Judged | null {
  if (layers.length === 0) return null;
  const others = layers.filter(({ output_shape, parameters }, i) => {
    const [shape, count] = listedInception[i] ?? [];
    return output_shape !== shape || parameters !== count;
  });
  return judge(sum(layers.numbers("parameters")))
    .of("layers", layers.length, "")
    .exactly(listedInception.length)
    .of("layers with another shape or count than listed", others.length, "")
    .exactly(0);
}

/** How many layers a listing has, and how many parameters. */
export function listingText(what: string, layers: Rows<Row>): string {
  const weighty = layers.where(({ parameters }) => parameters! > 0);
  const most = largest(layers.numbers("parameters"));
  const heaviest = layers.find(({ parameters }) => parameters === most)!;
  return (
    `${what} has ${quantity(sum(layers.numbers("parameters")))} parameters in ${weighty.length} of ${layers.length} layers; ` +
    `${quantity((100 * most) / sum(layers.numbers("parameters")), "%")} of them are those of ${heaviest.layer}.`
  );
}
