"""How long a visitor waits, here and in another checkout, in turn: first paint, page switches, a cell's answer.

`python -m tests.bench.bench_pages OTHER_CHECKOUT` starts both apps on their own demo. Needs playwright and chromium.
"""

import argparse
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.bench.common import middle, show
from tests.browser import test_speed
from tests.browser.conftest import CHROMIUM, FLAGS, ROOT, Server


def visit(chromium: Browser, server: Server, cell: tuple[str, str]) -> dict[str, float]:
    """Seconds of everything that one new visitor does."""
    paint, switches, waited = test_speed.visit(chromium, server, *cell)
    return {"first paint": paint, **switches, "click on a cell": waited}


def measured(chromium: Browser, servers: dict[str, Server], rounds: int) -> dict[str, list[dict[str, float]]]:
    """All visits; the first of each server warms it and is not kept."""
    visits: dict[str, list[dict[str, float]]] = {name: [] for name in servers}
    for turn in range(rounds + 1):
        for name in sorted(servers, reverse=bool(turn % 2)):  # neither is always the first
            found = visit(chromium, servers[name], ((test_speed.A, test_speed.B), (test_speed.B, test_speed.A))[turn % 2])
            visits[name] += [found] if turn else []
    return visits


def main() -> None:
    """Print the medians and the quickest of both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("other", type=Path, help="the other checkout")
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as cache, sync_playwright() as play:
        folders = {"here": ROOT, "other": options.other.resolve()}
        servers = {name: Server(folder / "cache" / "demo", Path(cache) / name, folder) for name, folder in folders.items()}
        try:
            for server in servers.values():
                server.start()
            visits = measured(play.chromium.launch(executable_path=CHROMIUM, args=FLAGS), servers, options.rounds)
        finally:
            for server in servers.values():
                server.stop()
    rows = {}
    for what in visits["here"][0]:
        seconds = {name: [visit[what] for visit in found] for name, found in visits.items()}
        rows[what] = "   ".join(f"{name} {middle(found):.3f} (best {min(found):.3f})" for name, found in seconds.items())
    show(f"Seconds, median of {options.rounds} visits", rows)


if __name__ == "__main__":
    main()
