"""Stored reference curves as pages and the command line read them. Torch-free.

One fit is two artefacts under the id `<spec id>-<method>`: its curve (Parquet, with what was measured besides) and what was
trained (safetensors with PEFT's or the model's own names; PEFT's configuration in the header).
"""

import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from safetensors import safe_open

from ptlib.base.errors import BadInput
from ptlib.base.files import write_folder
from ptlib.base.progress import Silent
from ptlib.finetuning.spec import LORA, NAMES, PROMPT, FineTuneSpec, fit_id
from ptlib.models.fetch import model_folder
from ptlib.models.registry import get_backbone
from ptlib.prompts.soft import CONFIG, WEIGHTS
from ptlib.results.artefacts import ADAPTER, FINETUNE, Artefact, pack_table, unpack_table
from ptlib.results.catalogue import Catalogue
from ptlib.results.kind import spec_from

if TYPE_CHECKING:
    from ptlib.finetuning.training import Moment

COLUMNS = ("step", "loss", "validation", "seconds", "cpu")
INFO, MODEL = "finetune.json", "model.safetensors"


@dataclass(frozen=True, slots=True)
class Fitted:
    """One method's stored result."""

    spec: FineTuneSpec
    method: str
    curve: pd.DataFrame
    """`COLUMNS`; step 0 is the model before training."""
    told: Mapping[str, Any]
    """trained, total, bytes (numbers and file); seconds, cpu, steps, best_step; untrained, validation, evaluation (scores);
    device, threads, packages."""
    origin: str


def pack(spec: FineTuneSpec, curve: "Iterable[Moment]", told: Mapping[str, Any]) -> bytes:
    """One fit's curve as a Parquet file; the same content gives the same bytes."""
    rows = [tuple(getattr(point, name) for name in COLUMNS) for point in curve]
    return pack_table(pd.DataFrame(rows, columns=list(COLUMNS)), {"spec": asdict(spec), **told})


def fits(spec: FineTuneSpec, catalogue: Catalogue, kind: str = FINETUNE) -> dict[str, Artefact]:
    """Stored, sound results by method, in the spec's order."""
    found = {item.id: item for item in reversed(catalogue.artefacts(kind, spec.backbone))}
    return {method: found[fit_id(spec, method)] for method in spec.methods if fit_id(spec, method) in found}


def load(spec: FineTuneSpec, catalogue: Catalogue) -> dict[str, Fitted]:
    """What is stored of a run, by method. Raises Damaged."""
    found = {}
    for method, item in fits(spec, catalogue).items():
        curve, told = unpack_table(item.read())
        found[method] = Fitted(spec, method, curve, {key: value for key, value in told.items() if key != "spec"}, item.origin)
    return found


def listing(catalogue: Catalogue, backbone: str, task: str | None = None) -> list[FineTuneSpec]:
    """Runs all of whose methods are stored, own ones first, newest first."""
    specs = [spec_from(FineTuneSpec, json.loads(item.spec_json)) for item in catalogue.artefacts(FINETUNE, backbone)]
    known = {item.id for item in catalogue.artefacts(FINETUNE, backbone)}
    return [
        spec
        for spec in dict.fromkeys(specs)
        if task in (None, spec.task) and all(fit_id(spec, method) in known for method in spec.methods)
    ]


def seeds_together(specs: list[FineTuneSpec]) -> list[list[FineTuneSpec]]:
    """Runs that differ in their seed alone, most methods first, then most seeds."""
    groups: dict[FineTuneSpec, list[FineTuneSpec]] = {}
    for spec in specs:
        groups.setdefault(replace(spec, seed=0), []).append(spec)
    ordered = [sorted(group, key=lambda spec: spec.seed) for group in groups.values()]
    return sorted(ordered, key=lambda group: (len(group[0].methods), len(group)), reverse=True)


def deliver(spec: FineTuneSpec, method: str, out: Path, catalogue: Catalogue) -> None:
    """Write what was trained as a folder that the libraries load: LoRA as a stock PEFT adapter, full fine-tuning as a model.

    Raises:
        BadInput: a prompt (tuning gives that), nothing was kept, or something is there already.
        Damaged: it fails its checksum.
    """
    if method == PROMPT:
        raise BadInput("The prompt of a comparison is not kept. Tune it with `--method prompt --out DIR`.")
    item = fits(spec, catalogue, ADAPTER).get(method)
    if item is None:
        raise BadInput(f"The weights of {NAMES[method]} were not kept: only those of at most 100 MB are. Its curve is stored.")
    if out.exists():
        raise BadInput(f"{out} exists already. Nothing was replaced; choose another folder.")
    data, told = item.read(), load(spec, catalogue)[method].told

    def fill(place: Path) -> None:
        place.mkdir()
        if method == LORA:
            with safe_open(item.path, framework="numpy") as file:
                (place / CONFIG).write_text((file.metadata() or {})["config"], encoding="utf-8")
        else:
            for path in model_folder(get_backbone(spec.backbone), Silent()).glob("*"):
                if path.is_file() and path.suffix not in (".safetensors", ".bin", ".h5", ".msgpack"):
                    shutil.copy(path, place / path.name)
        (place / (WEIGHTS if method == LORA else MODEL)).write_bytes(data)
        (place / INFO).write_text(json.dumps({"method": method, "spec": asdict(spec), **told}, indent=1), encoding="utf-8")

    write_folder(out, fill)
