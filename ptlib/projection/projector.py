"""The contract of a projector: it is fitted (`fit.fit`), applied, saved and loaded.

A saved projector is one safetensors file whose header holds the provenance, or a folder with that file and
projector.json, which adds the checksum. Nothing in either is ever executed.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from ptlib.base.errors import BadInput, Damaged
from ptlib.base.files import sha256, write_folder
from ptlib.projection.forms import Anchors, Shapes, build

WEIGHTS, INFO, _META = "projector.safetensors", "projector.json", "ptlib"


@dataclass(frozen=True, slots=True)
class ProjectorInfo:
    """Where a projector came from."""

    id: str
    source: str
    target: str
    method: str
    form: str
    shapes: Shapes
    hidden: int = 0
    tasks: tuple[str, ...] = ()
    fitted_seeds: tuple[int, ...] = ()
    steps: int = 0
    seconds: float = 0.0
    spec: Mapping[str, Any] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)
    """scale, loss, anchors' tasks ...: what a reader may ask."""


@dataclass(frozen=True, slots=True)
class Projector:
    """A fitted map from prompts of one model to prompts of another."""

    form: torch.nn.Module
    info: ProjectorInfo

    @torch.no_grad()
    def apply(self, values: np.ndarray, task: str | None = None) -> np.ndarray:
        """Carry a prompt [P_s, D_s], or several [R, P_s, D_s], over: [P_t, D_t] or [R, P_t, D_t] float32.

        values: a prompt of another length than the fitted one has its tokens taken in turn.
        task: the prompt's task; anchors leave out their own prompts of it.

        Raises:
            BadInput: another width, or values that are not finite.
        """
        values = np.array(values, dtype=np.float32)  # a copy: catalogues hand out read-only arrays
        self._check(values)
        device = next((tensor.device for tensor in self.form.state_dict().values()), torch.device("cpu"))
        rows = torch.tensor(values if values.ndim == 3 else values[None], device=device)
        if isinstance(self.form, Anchors):
            known = list(self.info.more.get("anchor_tasks", ()))
            out = self.form(rows, known.index(task) if task in known else -2)
        else:
            out = self.form(rows)
        return (out if values.ndim == 3 else out[0]).cpu().numpy()

    def _check(self, values: np.ndarray) -> None:
        shapes = self.info.shapes
        if values.ndim not in (2, 3) or values.shape[-1] != shapes.source_width or values.shape[-2] < 1:
            raise BadInput(
                f"The prompt has shape {list(values.shape)}, but this projector takes prompts of {self.info.source}, "
                f"[P, {shapes.source_width}], to {self.info.target}, [{shapes.target_length}, {shapes.target_width}]. "
                "Use a prompt of that model, or a projector from yours."
            )
        if not np.isfinite(values).all():
            raise BadInput("The prompt holds values that are not finite numbers. Import or tune it again.")

    def to(self, device: str) -> "Projector":
        """The same projector on another device."""
        return replace(self, form=self.form.to(device))

    def to_bytes(self) -> bytes:
        """One safetensors file, provenance in its header."""
        tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in self.form.state_dict().items()}
        return save(tensors, {_META: json.dumps(asdict(self.info), sort_keys=True)})

    @classmethod
    def from_bytes(cls, data: bytes, where: str = "The projector") -> "Projector":
        """The inverse of `to_bytes`. Raises Damaged."""
        try:
            header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
            info = info_from(json.loads(header["__metadata__"][_META]))
            tensors = load(data)
            form = build(info.form, info.shapes, tensors, info.hidden)
            form.load_state_dict(tensors)
        except (SafetensorError, RuntimeError, ValueError, KeyError, TypeError) as error:
            raise Damaged(f"{where} cannot be read ({str(error)[:80]}). Delete it and fit it again.") from None
        if not all(bool(torch.isfinite(tensor).all()) for tensor in tensors.values()):
            raise Damaged(f"{where} holds weights that are not finite. Delete it and fit it again.")
        return cls(form.eval().requires_grad_(False), info)

    def save(self, folder: Path) -> None:
        """Write the folder, whole or not at all.

        Raises:
            BadInput: something else is there already.
            RunFailed: the disk is full or the folder is not writable.
        """
        data = self.to_bytes()
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            if (folder / WEIGHTS).is_file() and (folder / WEIGHTS).read_bytes() == data:
                return
            raise BadInput(f"{folder} holds something else already. Nothing was replaced; choose another folder.")
        text = json.dumps({**asdict(self.info), "sha256": sha256(data)}, indent=1, sort_keys=True)

        def fill(place: Path) -> None:
            place.mkdir()
            (place / WEIGHTS).write_bytes(data)
            (place / INFO).write_text(text, encoding="utf-8")

        write_folder(folder, fill)

    @classmethod
    def load(cls, folder: Path) -> "Projector":
        """Read a folder that `save` wrote.

        Raises:
            BadInput: there is no projector.
            Damaged: a file fails its checksum or cannot be read.
        """
        try:
            data, told = (folder / WEIGHTS).read_bytes(), json.loads((folder / INFO).read_text(encoding="utf-8"))
        except OSError:
            raise BadInput(
                f"{folder} holds no projector ({WEIGHTS} and {INFO}). Fit one with `python -m ptlib project fit`."
            ) from None
        except ValueError:
            raise Damaged(f"{folder / INFO} is not valid JSON. Delete the folder and fit the projector again.") from None
        if not isinstance(told, dict) or told.get("sha256") != sha256(data):
            raise Damaged(f"{folder / WEIGHTS} fails its checksum. Delete the folder and fit the projector again.")
        return cls.from_bytes(data, str(folder))


def info_from(values: Mapping[str, Any]) -> ProjectorInfo:
    """Rebuild the provenance from its JSON. Raises KeyError or TypeError."""
    known: dict[str, Any] = {key: item for key, item in values.items() if key in ProjectorInfo.__dataclass_fields__}
    known |= {key: tuple(item) for key, item in known.items() if isinstance(item, list)}
    return ProjectorInfo(**{**known, "shapes": Shapes(**known["shapes"])})
