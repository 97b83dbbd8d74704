"""doctor, tasks, backbones: what there is, and what is available offline."""

import argparse
import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ptlib import __version__, paths
from ptlib.cli.options import add_verb
from ptlib.cli.output import emit, emit_json, text

REGISTRY = ("id", "family", "available", "source")
PACKAGES = ("torch", "transformers", "peft", "datasets", "streamlit", "plotly", "numpy", "scipy", "pandas", "pyarrow",
            "safetensors")


def register(verbs: argparse._SubParsersAction) -> None:
    """Add the verbs."""
    doctor = add_verb(verbs, "doctor", "versions, devices, cache sizes, what is available offline", _doctor)
    doctor.add_argument("--online", action="store_true", help="also check that every registered Hub file exists")
    add_verb(verbs, "tasks", "the registered tasks", _tasks)
    add_verb(verbs, "backbones", "the registered backbones", _backbones)


def in_hub_cache(repo: str, kind: str) -> bool:
    """Whether some snapshot of a Hub repository is on disk; `kind` is models or datasets."""
    home = os.environ.get("HF_HUB_CACHE") or os.path.join(
        os.environ.get("HF_HOME") or os.path.expanduser("~/.cache/huggingface"), "hub")
    return any(Path(home, f"{kind}--{repo.replace('/', '--')}", "snapshots").glob("*"))


def task_rows() -> list[dict[str, object]]:
    """All tasks; `available` = usable without a network."""
    from ptlib.tasks import all_tasks

    rows = []
    for task in all_tasks():
        folder = paths.demo_dir() / "tasks" / task.id.removeprefix("demo/")
        available = task.source == "own" or (task.source == "embedded" and folder.is_dir()) or any(
            in_hub_cache(place.repo, "datasets") for place in task.hub)
        rows.append({"id": task.id, "family": task.family, "available": available, "source": task.source, "name": task.name,
                     "kind": task.kind})
    return rows


def backbone_rows() -> list[dict[str, object]]:
    """All backbones; `available` = usable without a network."""
    from ptlib.backbones import all_backbones

    return [{"id": spec.id, "family": spec.family, "available": spec.source != "hub" or in_hub_cache(spec.location, "models"),
             "source": spec.source, "name": spec.name} for spec in all_backbones()]


def _tasks(options: argparse.Namespace) -> None:
    emit(task_rows(), REGISTRY if options.json else (*REGISTRY, "kind", "name"), options.json)


def _backbones(options: argparse.Namespace) -> None:
    emit(backbone_rows(), REGISTRY if options.json else (*REGISTRY, "name"), options.json)


def _doctor(options: argparse.Namespace) -> None:
    report: dict[str, object] = {
        "ptlib": __version__, "python": platform.python_version(), "platform": platform.platform(), "cores": os.cpu_count(),
        "packages": {name: _version(name) for name in PACKAGES}, "devices": _devices(), **_caches(),
        "tasks_available": [row["id"] for row in task_rows() if row["available"]],
        "backbones_available": [row["id"] for row in backbone_rows() if row["available"]],
    }
    if options.online:
        report["online"] = _online()
    if options.json:
        emit_json(report)
        return
    for key, value in report.items():
        if isinstance(value, dict):
            value = ", ".join(f"{name} {text(item)}" for name, item in value.items())
        print(f"{key:<20} {', '.join(map(str, value)) if isinstance(value, list) else text(value)}")


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _devices() -> list[str]:
    import torch

    found = ["cpu", *(f"cuda:{place} {torch.cuda.get_device_name(place)}" for place in range(torch.cuda.device_count()))]
    return [*found, "mps (untested)"] if torch.backends.mps.is_available() else found


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else 0


def _caches() -> dict[str, object]:
    from ptlib.catalogue import Catalogue
    from ptlib.store import Store

    store = Store()
    damaged = [f"{item.kind} {item.name}: {item.problem}" for item in Catalogue().damaged()]
    return {"demo_dir": str(paths.demo_dir()), "demo_bytes": _size(paths.demo_dir()), "store_dir": str(store.root),
            "store_bytes": _size(store.root), "store_problem": store.why_read_only(), "damaged": damaged}


def _online() -> dict[str, str]:
    """Every registered file on the Hub: "ok", or what is wrong."""
    from huggingface_hub import HfApi

    from ptlib.tasks import all_tasks

    api, report = HfApi(), {}
    for task in all_tasks():
        for place in task.hub:
            for name in (name for names in place.files.values() for name in names):
                try:
                    found = api.file_exists(place.repo, name, repo_type="dataset", revision=place.revision)
                    report[f"{task.id}: {place.repo}/{name}"] = "ok" if found else "missing"
                except Exception as error:  # any network trouble is an answer here
                    report[f"{task.id}: {place.repo}/{name}"] = f"{type(error).__name__}: {error}"
                print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return report
