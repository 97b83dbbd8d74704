"""A backbone by its id, its folder, or any id of the Hub; the rest is refused with the closest name."""
# ruff: noqa: F811  (a fixture is an argument of the same name)

import json
from pathlib import Path

import pytest
from transformers import AutoModelForMaskedLM, AutoModelForSeq2SeqLM

from ptlib.base import paths
from ptlib.base.errors import BadInput, NotAvailable
from ptlib.models.published import HUB_BACKBONES, REFUSED
from ptlib.models.registry import (
    DEMO_FOLDERS,
    all_backbones,
    backbone_of,
    demo_backbones,
    get_backbone,
    hub_backbone,
    looks_like_hub_id,
    name_of_folder,
    rough_parameters,
)
from ptlib.models.spec import read_folder
from tests.fixtures import tiny_models
from tests.fixtures.hub_fixtures import HubImitation, hub  # noqa: F401


def test_the_embedded_backbones_come_first_and_are_on_disk() -> None:
    found = demo_backbones()
    assert [Path(spec.location).name for spec in found] == list(DEMO_FOLDERS) and all(spec.is_demo for spec in found)
    assert all_backbones() == (*found, *HUB_BACKBONES)


def test_without_the_demo_its_backbones_are_missed_by_name(cache: Path) -> None:
    assert demo_backbones() == ()
    with pytest.raises(BadInput, match=f"not in {paths.demo_dir() / 'backbones'}"):
        get_backbone("demo/t5-small")
    with pytest.raises(BadInput, match="Did you mean 'demo/t5-small'"):
        get_backbone("demo/t5-smal")


def test_a_folder_has_one_spelling(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tiny_models.make(tmp_path / "model", "bert")
    monkeypatch.chdir(tmp_path)
    assert backbone_of("model").id == backbone_of("./model").id == name_of_folder(Path(folder))


@pytest.mark.parametrize(
    ("name", "could"),
    [
        ("a/b@v1", True),
        ("a/b@refs/pr/1", True),
        ("demo/x@v1", False),
        ("a/b", True),
        ("demo/x", False),
        ("/a/b", False),
        ("a", False),
        ("a/b/c", False),
        ("./b", False),
    ],
)
def test_what_could_be_an_id_of_the_hub(name: str, could: bool) -> None:
    assert looks_like_hub_id(name) is could


def test_an_unregistered_model_of_the_hub_is_described_by_its_config_alone(hub: HubImitation, tmp_path: Path) -> None:
    folder = Path(tiny_models.make(tmp_path / "m", "roberta"))
    hub.add("model", "me/m", {"config.json": (folder / "config.json").read_bytes()})
    spec = get_backbone("me/m")
    assert (spec.id, spec.location, spec.source, spec.width) == ("me/m", "me/m", "hub", 16) and spec.parameters
    assert hub.gets("config.json") == [""] and get_backbone("me/m") == spec and hub.gets("config.json") == [""]
    with pytest.raises(BadInput, match="does not exist"):
        get_backbone("me/none")
    hub.trouble["me/gated", "*"] = "gated"
    with pytest.raises(NotAvailable, match="gated"):
        get_backbone("me/gated")


def test_a_model_of_the_hub_at_a_revision_has_its_commit_in_its_id(hub: HubImitation, tmp_path: Path) -> None:
    config = json.loads((Path(tiny_models.make(tmp_path / "m", "roberta")) / "config.json").read_text())
    files = [{"config.json": json.dumps(config | {"num_hidden_layers": layers}).encode()} for layers in (2, 1)]
    newest, old = hub.add("model", "me/m", files[0]), hub.add("model", "me/m", files[1], "v1.0")
    by_tag, by_commit, plain = get_backbone("me/m@v1.0"), get_backbone(f"me/m@{old}"), get_backbone("me/m")
    assert by_tag == by_commit == get_backbone(by_tag.id) and by_tag.id == f"me/m@{old}" != plain.id == "me/m"
    assert (by_tag.layers, by_tag.location, by_tag.revision) == (1, "me/m", old) and plain.layers == 2
    assert get_backbone("me/m@main").id == f"me/m@{newest}"
    hub.add("model", "me/m", files[0], "v1.0")  # the tag is moved: the first commit stays
    assert get_backbone("me/m@v1.0") == by_tag
    with pytest.raises(BadInput, match="has no revision 'v2'"):
        get_backbone("me/m@v2")
    for wrong in ("me/m@", "me/m@a b", "me/m@../x", "me/m@a@b"):
        with pytest.raises(BadInput, match="names no revision after the @"):
            get_backbone(wrong)


def test_models_that_cannot_work_are_refused_with_a_way_out() -> None:
    for name in REFUSED:
        with pytest.raises(BadInput, match=r"cannot be used: .* Use "):
            hub_backbone(name)


@pytest.mark.parametrize("kind", ["roberta", "bert", "t5", "t5v11"])
def test_weights_are_counted_from_the_config_within_a_tenth(tmp_path: Path, kind: str) -> None:
    folder = Path(tiny_models.make(tmp_path / kind, kind))
    model = (AutoModelForSeq2SeqLM if kind.startswith("t5") else AutoModelForMaskedLM).from_pretrained(folder)
    rough = rough_parameters(json.loads((folder / "config.json").read_text()), read_folder(folder))
    assert rough == pytest.approx(sum(weight.numel() for weight in model.parameters()), rel=0.1)
