"""What the benchmarks share: random models of a given shape, texts of a given length, alternating timing, a table."""

import argparse
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from transformers import RobertaConfig, RobertaForMaskedLM, T5Config, T5ForConditionalGeneration
from transformers.utils import logging

from ptlib.models.load import FrozenModel, load_model
from ptlib.models.registry import get_backbone
from ptlib.prompts.spec import TuneSettings, TuneSpec
from ptlib.prompts.tuning import TuneJob
from ptlib.tasks.data import TrainingData
from ptlib.tasks.task import Example
from tests.fixtures import tiny_models


def roberta(width: int, layers: int, ffn: int, vocabulary: int, heads: int, positions: int = 514) -> FrozenModel:
    """A random RoBERTa of a given shape, with the tokenizer of the tests."""
    config = RobertaConfig(
        vocab_size=vocabulary,
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=ffn,
        max_position_embeddings=positions,
        type_vocab_size=1,
        pad_token_id=1,
        bos_token_id=0,
        eos_token_id=2,
    )
    return _through_a_folder(RobertaForMaskedLM(config), "roberta")


def t5(width: int, layers: int, ffn: int, vocabulary: int, heads: int) -> FrozenModel:
    """A random T5 (v1.1 kind) of a given shape, with the tokenizer of the tests."""
    config = T5Config(
        vocab_size=vocabulary,
        d_model=width,
        d_ff=ffn,
        d_kv=width // heads,
        num_layers=layers,
        num_heads=heads,
        pad_token_id=0,
        eos_token_id=1,
        decoder_start_token_id=0,
        feed_forward_proj="gated-gelu",
        tie_word_embeddings=False,
    )
    return _through_a_folder(T5ForConditionalGeneration(config), "t5")


def _through_a_folder(model: torch.nn.Module, kind: str) -> FrozenModel:
    logging.disable_progress_bar()
    with tempfile.TemporaryDirectory() as folder:
        tiny_models.make(Path(folder) / "tiny", kind)
        model.save_pretrained(Path(folder) / "model")
        load_model(get_backbone(f"{folder}/tiny")).tokenizer.save_pretrained(f"{folder}/model")
        return load_model(get_backbone(f"{folder}/model"))


def examples(count: int, words: int, spread: int = 0) -> tuple[Example, ...]:
    """Labelled texts of about `words` tokens, up to `spread` more or less."""
    kinds = tiny_models.examples(count, 1)
    fill = ("the", "waiter", "liked", "good", "food", "and", "we", "loved", "the", "film", "but", "it", "was", "not", "very")
    out = []
    for number, item in enumerate(kinds):
        more = words - len(item.text_a.split()) + (number * 8) % (2 * spread + 1) - spread
        text = " ".join([item.text_a, *(fill[(number + place) % len(fill)] for place in range(max(0, more)))])
        out.append(Example(item.id, text, "", item.label, item.targets))
    return tuple(out)


def job(frozen: FrozenModel, settings: TuneSettings, data: TrainingData, number: int = 0, seed: int = 0) -> TuneJob:
    """One prompt of a toy task."""
    task = tiny_models.task(number % 2)
    return TuneJob(TuneSpec(frozen.spec.id, task.id, seed, settings), task, data)


_clock = [time.perf_counter]


def add_busy_options(parser: argparse.ArgumentParser) -> None:
    """`--busy`: for a machine that others use, where the wall clock says nothing."""
    parser.add_argument("--busy", action="store_true", help="one thread, and its CPU seconds instead of the wall clock's")


def busy(options: argparse.Namespace) -> None:
    """Switch to CPU seconds of one thread."""
    if options.busy:
        torch.set_num_threads(1)
        _clock[0] = time.process_time


def now() -> float:
    """Seconds of the chosen clock."""
    return _clock[0]()


def alternating(ways: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Seconds of every call, the ways taking turns after one unmeasured call each, so that other load hits all alike."""
    for way in ways.values():
        way()
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            begun = now()
            way()
            seconds[name].append(now() - begun)
    return seconds


def machine() -> str:
    """The machine and how busy it is, in one line."""
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    name = platform.processor() or platform.machine()
    if (cpu := Path("/proc/cpuinfo")).exists():
        name = next((line.split(":")[1].strip() for line in cpu.read_text().splitlines() if line.startswith("model name")), name)
    clock = "CPU seconds" if _clock[0] is time.process_time else "wall clock"
    threads = torch.get_num_threads()
    return f"{name}, {os.cpu_count()} cores, torch {torch.__version__}, {threads} threads, {clock}{load}"


def show(title: str, rows: Mapping[str, str], note: str = "") -> None:
    """Print a small table."""
    print(f"\n{title}\n  on {machine()}")
    for name, value in rows.items():
        print(f"  {name:<46}{value}")
    if note:
        print(f"  {note}")


def middle(seconds: list[float]) -> float:
    """Median."""
    return statistics.median(seconds)
