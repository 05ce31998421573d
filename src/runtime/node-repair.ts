import util from "node:util";

/**
 * Puts `util.isNullOrUndefined` and `util.isArray` in place, which TensorFlow.js 4.22 calls: Node 22 warns of them as
 * deprecated, and Node 23 dropped them (tensorflow/tfjs pull requests 8425, 8609). Must run before TensorFlow.js is loaded.
 */
export function repairNode(): void {
  put("isNullOrUndefined", (value) => value === null || value === undefined);
  put("isArray", Array.isArray);
}

function put(name: string, test: (value: unknown) => boolean): void {
  Object.defineProperty(util, name, { value: test, configurable: true, enumerable: true, writable: true });
}
