/**
 * Routes that begin alike share what they have in common: a trie with one node a step.
 *
 * Walked depth first it runs each shared prefix once. A node's activations are needed until its last child has started, so
 * the child that needs most memory goes last, when its parent's activations can be freed at once. In that order at most
 * 1 + log2(routes) activations are held at any time (the Strahler number of the tree, Ershov 1958), however deep the
 * network: a sweep over single deletions holds two.
 */
import type { Route, Step } from "../networks";

export interface TrieNode {
  /** Null at the root, which stands for the stem. */
  readonly step: Step | null;
  /** In the order to walk them: the one that holds most activations last. */
  readonly children: readonly TrieNode[];
  /** Indices of the routes that end here. */
  readonly routes: readonly number[];
  /** Activations held at the same time while this subtree is walked, its own included. */
  readonly held: number;
}

/** The trie of a list of routes. */
export function routeTrie(routes: readonly Route[]): TrieNode {
  return nodeOf(
    null,
    routes.map((_, index) => index),
    routes,
    0,
  );
}

/** Steps in a trie: block executions of one walk, against the sum of all lengths for one pass a route. */
export function stepCount({ step, children }: TrieNode): number {
  return (step === null ? 0 : 1) + children.reduce((sum, child) => sum + stepCount(child), 0);
}

function nodeOf(step: Step | null, members: readonly number[], routes: readonly Route[], depth: number): TrieNode {
  const ending = members.filter((index) => routes[index]!.length === depth);
  const groups = new Map<string, number[]>();
  for (const index of members) {
    const next = routes[index]![depth];
    if (next === undefined) continue;
    const key = `${next.block} ${next.branch} ${next.branch === "skip" ? 1 : (next.scale ?? 1)}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [index]);
    else group.push(index);
  }
  const children = [...groups.values()]
    .map((group) => nodeOf(routes[group[0]!]![depth]!, group, routes, depth + 1))
    .sort((one, other) => one.held - other.held);
  return { step, children, routes: ending, held: heldBy(children) };
}

/** While the last child runs its parent is free; while the others do it is held beside them. */
function heldBy(children: readonly TrieNode[]): number {
  return children.reduce((most, child, i) => Math.max(most, child.held + (i < children.length - 1 ? 1 : 0)), 1);
}
