"""What the parts share: the machine's facts, shapes and random models of them, timing in turn, one JSON a part."""

import gc
import json
import os
import platform
import statistics
import subprocess
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch
from transformers import RobertaConfig, RobertaForMaskedLM, T5Config, T5ForConditionalGeneration

from ptlib.base.files import write_atomically
from ptlib.models.load import DTYPES, FrozenModel, load_model
from ptlib.models.registry import get_backbone
from ptlib.models.spec import BackboneSpec
from tests.fixtures import tiny_models

PACKAGES = ("torch", "transformers", "peft", "triton", "numpy", "safetensors", "pandas", "pyarrow")
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of a model with random weights."""

    name: str
    family: str
    width: int
    layers: int
    ffn: int
    heads: int
    vocabulary: int


FULL = {
    shape.name: shape
    for shape in (
        Shape("roberta-base", "mlm", 768, 12, 3072, 12, 50265),
        Shape("roberta-large", "mlm", 1024, 24, 4096, 16, 50265),
        Shape("t5-base", "t5", 768, 12, 3072, 12, 32128),
        Shape("t5-large", "t5", 1024, 24, 4096, 16, 32128),
    )
}


def shapes(rehearse: bool) -> dict[str, Shape]:
    """The shapes by name; in a rehearsal tiny ones under the same names."""
    if not rehearse:
        return FULL
    return {name: Shape(name, shape.family, 32, 2, 64, 2, 3000) for name, shape in FULL.items()}


class Report:
    """One part's figures; the file is whole after every one."""

    def __init__(self, path: Path, part: str, rehearse: bool) -> None:
        self.path, self.begun, self.failed = path, time.monotonic(), False
        self.values = {"part": part, "rehearsal": rehearse, "complete": False, **facts(), "rows": []}

    def add(self, **row: object) -> None:
        """Keep one figure and print it."""
        self.values["rows"].append(row)
        self._write()
        print("  " + ", ".join(f"{name} {_short(value)}" for name, value in row.items()), flush=True)

    @contextmanager
    def attempt(self, **what: object) -> Iterator[None]:
        """One figure that may fail: the others are measured all the same, and the part counts as failed."""
        try:
            yield
        except Exception as error:
            traceback.print_exc()
            self.failed = True
            self.add(**what, error=f"{type(error).__name__}: {str(error)[:300]}")

    def end(self) -> None:
        """The part ran to its end."""
        self.values["complete"] = True
        self._write()

    def _write(self) -> None:
        self.values["seconds"] = round(time.monotonic() - self.begun, 1)
        write_atomically(self.path, json.dumps(self.values, indent=1).encode())


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def facts() -> dict[str, object]:
    """Card, driver, date, commit, versions: what every figure is quoted with."""
    card = {"card": "none", "processor": platform.processor() or platform.machine(), "cores": os.cpu_count()}
    if torch.cuda.is_available():
        about = torch.cuda.get_device_properties(0)
        card |= {"card": about.name, "multiprocessors": about.multi_processor_count, "memory_bytes": about.total_memory}
        card |= {"driver": _said("nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader")}
    return card | {
        "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "commit": os.environ.get("MEASURE_COMMIT") or _said("git", "rev-parse", "HEAD"),
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in PACKAGES},
        "cuda": torch.version.cuda,
    }


def _said(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return done.stdout.strip() if done.returncode == 0 and done.stdout.strip() else "unknown"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def random_model(shape: Shape, dtype: str, tokenizer_of: str = "") -> FrozenModel:
    """A model of a shape with random weights, made on the device itself; tokenizer of the tests, or of a backbone."""
    torch.manual_seed(0)
    with torch.device(DEVICE):
        model = _masked_lm(shape) if shape.family == "mlm" else _t5(shape)
    model = model.eval().requires_grad_(False).to(DTYPES[dtype])
    with tempfile.TemporaryDirectory() as folder:
        location = tokenizer_of or tiny_models.make(Path(folder) / "tiny", "roberta" if shape.family == "mlm" else "t5")
        tokenizer = load_model(get_backbone(location)).tokenizer
    parameters = sum(weight.numel() for weight in model.parameters())
    spec = BackboneSpec(
        id=shape.name, name=shape.name, family=shape.family, location=shape.name, source="folder", width=shape.width,
        layers=shape.layers, ffn=shape.ffn, parameters=parameters, max_positions=512 if shape.family == "mlm" else None,
    )  # fmt: skip
    return FrozenModel(spec, model, tokenizer, torch.device(model.device), DTYPES[dtype])


def _masked_lm(shape: Shape) -> RobertaForMaskedLM:
    config = RobertaConfig(
        vocab_size=shape.vocabulary, hidden_size=shape.width, num_hidden_layers=shape.layers, num_attention_heads=shape.heads,
        intermediate_size=shape.ffn, max_position_embeddings=514, type_vocab_size=1, pad_token_id=1, bos_token_id=0,
        eos_token_id=2,
    )  # fmt: skip
    return RobertaForMaskedLM(config)


def _t5(shape: Shape) -> T5ForConditionalGeneration:
    config = T5Config(
        vocab_size=shape.vocabulary, d_model=shape.width, d_ff=shape.ffn, d_kv=shape.width // shape.heads,
        num_layers=shape.layers, num_heads=shape.heads, pad_token_id=0, eos_token_id=1, decoder_start_token_id=0,
    )  # fmt: skip
    return T5ForConditionalGeneration(config)


def wait() -> None:
    """Until the device has done all it was given."""
    if DEVICE == "cuda":
        torch.cuda.synchronize()


def forget() -> None:
    """Give the device's memory of what is no longer used back."""
    if DEVICE == "cuda":
        gc.collect()
        torch.cuda.empty_cache()


def in_turn(
    ways: Mapping[str, Callable[[], object]], rounds: int, warm_up: int = 3, most_s: float = 8.0
) -> dict[str, list[float]]:
    """Seconds of every call, the ways taking turns after some unmeasured calls each; ends early after `most_s`."""
    for way in ways.values():
        for _ in range(min(warm_up, rounds)):
            way()
        wait()
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    begun = time.perf_counter()
    for number in range(rounds):
        for name, way in ways.items():
            at = time.perf_counter()
            way()
            wait()
            seconds[name].append(time.perf_counter() - at)
        if number >= 2 and time.perf_counter() - begun > most_s:
            break
    return seconds


def spread(seconds: list[float]) -> dict[str, float | int]:
    """Median, least and largest of the measured seconds, and how many they were."""
    return {"median_s": statistics.median(seconds), "least_s": min(seconds), "most_s": max(seconds), "n": len(seconds)}


def peak_bytes(way: Callable[[], object]) -> int:
    """Most device memory in use during a call; 0 on a CPU."""
    if DEVICE != "cuda":
        way()
        return 0
    wait()
    torch.cuda.reset_peak_memory_stats()
    way()
    wait()
    return torch.cuda.max_memory_allocated()
