"""A tuning step, ours against stock PEFT: RoBERTa-base's shape, P = 100, texts of 64 tokens, batch 8, fp32.

python -m tests.bench.bench_peft [--rounds 8] [--dtype fp32|bf16] [--device cpu|cuda] [--busy]
"""

import argparse
from collections.abc import Callable
from dataclasses import replace

import torch
from peft import PromptTuningConfig, get_peft_model

from ptlib.base.progress import Silent
from ptlib.models.load import DTYPES, FrozenModel
from ptlib.models.positions import Row, pad
from ptlib.prompts.spec import TuneSettings
from ptlib.prompts.tuning import _Stack
from ptlib.tasks.data import TrainingData
from tests.bench.common import add_busy_options, alternating, busy, examples, job, middle, roberta, show

P, BATCH, TEXT = 100, 8, 64
TARGET = 1.5


def stock(frozen: FrozenModel, rows: list[Row]) -> Callable[[], float]:
    """One step as a user of PEFT writes it: logits at the mask, cross-entropy over the label words, AdamW."""
    config = PromptTuningConfig(task_type="FEATURE_EXTRACTION", num_virtual_tokens=P)
    model = get_peft_model(frozen.model, config).eval()
    optimiser = torch.optim.AdamW([weight for weight in model.parameters() if weight.requires_grad], lr=0.01)
    ids, mask = pad([row.ids for row in rows], 1, frozen.device)
    words = [sequence[0] for sequence in rows[0].choices]
    gold = torch.tensor([row.gold for row in rows], device=frozen.device)

    def step() -> float:
        optimiser.zero_grad(set_to_none=True)
        logits = model(input_ids=ids, attention_mask=mask).logits[:, P + 1][:, words].float()
        loss = torch.nn.functional.cross_entropy(logits, gold)
        loss.backward()
        optimiser.step()
        return loss.item()

    return step


def measure(dtype: str = "fp32", device: str = "cpu", rounds: int = 8) -> dict[str, list[float]]:
    """Seconds of every step, ours and PEFT's in turn, on the same model and inputs."""
    frozen = roberta(768, 12, 3072, 50265, 12)
    model = frozen.model.to(device, DTYPES[dtype])
    frozen = replace(frozen, model=model, device=torch.device(device), dtype=DTYPES[dtype])
    settings = TuneSettings(prompt_length=P, steps=10_000, batch_size=BATCH, max_tokens=TEXT - 4, validation_size=1)
    data = TrainingData(examples(BATCH, 80), examples(1, 80))
    ours = _Stack(frozen, [job(frozen, settings, data)], Silent(), None)
    rows = ours.tracks[0].train
    assert {len(row.ids) for row in rows} == {TEXT + 1}  # the mask comes on top
    wait = torch.cuda.synchronize if device.startswith("cuda") else lambda: None
    theirs = stock(frozen, rows)
    return alternating({"ours": lambda: (ours._take_step(), wait()), "PEFT": lambda: (theirs(), wait())}, rounds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--dtype", choices=tuple(DTYPES), default="fp32")
    parser.add_argument("--device", default="cpu")
    add_busy_options(parser)
    options = parser.parse_args()
    busy(options)
    found = measure(options.dtype, options.device, options.rounds)
    ratio = [b / a for a, b in zip(found["ours"], found["PEFT"], strict=True)]
    show(
        f"Tuning step, RoBERTa-base's shape, P = {P}, {TEXT} tokens, batch {BATCH}, {options.dtype}, {options.device}",
        {
            **{f"{name}: median (least) seconds a step": f"{middle(s):.3f} ({min(s):.3f})" for name, s in found.items()},
            "PEFT / ours: median of pairs, of the least": f"{middle(ratio):.2f}, {min(found['PEFT']) / min(found['ours']):.2f}",
        },
        f"wanted: at least {TARGET}",
    )


if __name__ == "__main__":
    main()
