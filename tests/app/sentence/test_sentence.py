"""The box for own sentences: unknown words, kept sentences, all prompts at once, neurons switched off."""

import pytest

from pages.common import data
from pages.common.sentence import parts, view
from ptlib.models.words import Spelled
from ptlib.runs import ask
from tests.app.conftest import Open, texts
from tests.fixtures import fake_demo

SOURCE, TARGET, _ = fake_demo.family_of_three()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], float]]:
    """A predictor whose first prompt says the first label, all others the second; what it was asked."""
    found: list[tuple[list[str], float]] = []

    def answer(backbone: str, prompts: list[str], task: str, *texts: str, zeroed: float = 0.0) -> list[list[float]]:
        found.append((list(prompts), zeroed))
        return [[0.9, 0.1] if place == 0 else [0.2, 0.8] for place in range(len(prompts))]

    monkeypatch.setattr(ask, "ensure_running", lambda: None)
    monkeypatch.setattr(ask, "status", lambda: ask.Status(pid=1, ready=True))
    monkeypatch.setattr(ask, "ask", answer)
    monkeypatch.setattr(parts, "spelled", lambda spec, text: Spelled(("☃",), ("absolutely",)))
    return found


def test_sentences_are_kept_all_prompts_asked_and_unknown_words_named(
    open_page: Open, asked: list[tuple[list[str], float]]
) -> None:
    app = open_page("pair", source=SOURCE, target=TARGET)
    assert not app.exception and "does not know “absolutely” whole" in texts(app) and "cannot read “☃”" in texts(app)
    app.slider(key="own_zeroed").set_value(50).run()
    assert asked[-1] == (asked[0][0], 0.5) and len(asked[0][0]) == 2 and app.button(key="own_keep")
    app.session_state[f"own_kept|{TARGET}"] = [{"Text": "a good film", "Own prompt": "positive"}]
    app.run()
    assert [list(one.value["Text"]) for one in app.dataframe if "Text" in one.value] == [["a good film"]]
    app.toggle(key="own_all").set_value(True).run()
    assert not app.exception and "13 prompts asked: **" in texts(app) and "by 12" in texts(app)
    assert (len(asked[-1][0]), asked[-1][1]) == (13, 0.0)


def test_known_words_are_no_news_and_texts_are_answers_too() -> None:
    assert view.unknown(Spelled()) == ""
    found = view.table((), {"A": "paris", "B": "rome", "C": "paris"})
    assert list(found) == ["prompt", "answer"] and view.agreed(found) == "3 prompts asked: **paris** by 2, **rome** by 1."


def test_a_task_with_long_texts_gets_a_high_box(open_page: Open, asked: list[tuple[list[str], float]], monkeypatch) -> None:
    monkeypatch.setattr(data, "first_texts", lambda *_: ("a good film . " * 20, ""))
    app = open_page("pair", source=SOURCE, target=TARGET)
    assert not app.exception and app.text_area(key="own_text_a").value.startswith("a good film") and len(asked) > 0
