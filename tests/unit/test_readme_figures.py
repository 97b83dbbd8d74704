"""The README's figures of the demo, computed anew from the stored results."""

from statistics import mean

import pandas as pd
import pytest

from ptlib.base import paths
from ptlib.demo import references, starts
from ptlib.finetuning import stored as fitted
from ptlib.finetuning.spec import NAMES
from ptlib.results.catalogue import Catalogue
from ptlib.tasks.registry import get_task
from ptlib.transfer import warm
from ptlib.transfer.matrix import build_matrix
from ptlib.transfer.starting import stored as starting

README = (paths.ROOT / "README.md").read_text(encoding="utf-8")
BACKBONES = ("demo/roberta-small", "demo/roberta-wide", "demo/t5-small")
pytestmark = pytest.mark.skipif(not (paths.DEMO / "results").is_dir(), reason="the demo is not in this checkout")


def _row(title: str) -> list[str]:
    """Cells of the README's table in the row that begins so."""
    line = next(line for line in README.splitlines() if line.startswith(f"| {title}"))
    return [cell.strip() for cell in line.strip("|").split("|")][1:]


@pytest.fixture(scope="module", params=BACKBONES)
def figures(request: pytest.FixtureRequest) -> tuple[int, str, str, str]:
    """Place of a backbone's column, and what stands in its rows."""
    matrix = build_matrix(Catalogue(paths.DEMO), request.param)
    tasks = [name for name in matrix.targets if get_task(name).is_classification]
    own = [100 * matrix.get(name, name).score for name in tasks]
    apart = [100 * abs(matrix.get("untrained", name).score - get_task(name).chance) for name in tasks]
    cells = [(s, t, matrix.get(s, t)) for s in tasks for t in tasks if s != t]
    kept: dict[bool, list[float]] = {True: [], False: []}
    for source, target, cell in cells:
        if cell is not None and cell.gain_kept is not None:
            kept[get_task(source).family == get_task(target).family].append(100 * cell.gain_kept)
    inside, outside = (sum(kept[same]) / len(kept[same]) for same in (True, False))
    assert len(tasks) == 13
    return (
        BACKBONES.index(request.param),
        f"{sum(apart) / 13:.1f}",
        f"{sum(own) / 13:.1f} ({min(own):.1f})",
        f"{inside:.0f} / {outside:.0f}",
    )


def test_the_table_of_the_demo(figures: tuple[int, str, str, str]) -> None:
    place, untrained, own, gain = figures
    assert _row("Untrained prompts")[place] == untrained
    assert _row("Own prompts")[place] == own
    assert _row("Gain kept within a family")[place] == gain


def test_what_warm_starts_saved() -> None:
    catalogue = Catalogue(paths.DEMO)
    found = {name: warm.summary(warm.comparisons(catalogue, name)).set_index("relation").loc[warm.SAME] for name in BACKBONES}
    small, wide, t5 = ([round(100 * found[name][key]) for key in ("share", "low", "high", "restricted")] for name in BACKBONES)
    there = [int(found[name]["reached"]) for name in BACKBONES]
    assert {found[name]["runs"] for name in BACKBONES} == {39}
    assert (
        f"takes {t5[0]} % [{t5[1]}, {t5[2]}] of the steps of an own start on the T5-like backbone ({there[2]} of 39 runs got "
        f"there; {t5[3]} % with the others counted whole)"
    ) in README
    assert (
        f"({small[0]} % [{small[1]}, {small[2]}] and {wide[0]} % [{wide[1]}, {wide[2]}]; {there[0]} and {there[1]} of 39 got "
        f"there; {small[3]} and {wide[3]} % with the others counted whole)"
    ) in README


def test_reference_curves() -> None:
    catalogue = Catalogue(paths.DEMO)
    runs = {task: [fitted.load(s, catalogue) for s in references.specs() if s.task == task] for task in references.TASKS}
    for method, name in NAMES.items():
        cells = []
        for fits in runs.values():
            found = [fit[method] for fit in fits]
            steps = [warm.converged(one.curve)[0] for one in found]
            seconds = [one.curve.set_index("step")["seconds"][step] for one, step in zip(found, steps, strict=True)]
            cells.append(f"{100 * mean(one.told['evaluation']['score'] for one in found):.1f} / {mean(seconds):.1f}")
        assert _row(name) == [f"{found[0].told['trained']:,}", *cells]
        assert {one.told["threads"] for one in found} == {2}


def test_what_other_starts_saved() -> None:
    catalogue = Catalogue(paths.DEMO)
    found = [starting.load(spec, catalogue) for spec in starts.specs(catalogue)]
    table = pd.concat([starting.measured(one).assign(target=one.spec.task) for one in found if one is not None])
    kinds = {
        "Relative's prompt": (table["carried_by"] == "") & (table["start"] != "") & (table["task"] != starts.STRANGER),
        "Stranger's prompt": table["task"] == starts.STRANGER,
        "Projected, the task's own": (table["carried_by"] != "") & (table["task"] == table["target"]),
        "Projected, a relative's": (table["carried_by"] != "") & (table["task"] != table["target"]),
    }
    for name, chosen in kinds.items():
        rows = table[chosen]
        there = rows[rows["reached"].astype(bool)]
        lost = pd.to_numeric(rows["forgotten"]).mean()
        assert _row(name) == [
            f"{100 * rows['zero_shot'].mean():.1f}",
            f"{there['warm_steps'].mean():.0f} / {there['own_steps'].mean():.0f}",
            f"{len(there)} of {len(rows)}",
            f"{100 * rows['score'].mean():.1f}",
            "–" if pd.isna(lost) else f"{round(100 * lost)}",
        ]
