"""The committed demo opens as it is: every row is what its file says, and what earlier versions read out of it."""

import hashlib
import json

import numpy as np
import pyarrow.parquet as pq
import pytest

from ptlib.base import paths
from ptlib.results import demo
from ptlib.results.catalogue import Catalogue
from ptlib.results.rows import Entry

IDENTITY = ("prompt_id", "source", "target", "backbone", "seed", "recipe", "init")
COLUMNS = (*IDENTITY, "n", "score", "metric", "created", "origin", "run_id", "examples", "limited")
READ_BEFORE = {
    "ea88cbd181f8c52159991ac8830ff34f64056614991271f96eb1494f1cfed6d3": "1865d273638acd32",
    "d35760f90fe11fe0d9a1c2510693e756e753134113c8894fb1a7ca79ee0cd8ee": "9ea7010d61680b73",
    "06b745320fe525bd4ade52acbd471629d8d282abb9a8753aa2f7815dae671e18": "bb4fe5a1d5cf685d",
}
"""Checksum of a table of scores -> digest of its entries, by the version that still had a reader for each place."""


def _row(entry: Entry) -> list[object]:
    scores = hashlib.sha256(np.ascontiguousarray(entry.scores, dtype="<f4").tobytes()).hexdigest()
    return [*(getattr(entry, name) for name in COLUMNS), scores]


@pytest.mark.parametrize("folder", demo.folders(paths.DEMO), ids=lambda folder: folder.path.name)
def test_every_entry_of_the_demo_is_as_it_was(folder: demo.Folder, tmp_path) -> None:
    entries = Catalogue(paths.DEMO, tmp_path).entries(folder.manifest["backbone"], warm=True)
    rows = json.dumps([_row(entry) for entry in entries], sort_keys=True, default=str)
    expected = READ_BEFORE.get(folder.manifest["files"]["scores.parquet"])
    if expected is None:
        pytest.skip("these results were measured later")
    assert hashlib.sha256(rows.encode()).hexdigest()[:16] == expected


@pytest.mark.parametrize("folder", demo.folders(paths.DEMO), ids=lambda folder: folder.path.name)
def test_entries_and_prompts_are_what_the_files_say(folder: demo.Folder, tmp_path) -> None:
    catalogue = Catalogue(paths.DEMO, tmp_path)
    table = pq.read_table(folder.path / "scores.parquet").to_pandas()
    entries = {(entry.prompt_id, entry.target): entry for entry in catalogue.entries(folder.manifest["backbone"], warm=True)}
    for row in table.itertuples():
        entry = entries[row.prompt_id, row.target]
        assert (entry.score, entry.n, entry.created) == (row.score, row.n, row.created)
        assert np.isclose(entry.scores.mean(dtype=np.float64), row.score) and len(entry.scores) == row.n
    for row in json.loads((folder.path / "prompts.json").read_text()):
        prompt = catalogue.prompt(row["prompt_id"])
        assert (prompt.id, prompt.task, prompt.seed, prompt.step) == tuple(
            row[name] for name in ("prompt_id", "task", "seed", "best_step")
        )
        assert prompt.as_json() == row["info"] | {"label_words": tuple(row["info"]["label_words"])}


def test_a_damaged_needed_file_takes_its_backbone_out_and_another_one_only_itself(tmp_path) -> None:
    for name, kept in (("scores.parquet", False), ("neurons.safetensors", True)):
        copied = tmp_path / name / "results" / "roberta-small"
        copied.mkdir(parents=True)
        for path in (paths.DEMO / "results" / "roberta-small").iterdir():
            if path.is_file():
                (copied / path.name).write_bytes(path.read_bytes())
        data = bytearray((copied / name).read_bytes())
        data[len(data) // 2] ^= 1
        (copied / name).write_bytes(data)
        catalogue = Catalogue(tmp_path / name, tmp_path / "store")
        assert (catalogue.backbones() == ["demo/roberta-small"]) == kept
        assert any(name in item.name or name in item.problem for item in catalogue.damaged())
        assert catalogue.neuron_ids() == set()
