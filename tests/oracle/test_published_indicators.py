"""Published prompts and tables against the expected values of an independent validation (skipped without them).

Twins that always run: the definitions in tests/unit/test_similarity.py and test_ranking.py, the picker in test_picker.py,
and the same figures without prompts in test_published.py.
"""

import json
import os
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ptlib import cli
from ptlib.analysis import similarity
from ptlib.analysis.choosing import picker, ranking
from ptlib.prompts.importing import find_prompts
from ptlib.tasks import names as labels
from ptlib.transfer import published
from tests.fixtures.published_words import published_answer_words

_GIVEN = os.environ.get("PTLIB_REFERENCE_DATA", "")
ROOT = Path(_GIVEN)
pytestmark = pytest.mark.skipif(not _GIVEN, reason="PTLIB_REFERENCE_DATA is not set")
NAMES = {
    "euclidean_concat": "E_concat",
    "euclidean_average": "E_average",
    "cosine_concat": "C_concat",
    "cosine_average": "C_average",
    "cosine_mean": "SPoT_cos_mean_token",
}


def prompts_file(model: str) -> Path:
    path = ROOT / "prompts" / f"{model}.safetensors"
    if not path.exists():
        pytest.skip(f"no {path.name}")
    return path


@cache
def matrices(model: str, keep: bool) -> dict[str, pd.DataFrame]:
    """All indicators on one published set, labelled as at the source."""
    found = find_prompts(prompts_file(model)).prompts
    prompts = similarity.stack(
        [p.values for p in found], [p.name for p in found], [p.backbone for p in found], [p.row0_unused for p in found]
    )
    return {name: similarity.frame(prompts, matrix) for name, matrix in similarity.similarities(prompts, keep_row_0=keep).items()}


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_every_pair_of_the_published_prompts(name: str, keep: bool) -> None:
    rows = pd.read_csv(ROOT / "published" / "indicator_pairs_expected_roberta_base.csv")
    rows = rows[rows["skip_row0"] != keep]
    found = matrices("roberta_base", keep)[name]
    mine = [found.loc[row.source_task, row.target_task] for row in rows.itertuples()]
    assert len(mine) == 169
    np.testing.assert_allclose(mine, rows[NAMES[name]], rtol=1e-4)


def _expected() -> list[dict]:
    return pd.read_csv(ROOT / "published" / "indicator_expected.csv").to_dict("records") if _GIVEN else []


@pytest.mark.parametrize("row", _expected(), ids=lambda row: "-".join(map(str, list(row.values())[:5])))
def test_every_line_of_the_expected_figures(row: dict) -> None:
    name = next(mine for mine, theirs in NAMES.items() if theirs == row["indicator"])
    found = matrices(row["model"], keep=not row["skip_row0"])[name]
    metric = "absolute" if "absolute" in row["transfer_reference"] else "relative"
    transfer = published.table(f"code-{row['model'].replace('_', '-')}-{metric}").load()
    if row["transfer_reference"].endswith("_13"):
        transfer = transfer.drop(columns=list(transfer.columns[13:]), index=list(transfer.columns[13:]))
    judged = ranking.compare(found, transfer, permutations=1)
    assert judged.n_labels == row["n_tasks"]
    one = judged.indicator
    mine = (
        one.pooled,
        one.pooled_with_diagonal,
        one.per_target,
        one.per_target_with_diagonal,
        one.per_source,
        one.per_source_with_diagonal,
        one.top1,
    )
    np.testing.assert_allclose(mine, list(row.values())[5:12], atol=0.005)
    assert one.regret[0] == pytest.approx(row["mean_regret_relative_points"], abs=0.02)


@pytest.mark.parametrize(
    ("model", "kind", "alone", "after_family", "with_words"),
    [("roberta_base", "roberta", 6.508, 0.777, 0.6), ("t5_base", "t5", 2.388, 2.041, 2.0)],
)
def test_the_picker_loses_what_the_study_found(
    model: str, kind: str, alone: float, after_family: float, with_words: float
) -> None:
    found = matrices(model, keep=False)["cosine_mean"]
    found = found.rename(index=labels.task_id, columns=labels.task_id)
    transfer = published.table(f"code-{model.replace('_', '-')}-relative").load()
    families, words = labels.families_of(found.index), published_answer_words(found.index, kind)

    def loss(table: pd.DataFrame) -> float:
        return ranking.compare(table, transfer, permutations=1).indicator.regret[0]

    assert loss(found) == pytest.approx(alone, abs=0.02)
    assert loss(picker.scores(found, families)) == pytest.approx(after_family, abs=0.02)
    assert loss(picker.scores(picker.consensus([found]), families)) == pytest.approx(after_family, abs=0.02)
    assert loss(picker.scores(found, families, words)) == pytest.approx(with_words, abs=0.06)
    regrets = []
    for target in transfer.columns:
        first = picker.pick(target, [found], families).suggestions[0].source
        regrets.append(transfer[target].drop([target, labels.RANDOM]).max() - transfer.loc[first, target])
    assert np.mean(regrets) == pytest.approx(after_family, abs=0.02)


def test_named_pairs_of_the_study() -> None:
    for model, first, second in (("roberta_base", 0.547885, 0.863482), ("t5_base", 0.626536, 0.539571)):
        found = matrices(model, keep=False)["cosine_mean"]
        assert found.loc["IMDB", "SST-2"] == pytest.approx(first, abs=1e-6)
        assert found.loc["MNLI", "SNLI"] == pytest.approx(second, abs=1e-6)


def test_the_copied_tables_are_the_published_ones() -> None:
    for table in published.TABLES:
        name = table.file.replace("code_cross", "published_cross").replace("deck_cross_model_", "slides_cross_model_zero_shot_")
        name = name.replace("deck_", "slides_zero_shot_").replace("code_", "published_zero_shot_")
        assert (ROOT / "published" / name).read_bytes() == Path(published.__file__).with_name(table.file).read_bytes(), table.id


def test_the_command_line_gives_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "s.csv"
    table = ROOT / "published" / "published_zero_shot_relative_roberta_base.csv"
    assert cli.main(["similarity", str(prompts_file("roberta_base")), "--indicator", "cosine_concat", "--out", str(out)]) == 0
    assert cli.main(["compare", str(out), str(table), "--json", "--permutations", "1"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["n_labels"] == 13 and report["spearman_pooled_offdiag"] == pytest.approx(0.2959, abs=0.005)
    assert report["mean_regret"] == pytest.approx(13.81, abs=0.02)
    assert report["same_family"]["spearman_pooled_offdiag"] == pytest.approx(0.54, abs=0.005)


def test_a_published_checkout_gives_the_same_as_the_repacked_file(capsys: pytest.CaptureFixture[str]) -> None:
    checkout = ROOT / "published_checkout"
    if not checkout.exists():
        pytest.skip("no checkout")
    arguments = ["similarity", str(checkout), "--indicator", "cosine_mean", "--set", "roberta_base", "--names", "task", "--json"]
    assert cli.main(arguments) == 0
    report = json.loads(capsys.readouterr().out)
    packed = matrices("roberta_base", keep=False)["cosine_mean"].rename(index=labels.task_id, columns=labels.task_id)
    places = {name: place for place, name in enumerate(report["names"]) if name in packed.index}
    assert len(places) == 13
    for s, row in places.items():
        for t, column in places.items():
            assert report["values"][row][column] == pytest.approx(packed.loc[s, t], rel=1e-5)
