/**
 * What training a network takes, as data: equal plans on equal data give equal weights.
 */
import type { Architecture, RouteSampling } from "../models";
import type { Schedule } from "./schedule";

/** A training: its network, its length, its optimiser, its pictures. */
export interface TrainingPlan {
  readonly architecture: Architecture;
  /** Seed of the initial weights, the order of the pictures, their augmentation and the validation split. */
  readonly seed: number;
  /** Mini-batches in all. */
  readonly steps: number;
  readonly batchSize: number;
  readonly schedule: Schedule;
  /** Share of the last step's velocity that is kept. */
  readonly momentum: number;
  /** Steps along the velocity that the new gradient gives (Nesterov), instead of the old one's. */
  readonly nesterov: boolean;
  /** Added to each gradient: this times the parameter, on every trainable parameter, as in the ResNet codes. */
  readonly weightDecay: number;
  /** Probability taken from the true class and spread over all (Szegedy et al. 2015, arXiv:1512.00567, sec. 7); 0: none. */
  readonly labelSmoothing: number;
  /** Random crops after padding by so many pixels, and mirror images; null: the pictures as they are. */
  readonly augmentation: { readonly padding: number; readonly flip: boolean } | null;
  /** Which blocks each mini-batch trains, drawn anew for each; null: all of them. */
  readonly routes: RouteSampling | null;
  /**
   * Computes activations again in the backward pass instead of keeping them: the memory of one block and the inputs of all,
   * for a third more time. The weights are the same bit for bit.
   */
  readonly recompute: boolean;
  readonly pictures: PictureOptions;
}

/** What is done with a data set before any network sees it. */
export interface PictureOptions {
  /** Mean over squares of so many pixels a side: 2 makes 14x14 of 28x28; 1 leaves the pictures alone. */
  readonly meanPool: number;
  /** Training pictures held out for validation, by seed, in equal shares of the classes. */
  readonly validation: number;
}
