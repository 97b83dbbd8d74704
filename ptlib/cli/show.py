"""doctor, tasks, backbones: what there is, and what is available offline."""

import argparse
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ptlib import __version__
from ptlib.base import paths
from ptlib.base.errors import PtlibError, RunFailed
from ptlib.cli.hub_check import check_all
from ptlib.cli.options import add_verb
from ptlib.cli.output import Terminal, emit, emit_json, text
from ptlib.hub.remote import offline
from ptlib.hub.revisions import hub_cache
from ptlib.models import registry as backbones
from ptlib.models.fetch import model_on_disk
from ptlib.results.catalogue import Catalogue
from ptlib.results.rows import OUT_OF_REACH, DamagedItem
from ptlib.results.store import Store
from ptlib.results.verify import left_over, sweep, verify
from ptlib.tasks import registry as tasks
from ptlib.tasks.fetch import on_disk
from ptlib.tasks.task import Task

REGISTRY = ("id", "family", "available", "source")
TASKS, BACKBONES = (*REGISTRY, "kind", "name"), (*REGISTRY, "name")
PACKAGES = (
    "torch",
    "transformers",
    "peft",
    "datasets",
    "streamlit",
    "plotly",
    "numpy",
    "scipy",
    "pandas",
    "pyarrow",
    "safetensors",
)


def register(verbs: argparse._SubParsersAction) -> None:
    """Add the verbs."""
    doctor = add_verb(verbs, "doctor", "versions, devices, cache sizes, what is available offline", _doctor)
    doctor.add_argument("--verify", action="store_true", help="also read all that is stored again and check it")
    doctor.add_argument("--online", action="store_true", help="also check that every registered Hub file exists")
    add_verb(verbs, "tasks", "the registered tasks", _tasks)
    add_verb(verbs, "backbones", "the registered backbones", _backbones)


def task_rows() -> list[dict[str, object]]:
    """All tasks; `available` = usable without a network."""
    return [{name: getattr(task, name, None) for name in TASKS} | {"available": _is_here(task)} for task in tasks.all_tasks()]


def _is_here(task: Task) -> bool:
    """Whether both splits of a task are on disk."""
    if task.source == "hub":
        splits = (task.train_split, task.evaluation_split)
        return all(any(split in place.files and on_disk(place, split) for place in task.hub) for split in splits)
    return task.source == "own" or (paths.demo_dir() / "tasks" / task.id.removeprefix("demo/")).is_dir()


def backbone_rows() -> list[dict[str, object]]:
    """All backbones; `available` = usable without a network."""
    return [
        {name: getattr(spec, name, None) for name in BACKBONES} | {"available": model_on_disk(spec, offline=True) is not None}
        for spec in backbones.all_backbones()
    ]


def _tasks(options: argparse.Namespace) -> None:
    emit(task_rows(), REGISTRY if options.json else TASKS, options.json)


def _backbones(options: argparse.Namespace) -> None:
    emit(backbone_rows(), REGISTRY if options.json else BACKBONES, options.json)


def _doctor(options: argparse.Namespace) -> None:
    report: dict[str, object] = {
        "ptlib": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": os.cpu_count(),
        "packages": {name: _version(name) for name in PACKAGES},
        "devices": _devices(),
        **_caches(),
        "tasks_available": [row["id"] for row in task_rows() if row["available"]],
        "backbones_available": [row["id"] for row in backbone_rows() if row["available"]],
    }
    found = verify() if options.verify else []
    if options.verify:
        report["damaged"], report["store_problem"] = _broken(found), _away(found) or report["store_problem"]
    online = check_all(progress=Terminal()) if options.online else None
    if options.json and online:
        files = [asdict(item) for item in online.findings]
        emit_json(report | {"online": {"ok": online.ok, "places": online.places, "files": files}})
    elif options.json:
        emit_json(report)
    else:
        _print(report)
    if online and not options.json:
        print(f"\nFiles on the Hub ({'each task and backbone can be had' if online.ok else 'some cannot be had'})")
        nowhere = [f"nowhere  {name}: no place has all its files" for name, place in online.places.items() if not place]
        print("\n".join((*online.lines(), *nowhere)))
    if options.verify and report["damaged"]:
        raise RunFailed("Some of what is stored is not what was written, see `damaged` above. None of it is used.")
    if away := _away(found):
        raise RunFailed(f"Own results were not verified. {away}")


def _broken(found: Sequence[DamagedItem]) -> list[str]:
    return [f"{item.kind} {item.name}: {item.problem}" for item in found if item.kind != OUT_OF_REACH]


def _away(found: Sequence[DamagedItem]) -> str | None:
    """Why the user's own results cannot be read now; they are not damaged."""
    return next((item.problem for item in found if item.kind == OUT_OF_REACH), None)


def _print(report: dict[str, object]) -> None:
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


def _left_over(store: Store) -> dict[str, object]:
    """What ended processes left behind: removed here, or young enough that somebody may still need it."""
    try:
        removed = sweep(store) if store.exists() and store.why_read_only() is None else []
        young = left_over(store, young=True)
    except PtlibError:  # the database as a whole is told of as damaged
        removed, young = [], []
    names = [[path.relative_to(store.root).as_posix() for path in paths] for paths in (removed, young)]
    return {"left_over_removed": names[0], "unfinished_files": names[1]}


def _caches() -> dict[str, object]:
    store = Store()
    left = _left_over(store)
    found = Catalogue().damaged()
    return {
        "demo_dir": str(paths.demo_dir()),
        "demo_bytes": _size(paths.demo_dir()),
        "store_dir": str(store.root),
        "store_bytes": _size(store.root),
        "hub_cache": str(hub_cache()),
        "hub_cache_bytes": _size(hub_cache()),
        "offline_switch": offline(),
        "store_problem": store.why_read_only() or _away(found),
        **left,
        "damaged": _broken(found),
    }
