"""Making the committed demo results and checking them.

`build` runs one transfer piece a backbone in a store of its own, then packs it into plain files with checksums:
cache/demo/results/<backbone>/{prompts.safetensors, prompts.json, scores.parquet, predictions.parquet, curves.parquet,
neurons.safetensors, analyses/*.parquet, manifest.json}. The same seeds on the same machine give the same numbers.
"""

import io
import json
import os
import platform
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from safetensors.numpy import save

from ptlib.base import listed, paths
from ptlib.base.errors import BadInput, unknown
from ptlib.base.files import sha256, write_atomically
from ptlib.base.identity import sealed
from ptlib.base.progress import Progress
from ptlib.demo import analyses as demo_analyses
from ptlib.demo import pieces as demo_pieces
from ptlib.demo import projections as demo_projections
from ptlib.demo.world.measure import write_facts
from ptlib.demo.world.splits import build_splits
from ptlib.models.registry import demo_backbones
from ptlib.models.spec import BackboneSpec
from ptlib.prompts.spec import TuneSpec, default_settings
from ptlib.prompts.trails import TRAILS
from ptlib.prompts.trails import pack as pack_trail
from ptlib.results import demo
from ptlib.results.artefacts import FINETUNE, START
from ptlib.results.catalogue import Catalogue
from ptlib.results.kind import Work
from ptlib.results.rows import STORED_ENTRY, Entry
from ptlib.results.store import Store
from ptlib.runs import execution
from ptlib.tasks.data import load_evaluation
from ptlib.tasks.registry import resolve_task
from ptlib.transfer.plan import Todo, available_tasks, cells_of
from ptlib.transfer.run import prompt_of
from ptlib.transfer.spec import TransferSpec

PACKAGES = ("torch", "transformers", "numpy")
CHECKED = ("backbone", "check", "stored", "again", "ok")
TOLERANCE = 0.02
"""Allowed difference of a score measured again: other hardware rounds differently."""
NO_STORE = Path(tempfile.gettempdir()) / "ptlib-no-store"
"""Where nothing is: a check looks at the demo alone."""


def build(
    names: Sequence[str],
    tasks: Sequence[str],
    seeds: Sequence[int],
    device: str,
    work: str | None,
    *,
    progress: Progress,
    splits_seed: int | None = None,
    extend: bool = False,
) -> Iterator[Path]:
    """Make the results of the embedded backbones anew; yields each folder when it is written.

    names, tasks: which backbones and tasks; empty = all.
    work: keep the working store there, so that a stopped build can go on; None = a temporary one.
    splits_seed: generate the tasks' examples first, the same bytes for the same seed; None = take those on disk.
    extend: keep what the demo holds of a backbone and measure only what it lacks; for more seeds, tasks or analyses
    of an unchanged backbone.
    """
    chosen = _chosen(names)
    if splits_seed is not None:
        _make_splits(splits_seed)
    for backbone in chosen:
        wanted = tuple(tasks or available_tasks(backbone))
        spec = TransferSpec(backbone.id, wanted, wanted, tuple(seeds), default_settings(backbone))
        with workplace(work) as place:
            store, begun = Store(place / "store"), time.perf_counter()
            known = paths.demo_dir() if extend else place / "none"
            for piece in demo_pieces.pieces(spec):
                execution.execute(piece, progress, device, store=store, demo=known)
            demo_analyses.compute(spec, progress, device, store, known)
            yield pack(spec, known, store, time.perf_counter() - begun)


def _make_splits(seed: int) -> None:
    build_splits(paths.demo_dir(), seed)
    write_facts(paths.demo_dir())
    listed.write(paths.demo_dir())


def _chosen(names: Sequence[str]) -> list[BackboneSpec]:
    known = {spec.id: spec for spec in demo_backbones()}
    for name in names:
        if name not in known:
            raise unknown("embedded backbone", name, known)
    if not known:
        raise BadInput("There are no embedded backbones on disk. Make them with `python -m ptlib demo pretrain`.")
    return [known[name] for name in names or known]


@contextmanager
def workplace(work: str | None) -> Iterator[Path]:
    """A folder for the working store: the given one, or one that is gone afterwards."""
    if work:
        yield Path(work)
    else:
        with tempfile.TemporaryDirectory(prefix="ptlib-demo-") as folder:
            yield Path(folder)


def pack(spec: TransferSpec, known: Path, store: Store, seconds: float) -> Path:
    """Write what a piece measured in `store`, and what the demo in `known` held of it before, as demo files.

    seconds: what the measuring took.
    """
    folder = paths.demo_dir() / "results" / spec.backbone.rpartition("/")[2]
    before, catalogue = _manifest_of(known / "results" / folder.name), Catalogue(known, store.root)
    wanted = {(cell.prompt_id, cell.target) for cell in demo_pieces.cells(spec)}
    entries = [entry for entry in catalogue.entries(spec.backbone, warm=True) if (entry.prompt_id, entry.target) in wanted]
    prompts = demo_pieces.prompts(spec)
    ids = [prompt.id for prompt in prompts]
    contents = {
        "prompts.safetensors": save({name: np.array(catalogue.values(name)) for name in ids}),
        "prompts.json": json.dumps([_prompt(catalogue, prompt) for prompt in prompts], indent=0, sort_keys=True).encode(),
        "scores.parquet": _scores(entries),
        "predictions.parquet": _predictions(catalogue, entries),
        "curves.parquet": _curves(catalogue, ids),
        TRAILS: save(
            {key: values for tune in spec.prompts() for key, values in pack_trail(catalogue.trail(tune.id), tune.id).items()}
        ),
    }
    more, listed = demo_analyses.pack(spec, catalogue)
    contents |= more
    carried, projections = _carried(folder, before)
    contents, listed = contents | carried, [*listed, *projections]
    for name, data in contents.items():
        write_atomically(folder / name, data)
    manifest = {
        "version": 1,
        "backbone": spec.backbone,
        "files": {name: sha256(data) for name, data in contents.items()},
        "artefacts": listed,
        "speeds": [*before.get("speeds", ()), *_speeds(store, spec.backbone)],
        "provenance": _provenance(spec, seconds + before.get("provenance", {}).get("seconds", 0)),
    }
    write_atomically(folder / "manifest.json", json.dumps(sealed(manifest), indent=1).encode())
    for path in folder.glob("analyses/*"):
        if f"analyses/{path.name}" not in contents:  # of an earlier build: no manifest names it any more
            path.unlink()
    return folder


def _carried(folder: Path, before: Mapping[str, Any]) -> tuple[dict[str, bytes], list[dict[str, Any]]]:
    """What joined an earlier build whose prompts are kept, by name, and what the manifest listed of it."""
    rows = [row for row in before.get("artefacts", ()) if row["kind"] in (*demo_projections.KINDS, FINETUNE, START)]
    return {row["path"]: (folder / row["path"]).read_bytes() for row in rows}, rows


def _manifest_of(folder: Path) -> dict[str, Any]:
    """What an earlier build says of itself; empty when there was none."""
    path = folder / "manifest.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _prompt(catalogue: Catalogue, spec: TuneSpec) -> dict[str, object]:
    prompt = catalogue.prompt(spec.id)
    assert prompt is not None and prompt.tuning is not None
    return {
        "prompt_id": prompt.id,
        **{name: getattr(prompt, name) for name in ("backbone", "task", "seed", "recipe", "init", "run_id")},
        **{name: getattr(prompt.tuning, name) for name in ("steps", "untrained_score", "validation_score", "seconds")},
        "best_step": prompt.step,
        "created": prompt.tuning.finished,
        "settings": asdict(spec.settings),
        "info": prompt.as_json(),
    }


def _parquet(frame: pd.DataFrame, row_group_size: int | None = None) -> bytes:
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False, compression="zstd", compression_level=15, row_group_size=row_group_size)
    return buffer.getvalue()


def _scores(entries: Sequence[Entry]) -> bytes:
    rows = [
        {name: getattr(entry, name) for name in STORED_ENTRY} | {"vector": entry.scores.astype("<f4").tobytes()}
        for entry in entries
    ]
    return _parquet(pd.DataFrame(rows))


def _predictions(catalogue: Catalogue, entries: Sequence[Entry]) -> bytes:
    """All predictions in one table, a row group a target; scores and log-probabilities as half floats."""
    frames = []
    for entry in entries:
        frame = catalogue.predictions(entry.prompt_id, entry.target)
        assert frame is not None
        halves = {name: np.float16 for name in frame.columns if frame[name].dtype.kind == "f" and name != "score"}
        frames.append(frame.astype(halves).assign(prompt_id=entry.prompt_id, target=entry.target))
    return _parquet(pd.concat(frames, ignore_index=True), row_group_size=max(len(frame) for frame in frames) * 24)


def _curves(catalogue: Catalogue, ids: Sequence[str]) -> bytes:
    return _parquet(pd.concat([catalogue.curve(name).assign(prompt_id=name) for name in ids], ignore_index=True))


def _speeds(store: Store, backbone: str) -> list[dict[str, object]]:
    frame = pd.DataFrame(store.intact("SELECT * FROM speeds"), columns=["kind", "device", "units", "seconds"])
    rows = frame.groupby(["kind", "device"], as_index=False).sum().to_dict("records")
    return [{"backbone": backbone, **row} for row in rows]


def _provenance(spec: TransferSpec, seconds: float) -> dict[str, object]:
    return {
        "command": "python -m ptlib demo build",
        "made": time.strftime("%Y-%m-%d", time.gmtime()),
        "seconds": round(seconds),
        "seeds": list(spec.seeds),
        "tasks": len(spec.targets),
        "recipe": spec.settings.recipe,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
    }


def check(count: int, device: str, progress: Progress) -> list[dict[str, object]]:
    """Verify checksums, then measure `count` cells a backbone again. Returns rows with the keys `CHECKED`."""
    catalogue, rows = Catalogue(store=NO_STORE), []
    for folder in demo.folders(paths.demo_dir()):
        name, files, bad = folder.path.name, len(folder.files), folder.bad()
        rows.append({"backbone": name, "check": "checksums", "stored": files, "again": files - len(bad), "ok": not bad})
    for backbone in demo_backbones():
        if backbone.id in catalogue.backbones():
            rows += _measured_again(backbone, catalogue, count, device, progress)
    if not rows:
        raise BadInput(f"There are no demo results in {paths.demo_dir()}. Make them with `python -m ptlib demo build`.")
    return rows


def _measured_again(
    backbone: BackboneSpec, catalogue: Catalogue, count: int, device: str, progress: Progress
) -> list[dict[str, object]]:
    entries = {(entry.prompt_id, entry.target): entry for entry in catalogue.entries(backbone.id)}
    targets = tuple(dict.fromkeys(entry.target for entry in entries.values()))
    settings = catalogue.recipes(backbone.id)[catalogue.main_recipe(backbone.id)]
    spec = TransferSpec(backbone.id, targets, targets, tuple(sorted({entry.seed for entry in entries.values()})), settings)
    cells = [cell for cell in cells_of(spec) if (cell.prompt_id, cell.target) in entries]
    chosen = [cells[place] for place in sorted(np.random.default_rng(0).permutation(len(cells))[:count])]
    if not chosen:
        return []
    work = execution.torch_work(progress, device, Store(NO_STORE), catalogue)
    return [_again(cell, spec, entries[cell.prompt_id, cell.target], work) for cell in chosen]


def _again(cell: Todo, spec: TransferSpec, entry: Entry, work: Work) -> dict[str, object]:
    model, task = work.model(spec.backbone, spec.settings.dtype), resolve_task(cell.target)
    found = work.evaluate(model, [prompt_of(cell, spec, model, work)], task, load_evaluation(task), work.progress)[0]
    score = float(np.mean(found.score, dtype=np.float64))
    return {
        "backbone": spec.backbone,
        "check": f"{cell.source} -> {cell.target}, seed {cell.seed}",
        "stored": entry.score,
        "again": score,
        "ok": abs(score - entry.score) <= TOLERANCE,
    }
