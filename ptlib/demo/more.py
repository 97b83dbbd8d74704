"""What joins a backbone's demo results after its build: files of some kinds, listed in the manifest, old ones gone."""

import json
import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from ptlib.base import paths
from ptlib.base.files import sha256, write_atomically
from ptlib.base.identity import sealed
from ptlib.results.artefacts import Artefact


def replaced(backbone: str, kinds: Collection[str], contents: Mapping[str, bytes], listed: Sequence[Mapping[str, Any]]) -> Path:
    """Put files (by name) in the place of a backbone's demo results of these kinds; returns its folder."""
    folder = paths.demo_dir() / "results" / backbone.rpartition("/")[2]
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    old = {row["path"] for row in manifest["artefacts"] if row["kind"] in kinds}
    manifest["artefacts"] = [row for row in manifest["artefacts"] if row["kind"] not in kinds] + list(listed)
    manifest["files"] = {name: sha for name, sha in manifest["files"].items() if name not in old}
    manifest["files"] |= {name: sha256(data) for name, data in contents.items()}
    for name, data in contents.items():
        write_atomically(folder / name, data)
    write_atomically(folder / "manifest.json", json.dumps(sealed(manifest), indent=1).encode())
    for name in old - set(contents):
        os.unlink(folder / name)
    return folder


def row_of(item: Artefact, path: str) -> dict[str, Any]:
    """What the manifest says of a file."""
    told = {"id": item.id, "kind": item.kind, "title": item.title, "spec": item.spec_json, "path": path}
    return {**told, "created": round(item.created)}
