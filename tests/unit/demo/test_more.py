"""What joins a build later: listed with its checksum, what it replaces is gone, other kinds stay."""

import json
from pathlib import Path

import pytest

from ptlib.base.files import sha256, write_atomically
from ptlib.base.identity import is_intact, sealed
from ptlib.demo.more import replaced
from ptlib.results.artefacts import Artefact


def test_files_of_a_kind_are_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTLIB_DEMO", str(tmp_path))
    folder = tmp_path / "results" / "small"
    (folder / "analyses").mkdir(parents=True)
    rows = [{"id": name, "kind": kind, "path": f"analyses/{name}"} for name, kind in (("a", "old"), ("b", "mask"))]
    for row in rows:
        (folder / row["path"]).write_bytes(b"x")
    start = {"artefacts": rows, "files": {row["path"]: sha256(b"x") for row in rows}}
    write_atomically(folder / "manifest.json", json.dumps(sealed(start)).encode())
    item = Artefact(
        path=tmp_path / "made.parquet",
        sha256=sha256(b"y"),
        id="c",
        kind="old",
        backbone="demo/small",
        title="C",
        spec_json="{}",
        created=1.6,
        origin="own",
    )
    item.path.write_bytes(b"y")
    assert replaced("demo/small", ("old",), [item]) == folder
    manifest = json.loads((folder / "manifest.json").read_text())
    assert is_intact(manifest) and [row["id"] for row in manifest["artefacts"]] == ["b", "c"]
    assert manifest["files"] == {"analyses/b": sha256(b"x"), "analyses/c.parquet": sha256(b"y")}
    assert {path.name for path in folder.glob("analyses/*")} == {"b", "c.parquet"} and manifest["artefacts"][1]["created"] == 2
