import { tf } from "./tensorflow";

let peak: number | null = null;

/**
 * Most bytes that tensors hold at any moment of an action, beyond those held before it: looked at after each TensorFlow
 * kernel of this project's ops (see `kernel`), at the beginning and at the end.
 *
 * Only what JavaScript holds counts: scratch memory inside a kernel does not, nor do buffers that the allocator keeps. The
 * figure depends on the computation alone, not on the machine.
 *
 * @throws Error when one measurement is under way already
 */
export function peakTensorBytes(action: () => void): number {
  if (peak !== null) throw new Error("the peak of memory is being measured already");
  const before = tf.memory().numBytes;
  peak = before;
  try {
    action();
    notePeak();
    return peak - before;
  } finally {
    peak = null;
  }
}

/** Called after each kernel; costs nothing while nobody measures. */
export function notePeak(): void {
  if (peak !== null) peak = Math.max(peak, tf.memory().numBytes);
}
