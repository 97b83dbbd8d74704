"""Soft prompts [P, D]: initialisers, reference rows, and the stock PEFT adapter folder they are kept in.

Folder: adapter_config.json, adapter_model.safetensors (`prompt_embeddings` [P, D] float32), prompt.json (ours).
The two adapter files alone load in stock PEFT; prompt.json says where the prompt came from.
"""

import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ptlib.base.errors import BadInput, Damaged
from ptlib.models.registry import BackboneSpec
from ptlib.prompts.spec import REFERENCE_ROWS, TuneSettings, TuneSpec
from ptlib.results.rows import TENSOR, read_tensor
from ptlib.tasks.task import MASKED_LM, Task

if TYPE_CHECKING:
    from ptlib.models.load import FrozenModel

WEIGHTS, CONFIG, INFO = "adapter_model.safetensors", "adapter_config.json", "prompt.json"
RANDOM_STD = 0.02
"""Standard deviation of the random initialisation, as in the paper's code (spec 1.5)."""


@dataclass(frozen=True, slots=True)
class PromptInfo:
    """Where a prompt came from."""

    id: str
    backbone: str
    task: str
    seed: int
    recipe: str = ""
    init: str = ""
    prompt_length: int = 0
    width: int = 0
    layout: str = "prepend"
    step: int = 0
    """Optimiser step the values were taken at."""
    template: str = ""
    label_words: tuple[str, ...] = ()
    created: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """max_tokens, source, label_ids, ... : whatever an evaluation needs or a reader may ask."""


@dataclass(frozen=True, slots=True)
class SoftPrompt:
    """Values [P, D] float32 with their provenance."""

    values: np.ndarray
    info: PromptInfo

    def save(self, folder: Path) -> None:
        """Write the adapter folder.

        Raises:
            BadInput: another prompt is there already.
        """
        from safetensors.numpy import save

        data = save({TENSOR: np.ascontiguousarray(self.values, dtype=np.float32)})
        there = folder / WEIGHTS
        if there.exists() and there.read_bytes() != data:
            raise BadInput(f"{folder} holds another prompt already. Nothing was replaced; choose another folder.")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / CONFIG).write_text(json.dumps(self._config(), indent=1), encoding="utf-8")
        (folder / INFO).write_text(json.dumps(asdict(self.info), indent=1, ensure_ascii=False), encoding="utf-8")
        there.write_bytes(data)

    def _config(self) -> dict[str, object]:
        """What PEFT needs; the keys that it guesses wrongly when they are absent are written out."""
        masked = self.info.extra.get("family", MASKED_LM) == MASKED_LM
        return {
            "peft_type": "PROMPT_TUNING",
            "task_type": "FEATURE_EXTRACTION" if masked else "SEQ_2_SEQ_LM",
            "base_model_name_or_path": self.info.backbone,
            "num_virtual_tokens": len(self.values),
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
        values = read_tensor((folder / WEIGHTS).read_bytes(), TENSOR, folder / WEIGHTS)
        try:
            given = json.loads((folder / INFO).read_text(encoding="utf-8"))
            known = PromptInfo.__dataclass_fields__
            info = PromptInfo(
                **{key: tuple(item) if isinstance(item, list) else item for key, item in given.items() if key in known}
            )
        except (ValueError, TypeError, AttributeError) as error:
            raise Damaged(
                f"{folder / INFO} cannot be read ({str(error)[:80]}). Delete the folder and make the prompt again."
            ) from None
        if values.ndim != 2 or not np.isfinite(values).all():
            raise Damaged(f"{folder / WEIGHTS} holds no finite matrix [P, D]. Delete the folder and make the prompt again.")
        return cls(values, info)


def check_fits(prompt: SoftPrompt, spec: BackboneSpec) -> None:
    """Refuse a prompt of another width or one that leaves no room. Raises BadInput with both shapes."""
    length, width = prompt.values.shape
    if spec.width and width != spec.width:
        raise BadInput(
            f"The prompt '{prompt.info.id}' has shape [{length}, {width}] (tuned on "
            f"{prompt.info.backbone or 'an unknown model'}), "
            f"but {spec.id} needs [P, {spec.width}]. Use a prompt of this backbone, or a projector between the two."
        )
    if spec.max_positions and length + 8 > spec.max_positions:
        raise BadInput(f"A prompt of {length} soft tokens does not fit {spec.id}, which has {spec.max_positions} positions.")


def generator(task: Task, seed: int, *more: int) -> np.random.Generator:
    """Random numbers of one (task, seed): the same whether a prompt is tuned alone or in a stack."""
    return np.random.default_rng([seed, zlib.crc32(task.id.encode()), *more])


def initial_values(frozen: "FrozenModel", init: str, task: Task, seed: int, length: int) -> np.ndarray:
    """Values [P, D] float32 before the first step.

    init: random = N(0, 0.02); vocab = sampled vocabulary rows; labels = the label words' rows in turn;
    text:WORDS = the words' rows in turn. Each (task, seed) draws its own.

    Raises:
        BadInput: an initialisation without any token.
    """
    rng, width = generator(task, seed), frozen.spec.width
    if init == "random":
        return (rng.standard_normal((length, width)) * RANDOM_STD).astype(np.float32)
    if init == "vocab":
        special = set(frozen.tokenizer.all_special_ids)
        plain = [id_ for id_ in range(len(frozen.tokenizer)) if id_ not in special]
        return _rows(frozen, rng.choice(plain, size=length).tolist())
    if init == "labels":
        from ptlib.models.layout import label_choices

        ids = [id_ for sequence in label_choices(frozen, task).sequences for id_ in sequence]
    else:
        ids = frozen.tokenizer(init.removeprefix("text:").strip(), add_special_tokens=False)["input_ids"]
    if not ids:
        raise BadInput(f"The initialisation '{init}' gives no token for '{task.id}'. Use random or vocab, or other words.")
    return _rows(frozen, [ids[place % len(ids)] for place in range(length)])


def _rows(frozen: "FrozenModel", ids: list[int]) -> np.ndarray:
    """Word embeddings [len(ids), D] float32."""
    table = frozen.model.get_input_embeddings().weight
    return table[ids].detach().float().cpu().numpy().copy()


def reference_prompt(frozen: "FrozenModel", kind: str, task: Task, settings: TuneSettings, seed: int) -> SoftPrompt:
    """One prompt of a reference row.

    `untrained`: exactly what tuning on `task` with this seed starts from. `untrained_uniform`: uniform [0, 1), as the
    published code drew its random prompts. `hand_written`: the task's prompt in words, as long as it is.

    Raises:
        BadInput: unknown kind, or no hand-written prompt for this model family.
    """
    if kind == "untrained":
        init = "vocab" if settings.init.startswith("prompt:") else settings.init
        values = initial_values(frozen, init, task, seed, settings.prompt_length)
    elif kind == "untrained_uniform":
        values = generator(task, seed, 1).random((settings.prompt_length, frozen.spec.width)).astype(np.float32)
    elif kind == "hand_written":
        values = _hand_written(frozen, task)
    else:
        raise BadInput(f"Unknown reference row '{kind}'. Known: {', '.join(REFERENCE_ROWS)}.")
    info = PromptInfo(
        f"{kind}-{re.sub(r'[^a-z0-9]+', '-', task.id)}-{seed}",
        frozen.spec.id,
        kind,
        seed,
        init=kind,
        prompt_length=len(values),
        width=values.shape[1],
        extra={"max_tokens": settings.max_tokens, "family": frozen.spec.family},
    )
    return SoftPrompt(values, info)


def _hand_written(frozen: "FrozenModel", task: Task) -> np.ndarray:
    words = task.hand_written.get(frozen.spec.family, "")
    ids = frozen.tokenizer(words, add_special_tokens=False)["input_ids"] if words else []
    if not ids:
        raise BadInput(f"'{task.id}' has no hand-written prompt for {frozen.spec.family} models. Leave that row out.")
    return _rows(frozen, ids)


def tuned(spec: TuneSpec, frozen: "FrozenModel", task: Task, values: np.ndarray, step: int) -> SoftPrompt:
    """A finished prompt with its provenance."""
    from datetime import UTC, datetime

    family = frozen.spec.family
    info = PromptInfo(
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
        extra={"max_tokens": spec.settings.max_tokens, "family": family},
    )
    return SoftPrompt(values, info)
