"""What joins a backbone's demo results: stored results as files, listed in the manifest, in the place of old ones."""

import json
import os
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from ptlib.base import paths
from ptlib.base.files import sha256, write_atomically
from ptlib.base.identity import sealed
from ptlib.results.artefacts import Artefact


def replaced(backbone: str, kinds: Collection[str], items: Iterable[Artefact]) -> Path:
    """Put results in the place of a backbone's demo results of these kinds; returns its folder."""
    contents, listed = files_of(items)
    folder = paths.demo_dir() / "results" / backbone.rpartition("/")[2]
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    old = {row["path"] for row in manifest["artefacts"] if row["kind"] in kinds}
    manifest["artefacts"] = [row for row in manifest["artefacts"] if row["kind"] not in kinds] + listed
    manifest["files"] = {name: sha for name, sha in manifest["files"].items() if name not in old}
    manifest["files"] |= {name: sha256(data) for name, data in contents.items()}
    for name, data in contents.items():
        write_atomically(folder / name, data)
    write_atomically(folder / "manifest.json", json.dumps(sealed(manifest), indent=1).encode())
    for name in old - set(contents):
        os.unlink(folder / name)
    return folder


def files_of(items: Iterable[Artefact]) -> tuple[dict[str, bytes], list[dict[str, Any]]]:
    """Results as files by name, and what the manifest lists of them."""
    named = {f"analyses/{item.id}{item.path.suffix}": item for item in items}
    rows = []
    for path, item in named.items():
        told = {"id": item.id, "kind": item.kind, "title": item.title, "spec": item.spec_json, "path": path}
        rows.append({**told, "created": round(item.created)})
    return {path: item.read() for path, item in named.items()}, rows
