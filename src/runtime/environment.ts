import { existsSync } from "node:fs";

/**
 * Sets what TensorFlow reads from the environment when it is loaded; what the user has set stays.
 *
 * On a machine with an NVIDIA GPU this asks for deterministic kernels and for memory as it is needed, not all at once. On
 * the CPU the kernels are deterministic anyway, for a given machine and number of threads.
 */
export function prepareEnvironment(): void {
  setByDefault("TF_CPP_MIN_LOG_LEVEL", "2"); // errors only: notes and warnings go to the same stream as ours
  setByDefault("TF_FORCE_GPU_ALLOW_GROWTH", "true");
  if (!hasNvidiaDriver()) return;
  setByDefault("TF_DETERMINISTIC_OPS", "1");
  setByDefault("TF_CUDNN_DETERMINISTIC", "1");
}

/** Whether the driver of an NVIDIA GPU is loaded on this machine. */
function hasNvidiaDriver(): boolean {
  return existsSync("/proc/driver/nvidia/version") || existsSync("/dev/nvidiactl") || existsSync("/dev/dxg");
}

function setByDefault(variable: string, value: string): void {
  process.env[variable] ??= value;
}
