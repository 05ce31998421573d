"""Memory of this process as Linux counts it, in bytes; benchmarks/work/process-memory.ts does the same."""

import ctypes
import gc


def held():
    return read("VmRSS")


def give_back():
    """What is free goes back to the system, so that `held` does not count it."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)


def forget_peak():
    """From here on `peak` is that of what follows."""
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")


def peak():
    return read("VmHWM")


def read(name):
    with open("/proc/self/status") as file:
        line = next(line for line in file if line.startswith(name + ":"))
    return 1024 * int(line.split()[1])
