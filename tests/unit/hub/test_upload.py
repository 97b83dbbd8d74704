"""A finished folder is pushed in one commit, or refused in words."""
# ruff: noqa: F811  (a fixture is an argument of the same name)

from pathlib import Path

import pytest

from ptlib.base.errors import BadInput, NotAvailable
from ptlib.hub.upload import push_folder
from tests.fixtures.hub_fixtures import HubImitation, hub  # noqa: F401


def test_a_folder_is_pushed_in_one_commit(hub: HubImitation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_test")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "adapter_config.json").write_text("{}")
    (tmp_path / "out" / "adapter_model.safetensors").write_bytes(b"12345678")
    address = push_folder(tmp_path / "out", "me/prompt")
    assert address.startswith(f"{hub.url}/me/prompt/commit/")
    assert hub.repos["model", "me/prompt", "main"] == {"adapter_config.json": b"{}", "adapter_model.safetensors": b"12345678"}


def test_pushing_without_the_right_to_is_refused_in_words(
    hub: HubImitation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("x")
    hub.trouble["me/prompt", "*"] = "forbidden"
    with pytest.raises(NotAvailable, match="hf auth login"):
        push_folder(tmp_path, "me/prompt")
    with pytest.raises(BadInput, match="nothing to push"):
        push_folder(tmp_path / "none", "me/prompt")
    monkeypatch.setenv("PTLIB_OFFLINE", "1")
    with pytest.raises(NotAvailable, match="offline switch"):
        push_folder(tmp_path, "me/prompt")
