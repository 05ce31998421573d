import fc from "fast-check";
import type { ImageSet } from "../../src/data";

/** Small sets of images with at least one image, and labels below `classes`, in two bytes each where one does not hold them. */
export function imageSets({ classes = 10, maxCount = 40, sides = 6 } = {}): fc.Arbitrary<ImageSet> {
  return fc
    .record({
      count: fc.integer({ min: 1, max: maxCount }),
      height: fc.integer({ min: 1, max: sides }),
      width: fc.integer({ min: 1, max: sides }),
      channels: fc.integer({ min: 1, max: 3 }),
    })
    .chain((shape) => {
      const length = shape.count * shape.height * shape.width * shape.channels;
      return fc
        .record({
          images: fc.uint8Array({ minLength: length, maxLength: length }),
          labels: (classes > 256 ? fc.uint16Array : fc.uint8Array)({
            ...{ minLength: shape.count, maxLength: shape.count, max: classes - 1 },
          }),
        })
        .map((content) => ({ ...content, ...shape }));
    });
}

export const seeds = fc.integer({ min: -(2 ** 31), max: 2 ** 31 });

/** The bytes of one image of a set. */
export function image({ images, height, width, channels }: ImageSet, place: number): number[] {
  const length = height * width * channels;
  return [...images.subarray(place * length, (place + 1) * length)];
}

/** A set whose every image carries its own place, so that one can tell where an image went; up to 65,536 images. */
export function numberedSet(labels: readonly number[]): ImageSet {
  const images = Uint8Array.from(labels.flatMap((_, place) => [Math.floor(place / 256), place % 256]));
  return { images, labels: Uint8Array.from(labels), count: labels.length, height: 1, width: 2, channels: 1 };
}

/** The places that the images of a numbered set carry. */
export function numbersIn({ images, count }: ImageSet): number[] {
  return Array.from({ length: count }, (_, place) => images[2 * place]! * 256 + images[2 * place + 1]!);
}
