/** A custom network in the place of the one that an experiment puts to the test: `--network FILE`. */
export {
  assignedNetwork,
  type CustomNetworkPlan,
  type CustomNetworkProvenance,
  customNetworkDepartures,
  customNetworkProvenance,
  customNetworkText,
  identityOf,
  identityOn,
  networkFile,
  networkText,
  registerStoredNetwork,
  withCustomNetwork,
} from "./custom-network";
export { type AssignedNetwork, givenNetwork, holdCustomNetwork, statisticsCheck } from "./worker";
