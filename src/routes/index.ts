export { deletableBlocks, drawBlocks, routeWithout } from "./deletion";
export { type EvaluateOptions, evaluate, type RouteResult, routeLogits } from "./evaluate";
export { routeTrie, stepCount, type TrieNode } from "./trie";
