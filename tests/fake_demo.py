"""SYNTHETIC results in the demo's file format, for tests of the pages only. No number in here was measured.

Scores follow a simple rule (a prompt works within its family), predictions and curves are drawn to fit it.
"""

import hashlib
import json
import time
from dataclasses import asdict
from pathlib import Path

import fake_analyses
import numpy as np
import pandas as pd
from safetensors.numpy import save_file

from ptlib.backbones import BackboneSpec, default_settings
from ptlib.rows import examples_digest
from ptlib.specs import REFERENCE_ROWS, TuneSettings, TuneSpec, digest
from ptlib.tasks import MASKED_LM, T5, Task, all_tasks

BACKBONES = (("demo/roberta-small", "roberta-small", MASKED_LM), ("demo/t5-small", "t5-small", T5))
EXAMPLES = 120
SEEDS = (0, 1, 2)


def family_of_three() -> tuple[str, str, str]:
    """Three tasks of one family that every demo backbone can run: what the tests look at."""
    found = [
        task.id for task in all_tasks() if task.source == "embedded" and task.family == "sentiment" and task.supports(MASKED_LM)
    ]
    return found[-3], found[-2], found[-1]


def hopeless() -> str:
    """A task whose synthetic own prompt is no better than an untrained one."""
    return [task.id for task in all_tasks() if task.source == "embedded" and task.family == "paraphrase"][-1]


def build(folder: Path, holes: bool = True) -> Path:
    """Write backbones (configs only, no usable weights), tasks and results below `folder`; returns it."""
    rng = np.random.default_rng(0)
    tasks = [task for task in all_tasks() if task.source == "embedded"]
    for task in tasks:
        _write_task(folder, task, rng)
    for backbone_id, name, family in BACKBONES:
        _write_backbone(folder / "backbones" / name, family)
        usable = [task for task in tasks if task.supports(family)]
        _write_results(folder / "results" / name, backbone_id, family, usable, rng, holes)
    return folder


def _write_backbone(folder: Path, family: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    config = {
        "model_type": "roberta",
        "hidden_size": 16,
        "num_hidden_layers": fake_analyses.LAYERS,
        "intermediate_size": fake_analyses.WIDTH,
        "max_position_embeddings": 162,
    }
    if family == T5:
        config = {"model_type": "t5", "d_model": 16, "num_layers": 2, "num_decoder_layers": fake_analyses.LAYERS}
        config["d_ff"] = fake_analyses.WIDTH
    (folder / "config.json").write_text(json.dumps(config))
    save_file({"synthetic": np.zeros(1, np.float32)}, folder / "model.safetensors")


def _write_task(folder: Path, task: Task, rng: np.random.Generator) -> None:
    place = folder / "tasks" / task.id.removeprefix("demo/")
    place.mkdir(parents=True, exist_ok=True)
    for split in ("train", "validation", "evaluation"):
        rows = []
        for index in range(EXAMPLES):
            second = f"synthetic second text {index}" if "{text_b}" in task.t5_template else ""
            row = {"id": f"{split}-{index}", "text_a": f"synthetic {task.name.lower()} text number {index}", "text_b": second}
            row |= (
                {"label": int(rng.integers(len(task.labels)))}
                if task.is_classification
                else {"targets": [f"synthetic answer {index}"]}
            )
            rows.append(json.dumps(row))
        (place / f"{split}.jsonl").write_text("\n".join(rows) + "\n")


def _gold(folder: Path, task: Task) -> tuple[list[str], list[str]]:
    lines = (folder / "tasks" / task.id.removeprefix("demo/") / "evaluation.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    return [row["id"] for row in rows], [
        task.labels[row["label"]] if task.is_classification else row["targets"][0] for row in rows
    ]


def _level(source: Task | str, target: Task, rng: np.random.Generator) -> float:
    chance = target.chance or 0.1
    room = 0.93 - chance
    if isinstance(source, str):
        return chance + room * (0.45 if source == "hand_written" else 0.02)
    if target.id == hopeless():
        return chance + 0.02  # a target that is not learnable
    if source.id == target.id:
        return 0.93
    share = rng.uniform(0.55, 0.97) if source.family == target.family else rng.normal(0.06, 0.12)
    return float(np.clip(chance + room * share, 0.02, 0.98))


def _write_results(folder: Path, backbone: str, family: str, tasks: list[Task], rng: np.random.Generator, holes: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    spec = BackboneSpec(id=backbone, name=backbone, family=family, location="", source="embedded", width=16)
    settings, root = default_settings(spec), folder.parent.parent
    prompts, values, curves, scores, predictions, specs = [], {}, [], [], [], []
    for task in tasks:
        for seed in SEEDS:
            specs.append(TuneSpec(backbone, task.id, seed, settings))
            row, curve = _prompt(specs[-1], task, rng)
            prompts.append(row | {"settings": asdict(settings)})
            drawn = rng.normal(0, 0.3, (settings.prompt_length, 16))
            values[row["prompt_id"]] = (drawn + fake_analyses.lean(task, 16)).astype(np.float32)
            curves += curve
    for target in tasks:
        ids, gold = _gold(root, target)
        for source in (*tasks, *REFERENCE_ROWS):
            if holes and not isinstance(source, str) and source.id != target.id and rng.random() < 0.04:
                continue
            level = _level(source, target, rng)
            for seed in (0,) if source == "hand_written" else SEEDS:
                drawn = _cell(backbone, source, target, seed, settings, level + rng.normal(0, 0.015), ids, gold, rng)
                scores.append(drawn[0])
                predictions.append(drawn[1])
    extras = fake_analyses.write(folder, backbone, family, specs, {task.id: task for task in tasks}, values)
    _save(folder, backbone, prompts, values, curves, scores, pd.concat(predictions), extras)


def _prompt(spec: TuneSpec, task: Task, rng: np.random.Generator) -> tuple[dict, list[dict]]:
    chance, steps = task.chance or 0.1, spec.settings.steps
    top = chance + 0.02 if task.id == hopeless() else 0.93
    curve = []
    for step in range(0, steps + 1, spec.settings.eval_every):
        done = 1 - np.exp(-step / 50)
        curve.append(
            {
                "prompt_id": spec.id,
                "step": step,
                "loss": float(0.75 - 0.6 * done + rng.normal(0, 0.02)),
                "validation": float(np.clip(chance + (top - chance) * done + rng.normal(0, 0.015), 0, 1)),
                "seconds": step * 0.06,
            }
        )
    row = {
        "prompt_id": spec.id,
        "backbone": spec.backbone,
        "task": spec.task,
        "seed": spec.seed,
        "recipe": spec.settings.recipe,
        "init": spec.settings.init,
        "steps": steps,
        "best_step": steps,
        "untrained_score": curve[0]["validation"],
        "validation_score": curve[-1]["validation"],
        "seconds": steps * 0.06,
        "created": 1.7e9,
        "run_id": "synthetic",
    }
    return row, curve


def _cell(
    backbone: str,
    source: Task | str,
    target: Task,
    seed: int,
    settings: TuneSettings,
    level: float,
    ids: list[str],
    gold: list[str],
    rng: np.random.Generator,
) -> tuple[dict, pd.DataFrame]:
    name = source if isinstance(source, str) else source.id
    prompt_id = (
        TuneSpec(backbone, name, seed, settings).id
        if not isinstance(source, str)
        else "r" + digest({"kind": name, "target": target.id, "seed": seed, "backbone": backbone})
    )
    hard = np.random.default_rng(int(hashlib.sha256(target.id.encode()).hexdigest()[:8], 16)).random(len(ids))
    right = (hard * 0.7 + rng.random(len(ids)) * 0.3) < np.clip(level, 0, 1)
    predicted = [g if ok else _other(target, g) for g, ok in zip(gold, right, strict=True)]
    vector = right.astype("<f4")
    row = {
        "prompt_id": prompt_id,
        "source": name,
        "target": target.id,
        "backbone": backbone,
        "seed": seed,
        "recipe": settings.recipe,
        "init": settings.init,
        "limited": 0,
        "n": len(ids),
        "score": float(vector.mean()),
        "metric": target.metric,
        "created": 1.7e9,
        "run_id": "synthetic",
        "examples": examples_digest(ids),
        "vector": vector.tobytes(),
    }
    frame = pd.DataFrame(
        {
            "prompt_id": prompt_id,
            "target": target.id,
            "example_id": ids,
            "gold": gold,
            "predicted": predicted,
            "score": vector,
            "margin": (np.where(right, 1, -1) * rng.gamma(2, 0.8, len(ids))).astype(np.float32),
        }
    )
    return row, frame


def _other(task: Task, gold: str) -> str:
    return next((label for label in task.labels if label != gold), "synthetic wrong answer")


def _save(
    folder: Path,
    backbone: str,
    prompts: list[dict],
    values: dict,
    curves: list[dict],
    scores: list[dict],
    predictions: pd.DataFrame,
    extras: tuple[dict[str, str], list[dict]],
) -> None:
    save_file(values, folder / "prompts.safetensors")
    (folder / "prompts.json").write_text(json.dumps(prompts))
    pd.DataFrame(scores).to_parquet(folder / "scores.parquet", index=False)
    predictions.to_parquet(folder / "predictions.parquet", index=False)
    pd.DataFrame(curves).to_parquet(folder / "curves.parquet", index=False)
    names = ("prompts.safetensors", "prompts.json", "scores.parquet", "predictions.parquet", "curves.parquet")
    sums = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}
    speeds = [
        {"backbone": backbone, "kind": kind, "device": "cpu", "units": units, "seconds": seconds}
        for kind, units, seconds in (("tune", 32_000, 60.0), ("evaluate", 20_000, 20.0))
    ]
    manifest = {
        "backbone": backbone,
        "files": sums | extras[0],
        "artefacts": extras[1],
        "provenance": {"what": "SYNTHETIC, for tests of the pages"},
        "speeds": speeds,
        "created": time.time(),
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))


if __name__ == "__main__":
    import sys

    print(build(Path(sys.argv[1])))
