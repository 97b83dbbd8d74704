"""What is fetched of a model: the configuration, the tokenizer, one format of the weights, and no code."""
# ruff: noqa: F811  (a fixture is an argument of the same name)

from dataclasses import replace

import pytest

from ptlib.base.errors import BadInput, NotAvailable
from ptlib.base.progress import Silent
from ptlib.models.fetch import model_folder
from ptlib.models.spec import BackboneSpec
from tests.fixtures.hub_fixtures import HubImitation, hub  # noqa: F401


def test_a_model_snapshot_has_one_format_of_weights_and_no_code(hub: HubImitation, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.add(
        "model",
        "me/model",
        {
            name: b"{}"
            for name in (
                "config.json",
                "tokenizer.json",
                "tokenizer_config.json",
                "model.safetensors",
                "pytorch_model.bin",
                "tf_model.h5",
                "modeling.py",
            )
        },
    )
    spec = BackboneSpec(id="me/model", name="m", family="mlm", location="me/model")
    folder = model_folder(spec, Silent())
    assert sorted(path.name for path in folder.iterdir()) == [
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    ]
    monkeypatch.setenv("PTLIB_OFFLINE", "1")
    assert model_folder(spec) == folder
    with pytest.raises(NotAvailable, match="offline switch"):
        model_folder(replace(spec, location="me/other"))


def test_sharded_bin_weights_are_fetched_whole(hub: HubImitation) -> None:
    names = (
        "config.json",
        "pytorch_model.bin.index.json",
        "pytorch_model-00001-of-00002.bin",
        "pytorch_model-00002-of-00002.bin",
    )
    hub.add("model", "me/large", dict.fromkeys(names, b"{}"))
    folder = model_folder(BackboneSpec(id="me/large", name="m", family="t5", location="me/large"))
    assert sorted(path.name for path in folder.iterdir()) == sorted(names)


def test_a_repository_without_weights_is_refused(hub: HubImitation) -> None:
    hub.add("model", "me/empty", {"config.json": b"{}", "tf_model.h5": b""})
    with pytest.raises(BadInput, match="no PyTorch weights"):
        model_folder(BackboneSpec(id="me/empty", name="m", family="t5", location="me/empty"))
