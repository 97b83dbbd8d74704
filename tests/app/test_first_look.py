"""What a first visitor sees: without the demo every door leads somewhere, and nothing claims a map that is not there."""

from pathlib import Path

import pytest
from streamlit.proto.LabelVisibility_pb2 import LabelVisibility

from pages.common import plans
from tests.app.conftest import Open, texts


@pytest.fixture
def no_demo(open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    monkeypatch.setenv("PTLIB_DEMO", str(tmp_path / "nothing"))
    return open_page


def test_without_a_demo_the_first_door_leads_to_the_published_maps(no_demo: Open) -> None:
    app = no_demo("start")
    labels = [button.label for button in app.button]
    assert "Explore the demo" not in labels and "See published maps" in labels
    next(button for button in app.button if button.label == "See published maps").click().run()
    assert app.session_state["show"] == "two"


def test_the_published_maps_need_no_results(no_demo: Open) -> None:
    app = no_demo("transfer", show="Published")
    assert not app.exception and "Published by others" in texts(app)


def test_the_empty_state_names_the_folder_that_is_missing(no_demo: Open, tmp_path: Path) -> None:
    assert str(tmp_path / "nothing") in texts(no_demo("pair"))


@pytest.mark.parametrize("page", ["transfer", "pair", "prompts", "neurons"])
def test_the_empty_state_offers_the_lab_and_the_published_maps(no_demo: Open, page: str) -> None:
    labels = {button.label for button in no_demo(page).button}
    assert {"Open the Lab", "See the published maps"} <= labels


def test_the_lab_without_results_speaks_of_defaults_and_not_of_a_map(no_demo: Open) -> None:
    said = texts(no_demo("lab"))
    assert "the defaults for" in said and "the settings of the map" not in said


def test_without_a_map_one_cell_is_a_pair_of_two_tasks() -> None:
    plan = plans.propose(plans.ONE_CELL, None, None, None, ["imdb", "sst2", "rotten_tomatoes"], pair=("sst2", "rotten_tomatoes"))
    assert (plan.sources, plan.targets) == (("sst2",), ("rotten_tomatoes",))


def test_the_pickers_of_the_published_view_are_not_marked_as_required(open_page: Open) -> None:
    boxes = [box for box in open_page("transfer", show="Published").selectbox if box.label in ("First map", "Beside it")]
    hidden = LabelVisibility.COLLAPSED
    assert len(boxes) == 2 and all(box.proto.label_visibility.value == hidden for box in boxes)


def test_the_doors_with_results_open_the_demo(open_page: Open) -> None:
    assert "Explore the demo" in [button.label for button in open_page("start").button]
