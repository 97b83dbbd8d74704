"""Stored projectors in use: a prompt of the source becomes a prompt of the target."""

import json
from datetime import UTC, datetime

from ptlib.base.errors import BadInput, unknown
from ptlib.base.identity import content_of
from ptlib.models.registry import get_backbone
from ptlib.projection.projector import Projector
from ptlib.projection.spec import ProjectSpec, carried_name, title
from ptlib.projection.stored import folds
from ptlib.prompts.record import Prompt
from ptlib.prompts.soft import SoftPrompt
from ptlib.prompts.start import PROMPT, Start
from ptlib.results import artefacts
from ptlib.results.catalogue import Catalogue
from ptlib.results.kind import spec_from
from ptlib.results.prompts import soft_prompt


def projector_of(spec: ProjectSpec, held_out: int, catalogue: Catalogue) -> Projector:
    """A stored projector.

    Raises:
        BadInput: no such seed, or it is not stored (the demo keeps small ones only).
        Damaged: it fails its checksum.
    """
    if held_out not in spec.seeds:
        raise unknown("held-out seed", str(held_out), map(str, spec.seeds))
    item = folds(spec, catalogue, artefacts.PROJECTOR).get(held_out)
    if item is None:
        raise BadInput(f"The projector of '{title(spec)}', seed {held_out} held out, is not stored. Fit it with `project fit`.")
    return Projector.from_bytes(item.read(), str(item.path))


def carry(spec: ProjectSpec, prompt_name: str, catalogue: Catalogue, held_out: int | None = None) -> SoftPrompt:
    """A prompt of the source model, through a stored projector.

    prompt_name: a prompt's id or folder.
    held_out: take the fit that never saw this seed; None = the prompt's own where it was held out, else the first.

    Raises:
        BadInput: the prompt is not of the source model, or the projector is not stored.
        Damaged: either fails its checksum.
    """
    prompt = soft_prompt(prompt_name, catalogue)
    _check_side(prompt, spec)
    if held_out is None:
        held_out = prompt.info.seed if prompt.info.seed in spec.seeds else spec.seeds[0]
    projector = projector_of(spec, held_out, catalogue)
    values = projector.apply(prompt.values, prompt.info.task)
    info = Prompt(
        id=carried_name(spec, held_out, prompt.info.id),
        backbone=spec.target,
        task=prompt.info.task,
        seed=prompt.info.seed,
        init=f"projected:{prompt.info.id}",
        prompt_length=len(values),
        width=values.shape[1],
        label_words=prompt.info.label_words,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        extra={
            "family": get_backbone(spec.target).family,
            "max_tokens": prompt.info.extra.get("max_tokens", 128),
            "projection": spec.id,
            "held_out": held_out,
            "source": prompt.info.backbone,
        },
    )
    return SoftPrompt(values, info)


def carried(name: str, catalogue: Catalogue) -> SoftPrompt | None:
    """The prompt behind a `carried_name`; None when the name is none of these. Errors as in `carry`."""
    start = Start(PROMPT, name)
    if not start.carried_by:
        return None
    item = next((item for item in catalogue.artefacts(artefacts.PROJECTOR) if item.id == start.carried_by), None)
    if item is None:
        raise BadInput(f"The projector '{start.carried_by}' is not stored. Fit it with `project fit`, then ask again.")
    held_out = int(start.carried_by.rpartition("-")[2])
    return carry(spec_from(ProjectSpec, json.loads(item.spec_json)), start.prompt_id, catalogue, held_out)


def _check_side(prompt: SoftPrompt, spec: ProjectSpec) -> None:
    """Refuse a prompt of another model than the source."""
    if content_of(prompt.info.backbone) == content_of(spec.source):
        return
    shape = list(prompt.values.shape)
    if content_of(prompt.info.backbone) == content_of(spec.target):
        raise BadInput(
            f"The prompt '{prompt.info.id}' {shape} is one of the target '{spec.target}' already: it needs no projector."
        )
    raise BadInput(
        f"The prompt '{prompt.info.id}' {shape} belongs to '{prompt.info.backbone or 'an unknown model'}', which is neither "
        f"'{spec.source}' nor '{spec.target}'. Choose a prompt of '{spec.source}', or fit a projector from its model."
    )
