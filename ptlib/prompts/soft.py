"""Soft prompts [P, D]: the stock PEFT adapter folder they are kept in.

Folder: adapter_config.json, adapter_model.safetensors (`prompt_embeddings` [P, D] float32), prompt.json (ours).
The two adapter files alone load in stock PEFT; prompt.json says where the prompt came from.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from ptlib.base.errors import BadInput, Damaged
from ptlib.base.files import read_json, sha256
from ptlib.base.identity import is_intact, sealed
from ptlib.models.spec import BackboneSpec
from ptlib.prompts.record import Prompt, check_record
from ptlib.prompts.spec import TuneSpec
from ptlib.tasks.task import MASKED_LM, Task

if TYPE_CHECKING:
    from ptlib.models.load import FrozenModel

_SIZES = {"num_layers": "layers", "num_attention_heads": "heads"}
"""Entry of PEFT's configuration -> what it is called in the record."""
WEIGHTS, CONFIG, INFO = "adapter_model.safetensors", "adapter_config.json", "prompt.json"
WEIGHTS_SUM = "weights_sha256"
"""Key of the checksum of the values in the record beside them."""


@dataclass(frozen=True, slots=True)
class SoftPrompt:
    """Values [P, D] float32 with their provenance."""

    values: np.ndarray
    info: Prompt

    def save(self, folder: Path) -> None:
        """Write the adapter folder.

        Raises:
            BadInput: another prompt is there already.
        """
        data = save({TENSOR: np.ascontiguousarray(self.values, dtype=np.float32)})
        there = folder / WEIGHTS
        if there.exists() and there.read_bytes() != data:
            raise BadInput(f"{folder} holds another prompt already. Nothing was replaced; choose another folder.")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / CONFIG).write_text(json.dumps(self._config(), indent=1), encoding="utf-8")
        (folder / INFO).write_text(
            json.dumps(sealed(self.info.as_json() | {WEIGHTS_SUM: sha256(data)}), indent=1, ensure_ascii=False), encoding="utf-8"
        )
        there.write_bytes(data)

    def zipped(self) -> bytes:
        """The folder that `save` writes, a stock PEFT adapter, as a zip file."""
        out = BytesIO()
        with TemporaryDirectory() as part, ZipFile(out, "w", ZIP_DEFLATED) as archive:
            self.save(Path(part) / "adapter")
            for file in sorted((Path(part) / "adapter").iterdir()):
                archive.write(file, file.name)
        return out.getvalue()

    def _config(self) -> dict[str, object]:
        """What PEFT needs; the keys that it guesses wrongly when they are absent are written out."""
        masked = self.info.extra.get("family", MASKED_LM) == MASKED_LM
        told = self.info.extra.get("task_type")
        return {
            "peft_type": "PROMPT_TUNING",
            "task_type": told if told in ("SEQ_2_SEQ_LM", "CAUSAL_LM") else "FEATURE_EXTRACTION" if masked else "SEQ_2_SEQ_LM",
            "base_model_name_or_path": self.info.backbone,
            "num_virtual_tokens": len(self.values),
            **{key: self.info.extra[name] for key, name in _SIZES.items() if name in self.info.extra},
            "token_dim": int(self.values.shape[1]),
            "num_transformer_submodules": 1,
            "prompt_tuning_init": "RANDOM",
            "inference_mode": True,
        }

    @classmethod
    def load(cls, folder: Path) -> "SoftPrompt":
        """Read an adapter folder of ours.

        Raises:
            BadInput: no prompt there (adapters of others are imported first).
            Damaged: a file is broken or does not fit the others.
        """
        if not (folder / INFO).exists() or not (folder / WEIGHTS).exists():
            raise BadInput(
                f"{folder} holds no prompt of ours ({INFO} and {WEIGHTS}). Import others' with `python -m ptlib import`."
            )
        data, told = (folder / WEIGHTS).read_bytes(), _told(folder / INFO)
        if told.get(WEIGHTS_SUM) not in (None, sha256(data)):
            raise Damaged(f"{folder / WEIGHTS} is not what was saved. Delete the folder and make or import the prompt again.")
        values, info = read_tensor(data, TENSOR, folder / WEIGHTS), Prompt.from_json(told)
        if values.ndim != 2 or not np.isfinite(values).all():
            raise Damaged(f"{folder / WEIGHTS} holds no finite matrix [P, D]. Delete the folder and make the prompt again.")
        if info.prompt_length and info.width and values.shape != (info.prompt_length, info.width):
            raise Damaged(
                f"{folder / INFO} speaks of {info.prompt_length} tokens of width {info.width}, the values have the shape "
                f"{list(values.shape)}. Delete the folder and make or import the prompt again."
            )
        return cls(values, info)


def read_record(path: Path) -> Prompt:
    """The record beside a prompt's values. Raises Damaged when it is none, or was changed."""
    return Prompt.from_json(_told(path))


def _told(path: Path) -> dict[str, Any]:
    try:
        values = read_json(path)
        if intact := is_intact(values):  # what was changed is damaged, whatever it says now
            check_record(values, path)
        Prompt.from_json(values)
    except (OSError, ValueError, TypeError) as error:
        raise Damaged(f"{path} cannot be read ({str(error)[:80]}). Delete the folder and make the prompt again.") from None
    if not intact:
        raise Damaged(f"{path} was changed since it was written. Delete the folder and make or import the prompt again.")
    return values


def check_fits(prompt: SoftPrompt, spec: BackboneSpec) -> None:
    """Refuse a prompt of another width or one that leaves no room. Raises BadInput with both shapes."""
    length, width = prompt.values.shape
    if spec.width and width != spec.width:
        raise BadInput(
            f"The prompt '{prompt.info.id}' has shape [{length}, {width}] (tuned on "
            f"{prompt.info.backbone or 'an unknown model'}), "
            f"but {spec.id} needs [P, {spec.width}]. Use a prompt of this backbone, or a projector between the two."
        )
    spec.check_room(length)


def other_model(prompt: SoftPrompt, spec: BackboneSpec) -> str:
    """A sentence where a prompt's record names another model than the one it is put in front of; "" where it fits or is open."""
    (told, _, pinned), (here, _, pin) = prompt.info.backbone.partition("@"), spec.id.partition("@")
    alike = Path(told).name.lower() == Path(here).name.lower() and (not pinned or not pin or pinned == pin)
    if not told or alike:
        return ""
    return (
        f"The prompt '{prompt.info.id}' was tuned on {prompt.info.backbone}; here it stands in front of {spec.id}, which it was "
        "not made for."
    )


def tuned(spec: TuneSpec, frozen: "FrozenModel", task: Task, values: np.ndarray, step: int) -> SoftPrompt:
    """A finished prompt with its provenance."""
    family = frozen.spec.family
    info = Prompt(
        spec.id,
        spec.backbone,
        spec.task,
        spec.seed,
        spec.settings.recipe,
        spec.settings.init,
        len(values),
        values.shape[1],
        step=step,
        template="<mask> text_a text_b" if family == MASKED_LM else task.t5_template,
        label_words=tuple(task.label_words(family)) if task.is_classification else (),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        extra={"max_tokens": spec.settings.max_tokens, **model_facts(frozen)},
    )
    return SoftPrompt(values, info)


def model_facts(frozen: "FrozenModel") -> dict[str, object]:
    """What stock PEFT cannot read from every model's configuration (DistilBERT spells the heads otherwise)."""
    config = frozen.model.config
    return {"family": frozen.spec.family, "layers": int(config.num_hidden_layers), "heads": int(config.num_attention_heads)}


TENSOR = "prompt_embeddings"
"""Name of the tensor in a stock PEFT adapter of a soft prompt."""


def read_tensor(data: bytes, name: str, where: Path) -> np.ndarray:
    """One float32 tensor out of the bytes of a safetensors file. Raises Damaged when it is not there."""
    try:
        return np.array(load(data)[name], dtype=np.float32)
    except (SafetensorError, KeyError) as error:
        raise Damaged(f"{where} holds no prompt '{name}' ({error}). Delete it and run the prompt again.") from None
