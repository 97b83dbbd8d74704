"""Examples as the results list them; nothing is fetched for looking."""

from pathlib import Path

import pytest

from ptlib.base import paths
from ptlib.base.errors import BadInput, NotAvailable
from ptlib.results import examples
from ptlib.results.store import Store


def test_an_embedded_task_lists_any_split_in_the_order_of_its_file(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for split in ("train", "evaluation"):
        rows = examples.rows("demo/film_snippet", split, paths.DEMO, store)
        assert rows and set(rows[0]) <= set(examples.COLUMNS) | {"targets"}
        lines = (paths.DEMO / "tasks" / "film_snippet" / f"{split}.jsonl").read_text().splitlines()
        assert len(rows) == len(lines) and f'"{rows[-1]["id"]}"' in lines[-1]


def test_others_list_evaluations_only_and_only_what_is_here(cache: Path) -> None:
    with pytest.raises(BadInput, match="Only the evaluation split"):
        examples.rows("sst2", "train", paths.DEMO, Store())
    with pytest.raises(NotAvailable, match="not on this machine"):
        examples.rows("sst2", "evaluation", paths.DEMO, Store())
