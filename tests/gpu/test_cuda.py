"""With CUDA: tunes, waits for nothing inside a step, cancels and gives the memory back, resumes, goes on when memory is short;
packed rows and bf16 close to fp32, speed against stock PEFT.

Skipped, visibly, where there is no CUDA.
"""

import gc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from ptlib.base.errors import Cancelled
from ptlib.base.progress import Silent
from ptlib.models import forward, packed
from ptlib.models.forward import label_log_probs
from ptlib.models.load import DTYPES, FrozenModel, load_model
from ptlib.models.positions import lay_out
from ptlib.models.registry import get_backbone
from ptlib.models.room import Room
from ptlib.prompts.evaluation import evaluate
from ptlib.prompts.record import Prompt
from ptlib.prompts.soft import SoftPrompt
from ptlib.prompts.spec import TuneSettings, TuneSpec
from ptlib.prompts.tuning import TuneJob, _Stack, tune
from ptlib.tasks.data import TrainingData
from tests.fixtures import tiny_models

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA here"),
    pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning"),  # peft's own call
]
SETTINGS = TuneSettings(prompt_length=4, steps=40, batch_size=8, lr=0.1, eval_every=10, validation_size=20, max_tokens=40)
BF16_TOLERANCE = 0.1
"""Largest difference of a label's log-probability, bf16 weights against fp32, on the tiny random models."""


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    root = tmp_path_factory.mktemp("models")
    return {kind: tiny_models.make(root / kind, kind) for kind in ("roberta", "bert", "modernbert", "t5")}


def jobs(frozen: FrozenModel, settings: TuneSettings = SETTINGS) -> list[TuneJob]:
    data = TrainingData(tiny_models.examples(40, 1), tiny_models.examples(20, 2))
    tasks = [tiny_models.task(number) for number in (0, 1)]
    return [TuneJob(TuneSpec(frozen.spec.id, task.id, 0, settings), task, data) for task in tasks]


class Stop(Silent):
    """Asks to stop at a step."""

    def __init__(self, at: int) -> None:
        self.at, self.seen = at, 0

    def phase(self, name: str, done: int, total: int) -> None:
        self.seen = done

    def check(self) -> None:
        if self.seen >= self.at:
            raise Cancelled("stopped")


def allocated() -> int:
    gc.collect()
    torch.cuda.synchronize()
    return torch.cuda.memory_allocated()


@pytest.mark.parametrize("kind", ["roberta", "bert", "modernbert", "t5"])
def test_it_computes_what_the_cpu_computes(folders: dict[str, str], kind: str) -> None:
    found = []
    for device in ("cpu", "cuda"):
        frozen = load_model(get_backbone(folders[kind]), device)
        rows = lay_out(frozen, tiny_models.task(0), tiny_models.examples(8), 4, 40)
        soft = torch.tensor(np.random.default_rng(0).normal(0, 0.5, (8, 4, 16)), dtype=torch.float32, device=device)
        with torch.no_grad():
            found.append(label_log_probs(frozen, soft, rows).cpu())
    assert (found[0] - found[1]).abs().max() < 1e-3  # TF32 is off by default; other kernels sum in another order


@pytest.mark.parametrize("kind", ["roberta", "t5"])
def test_it_tunes(folders: dict[str, str], kind: str) -> None:
    frozen = load_model(get_backbone(folders[kind]), "cuda")
    for result in tune(frozen, jobs(frozen, replace(SETTINGS, lr=0.1 if kind == "roberta" else 0.4)), Silent()):
        assert result.curve[-1].loss < result.curve[0].loss and np.isfinite(result.prompt.values).all()


def test_a_cancelled_run_gives_its_memory_back_and_is_resumed(folders: dict[str, str], tmp_path: Path) -> None:
    frozen = load_model(get_backbone(folders["roberta"]), "cuda")
    work = jobs(frozen)
    tune(frozen, work, Silent())  # libraries keep a workspace of their own from the first use on
    before = allocated()
    whole = tune(frozen, work, Silent())
    assert allocated() == before
    with pytest.raises(Cancelled):
        tune(frozen, work, Stop(25), tmp_path / "c")
    assert allocated() == before
    resumed = tune(frozen, work, Silent(), tmp_path / "c")
    assert [len(result.curve) for result in resumed] == [len(result.curve) for result in whole]
    for first, second in zip(whole, resumed, strict=True):  # bit-identical on the CPU only: CUDA sums in any order
        assert np.abs(first.prompt.values - second.prompt.values).max() < 0.05
        assert first.validation_score == pytest.approx(second.validation_score, abs=0.1)


@pytest.mark.parametrize("kind", ["roberta", "t5"])
def test_bf16_stays_within_the_stated_tolerance(folders: dict[str, str], kind: str) -> None:
    found = []
    for dtype in DTYPES:
        frozen = load_model(get_backbone(folders[kind]), "cuda", dtype)
        rows = lay_out(frozen, tiny_models.task(0), tiny_models.examples(20), 4, 40)
        soft = torch.tensor(np.random.default_rng(0).normal(0, 0.5, (20, 4, 16)), dtype=torch.float32, device="cuda")
        with torch.no_grad():
            found.append(label_log_probs(frozen, soft, rows).cpu())
    assert found[1].dtype == torch.float32
    difference = (found[0] - found[1]).abs().max()
    print(f"{kind}: bf16 differs from fp32 by at most {difference:.4f}")
    assert difference < BF16_TOLERANCE


@pytest.mark.parametrize("kind", ["roberta", "bert"])
@pytest.mark.parametrize("compiled", [False, True])
def test_packed_rows_answer_what_padded_ones_do(
    folders: dict[str, str], kind: str, compiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen = load_model(get_backbone(folders[kind]), "cuda", "bf16")
    rows = lay_out(frozen, tiny_models.task(0), tiny_models.examples(20), 4, 40)
    values = torch.tensor(np.random.default_rng(0).normal(0, 0.5, (20, 4, 16)), dtype=torch.float32, device="cuda")

    def answers() -> tuple[torch.Tensor, torch.Tensor]:
        soft = values.clone().requires_grad_(True)
        with packed.compiling(compiled):
            found = label_log_probs(frozen, soft, rows)
        return found.detach(), torch.autograd.grad(found[:, 0].sum(), soft)[0]

    assert packed.can_pack(frozen)
    together, packed_slopes = answers()
    monkeypatch.setattr(forward, "can_pack", lambda _: False)
    padded, slopes = answers()
    close = torch.nn.functional.cosine_similarity(slopes.flatten(), packed_slopes.flatten(), dim=0)
    print(f"{kind}: packed differs from padded by at most {(together - padded).abs().max():.4f}, slopes' cosine {close:.4f}")
    assert (together - padded).abs().max() < BF16_TOLERANCE and close > 0.98


@pytest.mark.parametrize("dtype", list(DTYPES))
def test_nothing_inside_a_step_waits_for_the_device(folders: dict[str, str], dtype: str) -> None:
    frozen = load_model(get_backbone(folders["roberta"]), "cuda", dtype)
    stack = _Stack(frozen, jobs(frozen), Silent(), None)
    stack._first_point()
    stack._take_step()
    torch.cuda.set_sync_debug_mode("error")
    try:
        for _ in range(3):
            stack._take_step()
    finally:
        torch.cuda.set_sync_debug_mode("default")
    stack._validate()
    assert np.isfinite([track.curve[-1].loss for track in stack.tracks]).all()


@pytest.mark.parametrize("dtype", list(DTYPES))
def test_a_step_goes_on_in_smaller_passes_when_memory_is_short(folders: dict[str, str], dtype: str) -> None:
    frozen = load_model(get_backbone(folders["roberta"]), "cuda", dtype)
    big = replace(SETTINGS, batch_size=4096, steps=2, eval_every=2)
    (whole,) = tune(frozen, jobs(frozen, big)[:1], Silent())
    torch.cuda.empty_cache()
    total, used = torch.cuda.get_device_properties(0).total_memory, torch.cuda.memory_reserved()
    short = replace(frozen, room=Room())
    torch.cuda.set_per_process_memory_fraction((used + (40 << 20)) / total)  # the card itself still says it has more
    try:
        before = short.tokens_a_pass(True)
        (found,) = tune(short, jobs(frozen, big)[:1], Silent())
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    print(f"{dtype}: {before} tokens a pass became {short.tokens_a_pass(True)}")
    assert short.tokens_a_pass(True) < before
    assert found.curve[0].loss == pytest.approx(whole.curve[0].loss, abs=0.02)
    assert np.abs(found.prompt.values - whole.prompt.values).max() < 0.05


def test_evaluation_of_many_prompts_is_that_of_the_cpu(folders: dict[str, str]) -> None:
    task, examples, found = tiny_models.task(2), tiny_models.examples(60, 3, labels=3), []
    values = np.random.default_rng(0).normal(0, 0.5, (5, 4, 16)).astype(np.float32)
    prompts = [SoftPrompt(value, Prompt(f"p{number}", "x", task.id, 0)) for number, value in enumerate(values)]
    for device, dtype in (("cpu", "fp32"), ("cuda", "fp32"), ("cuda", "bf16")):
        frozen = load_model(get_backbone(folders["roberta"]), device, dtype)
        found.append(np.stack([answer.log_prob for answer in evaluate(frozen, prompts, task, examples, Silent())]))
    assert np.abs(found[1] - found[0]).max() < 1e-3 and np.abs(found[2] - found[0]).max() < BF16_TOLERANCE


@pytest.mark.quiet
@pytest.mark.parametrize("dtype", list(DTYPES))
def test_speed_against_stock_peft(dtype: str) -> None:
    """Steps a second on RoBERTa-base's shape, P = 100; reported, and not slower."""
    from tests.bench import bench_peft
    from tests.bench.common import middle

    found = bench_peft.measure(dtype, "cuda", rounds=20)
    rates = {name: 1 / middle(seconds) for name, seconds in found.items()}
    print(f"{torch.cuda.get_device_name()}, {dtype}: {', '.join(f'{name} {rate:.1f} steps/s' for name, rate in rates.items())}")
    assert rates["ours"] > rates["PEFT"]
