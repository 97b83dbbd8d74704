"""Prompts, Neurons and published tables: every view opens, says what it should, and states its empty and damaged cases."""

import json
import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import Open, texts
from tests.fixtures import fake_demo

_, SOURCE, TARGET = fake_demo.family_of_three()
HERE = {"backbone": "demo/roberta-small", "source": SOURCE, "target": TARGET}


def label(app: AppTest, words: str):
    return next(button for button in app.button if button.label == words)


@pytest.fixture
def changed(synthetic_demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the demo that a test may change."""
    copy = tmp_path / "changed"
    shutil.copytree(synthetic_demo, copy)
    monkeypatch.setenv("PTLIB_DEMO", str(copy))
    return copy


def without_analyses(demo: Path) -> None:
    for path in demo.glob("results/*/manifest.json"):
        manifest = json.loads(path.read_text())
        manifest["artefacts"] = []
        manifest["files"] = {name: sha for name, sha in manifest["files"].items() if "/" not in name and "neurons" not in name}
        path.write_text(json.dumps(manifest))
        shutil.rmtree(path.parent / "analyses")
        (path.parent / "neurons.safetensors").unlink()


def keep_prompts(demo: Path, count: int) -> None:
    """Leave so many prompts on the masked LM, with no scores of others."""
    import hashlib

    import pandas as pd
    from safetensors.numpy import load_file, save_file

    folder = demo / "results" / "roberta-small"
    rows = json.loads((folder / "prompts.json").read_text())[:count]
    names = [row["prompt_id"] for row in rows]
    (folder / "prompts.json").write_text(json.dumps(rows))
    values = load_file(folder / "prompts.safetensors")
    save_file({name: values[name] for name in names}, folder / "prompts.safetensors")
    scores = pd.read_parquet(folder / "scores.parquet")
    scores[scores.prompt_id.isin(names)].to_parquet(folder / "scores.parquet", index=False)
    manifest = json.loads((folder / "manifest.json").read_text())
    for name in ("prompts.json", "prompts.safetensors", "scores.parquet"):
        manifest["files"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize("colour", ["Task", "Seed", "Own score", "Set"])
@pytest.mark.parametrize("axes", ["2-D", "3-D"])
def test_every_colour_and_dimension_can_be_linked(open_page: Open, colour: str, axes: str) -> None:
    app = open_page("prompts", **HERE, colour=colour, axes=axes)
    kinds = {trace["type"] for trace in json.loads(app.get("plotly_chart")[0].proto.spec)["data"]}
    assert not app.exception and kinds == {"scatter3d" if axes == "3-D" else "scatter"}


def test_tsne_of_stored_points_carries_its_parameters(open_page: Open) -> None:
    app = open_page("prompts", **HERE, method="t-SNE")
    assert not app.exception and "perplexity" in texts(app) and "have no meaning" in texts(app)


def test_a_picture_that_is_not_there_is_queued_and_followed(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    from ptlib.runs import queue as jobs

    monkeypatch.setattr(jobs, "start_worker", lambda: None)
    app = open_page("prompts", **HERE, method="UMAP")
    assert "has not been fitted yet" in texts(app)
    label(app, "Fit it").click().run()
    assert not app.exception and [job.kind for job in jobs.active()] == ["cluster"]
    assert app.get("progress") and app.get("page_link")


@pytest.mark.parametrize(("count", "words"), [(1, "One prompt has no neighbours"), (2, "has not been fitted yet")])
def test_one_and_two_prompts_have_their_states(open_page: Open, changed: Path, count: int, words: str) -> None:
    without_analyses(changed)
    keep_prompts(changed, count)
    app = open_page("prompts", backbone="demo/roberta-small")
    assert not app.exception and words in texts(app)


def test_imported_prompts_can_be_placed_too(open_page: Open, places: Path) -> None:
    import numpy as np

    from ptlib.prompts.record import Prompt
    from ptlib.prompts.soft import SoftPrompt

    for place, task in enumerate(("mnli", "snli", "sst2")):
        values = np.random.default_rng(place).normal(size=(5, 16)).astype(np.float32)
        info = Prompt(f"i{place}", "demo/roberta-small", task, 0, prompt_length=5, width=16)
        SoftPrompt(values, info).save(places / "store" / "imported" / "theirs" / task)
    app = open_page("prompts", **HERE, set="Imported: theirs")
    assert not app.exception and "of these 3 prompts has not been fitted yet" in texts(app)


def test_guessing_comes_before_what_was_measured(open_page: Open) -> None:
    app = open_page("prompts", **HERE, view="Which source?")
    assert not app.exception and not [one for one in app.get("plotly_chart") if "measured" in one.proto.id]
    app.selectbox(key="my_pick").set_value(SOURCE).run()
    label(app, "Reveal what was measured").click().run()
    assert not app.exception and "Your pick" in texts(app)
    assert [metric.label for metric in app.metric] == ["Your mean loss", "First suggestion", "Any source"]


def test_the_judgement_stands_beside_chance_and_the_family_flag(open_page: Open) -> None:
    app = open_page("prompts", **HERE, view="Which source?", mode="Just show")
    table = app.dataframe[0].value
    assert {"Same family", "Any source (chance)", "Overlap of activated neurons"} <= set(table.Indicator)
    assert "not confirmed blind" in texts(app)


@pytest.fixture
def predictor(monkeypatch: pytest.MonkeyPatch) -> list[tuple]:
    """A predictor that is always there and knows one answer; returns what it was asked."""
    from ptlib.runs import ask
    from tests.app.test_analysis_views import alone

    asked: list[tuple] = []
    monkeypatch.setattr(ask, "ensure_running", lambda: None)
    monkeypatch.setattr(ask, "status", lambda: ask.Status(True, 1))
    monkeypatch.setattr(ask, "alone", lambda *question: asked.append(question) or alone())
    return asked


def test_a_prompt_alone_is_shown_with_its_meaning_and_data(open_page: Open, predictor: list[tuple]) -> None:
    app = open_page("prompts", **HERE, view="Single tokens")
    said = texts(app)
    assert not app.exception and predictor and predictor[0][0] == HERE["backbone"]
    assert "does not explain the task" in said and "most probable word at the mask" in said.replace("\\", "")
    ids = [plot.proto.id for plot in app.get("plotly_chart")]
    assert any("alone_words" in one for one in ids) and any("alone_labels" in one for one in ids)


def test_a_predictor_that_cannot_answer_is_told_and_asked_again(
    open_page: Open, predictor: list[tuple], monkeypatch: pytest.MonkeyPatch
) -> None:
    from ptlib.base.errors import NotAvailable
    from ptlib.runs import ask

    def fail(*_: object) -> None:
        raise NotAvailable("The predictor did not answer.")

    answers = ask.alone
    monkeypatch.setattr(ask, "alone", fail)
    app = open_page("prompts", **HERE | {"source": TARGET}, view="Single tokens")
    assert not app.exception and "The predictor did not answer." in texts(app)
    monkeypatch.setattr(ask, "alone", answers)
    label(app, "Try again").click().run()
    assert not app.exception and "does not explain the task" in texts(app)


def test_while_the_model_is_loaded_the_page_says_so(
    open_page: Open, predictor: list[tuple], monkeypatch: pytest.MonkeyPatch
) -> None:
    from ptlib.runs import ask

    monkeypatch.setattr(ask, "status", lambda: ask.Status(False, 1, starting=True))
    app = open_page("prompts", **HERE, view="Single tokens")
    assert not app.exception and app.get("progress") and not predictor


def test_single_tokens_need_a_vocabulary_on_disk(open_page: Open, predictor: list[tuple]) -> None:
    app = open_page("prompts", **HERE, view="Single tokens")
    assert not app.exception and "vocabulary of this backbone is not on this disk" in texts(app)


def test_single_tokens_are_read_without_the_model(open_page: Open, changed: Path, predictor: list[tuple]) -> None:
    import numpy as np
    from safetensors.numpy import save_file
    from tokenizers import Tokenizer, models

    folder, words = changed / "backbones" / "roberta-small", {f"word{place}": place for place in range(50)}
    Tokenizer(models.WordLevel(words, "word0")).save(str(folder / "tokenizer.json"))
    table = np.random.default_rng(0).normal(size=(50, 16)).astype(np.float32)
    save_file({"roberta.embeddings.word_embeddings.weight": table}, folder / "model.safetensors")
    app = open_page("prompts", **HERE, view="Single tokens")
    assert not app.exception and "Near is not meaning" in texts(app)
    assert len(app.dataframe[0].value) == 20 and "word" in app.dataframe[0].value.words[0]


def test_soft_and_hand_written_prompt_stand_side_by_side(open_page: Open) -> None:
    app = open_page("prompts", **HERE, view="Soft beside hand-written")
    assert not app.exception and "only the hand-written one" in texts(app)


@pytest.mark.parametrize("question", ["Does it predict transfer?", "Where two tasks meet", "Many tasks", "Masking"])
def test_every_question_about_neurons_is_answered_in_words(open_page: Open, question: str) -> None:
    app = open_page("neurons", **HERE, question=question)
    said = texts(app)
    assert not app.exception and "the plain family flag" in said and "as many random ones" in said
    assert "above 0" in said and app.get("plotly_chart")


def test_masking_says_so_when_nothing_was_measured(open_page: Open) -> None:
    app = open_page("neurons", backbone="demo/t5-small", question="Masking")
    assert not app.exception and "was not measured yet" in texts(app) and label(app, "Measure this")


def test_a_task_compared_with_itself_is_said_so(open_page: Open) -> None:
    app = open_page("neurons", **HERE | {"source": TARGET}, question="Where two tasks meet")
    assert not app.exception and "every neuron is shared" in texts(app)


def test_without_neurons_the_run_is_offered(open_page: Open, changed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ptlib.runs import queue as jobs

    monkeypatch.setattr(jobs, "start_worker", lambda: None)
    without_analyses(changed)
    app = open_page("neurons", **HERE)
    label(app, "Read the neurons").click().run()
    assert not app.exception and [job.kind for job in jobs.active()] == ["neurons"]


def test_damaged_neurons_are_named_and_not_used(open_page: Open, changed: Path) -> None:
    (changed / "results" / "roberta-small" / "neurons.safetensors").write_bytes(b"not a tensor")
    app = open_page("neurons", **HERE)
    assert not app.exception and "Checksum does not match" in texts(app) and "No neurons have been read yet" in texts(app)


@pytest.mark.parametrize("value", ["Relative", "Raw score"])
def test_published_tables_are_labelled_and_carry_their_doubts(open_page: Open, value: str) -> None:
    app = open_page("transfer", **HERE, show="Published", value=value)
    said = texts(app)
    assert not app.exception and "None of these numbers was measured by this app" in said
    assert "Source:" in said and "Spearman" in said and "common tasks" in said


def test_published_tables_need_no_result_of_ones_own(open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTLIB_DEMO", str(tmp_path / "nothing"))
    app = open_page("transfer", show="Published")
    assert not app.exception and app.get("plotly_chart")


def test_unknown_values_of_every_parameter_are_harmless(open_page: Open) -> None:
    names = ("view", "method", "axes", "of", "colour", "prompt", "by", "spearman", "which", "question", "layers", "compare",
             "tasks", "layer", "curve", "show", "value", "table", "beside", "set", "mode")  # fmt: skip
    for page in ("prompts", "neurons", "transfer"):
        assert not open_page(page, **dict.fromkeys(names, "nonsense")).exception
