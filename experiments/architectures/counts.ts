/** What is counted of every network, whether it is run or not. */
import {
  type Architecture,
  inferenceOperations,
  type PublishedNetwork,
  parameterCounts,
  placedLayers,
  publishedByName,
  referenceCounts,
  summaryRows,
} from "../../src/networks";
import type { Row } from "./rows";

/** What is measured of a network. */
type Measured = Partial<Omit<Row, "seed" | "network">>;

/** The counts, once beside each reference; once alone where there is none. */
export function countRows(published: PublishedNetwork): Measured[] {
  const architecture = published.build();
  const { trainable, total } = parameterCounts(architecture);
  const row: Measured = {
    measurement: "counts",
    trainable_parameters: trainable,
    parameters: total,
    multiply_accumulates: inferenceOperations(architecture),
  };
  if (published.references.length === 0) return [row];
  const explained = published.difference ?? { trainable: 0, total: 0, why: null };
  return published.references.map((reference) => {
    const there = referenceCounts[reference]!;
    return {
      ...row,
      reference,
      reference_trainable_parameters: there.trainable,
      reference_parameters: there.total,
      reference_multiply_accumulates: there.multiplyAccumulates,
      difference: explained.why,
      unexplained_parameters:
        Math.abs(trainable - there.trainable - explained.trainable) + Math.abs(total - there.total - explained.total),
    };
  });
}

/** The layers of the lecture's two listings. */
export function layerRows({ name, build }: PublishedNetwork): Measured[] {
  if (!["vgg19-lecture", "lecture-inception"].includes(name)) return [];
  const architecture = build();
  const rates = new Map(
    placedLayers(architecture).flatMap(({ layer }) =>
      layer.kind === "dropout" ? [[layer.name, layer.rate] as const] : [],
    ),
  );
  return summaryRows(architecture)
    .slice(1) // the listings do not show the input
    .map((layer) => ({
      measurement: "layer",
      layer: layer.name,
      layer_type: layer.type,
      output_shape: layer.outputShape.join("x"),
      dropout_rate: rates.get(layer.name) ?? null,
      parameters: layer.parameters,
    }));
}

/** The architecture for the images that a run takes. */
export function builtToRun(name: string, publishedSize: boolean): Architecture {
  const { build, inputShape, smallestSide } = publishedByName(name);
  if (publishedSize) return build();
  const side = Math.min(inputShape[0], Math.max(smallestSide, 32));
  return build({ inputShape: [side, side, inputShape[2]] });
}
