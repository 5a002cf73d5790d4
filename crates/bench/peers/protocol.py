"""What the peers share: a request as JSON in the first argument, an answer as one line of JSON on stdout."""

import json
import sys
import time

REQUEST = json.loads(sys.argv[1])
INPUTS = REQUEST["inputs"]
OPTIONS = REQUEST["options"]


def measure(work):
    """Calls `work(repetition)` as often as asked for, after a warm-up if asked for; seconds of each, last result."""
    if REQUEST["warm_up"]:
        work(0)
    seconds = []
    for repetition in range(REQUEST["repetitions"]):
        start = time.perf_counter()
        result = work(repetition)
        seconds.append(time.perf_counter() - start)
    return seconds, result


def answer(seconds, version, **values):
    """The peak is the kernel's high-water mark of this process: getrusage also counts what its parent held before."""
    with open("/proc/self/status") as status:
        kib = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
    print(json.dumps({"seconds": seconds, "peak_memory_bytes": 1024 * kib, "version": version, "values": values}))
