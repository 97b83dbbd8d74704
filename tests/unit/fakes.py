"""A stand-in for the torch side: same interface, instant, deterministic. `install()` puts it in place of the real modules.

The store side is tested against it; tests/unit/test_runs.py also runs the real thing on a tiny model.
"""

import json
import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np

import ptlib.tasks
from ptlib.errors import RunFailed
from ptlib.specs import TransferSpec, TuneSettings
from ptlib.tasks import Example, Task

P, D, N = 3, 4, 40
NAMES = ("alpha", "beta", "gamma", "bad")
TASKS = tuple(
    Task(
        id=f"toy/{name}",
        name=name.title(),
        family="sentiment",
        labels=("no", "yes"),
        words={"mlm": (" no", " yes")},
        hand_written={"mlm": "Is it good ?"},
    )
    for name in NAMES
)
SETTINGS = TuneSettings(prompt_length=P, steps=10, batch_size=2, eval_every=5, validation_size=4)


def backbone_folder(folder: Path) -> str:
    """A folder that `backbones.get_backbone` accepts."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps({"model_type": "roberta", "hidden_size": D, "max_position_embeddings": 66}))
    return str(folder)


def transfer(backbone: str, *tasks: str, seeds: tuple[int, ...] = (0, 1), **more: object) -> TransferSpec:
    """A map of toy tasks."""
    names = tuple(f"toy/{name}" for name in tasks)
    return TransferSpec(backbone, names, names, seeds, SETTINGS, **more)


@dataclass(frozen=True)
class PromptInfo:
    id: str
    backbone: str
    task: str
    seed: int
    recipe: str = ""
    extra: dict = field(default_factory=dict)


@dataclass(frozen=True)
class SoftPrompt:
    values: np.ndarray
    info: PromptInfo

    def save(self, folder: Path) -> None:
        from safetensors.numpy import save_file

        folder.mkdir(parents=True)
        save_file({"prompt_embeddings": self.values}, folder / "adapter_model.safetensors")
        (folder / "prompt.json").write_text(json.dumps(self.info.__dict__))

    @classmethod
    def load(cls, folder: Path) -> "SoftPrompt":
        from safetensors.numpy import load_file

        info = PromptInfo(**json.loads((folder / "prompt.json").read_text()))
        return cls(load_file(folder / "adapter_model.safetensors")["prompt_embeddings"], info)


@dataclass(frozen=True)
class Predictions:
    prompt_id: str
    task: str
    metric: str
    example_id: tuple
    gold: tuple
    predicted: tuple
    score: np.ndarray
    log_prob: np.ndarray
    margin: np.ndarray

    def to_frame(self):
        import pandas as pd

        frame = pd.DataFrame(
            {
                "example_id": self.example_id,
                "gold": self.gold,
                "predicted": self.predicted,
                "score": self.score,
                "margin": self.margin,
            }
        )
        for label in range(self.log_prob.shape[1]):
            frame[f"log_prob_{label}"] = self.log_prob[:, label]
        return frame


def _point(step: int, loss: float) -> SimpleNamespace:
    return SimpleNamespace(step=step, loss=loss, validation=step / 20, seconds=step / 10)


CALLS: list[str] = []
"""What was computed, for tests that count."""


def tune(model, jobs, progress, checkpoint=None):
    start = int(checkpoint.read_text()) if checkpoint and checkpoint.exists() else 0
    CALLS.append(f"tune {' '.join(job.spec.task for job in jobs)} from {start}")
    for step in range(start, 10):
        progress.check()
        time.sleep(float(os.environ.get("FAKE_STEP_S", "0")))
        if any(job.task.id == "toy/bad" for job in jobs):
            raise RunFailed("The loss is not finite at step 0. Lower the learning rate.")
        for job in jobs:
            progress.point(job.spec.id, step, loss=1 / (step + 1), validation=step / 20, seconds=step / 10)
        progress.phase("steps", step + 1, 10)
        if checkpoint:
            checkpoint.write_text(str(step + 1))
    return [_result(job) for job in jobs]


def _result(job):
    values = np.full((P, D), job.spec.seed, np.float32)
    info = PromptInfo(job.spec.id, job.spec.backbone, job.spec.task, job.spec.seed)
    return SimpleNamespace(
        prompt=SoftPrompt(values, info),
        untrained_score=0.4,
        validation_score=0.9,
        best_step=10,
        steps=10,
        seconds=0.1,
        curve=(_point(0, 1.0), _point(10, 0.1)),
        trail={0: values * 0, 5: values / 2},
    )


def evaluate(model, prompts, task, examples, progress):
    CALLS.append(f"evaluate {len(prompts)} on {task.id}")
    return [_predict(prompt, task, examples) for prompt in prompts]


def _predict(prompt, task, examples):
    quality = 0.9 if prompt.info.task == task.id else 0.45 if prompt.info.id.startswith("r") else 0.7
    random = np.random.default_rng([ord(c) for c in prompt.info.id])
    right = random.random(len(examples)) < quality
    gold = [example.label for example in examples]
    guess = [label if ok else 1 - label for label, ok in zip(gold, right, strict=True)]
    log_prob = np.log(np.where(np.eye(2)[guess] > 0, 0.8, 0.2)).astype(np.float32)
    return Predictions(
        prompt.info.id,
        task.id,
        "accuracy",
        tuple(e.id for e in examples),
        tuple(task.labels[g] for g in gold),
        tuple(task.labels[g] for g in guess),
        right.astype(np.float32),
        log_prob,
        np.abs(log_prob[:, 0] - log_prob[:, 1]),
    )


def reference_prompt(model, kind, task, settings, seed):
    return SoftPrompt(np.zeros((P, D), np.float32), PromptInfo("unnamed", model.spec.id, kind, seed))


def capture_all(model, prompts, ids=()):
    CALLS.append(f"neurons of {len(prompts)}")
    names = ids or [prompt.info.id for prompt in prompts]
    found = [np.random.default_rng([ord(c) for c in name]).normal(size=(2, 8)).astype(np.float32) for name in names]
    return [SimpleNamespace(prompt_id=name, activation=value) for name, value in zip(names, found, strict=True)]


def dose_response(model, prompt, others, task, examples, ratios, draws, seed=0, progress=None):
    import pandas as pd

    CALLS.append(f"mask {task.id}")
    pairs = [("own", ""), *((kind, name) for name in others for kind in ("shared", "other"))]
    rows = [("none", "", 0.0, False, 0, 0, len(examples), 0.9, 0.8, 1.0)]
    for condition, name in pairs:
        for done, ratio in enumerate(ratios):
            progress.check()
            progress.phase("Masking neurons", done, len(ratios))
            time.sleep(float(os.environ.get("FAKE_STEP_S", "0")))
            rows.append((condition, name, ratio, False, 0, 4, len(examples), 0.9 - ratio / 2, 0.4, 0.9))
            twin = (4, len(examples), 0.9 - ratio / 4, np.nan, np.nan)
            rows += [(condition, name, ratio, True, draw, *twin) for draw in range(draws)]
    names = ["condition", "other", "ratio", "random", "draw", "neurons", "n", "score", "low", "high"]
    return pd.DataFrame(rows, columns=names)


def load_evaluation(task, limit=None, data=None):
    return tuple(Example(f"{task.id}-{i}", f"text {i}", label=i % 2) for i in range(limit or N))


def install(put=sys.modules.__setitem__) -> None:
    """Replace the torch side and the registry of tasks in this process."""
    parts = {
        "data": {
            "load_training": lambda task, settings, data=None: SimpleNamespace(train=(), validation=()),
            "load_evaluation": load_evaluation,
        },
        "models": {"load_model": lambda spec, device="cpu", dtype="fp32": SimpleNamespace(spec=spec)},
        "prompts": {
            "PromptInfo": PromptInfo,
            "SoftPrompt": SoftPrompt,
            "reference_prompt": reference_prompt,
            "check_fits": lambda prompt, spec: None,
        },
        "tuning": {
            "tune": tune,
            "TuneJob": lambda spec, task, data, start=None: SimpleNamespace(spec=spec, task=task, data=data, start=start),
        },
        "neurons": {"capture_all": capture_all},
        "masking": {"dose_response": dose_response},
        "evaluation": {"evaluate": evaluate, "Predictions": Predictions},
    }
    for name, members in parts.items():
        module = ModuleType(f"ptlib.{name}")
        module.__dict__.update(members)
        put(f"ptlib.{name}", module)
    ptlib.tasks.all_tasks = lambda: TASKS
    from ptlib import runs

    runs.resolve_device = lambda device: "cpu"
    runs._KEPT.clear()
    CALLS.clear()
