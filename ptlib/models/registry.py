"""Registry of frozen language models, without loading any: ids, families, sizes, defaults.

A backbone is a registered id, a Hub id or a folder in Hugging Face format. Its family is declared in the
registry or read from the folder's config, never guessed from a name. Loading lives in `ptlib.models.load`.
"""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ptlib.base import paths
from ptlib.base.errors import BadInput, unknown
from ptlib.base.exposure import check_changes, check_place, is_allowed, looks_like_path
from ptlib.base.files import file_sha256, sha256
from ptlib.base.identity import CONTENT, content_of, path_of
from ptlib.hub.fetching import fetch
from ptlib.hub.revisions import Repo
from ptlib.models.published import HUB_BACKBONES, REFUSED
from ptlib.models.spec import BackboneSpec, read_folder
from ptlib.tasks.task import MASKED_LM

_DEMO = (
    ("demo/roberta-small", "Demo RoBERTa, small", "roberta-small"),
    ("demo/roberta-wide", "Demo RoBERTa, wide", "roberta-wide"),
    ("demo/t5-small", "Demo T5", "t5-small"),
)
"""Id, name and folder."""
_COUNTS = (".json", ".safetensors", ".bin", ".txt", ".model", ".spm", ".tiktoken")
"""Endings of the files that a model is loaded from."""
DEMO_FOLDERS = tuple(folder for _, _, folder in _DEMO)


def demo_backbones() -> tuple[BackboneSpec, ...]:
    """The embedded backbones whose weights are on disk."""
    places = [(paths.demo_dir() / "backbones" / folder, id_, name) for id_, name, folder in _DEMO]
    return tuple(
        read_folder(path, id=id_, name=name, source="embedded")
        for path, id_, name in places
        if (path / "config.json").exists() and (path / "model.safetensors").exists()
    )


def all_backbones() -> tuple[BackboneSpec, ...]:
    """Every registered backbone: embedded first."""
    return (*demo_backbones(), *HUB_BACKBONES)


def get_backbone(name: str) -> BackboneSpec:
    """Find a backbone by registered id, folder, or any id of the Hub (its config is fetched once and kept).

    Raises:
        BadInput: unknown (with the closest known id), or of neither family.
        NotAvailable: a Hub id whose config is not on disk, and the Hub is gated, offline or unreachable.
    """
    known = {spec.id: spec for spec in all_backbones()}
    if name in known:
        return known[name]
    if CONTENT in name:
        return _as_named(name)
    if os.path.isdir(name):
        return read_folder(Path(name))
    missing = [id_ for id_, _, _ in _DEMO]
    if name in missing:
        raise BadInput(
            f"The weights of '{name}' are not in {paths.demo_dir() / 'backbones'}. "
            "Make them with `python -m ptlib demo pretrain`."
        )
    if looks_like_hub_id(name):
        return hub_backbone(name)
    raise unknown("backbone", name, (*known, *missing))


def backbone_of(name: str) -> BackboneSpec:
    """A backbone as a user names it: a folder is named by place and content, its id by content. Errors as in `get_backbone`."""
    spec = get_backbone(name)
    return get_backbone(name_of_folder(Path(spec.location))) if spec.source == "folder" else spec


def name_of_folder(folder: Path) -> str:
    """A model folder's name as it is now: where it lies, and a checksum of its configuration, tokenizer and weights."""
    files = [path for path in sorted(folder.iterdir()) if path.is_file() and path.suffix in _COUNTS]
    safe = any(path.suffix == ".safetensors" for path in files)  # then no .bin is loaded
    told = "\n".join(f"{path.name}:{file_sha256(path)}" for path in files if not (safe and path.suffix == ".bin"))
    return f"{folder.resolve()}{CONTENT}{sha256(told.encode())[:12]}"


def _as_named(name: str) -> BackboneSpec:
    """The model in a named folder, which still holds what it held when it was named."""
    folder = Path(path_of(name))
    if not folder.is_dir():
        raise BadInput(f"The model folder {folder} is not there any more. Put it back, or name the place where it lies now.")
    if content_of(name_of_folder(folder)) != content_of(name):
        raise BadInput(
            f"The model in {folder} was changed since this was planned. Start the command again to use it as it is now."
        )
    return read_folder(folder, id=name)


def backbone_for_visitor(name: str) -> BackboneSpec:
    """A backbone as a visitor of the app types it: an id, or a folder below the owner's folders.

    Raises:
        BadInput: as `get_backbone`, and for every other path, whether it exists or not.
    """
    if looks_like_path(name) or is_allowed(name):
        return backbone_of(str(check_place(name)))
    known = {spec.id: spec for spec in all_backbones()}
    if name not in known and looks_like_hub_id(name):
        check_changes()  # its config would be asked for
        return hub_backbone(name)  # never the folder of that name that may lie here
    if name not in known and name not in {id_ for id_, _, _ in _DEMO}:
        raise unknown("backbone", name, known)
    return get_backbone(name)


def looks_like_hub_id(name: str) -> bool:
    """Whether a name could be `owner/model` or `owner/model@revision` on the Hub (and is no path)."""
    parts = name.partition("@")[0].split("/")
    return len(parts) == 2 and all(part and part[0].isalnum() for part in parts) and parts[0] != "demo"


def hub_backbone(id: str) -> BackboneSpec:
    """Describe any model of the Hub from its config alone (fetched, or already on disk).

    id: `owner/model`, or `owner/model@revision`: a branch, tag or commit, of which the commit becomes part of the id.

    Raises:
        BadInput: unknown, or of neither family.
        NotAvailable: gated, offline or unreachable.
    """
    place, pinned, revision = id.partition("@")
    if place in REFUSED:
        raise BadInput(f"'{place}' cannot be used: {REFUSED[place]}.")
    known = {spec.id: spec for spec in HUB_BACKBONES}
    if id in known:
        return known[id]
    repo = Repo(place, "model", _revision(id, revision) if pinned else "main")
    config = fetch(repo, "config.json")
    spec = read_folder(config.parent, id=id, name=id.split("/")[-1], source="hub")
    spec = replace(spec, location=place, parameters=rough_parameters(json.loads(config.read_text(encoding="utf-8")), spec))
    if not pinned:
        return spec
    commit, seen = config.parent.name, known[place].saw_tasks if place in known else ()
    return replace(spec, id=f"{place}@{commit}", name=f"{place.split('/')[-1]} {commit[:7]}", revision=commit, saw_tasks=seen)


def _revision(id: str, text: str) -> str:
    """A branch, tag or commit as a user spells it. Raises BadInput."""
    if not re.fullmatch(r"\w[\w.\-]*(/[\w.\-]+)*", text) or ".." in text:
        raise BadInput(
            f"'{id[:100]}' names no revision after the @. Give a branch, tag or commit, as in owner/model@main, or leave it out."
        )
    return text


def rough_parameters(config: Mapping[str, Any], spec: BackboneSpec) -> int:
    """Weights of a model as its config implies them: word embeddings, attention and feed-forward; within some percent."""
    gated = "gated" in str(config.get("feed_forward_proj", "")) or config.get("model_type") == "modernbert"
    ffn = (3 if gated else 2) * spec.width * spec.ffn
    words = int(config.get("vocab_size", 0)) * spec.width
    if spec.family == MASKED_LM:
        shared = spec.layers if config.get("model_type") != "albert" else 1
        return words + (spec.max_positions or 0) * spec.width + shared * (4 * spec.width**2 + ffn)
    inner = int(config.get("d_kv", 64)) * int(config.get("num_heads", 8))
    tables = 1 if config.get("tie_word_embeddings", True) else 2
    encoder = int(config.get("num_layers", spec.layers)) * (4 * spec.width * inner + ffn)
    return tables * words + encoder + spec.layers * (8 * spec.width * inner + ffn)
