"""How a peer talks to the benchmark's driver: by lines, as benchmarks/work/serve.ts does.

The task comes as JSON on the command line. Once everything is built, warm and checked, the peer prints
{"ready": facts}; each line "run" on standard input is then answered by {"measured": number}. Standard output belongs to
these lines alone.
"""

import json
import sys
import time

import numpy


def task():
    """What is to be done: the fields of benchmarks/task.ts."""
    return json.loads(sys.argv[-1])


def serve(facts, run):
    """Answers until standard input ends.

    facts: "version", and where they exist "parameters" (trainable ones) and "check" (numbers that all must share).
    run: does the work once and returns the measured number, or a dictionary with "measured" and a "note".
    """
    say({"ready": facts})
    for line in sys.stdin:
        if line.strip() == "run":
            answer = run()
            say(answer if isinstance(answer, dict) else {"measured": answer})


def say(message):
    print(json.dumps(message), flush=True)


def seconds_of(work, repeats):
    """Mean wall time of one call of `work`."""
    start = time.perf_counter()
    for _ in range(repeats):
        work()
    return (time.perf_counter() - start) / repeats


def read_tensors(path):
    """The float32 arrays of a safetensors file, by name."""
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        values = file.read()
    return {
        name: numpy.frombuffer(values[slice(*entry["data_offsets"])], "<f4").reshape(entry["shape"]).copy()
        for name, entry in header.items()
        if name != "__metadata__"
    }
