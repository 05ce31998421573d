/** How images are prepared for weights that are given, as it is typed on a command line. */
import { UsageError } from "../base";
import type { ImageSize } from "../data";

/** How images were prepared for weights that are given: (value - mean) / deviation, of values in [0, 1]. */
export interface ImageScale {
  /** Of all channels, or [channels]. */
  readonly mean: number | readonly number[];
  readonly deviation: number | readonly number[];
}

/** Scales that have names. ImageNet's means and deviations are torchvision's. */
const namedScales: Readonly<Record<string, ImageScale>> = {
  "0..1": { mean: 0, deviation: 1 },
  "0..255": { mean: 0, deviation: 1 / 255 },
  "-1..1": { mean: 0.5, deviation: 0.5 },
  imagenet: { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] },
};

/**
 * A scale by its name, or by means and deviations of values in [0, 1].
 *
 * @throws UsageError for what is none
 * @example readImageScale("0.5/0.25") // { mean: 0.5, deviation: 0.25 }
 */
export function readImageScale(text: string): ImageScale {
  const named = Object.hasOwn(namedScales, text) ? namedScales[text] : undefined;
  if (named !== undefined) return named;
  const [means, deviations, ...more] = text.split("/").map((part) => part.split(",").map(numberIn));
  const isScale =
    more.length === 0 &&
    means !== undefined &&
    deviations !== undefined &&
    means.length === deviations.length &&
    [means, deviations].flat().every(Number.isFinite) &&
    deviations.every((one) => one > 0);
  if (isScale)
    return means.length === 1 ? { mean: means[0]!, deviation: deviations[0]! } : { mean: means, deviation: deviations };
  throw new UsageError(
    `--image-scale ${text}: need ${Object.keys(namedScales).join(", ")}, or as many means as deviations above 0`,
    "For example: --image-scale 0.485,0.456,0.406/0.229,0.224,0.225",
  );
}

function numberIn(text: string): number {
  return text.trim() === "" ? Number.NaN : Number(text);
}

/** The scale as it is typed: its name where it has one. */
export function imageScaleText(scale: ImageScale): string {
  const text = ({ mean, deviation }: ImageScale) => `${String(mean)}/${String(deviation)}`;
  const [name] = Object.entries(namedScales).find(([, known]) => text(known) === text(scale)) ?? [];
  return name ?? text(scale);
}

/**
 * Sides of images: "224", "224x192", "224/256" with the shorter side that they are resized to before.
 *
 * @throws UsageError for what is none
 */
export function readImageSize(text: string): Omit<ImageSize, "channels"> {
  const [, height, width = height, shorter] =
    /^([1-9]\d{0,4})(?:x([1-9]\d{0,4}))?(?:\/([1-9]\d{0,4}))?$/.exec(text) ?? [];
  if (height === undefined) {
    throw new UsageError(
      `--image-size ${text}: need a side in pixels, two with an x between them, or one and the shorter side before cutting`,
      "For example: --image-size 224, --image-size 224x192, --image-size 224/256",
    );
  }
  const sides = { height: Number(height), width: Number(width) };
  if (shorter === undefined) return sides;
  if (Number(shorter) < Math.max(sides.height, sides.width)) {
    throw new UsageError(`--image-size ${text}: a shorter side of ${shorter} does not cover what is cut out`);
  }
  return { ...sides, shorterSide: Number(shorter) };
}

/** The size as it is typed. */
export function imageSizeText({ height, width, shorterSide }: Omit<ImageSize, "channels">): string {
  const sides = height === width ? String(height) : `${height}x${width}`;
  return shorterSide === undefined ? sides : `${sides}/${shorterSide}`;
}
