/** A custom network in the place of the one that an experiment puts to the test: `--network FILE`. */
export {
  assignedNetwork,
  type CustomNetworkPlan,
  customNetworkDepartures,
  customNetworkProvenance,
  customNetworkText,
  identityOf,
  identityOn,
  networkFile,
  networkText,
  onnxFacts,
  registerStoredNetwork,
  withCustomNetwork,
} from "./custom-network";
export { type ImageScale, imageScaleText, imageSizeText, readImageScale, readImageSize } from "./images";
export { readingOnce } from "./reading";
export { type AssignedNetwork, givenNetwork, holdCustomNetwork, onnxVersion, statisticsCheck } from "./worker";
