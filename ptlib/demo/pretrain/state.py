"""Checkpoints of pretraining: everything a run needs to go on exactly as if it had not been stopped."""

import json
import os
import random
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

STATE, WEIGHTS, OPTIMISER = "state.json", "weights.safetensors", "optimiser.safetensors"


def save(folder: Path, model: torch.nn.Module, optimiser: torch.optim.Optimizer, state: dict[str, Any]) -> None:
    """Write a checkpoint. The files carry the step in their names; state.json, replaced last, says which ones count."""
    folder.mkdir(parents=True, exist_ok=True)
    step = state["step"]
    names = {"weights": f"{step}-{WEIGHTS}", "optimiser": f"{step}-{OPTIMISER}"}
    weights = {name: value.detach().cpu().clone().contiguous() for name, value in model.named_parameters()}
    moments = {}
    for index, entry in optimiser.state_dict()["state"].items():
        for key, value in entry.items():
            moments[f"{index}.{key}"] = torch.as_tensor(value, dtype=torch.float32).detach().cpu().clone().contiguous()
    save_file(weights, str(folder / names["weights"]))
    save_file(moments, str(folder / names["optimiser"]))
    made = folder / f".{STATE}.new"
    made.write_text(json.dumps(state | names), encoding="utf-8")
    os.replace(made, folder / STATE)
    for path in folder.glob("*.safetensors"):
        if path.name not in names.values():
            path.unlink()


def load(folder: Path) -> dict[str, Any] | None:
    """The state of the last checkpoint, or None."""
    path = folder / STATE
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def restore(folder: Path, state: dict[str, Any], model: torch.nn.Module, optimiser: torch.optim.Optimizer | None) -> None:
    """Fill the model, and the optimiser unless a fresh one is wanted."""
    weights = load_file(str(folder / state["weights"]))
    with torch.no_grad():
        for name, value in model.named_parameters():
            value.copy_(weights[name])
    if optimiser is None:
        return
    moments: dict[int, dict[str, torch.Tensor]] = {}
    for place, moment in load_file(str(folder / state["optimiser"])).items():
        index, _, key = place.partition(".")
        moments.setdefault(int(index), {})[key] = moment
    optimiser.load_state_dict({"state": moments, "param_groups": optimiser.state_dict()["param_groups"]})


def pack(rng: random.Random, generator: torch.Generator) -> dict[str, Any]:
    """Random states as JSON."""
    version, words, gauss = rng.getstate()
    return {"python": [version, list(words), gauss], "torch": generator.get_state().tolist()}


def unpack(packed: dict[str, Any], rng: random.Random, generator: torch.Generator) -> None:
    """Set random states from JSON."""
    version, words, gauss = packed["python"]
    rng.setstate((version, tuple(words), gauss))
    generator.set_state(torch.tensor(packed["torch"], dtype=torch.uint8))
