"""Export of a soft prompt as a stock PEFT adapter: delivered only after a round trip in this process.

The folder is written under another name, loaded with PEFT's own `from_pretrained` onto the same backbone, and must give
the logits that our engine gives (T5: the same greedy text as well). Only then does it get its name.
"""

import shutil
import tempfile
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from safetensors.numpy import load

from ptlib.base.errors import BadInput, RunFailed
from ptlib.models.forward import label_log_probs
from ptlib.models.load import FrozenModel
from ptlib.models.positions import Row, label_position, lay_out, pad
from ptlib.models.t5 import generate
from ptlib.prompts.soft import WEIGHTS, SoftPrompt, check_fits, model_facts
from ptlib.tasks.task import Example, Task

TOLERANCE = {"fp32": 1e-5, "bf16": 5e-2}
"""Largest difference of log-probabilities between PEFT and us that counts as equal."""
_TEXTS = ("It was good.", "It was bad, and much longer than anybody would have liked.", "Why?")
_SHORT, _WORDS = 8, 64


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """What the check found."""

    folder: Path
    difference: float
    """Largest absolute difference of the log-probabilities, over words from the whole vocabulary, at the answer position."""
    generated: int
    """Texts that both generated alike (T5 only)."""

    def __str__(self) -> str:
        more = f", and {self.generated} generated texts are the same" if self.generated else ""
        return f"Read back by PEFT: log-probabilities differ by at most {self.difference:.1e}{more}."


def export_adapter(prompt: SoftPrompt, frozen: FrozenModel, out: Path) -> RoundTrip:
    """Write `prompt` to `out` as a stock PEFT adapter folder, after checking it against PEFT on its backbone.

    Raises:
        BadInput: another prompt is at `out`, or the prompt does not fit the backbone.
        RunFailed: PEFT computes something else with it; nothing is left at `out`.
    """
    check_fits(prompt, frozen.spec)
    if (out / WEIGHTS).exists() and not (load((out / WEIGHTS).read_bytes())["prompt_embeddings"] == prompt.values).all():
        raise BadInput(f"{out} holds another prompt already. Nothing was replaced; choose another folder.")
    out.parent.mkdir(parents=True, exist_ok=True)
    prompt = replace(prompt, info=replace(prompt.info, extra={**prompt.info.extra, **model_facts(frozen)}))
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".export-") as part:
        prompt.save(Path(part) / "adapter")
        found = round_trip(prompt, frozen, Path(part) / "adapter")
        shutil.copytree(Path(part) / "adapter", out, dirs_exist_ok=True)
    return replace(found, folder=out)


def round_trip(prompt: SoftPrompt, frozen: FrozenModel, folder: Path) -> RoundTrip:
    """Load an adapter folder with PEFT onto the backbone and compare it with our engine. Raises RunFailed when they differ."""
    size = frozen.model.config.vocab_size
    ids = list(range(0, size, max(1, size // _WORDS)))
    rows = _rows(frozen, len(prompt.values), ids)
    soft = torch.tensor(prompt.values, device=frozen.device).expand(len(rows), -1, -1)
    peft = _through_peft(frozen, folder)
    with torch.no_grad():
        theirs = torch.log_softmax(_peft_logits(frozen, peft, rows, len(prompt.values))[:, ids], -1)
        difference = float((label_log_probs(frozen, soft, rows) - theirs).abs().max())
    texts = [] if frozen.is_masked_lm else generate(frozen, soft, rows, _SHORT)
    same = sum(a == b for a, b in zip(texts, _peft_texts(frozen, peft, rows) if texts else [], strict=True))
    dtype = "fp32" if frozen.dtype == torch.float32 else "bf16"
    if not difference <= TOLERANCE[dtype] or (dtype == "fp32" and same < len(texts)):
        raise RunFailed(
            f"PEFT computes something else with this adapter (log-probabilities differ by {difference:.1e}, {same} of "
            f"{len(texts)} texts agree). It was not exported; please report it with the versions that `doctor` prints."
        )
    return RoundTrip(folder, difference, same)


def _rows(frozen: FrozenModel, length: int, ids: list[int]) -> list[Row]:
    """A few texts in our layout, each answered with one of `ids`."""
    task = Task(id="round-trip", name="Round trip", family="own", kind="open_qa", t5_template="{text_a}")
    rows = lay_out(frozen, task, [Example(str(number), text) for number, text in enumerate(_TEXTS)], length, 32)
    return [replace(row, choices=tuple((id_,) for id_ in ids)) for row in rows]


def _through_peft(frozen: FrozenModel, folder: Path) -> Any:
    """The backbone with the adapter on it, as any user of PEFT would load it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of transformers, at a call of PEFT's own
        return PeftModel.from_pretrained(frozen.model, str(folder)).eval()


def _peft_logits(frozen: FrozenModel, peft: Any, rows: list[Row], length: int) -> torch.Tensor:
    """Vocabulary logits [R, V] at the answer position, one row at a time, without padding."""
    found = []
    for row in rows:
        ids = torch.tensor([row.ids], device=frozen.device)
        if frozen.is_masked_lm:
            found.append(peft(input_ids=ids, attention_mask=torch.ones_like(ids)).logits[0, label_position(frozen, length)])
        else:
            start = torch.tensor([[frozen.model.config.decoder_start_token_id]], device=frozen.device)
            found.append(peft(input_ids=ids, attention_mask=torch.ones_like(ids), decoder_input_ids=start).logits[0, 0])
    return torch.stack(found).float()


def _peft_texts(frozen: FrozenModel, peft: Any, rows: list[Row]) -> list[str]:
    ids, mask = pad([row.ids for row in rows], frozen.tokenizer.pad_token_id or 0, frozen.device)
    with torch.no_grad():
        out = peft.generate(input_ids=ids, attention_mask=mask, max_new_tokens=_SHORT, num_beams=1, do_sample=False)
    return [text.strip() for text in frozen.tokenizer.batch_decode(out, skip_special_tokens=True)]
