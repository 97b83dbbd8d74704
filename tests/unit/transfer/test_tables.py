"""Tables of pairs from elsewhere: separators, decimal commas, units, distances, key columns and families from a file."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ptlib.base.errors import BadInput
from ptlib.cli import main
from ptlib.transfer.tables import Choice, read_groups, read_pairs

NAMES = ["ant", "bee", "cat", "dog"]
VALUES = np.random.default_rng(3).uniform(10, 90, (4, 4)).round(3)


def square(path: Path, values: np.ndarray = VALUES, separator: str = ",", comma: bool = False) -> Path:
    rows = [["", *NAMES], *([name, *map(str, row)] for name, row in zip(NAMES, values, strict=True))]
    text = "\n".join(separator.join(cell.replace(".", ",") if comma else cell for cell in row) for row in rows)
    path.write_text(text + "\n")
    return path


def long(path: Path, values: np.ndarray = VALUES, column: str = "score", **more: list[str]) -> Path:
    """One row a pair and combination of further columns; a further value shifts the score by its place."""
    rows = []
    for s, source in enumerate(NAMES):
        for t, target in enumerate(NAMES):
            for place in range(len(next(iter(more.values()), [""]))):
                extra = {name: given[place] for name, given in more.items()}
                rows.append({"source": source, "target": target, column: values[s, t] + place, **extra})
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


@pytest.mark.parametrize(("separator", "comma"), [(",", False), (";", True), ("\t", True), (";", False), ("|", False)])
def test_european_exports_are_read(tmp_path: Path, separator: str, comma: bool) -> None:
    found = read_pairs(square(tmp_path / "a.csv", separator=separator, comma=comma))
    np.testing.assert_allclose(found.frame.to_numpy(), VALUES)
    assert any("decimal comma" in note for note in found.notes) == comma


def test_a_comma_that_may_be_thousands_is_asked(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('x,a,b\na,"1,234","2,345"\nb,"3,456","4,567"\n')
    with pytest.raises(BadInput, match="decimal comma or thousands"):
        read_pairs(tmp_path / "a.csv")
    (tmp_path / "b.csv").write_text("x;a;b\na;1,5;2.5\nb;3;4\n")
    with pytest.raises(BadInput, match="in one way"):
        read_pairs(tmp_path / "b.csv")


def test_fractions_and_percent_are_told_apart(tmp_path: Path) -> None:
    percent, fraction = long(tmp_path / "p.csv"), long(tmp_path / "f.csv", VALUES / 100)
    for path in (percent, fraction):
        found = read_pairs(path)
        np.testing.assert_allclose(found.frame.to_numpy(), VALUES)
        assert found.unit == "points"
    assert "percent" in read_pairs(percent).notes[-1] and "fractions" in read_pairs(fraction).notes[-1]
    unsure = long(tmp_path / "u.csv", VALUES / 60)
    with pytest.raises(BadInput, match="fractions or percent"):
        read_pairs(unsure)
    np.testing.assert_allclose(read_pairs(unsure, choice=Choice(unit="percent")).frame.to_numpy(), VALUES / 60)
    gain = long(tmp_path / "g.csv", VALUES / 10 - 4, column="gain_kept")
    with pytest.raises(BadInput, match="--unit"):
        read_pairs(gain)
    assert read_pairs(square(tmp_path / "s.csv")).unit == "as given"


@pytest.mark.parametrize("column", ["setting", "model", "prompt_size", "language"])
def test_settings_are_never_averaged_in_silence(tmp_path: Path, column: str) -> None:
    path = long(tmp_path / "a.csv", **{column: ["1", "2"] if column == "prompt_size" else ["x", "y"]})
    with pytest.raises(BadInput, match=f"several values of '{column}'.*--where {column}="):
        read_pairs(path)
    value = "2" if column == "prompt_size" else "y"
    np.testing.assert_allclose(read_pairs(path, choice=Choice(where={column: value})).frame.to_numpy(), VALUES + 1)
    np.testing.assert_allclose(read_pairs(path, choice=Choice(average=(column,))).frame.to_numpy(), VALUES + 0.5)


def test_seeds_are_averaged_and_rows_that_nothing_tells_apart_are_refused(tmp_path: Path) -> None:
    read = read_pairs(long(tmp_path / "a.csv", seed=["0", "1"]))
    np.testing.assert_allclose(read.frame.to_numpy(), VALUES + 0.5)
    assert "a.csv: rows of one pair, up to 2, are averaged." in read.notes
    path = long(tmp_path / "b.csv")
    with path.open("a") as file:
        file.write("ant,bee,50\n")
    with pytest.raises(BadInput, match="pair ant → bee more than once"):
        read_pairs(path)


def test_models_that_share_no_pair_are_not_mixed(tmp_path: Path) -> None:
    frame = pd.read_csv(long(tmp_path / "a.csv"))
    frame["model"] = ["xy"[(place // 4 + place) % 2] for place in range(16)]
    frame.to_csv(tmp_path / "a.csv", index=False)
    with pytest.raises(BadInput, match="several values of 'model'"):
        read_pairs(tmp_path / "a.csv")
    frame["model"] = frame["target"].map({name: name[0] for name in NAMES})  # told by the target, like a metric
    frame.to_csv(tmp_path / "a.csv", index=False)
    np.testing.assert_allclose(read_pairs(tmp_path / "a.csv").frame.to_numpy(), VALUES)


def test_distances_are_turned_and_said(tmp_path: Path) -> None:
    far = VALUES.copy()
    np.fill_diagonal(far, 0)
    for path in (square(tmp_path / "a.csv", far), long(tmp_path / "b.csv", far, column="distance")):
        found = read_pairs(path, "similarity")
        np.testing.assert_allclose(found.frame.to_numpy(), -far)
        assert "distances" in found.notes[-1]
        kept = read_pairs(path, "similarity", Choice(distance=False))
        np.testing.assert_allclose(kept.frame.to_numpy(), far)
    np.testing.assert_allclose(read_pairs(square(tmp_path / "c.csv"), "similarity").frame.to_numpy(), VALUES)


HALF = np.where(np.tri(4, k=-1, dtype=bool), np.nan, VALUES)


@pytest.mark.parametrize("values", [HALF, HALF.T])
def test_a_similarity_of_one_half_is_completed_and_zeros_in_the_other_half_are_no_similarities(
    tmp_path: Path, values: np.ndarray
) -> None:
    found = read_pairs(_blank(square(tmp_path / "a.csv", values)), "similarity")
    assert np.array_equal(found.frame, found.frame.T) and np.nanmax(np.abs(found.frame - values)) == 0
    assert "one half of the pairs" in found.notes[-1]
    with pytest.raises(BadInput, match="zeros in one half"):
        read_pairs(square(tmp_path / "b.csv", np.nan_to_num(values)), "similarity")


def _blank(path: Path) -> Path:
    path.write_text(path.read_text().replace("nan", ""))
    return path


def test_means_are_no_tasks_losses_are_said_and_a_row_without_a_name_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(",a,b,Mean\na,1,.5,.7\nb,.4,1,.7\nmean,.7,.7,.7\n")
    found = read_pairs(path)
    assert list(found.frame.index) == list(found.frame.columns) == ["a", "b"] and "'mean', 'Mean'" in found.notes[0]
    path.write_text("source,target,loss\na,b,2.5\nb,a,3.5\n")
    assert "the higher, the better" in read_pairs(path).notes[0]
    path.write_text("source,target,score\na,b,.5\n\u200b,a,.4\n")
    with pytest.raises(BadInput, match="names no source in line 3"):
        read_pairs(path)


def test_names_that_look_the_same_are_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(",\u00e9\u200b,b\ne\u0301,1,.5\nb,.4,1\n", encoding="utf-8")
    assert list(read_pairs(path).frame.columns) == list(read_pairs(path).frame.index) == ["\u00e9", "b"]


def test_families_come_from_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "groups.csv"
    path.write_text("sep=;\ntask;family\nant;insect\nbee;insect\ncat;mammal\ndog;mammal\n")
    assert read_groups(path) == {"ant": "insect", "bee": "insect", "cat": "mammal", "dog": "mammal"}
    one = square(tmp_path / "a.csv")
    assert main(["compare", str(one), str(one), "--groups", str(path), "--json", "--permutations", "5"]) == 0
    assert json.loads(capsys.readouterr().out)["same_family"]["mean_regret"] >= 0
    path.write_text("task,family\nant,insect\nant,mammal\n")
    with pytest.raises(BadInput, match="'ant' into the families"):
        read_groups(path)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--where", "setting"), "--where COLUMN=VALUE"),
        (("--where", "stetting=x"), "Did you mean 'setting'"),
        (("--where", "setting=z"), "Unknown setting 'z'"),
        (("--average", "colour"), "Unknown column 'colour'"),
        (("--unit", "miles"), "invalid choice"),
        (("--permutations", "100000000000"), "at most"),
        (("--groups", "nowhere.csv"), "no file"),
    ],
)
def test_wrong_choices_are_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, str], says: str
) -> None:
    path = str(long(tmp_path / "a.csv", setting=["x", "y"]))
    assert main(["compare", path, path, "--indicator", "score", *options]) == 2
    out, err = capsys.readouterr()
    assert not out and says in err and err.count("\n") == 1


def test_labels_on_one_side_only_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    square(tmp_path / "a.csv")
    rows = (tmp_path / "a.csv").read_text().splitlines()
    wide = [rows[0] + ",eel,fox", *(row + ",1,2" for row in rows[1:])]
    (tmp_path / "b.csv").write_text("\n".join(wide))
    assert main(["compare", str(tmp_path / "a.csv"), str(tmp_path / "b.csv"), "--permutations", "5"]) == 0
    assert "b.csv has 2 more columns (eel, fox)" in capsys.readouterr().err
