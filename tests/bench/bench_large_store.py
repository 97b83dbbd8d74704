"""Pages on a large store: 200 runs, 40 tasks, 5 backbones (synthetic, see `large_store`), beside the demo's.

    python -m tests.bench.bench_large_store [--store FOLDER] [--profile PAGE]

Server side only: each page is run without a browser, first with cold caches, then again after a switch, then after a click on
a cell. Prints wall and CPU seconds. The store is made once (about a minute) and used again when FOLDER holds one.
"""

import argparse
import cProfile
import os
import pstats
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

RUNS, TASKS = 200, 40
PAGES = ("start", "transfer", "pair", "prompts", "neurons", "models", "lab", "runs")
FIRST_S, LATER_S = 2.5, 0.7
"""Wanted: seconds until the first page, and of a switch or a click."""


def prepare(folder: Path, runs: int) -> None:
    """Make the store, or what it lacks."""
    from ptlib.models.registry import HUB_BACKBONES, demo_backbones
    from ptlib.results.store import Store
    from tests.bench import large_store

    backbones = (
        *demo_backbones(),
        *(spec for spec in HUB_BACKBONES if spec.id in ("FacebookAI/roberta-base", "google-t5/t5-base")),
    )
    begun = time.perf_counter()
    folder.mkdir(parents=True, exist_ok=True)
    large_store.make(Store(), runs, large_store.tasks_of(TASKS, folder), backbones)
    print(f"made in {time.perf_counter() - begun:.0f} s")


def timed(act: Callable[[], object]) -> tuple[float, float]:
    """Wall and CPU seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    act()
    return time.perf_counter() - wall, time.process_time() - cpu


def visit(profile: str | None) -> None:
    """Open, switch, click; print a table."""
    from streamlit.testing.v1 import AppTest

    from pages.common import frame
    from ptlib.base import paths

    rows = []
    for who in ("first page of a server, modules loaded with it", "first page of the next visitor"):
        app = AppTest.from_file(str(paths.ROOT / "app.py"), default_timeout=300)
        app.query_params["backbone"] = "FacebookAI/roberta-base"
        rows.append((who, *timed(app.run)))
    watch = cProfile.Profile()
    for name in PAGES:
        app.switch_page(frame.script(name))
        rows.append((f"{name}: first visit", *timed(app.run)))
        if name == profile:
            watch.enable()
        rows.append((f"{name}: again", *timed(app.run)))
        if name in ("start", "transfer", "pair"):
            app.session_state["source"], app.session_state["target"] = "demo/film_review", "imdb" if name == "pair" else "sst2"
            rows.append((f"{name}: another cell", *timed(app.run)))
        watch.disable()
        for error in app.exception:
            print(name, error.value)
    print(f"{'':<48}{'wall s':>8}{'CPU s':>8}")
    for title, wall, cpu in rows:
        print(f"{title:<48}{wall:>8.2f}{cpu:>8.2f}")
    print(f"wanted: the first page in {FIRST_S} s, everything later in {LATER_S} s, with the browser")
    if profile:
        pstats.Stats(watch).sort_stats("cumtime").print_stats(60)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", type=Path, default=Path(tempfile.gettempdir()) / "ptlib-large")
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--profile", choices=PAGES)
    options = parser.parse_args()
    os.environ["PTLIB_CACHE"] = str(options.store)
    prepare(options.store, options.runs)
    visit(options.profile)


if __name__ == "__main__":
    main()
