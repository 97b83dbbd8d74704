"""Files for others: the CSV's columns and safety, the HTML page's independence and escaping."""

import csv
import io
import re
from pathlib import Path

import pytest

from ptlib.base.files import sha256
from ptlib.base.progress import Silent
from ptlib.results.catalogue import Catalogue
from ptlib.runs import execution
from ptlib.transfer import export
from ptlib.transfer.matrix import build_matrix
from tests.fixtures import fakes


@pytest.fixture
def measured(toy: str) -> str:
    execution.execute(fakes.transfer(toy, "alpha", "beta"), Silent())
    return toy


def _rows(toy: str, **more: object) -> list[dict[str, object]]:
    return export.long_rows(Catalogue(), toy, fakes.SETTINGS.recipe, **more)


def test_csv_has_the_promised_columns_and_a_row_a_seed(measured: str) -> None:
    text = export.csv_text(_rows(measured))
    told = "source,target,backbone,seed,n,score,low,high,relative,gain_kept,run_id,commonest_class,balanced_accuracy,macro_f1"
    assert text.splitlines()[0] == f"{told},f1,token_f1,rouge_1,rouge_2"
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 2 * (2 * 2 + 2 + 2 + 1)
    by = {(row["source"], row["target"], row["seed"]): row for row in rows}
    for seed in "01":
        own, other = by["toy/beta", "toy/beta", seed], by["toy/alpha", "toy/beta", seed]
        assert float(other["relative"]) == pytest.approx(100 * float(other["score"]) / float(own["score"]), rel=1e-4)
        assert 0 < float(other["balanced_accuracy"]) <= 1 and other["f1"] == other["rouge_1"] == ""
        assert float(other["low"]) <= float(other["score"]) <= float(other["high"]) <= 1
    assert [row["seed"] for row in rows if row["source"] == "hand_written"] == ["0", "0"]


def test_csv_can_be_cut_to_a_run(measured: str) -> None:
    rows = _rows(measured, seeds=(1,), sources=("toy/alpha",), targets=("toy/beta",))
    assert {(row["source"], row["seed"]) for row in rows} == {
        ("toy/alpha", 1),
        ("toy/beta", 1),
        ("untrained", 1),
        ("untrained_uniform", 1),
        ("hand_written", 0),
    }


def test_csv_fields_are_no_formulas_and_nothing_is_empty() -> None:
    row = dict.fromkeys(export.COLUMNS, "x") | {"source": "=HYPERLINK(1)", "target": "@sum", "gain_kept": -0.25, "relative": None}
    line = next(csv.DictReader(io.StringIO(export.csv_text([row]))))
    assert (line["source"], line["target"], line["gain_kept"], line["relative"]) == ("'=HYPERLINK(1)", "'@sum", "-0.25", "")


def test_html_is_one_page_that_loads_nothing_and_escapes_names(measured: str) -> None:
    from dataclasses import replace

    evil = "</script><img src=x onerror=alert(1)>"
    matrix = build_matrix(Catalogue(), measured)
    cells = tuple(replace(cell, source=evil) if cell.source == "toy/alpha" else cell for cell in matrix.cells)
    matrix = replace(matrix, sources=(evil, *matrix.sources[1:]), cells=cells, notes=(evil,), _index={})
    page = export.html_page(matrix, Catalogue(), title=evil)
    assert evil not in page and "<img src=x" not in page
    assert "Gain kept, %" in page and page.count("<td style=") == len(matrix.sources) * len(matrix.targets)
    named = export.html_page(matrix, Catalogue(), names={"toy/alpha": "A <b>"}, told=("It keeps 93 %.",))
    assert "<td>A &lt;b&gt;</td>" in named and "<p>It keeps 93 %.</p>" in named and "<td>toy/alpha</td>" not in named
    assert "<div>drawn</div>" in export.html_page(matrix, Catalogue(), picture="<div>drawn</div>")
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=", page)
    assert "bootstrap over seeds, then examples" in page and "untrained" in page and fakes.SETTINGS.recipe in page


SUMS = {
    "demo/roberta-small": "45927e2a368a41212287cb1fa474e1f41226342862b80d3b7ed32ceef85b359e",
    "demo/roberta-wide": "15bd9be65a2784c52f322d10785816516dca1759765ead1b56472921c83f1a6e",
    "demo/t5-small": "9554bda236b5ca782e60280e4333aaccf620493d5909da615e1e87e0fa3e941b",
}
"""SHA-256 of the demo's maps as CSV, without second scores. A demo that is made anew has others."""


@pytest.mark.parametrize("backbone", SUMS)
def test_the_csv_of_the_demo_is_byte_for_byte_what_it_was(backbone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTLIB_CACHE", str(tmp_path))
    catalogue = Catalogue()
    text = export.csv_text(export.long_rows(catalogue, backbone, catalogue.main_recipe(backbone)), export.TOLD)
    assert sha256(text.encode()) == SUMS[backbone]


def test_a_table_for_a_paper_has_every_cell_with_its_interval_and_escapes_names(measured: str) -> None:
    matrix = build_matrix(Catalogue(), measured, fakes.SETTINGS.recipe)
    text = export.booktabs(matrix, {"toy/alpha": "A & B_1"}, "score")
    assert text.startswith(r"\begin{tabular}{l" + "r" * len(matrix.targets)) and r"A \& B\_1" in text and "A & B_1" not in text
    lines = [line for line in text.splitlines() if line.endswith(r"\\")]
    assert len(lines) == len(matrix.sources) + 1 and all(line.count(" & ") == len(matrix.targets) for line in lines)
    cell = matrix.get("toy/alpha", "toy/beta")
    assert f"${round(100 * cell.score)}$ " + rf"{{\tiny [${round(100 * cell.low)}$, ${round(100 * cell.high)}$]}}" in text
