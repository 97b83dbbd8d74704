"""Cells on unequal seeds: said, undone by leaving a run out, or made equal by runs whose number and time are told before."""

import pytest

from pages.about.methods_view import methods
from pages.common import data, frame
from ptlib.results.own import leave_out
from ptlib.runs import queue
from ptlib.transfer.matrix import TransferMatrix
from tests.app.conftest import Open, texts
from tests.app.runs.conftest import BACKBONE, FIRST, SECOND, Finish


def paragraph() -> str:
    """The methods paragraph of the map of all results."""
    fingerprint = data.catalogue().fingerprint()
    recipe = next(iter(data.recipes(fingerprint, BACKBONE)))
    matrix: TransferMatrix = data.matrix(fingerprint, BACKBONE, recipe, "all")
    return methods(
        matrix, data.backbone_name(BACKBONE), data.recipes(fingerprint, BACKBONE)[recipe], data.task_index(), data.task_name
    )


def test_the_map_says_what_is_unequal_and_offers_both_ways(
    open_page: Open, finish: Finish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "start_worker", lambda: None)
    monkeypatch.setattr(frame, "go", lambda page: None)
    job = finish(FIRST, SECOND, 3, title="A try")
    app = open_page("transfer", backbone=BACKBONE, whose="all")
    app.session_state["comparable_open"] = True
    app.run()
    told = texts(app)
    assert not app.exception and "have another number of seeds" in told
    assert "prompts to tune" in told and "results to measure in" in told and "about" in told
    assert [button.label for button in app.button if button.key == f"count_{job.id}"] == ["Leave out of the map: A try"]
    app.button(key="comparable_go").click().run()
    assert not app.exception and len(queue.active()) >= 1 and all(one.kind == "transfer" for one in queue.active())


def test_the_methods_paragraph_is_true_of_every_cell(open_page: Open, finish: Finish) -> None:
    before = paragraph()
    assert "with seeds 0, 1, 2 and reused" in before and "All tasks are generated" in before
    assert "came with the repository." in before and "measured here" not in before
    job = finish(FIRST, SECOND, 3)
    told = paragraph()
    assert "seeds 0, 1, 2, 3 (" in told and "seeds 0, 1, 2 (" in told and "measured here" in told
    named = f"{data.task_name(FIRST)} on {data.task_name(SECOND)}"
    assert named in told and "seeds 0, 1, 2, 3 and" not in told, "the union of seeds is true of no cell but this one"
    leave_out(job.id)
    assert "of 1 run left out." in paragraph() and "with seeds 0, 1, 2 and reused" in paragraph()
    assert paragraph().splitlines()[0] in "\n".join(code.value for code in open_page("about", whose="all").code)
