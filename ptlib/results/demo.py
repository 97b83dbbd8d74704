"""The committed demo as an index; never written by the app.

results/<backbone>/{prompts.safetensors, prompts.json, scores.parquet, predictions.parquet, curves.parquet, manifest.json},
and neurons.safetensors, trails.safetensors and analyses/*.parquet where they were made; the manifest holds the checksums of
the others. Per-example scores travel in the table of scores, so that a whole map is read from one small file.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from safetensors import safe_open

from ptlib.base.files import Kept, json_or_none, stamp
from ptlib.base.identity import is_intact
from ptlib.prompts.record import Prompt
from ptlib.prompts.trails import TRAILS
from ptlib.results.artefacts import Artefact
from ptlib.results.rows import DamagedItem, Entry, Index, TensorFile, artefact_of, entry_of, prompt_of, recipes_of

FILES = ("prompts.safetensors", "prompts.json", "scores.parquet", "predictions.parquet", "curves.parquet")
"""What the results of a backbone need; the other listed files may be missing."""
NEURONS_FILE, CURVES_FILE, MANIFEST = "neurons.safetensors", "curves.parquet", "manifest.json"


@dataclass(frozen=True, slots=True)
class Folder:
    """Results of one backbone."""

    path: Path
    manifest: Mapping[str, Any]

    @property
    def files(self) -> dict[str, Kept]:
        """The needed and the listed files by name."""
        sums = self.manifest.get("files", {})
        return {name: Kept(self.path / name, sums.get(name, "")) for name in dict.fromkeys((*FILES, *sums))}

    def bad(self) -> list[str]:
        """Names of the files that are missing or fail their checksum; only the manifest's where that was changed."""
        if not self.manifest:
            return [MANIFEST]
        return [name for name, file in self.files.items() if not file.is_sound]


def folders(root: Path) -> list[Folder]:
    """All backbones with results."""
    return [Folder(path.parent, _manifest(path)) for path in sorted(root.glob(f"results/*/{MANIFEST}"))]


def _manifest(path: Path) -> Mapping[str, Any]:
    """What a manifest says; nothing when it cannot be read or was changed."""
    manifest = json_or_none(path) or {}
    return manifest if is_intact(manifest) else {}


def fingerprint(root: Path) -> str:
    """Changes with any file of the results."""
    return stamp(root / "results")


def read(root: Path) -> Index:
    """Everything that passes its checksum."""
    return reduce(or_, map(_index, folders(root)), Index())


def _index(folder: Folder) -> Index:
    bad = folder.bad()
    needed = ", ".join(name for name in bad if name in (*FILES, MANIFEST))
    if needed:
        problem = (
            f"Checksum does not match: {needed}. These results are not used; get the files again, or run the cells yourself."
        )
        return Index(damaged=(DamagedItem("demo", folder.path.name, str(folder.path), problem, "demo"),))
    files = {name: file for name, file in folder.files.items() if name not in bad}
    rows = json.loads(files["prompts.json"].path.read_text(encoding="utf-8"))
    backbone = folder.manifest["backbone"]
    return Index(
        {row["prompt_id"]: prompt_of(Prompt.from_json(row["info"]), row, "demo") for row in rows},
        tuple(_entries(files)),
        tuple(_artefacts(folder, files)),
        _tensors(files, "prompts.safetensors"),
        _tensors(files, TRAILS),
        _tensors(files, NEURONS_FILE),
        recipes_of(rows),
        tuple(_damaged(folder, name) for name in bad),
        {backbone: folder.manifest.get("provenance", {})},
        tuple(folder.manifest.get("speeds", ())),
    )


def _entries(files: Mapping[str, Kept]) -> Iterator[Entry]:
    for row in pq.read_table(files["scores.parquet"].path).to_pylist():
        yield entry_of(row, "demo", files["predictions.parquet"])


def _tensors(files: Mapping[str, Kept], name: str) -> dict[str, TensorFile]:
    """Tensors of a file by prompt id; none where the demo lacks the file."""
    if name not in files:
        return {}
    with safe_open(files[name].path, framework="numpy") as file:
        ids = dict.fromkeys(key.partition("/")[0] for key in file.keys())  # noqa: SIM118
    return {id: TensorFile(files[name].path, id, files[name]) for id in ids}


def _artefacts(folder: Folder, files: Mapping[str, Kept]) -> Iterator[Artefact]:
    for row in folder.manifest.get("artefacts", ()):
        if row["path"] in files:
            yield artefact_of({**row, "backbone": folder.manifest["backbone"]}, files[row["path"]], "demo")


def _damaged(folder: Folder, name: str) -> DamagedItem:
    problem = "Checksum does not match. This analysis is not used; get the file again, or run it yourself."
    return DamagedItem("demo", f"{folder.path.name}/{name}", str(folder.path / name), problem, "demo")


def curve(prompt: Prompt, values: TensorFile) -> list[dict[str, Any]]:
    """Loss and validation score by step of one of its prompts."""
    return pq.read_table(values.path.with_name(CURVES_FILE), filters=[("prompt_id", "==", prompt.id)]).to_pylist()
