"""The verbs similarity and compare: what they read, what they write, and one line for all bad input."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save_file

from ptlib import cli
from ptlib.analysis import similarity
from ptlib.base.errors import BadInput
from ptlib.results.catalogue import Catalogue
from ptlib.transfer import published, tables

VALUES = {
    name: np.random.default_rng(place).normal(size=(100, 768)).astype(np.float32)
    for place, name in enumerate(("IMDB", "SST-2", "MNLI", "QQP"))
}


@pytest.fixture
def several(tmp_path: Path) -> Path:
    """A file of four published masked-LM prompts."""
    path = tmp_path / "several.safetensors"
    save_file(VALUES, path, metadata={"model": "roberta_base"})
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    status = cli.main([str(argument) for argument in arguments])
    out = capsys.readouterr()
    return status, out.out, out.err


def adapter(folder: Path, values: np.ndarray, task: str, backbone: str = "demo/roberta-small") -> Path:
    """A prompt folder."""
    folder.mkdir(parents=True)
    save_file({"prompt_embeddings": values}, folder / "adapter_model.safetensors")
    (folder / "adapter_config.json").write_text(json.dumps({"peft_type": "PROMPT_TUNING", "num_virtual_tokens": len(values)}))
    (folder / "prompt.json").write_text(json.dumps({"task": task, "backbone": backbone, "layout": "mlm"}))
    return folder


@pytest.mark.parametrize("keep", [False, True])
def test_a_file_of_several_prompts_becomes_a_square_csv(
    several: Path, tmp_path: Path, keep: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "s.csv"
    flags = ["--keep-row-0"] if keep else []
    status, text, err = run(capsys, "similarity", several, "--indicator", "cosine_average", "--out", out, *flags)
    assert status == 0 and text == "" and ("Row 0 is left out" in err) != keep
    found = pd.read_csv(out, index_col=0)
    names = sorted(VALUES)
    prompts = similarity.stack([VALUES[name][0 if keep else 1 :] for name in names], names)
    assert list(found.index) == list(found.columns) == names
    np.testing.assert_allclose(found, similarity.similarity(prompts, "cosine_average"), rtol=1e-8)


def test_folders_are_named_as_given_or_by_task(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    random = np.random.default_rng(0)
    folders = [adapter(tmp_path / name, random.normal(size=(5, 8)).astype(np.float32), f"demo/{name}") for name in "abc"]
    status, out, _ = run(capsys, "similarity", *folders, "--indicator", "cosine_mean", "--json")
    report = json.loads(out)
    assert status == 0 and report["names"] == [str(folder) for folder in folders] and report["backbone"] == "demo/roberta-small"
    assert np.shape(report["values"]) == (3, 3) and report["values"][0][0] == pytest.approx(1)
    by_task = run(capsys, "similarity", *folders, "--indicator", "cosine_mean", "--json", "--names", "task")[1]
    assert json.loads(by_task)["names"] == ["demo/a", "demo/b", "demo/c"]
    assert "0." in run(capsys, "similarity", *folders, "--indicator", "euclidean_concat", "--centred")[1]


def test_prompts_of_the_store_are_found_by_id(
    cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    values = {name: np.random.default_rng(ord(name)).normal(size=(3, 4)).astype(np.float32) for name in "pq"}
    monkeypatch.setattr(Catalogue, "values", lambda self, name: values[name])
    monkeypatch.setattr(Catalogue, "prompt", lambda self, name: SimpleNamespace(task=f"demo/{name}", backbone="demo/x"))
    report = json.loads(run(capsys, "similarity", "p", "q", "--indicator", "cosine_concat", "--json")[1])
    assert report["names"] == ["p", "q"] and report["backbone"] == "demo/x"


def test_neurons_come_from_the_backbone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    active = np.random.default_rng(0).random((2, 3, 9)) < 0.5
    seen = []
    monkeypatch.setattr("ptlib.models.load.load_model", lambda spec, device="cpu": SimpleNamespace(spec=spec))

    def capture(frozen: SimpleNamespace, prompts: np.ndarray, layout: str) -> np.ndarray:
        seen.append((frozen.spec.id, prompts.shape, layout))
        return active[len(seen) - 1][None].astype(np.float32)

    monkeypatch.setattr("ptlib.analysis.neurons.capture", capture)
    folders = [adapter(tmp_path / name, np.ones((5, 8), np.float32), name) for name in "ab"]
    status, out, err = run(capsys, "similarity", *folders, "--indicator", "neurons", "--device", "cpu", "--json")
    assert status == 0, err
    report = json.loads(out)
    wanted = (active[0] & active[1]).sum() / np.sqrt(active[0].sum() * active[1].sum())
    assert report["values"][0][1] == pytest.approx(wanted) and seen == 2 * [("demo/roberta-small", (1, 5, 8), "prepend")]


def test_one_set_of_a_mixed_checkout_is_chosen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_file(VALUES, tmp_path / "roberta_base.safetensors")
    save_file(VALUES, tmp_path / "t5_base.safetensors")
    status, _, err = run(capsys, "similarity", tmp_path, "--indicator", "cosine_mean")
    assert status == 2 and "several backbones: roberta_base, t5_base. Choose one with --set" in err
    status, _, err = run(capsys, "similarity", tmp_path, "--indicator", "cosine_mean", "--set", "t5_base", "--json")
    assert status == 0 and "Row 0" not in err
    assert run(capsys, "similarity", tmp_path, "--indicator", "cosine_mean", "--set", "bert")[0] == 2


@pytest.mark.parametrize("form", ["square", "long"])
def test_compare_reads_square_and_long(form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The long form as `transfer` writes it: fractions, several seeds, reference rows."""
    names = list(VALUES)
    random = np.random.default_rng(1)
    alike = pd.DataFrame(random.random((4, 4)), index=names, columns=names)
    seeds = [pd.DataFrame(random.random((4, 4)), index=names, columns=names) for _ in range(2)]
    mean = 100 * (seeds[0] + seeds[1]) / 2
    paths = tmp_path / "s.csv", tmp_path / "t.csv"
    if form == "square":
        mean.loc["random prompt"] = 1.0
        alike.to_csv(paths[0])
        mean.to_csv(paths[1])
    else:
        alike.rename_axis("source").reset_index().melt("source", var_name="target").to_csv(paths[0], index=False)
        rows = [
            {"source": s, "target": t, "backbone": "x", "seed": seed, "score": table.loc[s, t], "relative": ""}
            for seed, table in enumerate(seeds)
            for s in names
            for t in names
        ]
        rows += [{"source": "untrained", "target": t, "backbone": "x", "seed": 0, "score": 0.5, "relative": ""} for t in names]
        pd.DataFrame(rows).to_csv(paths[1], index=False)
    status, out, err = run(capsys, "compare", *paths, "--json", "--permutations", "50")
    report = json.loads(out)
    assert status == 0 and report["n_labels"] == 4 and "4 labels are common to both" in err
    from ptlib.analysis.choosing.ranking import judge

    wanted = judge(alike.to_numpy(), mean.loc[names].to_numpy())
    assert report["mean_regret"] == pytest.approx(wanted.regret[0])
    assert report["spearman_pooled_offdiag"] == pytest.approx(wanted.pooled)
    assert report["same_family"]["mean_regret"] > 0 and report["chance"]["spearman_pooled_offdiag"] is None
    table = run(capsys, "compare", *paths, "--permutations", "5")[1]
    assert "top1_source_hit_rate" in table and "same family" in table and "chance" in table


def test_published_tables_can_be_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "deck.csv"
    path.write_text(tables.square_csv(published.table("deck-roberta-large").load()))
    report = json.loads(run(capsys, "compare", path, path, "--json", "--permutations", "5")[1])
    assert report["n_labels"] == 13 and report["mean_regret"] == 0 and report["top1_source_hit_rate"] == 1


@pytest.mark.parametrize(
    ("text", "options", "says"),
    [
        ("", (), "no table of pairs"),
        ("a,b\n", (), "no table of pairs"),
        ("x,a,b\na,1,2\na,3,4\n", (), "names 'a' twice"),
        ("x,a,b\nc,1,2\n", (), "neither square"),
        ("x,a,b\na,1,oops\nb,1,2\n", (), "holds 'oops' in column 'b'"),
        ("x,a,b\na,1,inf\nb,1,2\n", (), "holds 'inf'"),
        ("x,a,b\na,1,2\nb,1,2\n", (), "2 labels in common"),
        ("source,target,one,two\na,b,1,2\n", (), "2 columns of numbers (one, two)"),
        ("source,target,one,two\na,b,1,2\n", ("--indicator", "oen"), "Did you mean 'one'"),
        ("source,target,backbone,value\na,b,x,2\na,b,y,2\n", (), "several backbones (x, y)"),
        ("x,a,b\na,1,2\nb,1,2\n", ("--indicator", "one"), "square table"),
        ("x,a,b\na,1,2\nb,1,2\n", ("--permutations", "0"), "above zero"),
    ],
)
def test_bad_tables_are_refused_in_one_line(
    text: str, options: tuple, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "s.csv"
    path.write_text(text)
    status, out, err = run(capsys, "compare", path, path, *options)
    assert status == 2 and out == "" and says in err and err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("{one}", "--indicator", "cosine_mean"), "at least two prompts, got 1"),
        (("{one}", "{one}", "--indicator", "cosine_mean"), "Give every prompt once"),
        (("{one}", "{wide}", "--indicator", "cosine_mean"), "differ in shape: [5, 8] and [5, 9]"),
        (("{one}", "{other}", "--indicator", "cosine_mean"), "differ in backbone: demo/roberta-small and demo/t5-small"),
        (("{one}", "{broken}", "--indicator", "cosine_mean"), "not finite"),
        (("{one}", "nowhere/x", "--indicator", "cosine_mean"), "nothing at 'nowhere/x'"),
        (("{one}", "{two}", "--indicator", "cosine"), "invalid choice"),
        (("{one}", "{two}", "--indicator", "cosine_mean", "--centred"), "exact opposites"),
        (("{one}", "{two}", "--indicator", "neurons", "--centred"), "does not go with neurons"),
        (("{one}", "{unknown}"), "--indicator"),
    ],
)
def test_bad_prompts_are_refused_in_one_line(
    arguments: tuple, says: str, cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = {
        "one": (5, 8, "demo/roberta-small"),
        "two": (5, 8, "demo/roberta-small"),
        "wide": (5, 9, "demo/roberta-small"),
        "other": (5, 8, "demo/t5-small"),
        "broken": (5, 8, "demo/roberta-small"),
        "unknown": (5, 8, ""),
    }
    folders = {}
    for name, (tokens, width, model) in made.items():
        values = np.full((tokens, width), np.nan if name == "broken" else 1.0, np.float32)
        folders[name] = adapter(tmp_path / name, values, name, model)
    status, out, err = run(capsys, "similarity", *(argument.format(**folders) for argument in arguments))
    assert status == 2 and out == "" and says in err and "Traceback" not in err


def test_names_that_a_spreadsheet_would_run_survive_the_round_trip(tmp_path: Path) -> None:
    names = ["=1+1", "-a", "b"]
    frame = pd.DataFrame(np.arange(9.0).reshape(3, 3) / 7, index=names, columns=names)
    path = tmp_path / "x.csv"
    path.write_text(tables.square_csv(frame))
    assert "\n'=1+1," in path.read_text()
    pd.testing.assert_frame_equal(tables.read_pairs(path, "similarity").frame, frame, rtol=1e-9)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no file"):
        tables.read_pairs(tmp_path / "none.csv")
