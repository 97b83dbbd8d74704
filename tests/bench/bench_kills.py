"""Many random kills of a worker: nothing lost, the same bits, nothing left behind.

python -m tests.bench.bench_kills [--kills 60] [--seed 0]
"""

import argparse
import os
import random
import tempfile
import time
from pathlib import Path

from ptlib.base.progress import Silent
from ptlib.results.catalogue import Catalogue
from ptlib.results.store import Store
from ptlib.runs import execution
from tests.unit.runs.test_kills import SPEC, bits, kill_and_resume


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PTLIB_CACHE"] = f"{folder}/whole"
        execution.execute(SPEC, Silent(), "cpu")
        whole, begun, rounds, chance = bits(), time.monotonic(), 0, random.Random(options.seed)
        for first in range(0, options.kills, 6):
            os.environ["PTLIB_CACHE"] = f"{folder}/{first}"
            kill_and_resume(min(6, options.kills - first), chance)
            rounds += 1
            assert bits() == whole, f"other bits after the kills {first} to {first + 6}"
            left = [*Store().root.glob("checkpoints/*"), *Store().root.rglob(".part-*")]
            assert not left and not Catalogue().damaged(), left
            assert Store().query("PRAGMA integrity_check")[0][0] == "ok"
            assert Path(os.environ["PTLIB_CACHE"]).is_dir()
    print(f"{options.kills} kills in {rounds} runs, {time.monotonic() - begun:.0f} s: {len(whole)} results, every bit the same.")


if __name__ == "__main__":
    main()
