"""Embedding indicators of all pairs: this project's against Python loops over pairs and tokens, in one run.

    python -m tests.bench.bench_similarity [--prompts 100] [--tokens 100] [--width 4096] [--pairs 3]

The loops stand for code that goes through tokens one by one, as published; they are timed on a few pairs, checked against
ours on them, and their time for all pairs is the time a pair times the pairs. Prints seconds, and the peak of memory of ours.
"""

import argparse
import resource
import sys
import time

import numpy as np

from ptlib.analysis.similarity import INDICATORS, similarity, stack


def cosine(x: np.ndarray, y: np.ndarray) -> float:
    return float(np.dot(x, y) / (np.linalg.norm(x) * np.linalg.norm(y)))


LOOPS = {
    "euclidean_concat": lambda p, q: 1 / (1 + np.linalg.norm(p.reshape(-1) - q.reshape(-1))),
    "euclidean_average": lambda p, q: 1 / (1 + sum(np.linalg.norm(a - b) for a in p for b in q) / (len(p) * len(q))),
    "cosine_concat": lambda p, q: cosine(p.reshape(-1), q.reshape(-1)),
    "cosine_average": lambda p, q: sum(cosine(a, b) for a in p for b in q) / (len(p) * len(q)),
    "cosine_mean": lambda p, q: cosine(p.mean(axis=0), q.mean(axis=0)),
}


def main() -> None:
    """Measure and print one line an indicator."""
    parser = argparse.ArgumentParser()
    for name, default in (("prompts", 100), ("tokens", 100), ("width", 4096), ("pairs", 3)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    shape = (given.prompts, given.tokens, given.width)
    values = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    prompts = stack(list(values), [str(place) for place in range(given.prompts)])
    picked = [(place, given.prompts - 1 - place) for place in range(given.pairs)]
    pairs = given.prompts * (given.prompts + 1) // 2
    print(f"{given.prompts} prompts of {given.tokens} x {given.width}, {pairs} pairs; loops timed on {given.pairs} of them")
    ours_s = loops_s = 0.0
    for name in INDICATORS:
        begun = time.perf_counter()
        matrix = similarity(prompts, name)
        ours = time.perf_counter() - begun
        begun = time.perf_counter()
        slow = [LOOPS[name](values[i], values[j]) for i, j in picked]
        loops = (time.perf_counter() - begun) / given.pairs * pairs
        np.testing.assert_allclose([matrix[i, j] for i, j in picked], slow, rtol=1e-4, atol=1e-6)
        ours_s, loops_s = ours_s + ours, loops_s + loops
        print(f"{name:<18} ours {ours:7.2f} s   loops {loops:9.1f} s   {loops / ours:7.0f} times")
    print(f"{'all':<18} ours {ours_s:7.2f} s   loops {loops_s:9.1f} s   {loops_s / ours_s:7.0f} times")
    kilo = 1 if sys.platform == "darwin" else 1024
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * kilo / 2**20:.0f} MB")


if __name__ == "__main__":
    main()
