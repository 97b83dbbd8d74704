"""SYNTHETIC starts from another task's prompt, added to a synthetic demo. No number in here was measured."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from safetensors.numpy import load_file, save_file

from ptlib.specs import TuneSpec, settings_from

EVERY = 10
"""Steps between two evaluations of the curves in here."""


@dataclass(frozen=True)
class Start:
    """One prompt that was started from another task's, and its own-start twin: validation scores, from step 0 on."""

    source: str
    target: str
    seed: int
    own: Sequence[float]
    warm: Sequence[float]


def add(folder: Path, starts: Sequence[Start]) -> None:
    """Write the runs into the results of one backbone (demo/results/<name>); curves of their twins are replaced."""
    rows = json.loads((folder / "prompts.json").read_text())
    values, curves = load_file(folder / "prompts.safetensors"), pd.read_parquet(folder / "curves.parquet")
    found = {(row["task"], row["seed"]): row for row in rows}
    for start in starts:
        own, source = found[start.target, start.seed], found[start.source, start.seed]
        settings = replace(settings_from(own["settings"]), init=f"prompt:{source['prompt_id']}")
        name = TuneSpec(own["backbone"], start.target, start.seed, settings).id
        rows.append(own | {"prompt_id": name, "recipe": settings.recipe, "init": settings.init, "settings": asdict(settings)})
        values[name] = values[own["prompt_id"]] + np.float32(0.01)
        curves = curves[curves["prompt_id"] != own["prompt_id"]]
        curves = pd.concat([curves, _curve(own["prompt_id"], start.own), _curve(name, start.warm)])
    (folder / "prompts.json").write_text(json.dumps(rows))
    save_file(values, folder / "prompts.safetensors")
    curves.to_parquet(folder / "curves.parquet", index=False)
    manifest = json.loads((folder / "manifest.json").read_text())
    for name in ("prompts.json", "prompts.safetensors", "curves.parquet"):
        manifest["files"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))


def _curve(prompt_id: str, scores: Sequence[float]) -> pd.DataFrame:
    steps = np.arange(len(scores)) * EVERY
    return pd.DataFrame({"prompt_id": prompt_id, "step": steps, "loss": 0.5, "validation": scores, "seconds": steps * 0.06})
