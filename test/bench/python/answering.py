"""What every library's worker shares: a request a line from stdin, an answer a line to stdout, both JSON.

The worker blocks on stdin between requests, so that it takes no time from whoever else is measured in the meantime,
and ends when stdin does. Its first line says what it is, without being asked.

    {"do": "train", "sizes": [4, 16, 3], "batchSize": 16, "batches": 8, "optimizer": "sgd", "learningRate": 0.01,
     "threads": 1, "warmUpMilliseconds": 50, "milliseconds": 200}
    {"do": "infer", "sizes": [4, 16, 3], "samples": 10000, "threads": 1, "warmUpMilliseconds": 50, "milliseconds": 200}
    {"count": 1234, "seconds": 0.2001}      steps, or passes over all samples; at least one
    {"error": "what went wrong"}
"""

import json
import platform
import signal
import sys
import time

import numpy as np

try:
    from threadpoolctl import threadpool_info, threadpool_limits
except ImportError:
    threadpool_info = threadpool_limits = None


def answer_requests(library, version, prepare_training, prepare_inference, set_threads=lambda threads: None):
    """
    library, version: of what is measured
    prepare_training, prepare_inference: request -> (work, units); work() does so many steps, or passes, in one call
    set_threads: the library's own setting
    """
    # Ctrl+C reaches every process of the terminal; this one ends because its stdin does.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    prepare = {"train": prepare_training, "infer": prepare_inference}
    say(
        {
            "library": library,
            "version": version,
            "python": platform.python_version(),
            "executable": sys.executable,
            "blas": describe_blas(),
        }
    )
    key = work = units = threads = None
    for line in sys.stdin:
        try:
            request = json.loads(line)
            # A network is kept from round to round, until another one is asked for.
            wanted = {name: value for name, value in request.items() if name not in TIMING}
            if wanted != key:
                work, units = prepare[request["do"]](request)
                key = wanted
            if request["threads"] != threads:
                threads = request["threads"]
                set_threads(threads)
                limit_pools(threads)
            repeat(work, request["warmUpMilliseconds"])
            calls, seconds = repeat(work, request["milliseconds"])
            say({"count": calls * units, "seconds": seconds})
        except Exception as error:
            say({"error": f"{type(error).__name__}: {error}"})


TIMING = ("threads", "warmUpMilliseconds", "milliseconds")


def repeat(work, milliseconds):
    """Calls work for so long, at least once. Returns the calls and the seconds they took."""
    calls = 0
    start = time.perf_counter()
    end = start + milliseconds / 1000
    while True:
        work()
        calls += 1
        now = time.perf_counter()
        if now >= end:
            return calls, now - start


def random_samples(sizes, count):
    """Features from -1 to 1, count x n[0], and a random class each."""
    random = np.random.default_rng(1)
    features = random.uniform(-1, 1, (count, sizes[0])).astype(np.float32)
    classes = random.integers(0, sizes[-1], count)
    return features, classes


def limit_pools(threads):
    """Threads of the matrix library and of OpenMP, which a library's own setting may not reach."""
    if threadpool_limits is not None:
        threadpool_limits(threads)


def describe_blas():
    """The matrix library in use and the processor it computes for, or None where that cannot be told."""
    pools = [] if threadpool_info is None else threadpool_info()
    names = [
        f"{pool['internal_api']} {pool['version']} {pool.get('architecture', '')}".strip()
        for pool in pools
        if pool["user_api"] == "blas"
    ]
    return ", ".join(sorted(set(names))) or None


def say(answer):
    print(json.dumps(answer), flush=True)
