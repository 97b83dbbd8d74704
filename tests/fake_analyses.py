"""SYNTHETIC neurons, pictures and masking curves for the synthetic demo. Nothing in here was measured."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd

from ptlib import artefacts, clusters
from ptlib.analysis_specs import ClusterSpec, MaskSpec
from ptlib.specs import TuneSpec, canonical
from ptlib.tasks import MASKED_LM, Task

LAYERS, WIDTH = 4, 128
PICTURES = (("pca", 2), ("pca", 3), ("tsne", 2))


def dice(*words: object) -> np.random.Generator:
    """Random numbers that depend on the words alone."""
    return np.random.default_rng(int(hashlib.sha256("|".join(map(str, words)).encode()).hexdigest()[:12], 16))


def lean(task: Task, width: int) -> np.ndarray:
    """What all soft tokens of a task share, [D]: partly its family's."""
    return dice("family", task.family, width).normal(0, 0.1, width) + dice("task", task.id, width).normal(0, 0.13, width)


def activation(task: Task, seed: int, backbone: str) -> np.ndarray:
    """Activations [L, F]: the family shows in the later layers, about a fifth of the units is active."""
    shape, depth = (LAYERS, WIDTH), np.linspace(0.2, 0.9, LAYERS)[:, None]
    common = dice("common", backbone).normal(0, 1, shape)
    family = dice("family", task.family, backbone).normal(0, 1, shape)
    own = dice("task", task.id, backbone).normal(0, 1, shape) + 0.4 * dice("seed", task.id, seed, backbone).normal(0, 1, shape)
    return (common * 0.8 + depth * family + 0.5 * own - 1.1).astype(np.float32)


def write(
    folder: Path,
    backbone: str,
    family: str,
    specs: Sequence[TuneSpec],
    tasks: Mapping[str, Task],
    values: Mapping[str, np.ndarray],
) -> tuple[dict[str, str], list[dict]]:
    """Write neurons.safetensors and analyses/ beside the results; returns checksums by name and the manifest's rows."""
    sets = {spec.id: activation(tasks[spec.task], spec.seed, backbone) for spec in specs}
    (folder / "neurons.safetensors").write_bytes(artefacts.pack_neurons(sets))
    (folder / "analyses").mkdir(exist_ok=True)
    names, rows = ["neurons.safetensors"], []
    kinds = PICTURES if family == MASKED_LM else PICTURES[:1]
    made = [_picture(backbone, specs, tasks, values, *kind) for kind in kinds]
    for spec, title, data in (*made, *_maskings(backbone, family, specs, tasks)):
        name = f"analyses/{spec.id}.parquet"
        (folder / name).write_bytes(data)
        names.append(name)
        rows.append(
            {"id": spec.id, "kind": spec.kind, "title": title, "spec": canonical(asdict(spec)), "path": name, "created": 1.7e9}
        )
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}, rows


def _picture(
    backbone: str,
    specs: Sequence[TuneSpec],
    tasks: Mapping[str, Task],
    values: Mapping[str, np.ndarray],
    method: str,
    dimensions: int,
) -> tuple[ClusterSpec, str, bytes]:
    spec = ClusterSpec(backbone, tuple(one.id for one in specs), method, dimensions)
    vectors = clusters.scaled(
        clusters.represent([values[one.id] for one in specs], spec.on, spec.prompts), spec.metric, spec.prompts
    )
    picture = clusters.draw(vectors, method, dimensions)
    families = [tasks[one.task].family for one in specs]
    told = {
        "spec": asdict(spec),
        "neighbours": [
            (specs[a].id, rank, specs[b].id, apart) for a, rank, b, apart in clusters.neighbours(vectors, spec.metric)
        ],
        "statistics": clusters.statistics(
            clusters.dissimilarity(vectors, spec.metric), [one.task for one in specs], families, permutations=99
        ),
        "stability": clusters.stability(vectors, picture, dimensions, 0, spec.neighbours, reruns=2),
        "method": picture.method,
        "reason": picture.reason,
        "caution": picture.caution,
        "explained": list(picture.explained),
        "parameters": dict(picture.parameters),
    }
    points = pd.DataFrame(
        [
            {
                "prompt": one.id,
                "name": one.id,
                "task": one.task,
                "family": family,
                "seed": one.seed,
                "step": one.settings.steps,
                "earlier": False,
            }
            for one, family in zip(specs, families, strict=True)
        ]
    )
    for axis, name in enumerate("xyz"[:dimensions]):
        points[name] = picture.coordinates[:, axis]
    return spec, f"{method} {dimensions}-D", artefacts.pack_table(points, json.loads(json.dumps(told)))


def _maskings(
    backbone: str, family: str, specs: Sequence[TuneSpec], tasks: Mapping[str, Task]
) -> list[tuple[MaskSpec, str, bytes]]:
    """Dose-responses of two sentiment tasks, on the masked LM only: shared neurons hurt more than random ones."""
    if family != MASKED_LM:
        return []
    first = [spec for spec in specs if spec.seed == 0 and tasks[spec.task].family == "sentiment"]
    return [_masking(backbone, prompt, other) for prompt, other in zip(first[-2:], first[-3:-1], strict=True)]


def _masking(backbone: str, prompt: TuneSpec, other: TuneSpec) -> tuple[MaskSpec, str, bytes]:
    spec, rng = MaskSpec(backbone, prompt.id, prompt.task, (other.id,)), dice("mask", prompt.id)
    rows: list[tuple] = [("none", "", 0.0, False, 0, 0, 120, 0.93, 0.88, 0.97)]
    for condition, name, weight in (("own", "", 0.3), ("shared", other.id, 0.25), ("other", other.id, 0.06)):
        for ratio in spec.ratios:
            count, score = round(110 * ratio), 0.93 - weight * ratio + rng.normal(0, 0.005)
            rows.append((condition, name, ratio, False, 0, count, 120, score, score - 0.06, score + 0.05))
            for draw in range(spec.draws):
                rows.append(
                    (condition, name, ratio, True, draw, count, 120, 0.93 - 0.1 * ratio + rng.normal(0, 0.02), np.nan, np.nan)
                )
    columns = ["condition", "other", "ratio", "random", "draw", "neurons", "n", "score", "low", "high"]
    table = pd.DataFrame(rows, columns=columns)
    return spec, f"Mask neurons on {prompt.task}", artefacts.pack_table(table, {"spec": asdict(spec)})
