"""Registry of frozen language models, without loading any: ids, families, sizes, defaults.

A backbone is a registered id, a Hub id or a folder in Hugging Face format. Its family is declared in the
registry or read from the folder's config, never guessed from a name. Loading lives in `ptlib.models.load`.
"""

import json
import os
from dataclasses import dataclass, replace
from pathlib import Path

from ptlib.base import paths
from ptlib.base.errors import BadInput, unknown
from ptlib.base.exposure import check_changes, check_place, is_allowed, looks_like_path
from ptlib.prompts.spec import TuneSettings
from ptlib.tasks.task import MASKED_LM, T5

MASKED_LM_TYPES = ("roberta", "bert", "modernbert", "distilbert", "electra", "albert", "xlm-roberta", "camembert")
T5_TYPES = ("t5",)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackboneSpec:
    """What is known of a backbone before it is loaded. Unknown sizes are 0 until its config was read."""

    id: str
    name: str
    family: str
    """"mlm" or "t5"."""
    location: str
    """Folder, or id on the Hub."""
    source: str = "hub"
    """embedded, hub or folder."""
    revision: str = "main"
    width: int = 0
    """D."""
    layers: int = 0
    """L (T5: decoder layers)."""
    ffn: int = 0
    """F."""
    parameters: int = 0
    max_positions: int | None = None
    """Longest input in tokens, prompt included; None = no hard limit (relative positions)."""
    notes: str = ""
    saw_tasks: tuple[str, ...] = ()
    """Tasks that were part of its pretraining (contamination), as published."""

    @property
    def is_demo(self) -> bool:
        return self.source == "embedded"


_DEMO = (
    ("demo/roberta-small", "Demo RoBERTa, small", MASKED_LM, "roberta-small"),
    ("demo/roberta-wide", "Demo RoBERTa, wide", MASKED_LM, "roberta-wide"),
    ("demo/t5-small", "Demo T5", T5, "t5-small"),
)
DEMO_FOLDERS = tuple(folder for _, _, _, folder in _DEMO)


def _family_of(config: dict[str, object], where: str) -> str:
    model_type = str(config.get("model_type", ""))
    if model_type in MASKED_LM_TYPES:
        return MASKED_LM
    if model_type in T5_TYPES:
        return T5
    raise BadInput(
        f"The model in {where} is of type '{model_type or 'unknown'}', which is neither a masked LM nor T5-like. "
        f"Supported types: {', '.join((*MASKED_LM_TYPES, *T5_TYPES))}."
    )


def _first(config: dict[str, object], *names: str) -> int:
    """The size that a config gives under one of several names; 0 when it gives none."""
    return next((int(config[name]) for name in names if config.get(name)), 0)


def read_folder(folder: Path, *, id: str | None = None, name: str | None = None, source: str = "folder") -> BackboneSpec:
    """Describe a model folder in Hugging Face format from its config.json alone.

    Raises:
        BadInput: no readable config.json, or a model type of neither family.
    """
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"No usable config.json in {folder} ({error}). Give a folder in Hugging Face format.") from None
    family = _family_of(config, str(folder))
    offset = 2 if config.get("model_type") in ("roberta", "xlm-roberta", "camembert") else 0
    positions = config.get("max_position_embeddings") if family == MASKED_LM else None
    return BackboneSpec(
        id=id or str(folder),
        name=name or folder.name,
        family=family,
        location=str(folder),
        source=source,
        width=_first(config, "hidden_size", "d_model", "dim"),
        layers=_first(config, "num_decoder_layers", "num_hidden_layers", "n_layers", "num_layers"),
        ffn=_first(config, "intermediate_size", "d_ff", "hidden_dim"),
        max_positions=int(positions) - offset if positions else None,
    )


def demo_backbones() -> tuple[BackboneSpec, ...]:
    """The embedded backbones whose weights are on disk."""
    found = []
    for id_, name, _, folder in _DEMO:
        path = paths.demo_dir() / "backbones" / folder
        if (path / "config.json").exists() and (path / "model.safetensors").exists():
            found.append(replace(read_folder(path, id=id_, name=name, source="embedded")))
    return tuple(found)


def hub_backbones() -> tuple[BackboneSpec, ...]:
    """Backbones of the fact sheet that are loaded from the Hugging Face Hub."""
    try:
        from ptlib.models.published import HUB_BACKBONES
    except ImportError:
        return ()
    return HUB_BACKBONES


def all_backbones() -> tuple[BackboneSpec, ...]:
    """Every registered backbone: embedded first."""
    return (*demo_backbones(), *hub_backbones())


def get_backbone(name: str) -> BackboneSpec:
    """Find a backbone by registered id, folder, or any id of the Hub (its config is fetched once and kept).

    Raises:
        BadInput: unknown (with the closest known id), or of neither family.
        NotAvailable: a Hub id whose config is not on disk, and the Hub is gated, offline or unreachable.
    """
    known = {spec.id: spec for spec in all_backbones()}
    if name in known:
        return known[name]
    if os.path.isdir(name):
        return read_folder(Path(name))
    missing = {id_: folder for id_, _, _, folder in _DEMO}
    if name in missing:
        raise BadInput(
            f"The weights of '{name}' are not in {paths.demo_dir() / 'backbones'}. "
            "Make them with `python -m ptlib demo pretrain`."
        )
    from ptlib.models.published import hub_backbone, looks_like_hub_id

    if looks_like_hub_id(name):
        return hub_backbone(name)
    raise unknown("backbone", name, (*known, *missing))


def backbone_of(name: str) -> BackboneSpec:
    """A backbone as a user names it: folders get one spelling, so that they get one id. Errors as in `get_backbone`."""
    spec = get_backbone(name)
    return get_backbone(str(Path(name).resolve())) if spec.source == "folder" else spec


def backbone_for_visitor(name: str) -> BackboneSpec:
    """A backbone as a visitor of the app types it: an id, or a folder below the owner's folders.

    Raises:
        BadInput: as `get_backbone`, and for every other path, whether it exists or not.
    """
    if looks_like_path(name) or is_allowed(name):
        return backbone_of(str(check_place(name)))
    from ptlib.models.published import hub_backbone, looks_like_hub_id

    known = {spec.id: spec for spec in all_backbones()}
    if name not in known and looks_like_hub_id(name):
        check_changes()  # its config would be asked for
        return hub_backbone(name)  # never the folder of that name that may lie here
    if name not in known and name not in {id_ for id_, _, _, _ in _DEMO}:
        raise unknown("backbone", name, known)
    return get_backbone(name)


def default_settings(spec: BackboneSpec) -> TuneSettings:
    """Settings that work without thought: 20 soft tokens on the demo, 100 elsewhere (the paper's length)."""
    if spec.is_demo:
        # A prompt is learned in a few dozen steps here: seldom evaluated curves would hide what a warm start saves.
        return TuneSettings(lr=0.05 if spec.family == MASKED_LM else 0.2, eval_every=10)
    return TuneSettings(
        prompt_length=100, steps=1000, lr=0.03 if spec.family == MASKED_LM else 0.3, eval_every=50, validation_size=200
    )
