"""The Lab's form for one's own task: proposed columns, findings before acceptance, texts as data, and what happens after."""

import pytest
from streamlit.testing.v1 import AppTest

from pages.common import words
from pages.lab import own_task_parts
from ptlib.tasks.own.stored import load_own_tasks, own_examples
from tests.app.conftest import Open, texts

ROWS = [("great food and kind waiters" if n % 2 else "awful plot and bad sound") + f" number {n},{n % 2}" for n in range(60)]
CSV = "\n".join(["review,stars", *ROWS]).encode()
EVIL = '"<script>alert(1)</script> ![x](http://example.org/x.png)",1\n"=HYPERLINK(""http://example.org"")",0\n'


def upload(app: AppTest, content: bytes, name: str = "my_reviews.csv") -> AppTest:
    next(box for box in app.file_uploader if box.label == "Table").upload(name, content, "text/csv")
    return app.run()


def field(app: AppTest, kind: str, label: str):
    return next(box for box in getattr(app, kind) if box.label == label)


def add_button(app: AppTest):
    return next((button for button in app.button if button.label == "Add this task"), None)


def with_words(app: AppTest, *given: str) -> AppTest:
    boxes = [box for box in app.text_input if box.label.startswith("Word for ")]
    for box, word in zip(boxes, given, strict=True):
        box.set_value(word)
    return app.run()


def test_a_csv_becomes_a_task_that_is_chosen_for_the_run(open_page: Open) -> None:
    app = upload(open_page("lab"), CSV)
    assert not app.exception
    assert (field(app, "selectbox", "Text").value, field(app, "selectbox", "Answer").value) == ("review", "stars")
    assert field(app, "text_input", "Name of the task").value == "my reviews"
    assert "names no label words" in texts(app).replace("\\", "") and add_button(app).disabled
    app = with_words(app, "bad", "good")
    assert not app.exception and "to tune on" in texts(app) and "kept apart" in texts(app)
    app = add_button(app).click().run()
    assert not app.exception and not app.error
    (task,) = load_own_tasks()
    assert task.words["mlm"] == ("bad", "good") and len(own_examples(task.id, "train")) > 30
    assert [box.value for box in app.multiselect][:2] == [[task.id], [task.id]]
    assert task.id in app.code[-1].value  # the command line that does the same


def test_label_words_stay_with_the_labels_that_they_were_given_for(open_page: Open) -> None:
    rows = "\n".join(f"text number {n} is long enough,{n % 2},{n % 2 + 5}" for n in range(60))
    app = with_words(upload(open_page("lab"), f"review,stars,size\n{rows}".encode()), "bad", "good")

    def given() -> dict[str, str]:
        return {box.label: box.value for box in app.text_input if box.label.startswith("Word for ")}

    assert given() == {"Word for 0": "bad", "Word for 1": "good"}
    app = field(app, "selectbox", "Answer").set_value("size").run()
    assert not app.exception and given() == {"Word for 5": "", "Word for 6": ""} and add_button(app).disabled
    app = upload(app, CSV, "other.csv")
    assert not app.exception and given() == {"Word for 0": "", "Word for 1": ""} and add_button(app).disabled


def test_what_is_wrong_is_said_before_it_is_accepted(open_page: Open) -> None:
    app = upload(open_page("lab"), b"review,stars\ngood,1\n,1\ngood,1\n")
    assert not app.exception and add_button(app).disabled
    said = texts(app).replace("\\", "")
    assert "same label" in said and "empty cell" in said and "repeat an earlier row" in said and not load_own_tasks()
    app = upload(app, "review,stars\nschön,1".encode("latin-1"), "latin.csv")
    assert not app.exception and "is not utf-8" in texts(app).replace("\\", "") and add_button(app) is None


def test_texts_of_a_table_are_shown_as_data(open_page: Open) -> None:
    app = upload(open_page("lab"), CSV + b"\n" + EVIL.encode())
    assert not app.exception
    assert "<script>alert(1)</script>" in str(app.dataframe[0].value) or len(app.dataframe)
    assert "<script>" not in texts(app) and "![x]" not in texts(app)
    label = b"review,stars\n" + b"".join(b"text %d,![x](http://example.org/%d.png)\n" % (n, n % 2) for n in range(30))
    app = upload(app, label, "label.csv")
    assert not app.exception and "![x](" not in texts(app)
    assert all("![x](" not in box.label for box in app.text_input)


def test_a_name_that_would_be_read_as_markup_is_refused(open_page: Open) -> None:
    app = with_words(upload(open_page("lab"), CSV), "bad", "good")
    app = field(app, "text_input", "Name of the task").set_value("[x](http://example.org)").run()
    assert not app.exception and "The name of the task holds" in texts(app).replace("\\", "") and add_button(app) is None


def test_a_task_can_be_removed(open_page: Open) -> None:
    app = with_words(upload(open_page("lab"), CSV), "bad", "good")
    app = add_button(app).click().run()
    app = next(button for button in app.button if button.label == "Remove").click().run()
    assert not app.exception and not load_own_tasks()


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([{"id": "1", "text": "a long enough text", "label": "x"}], ("text", "label")),
        ([{"q": "a question", "kind": "a"}, {"q": "another one", "kind": "a"}], ("q", "kind")),
        ([{"only": "x"}], ("only", "only")),
    ],
)
def test_columns_are_guessed(rows: list[dict[str, str]], expected: tuple[str, str]) -> None:
    assert own_task_parts.guess(rows, list(rows[0])) == expected


def test_literal_text_has_no_marks_left() -> None:
    assert words.literal("a *b* [c](d)\n:red[e]") == r"a \*b\* \[c\](d) \:red\[e\]"
