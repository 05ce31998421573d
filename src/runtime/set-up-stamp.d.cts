import type { TensorFlowChoice } from "./set-up-options.cjs";

/** What a successful set-up of TensorFlow records in the checkout. */
export interface SetUpStamp {
  /** Version of this record's form. */
  readonly layout: 2;
  readonly choice: TensorFlowChoice;
  /** TensorFlow's version, as the library itself tells it. */
  readonly version: string;
  /** The folder that holds the libraries. */
  readonly folder: string;
  /** The libraries and the binding, by absolute path. */
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  /** Hash of this project's own part of the binding. */
  readonly native: string;
}

/** Path of the stamp within a checkout. */
export declare const stampFile: string;
/** What the last successful set-up of TensorFlow left in this checkout, or undefined. */
export declare function readStamp(root: string): SetUpStamp | undefined;
/** A hash of this project's own part of the binding: where it changes, the binding is built anew. */
export declare function nativeSources(root: string): string;
/** Whether every file that the stamp vouches for is still there in its size. */
export declare function stampHolds(stamp: SetUpStamp): boolean;
