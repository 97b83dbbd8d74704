"""Reference curves on the Pair page and in the Lab: shown where they are stored, offered with the command where they are not."""

import json

import pytest

from pages.common import theme
from pages.pair import reference_charts, reference_view
from ptlib.finetuning import stored
from ptlib.finetuning.spec import FULL, LORA, METHODS, PROMPT, FineTuneSpec, default_spec
from ptlib.models.registry import get_backbone
from ptlib.results.catalogue import Catalogue
from ptlib.runs import queue
from ptlib.tasks.registry import get_task
from tests.app.conftest import Open, texts
from tests.fixtures import fake_demo, fake_finetuning

_, SOURCE, TARGET = fake_demo.family_of_three()
HERE = {"backbone": "demo/roberta-small", "source": SOURCE, "target": TARGET}


@pytest.fixture
def specs(places: object) -> list[FineTuneSpec]:
    """Two seeds of every method, stored, with the settings of the synthetic map."""
    made = [default_spec(get_backbone(HERE["backbone"]), get_task(TARGET), seed) for seed in (0, 1)]
    for spec in made:
        fake_finetuning.write(spec)
    return made


def test_what_was_not_measured_says_how(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "start_worker", lambda: None)
    app = open_page("pair", **HERE, pair_reference_open="true")
    assert not app.exception and "Not measured on this task yet" in texts(app)
    assert any("--method prompt,lora,full" in code.value for code in app.code)
    next(one for one in app.button if one.key == "launch_reference").click().run()
    (job,) = queue.listing()
    assert not app.exception and (job.kind, job.spec.task, job.spec.methods) == ("finetune", TARGET, METHODS)
    app = open_page("runs", run=job.id)
    assert not app.exception and "Prompt tuning, LoRA, Full fine-tuning" in texts(app)


def test_curves_costs_and_scores_stand_on_the_page(open_page: Open, specs: list[FineTuneSpec]) -> None:
    app = open_page("pair", **HERE, pair_reference_open="true")
    assert not app.exception and "LoRA trains 16,384 numbers (1.4 %)" in texts(app) and "1 thread of a CPU" in texts(app)
    for x, traces in (("seconds", 6), ("trained", 3)):
        app.session_state["reference_x"] = x
        drawn = [json.loads(chart.proto.spec) for chart in app.run().get("plotly_chart")]
        names = {"Prompt tuning", "LoRA", "Full fine-tuning"}
        (figure,) = [one for one in drawn if {trace.get("name") for trace in one["data"]} >= names]
        assert not app.exception and len(figure["data"]) == traces
    assert next(frame for frame in app.dataframe if "trained" in frame.value).value["trained"].to_list() == [2560, 16384, 1184725]


def test_the_lab_launches_what_was_chosen_above(open_page: Open, places: object) -> None:
    app = open_page("lab", **HERE)
    app.session_state["reference_open"] = True
    app.run()
    assert not app.exception
    assert any("--method prompt,lora,full" in code.value for code in app.code)
    app.multiselect(key="reference_methods").set_value([LORA]).run()
    assert any("--method lora" in code.value for code in app.code)
    app.multiselect(key="reference_methods").set_value([]).run()
    assert not app.exception and "each must be given once" in texts(app)


def test_numbers_are_those_of_the_curves(specs: list[FineTuneSpec]) -> None:
    runs = [stored.load(spec, Catalogue()) for spec in specs]
    table = reference_view.summary(runs).set_index("method")
    assert table.loc[LORA, ["to_step", "to_seconds"]].tolist() == [10, 0.25]  # flat from step 10 on
    assert table.loc[PROMPT, ["to_step", "to_seconds"]].tolist() == [20, 1.0]
    assert table.loc[FULL, "share"] == 1.0 and reference_view.share(0.0022) == "0.22 %" and reference_view.share(1.0) == "100 %"
    assert len(reference_view.points(runs)) == 2 * 3 * 5
    assert "Seed 0, 1;" in reference_view.basis(runs)
    figure = reference_charts.size_figure(reference_view.summary(runs), theme.LIGHT)
    assert [trace.x[0] for trace in figure.data] == [2560, 16384, 1184725]


def test_where_one_thread_had_to_wait_the_seconds_of_computing_are_shown_and_that_is_said(specs: list[FineTuneSpec]) -> None:
    runs = [stored.load(spec, Catalogue()) for spec in specs]
    assert reference_view.clock(runs) == "seconds" and "computing" not in reference_view.basis(runs)
    fake_finetuning.write(specs[0], busy=0.5)
    runs = [stored.load(spec, Catalogue()) for spec in specs]
    assert reference_view.clock(runs) == "cpu" and "14 s passed for 10 s of it" in reference_view.basis(runs)
    assert reference_view.summary(runs).set_index("method").loc[PROMPT, "seconds"] == 1.5
    assert reference_view.points(runs)["seconds"].max() == 4.0
