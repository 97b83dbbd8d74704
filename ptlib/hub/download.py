"""Everything of a task or a backbone, from disk or from the Hub: files, rows, model snapshots (see `fetching`)."""

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from ptlib.base import paths
from ptlib.base.errors import BadInput, Damaged, NotAvailable, PtlibError
from ptlib.base.progress import Progress, Silent
from ptlib.hub import cache, remote
from ptlib.hub.cache import Repo
from ptlib.hub.fetching import fetch_file
from ptlib.hub.remote import Unreachable
from ptlib.models.registry import BackboneSpec
from ptlib.tasks.task import HubFiles, Task

_TOKENIZER = (
    "tokenizer*",
    "vocab.*",
    "merges.txt",
    "spiece.model",
    "*.spm",
    "sentencepiece*.model",
    "special_tokens_map.json",
    "added_tokens.json",
)
_CONFIG = ("config.json", "generation_config.json", *_TOKENIZER)
_WEIGHTS = (
    ("model.safetensors",),
    ("model.safetensors.index.json", "model-*.safetensors"),
    ("pytorch_model.bin",),
    ("pytorch_model.bin.index.json", "pytorch_model-*.bin"),
)


def _matching(names: tuple[str, ...], patterns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(name for name in names if any(fnmatch(name, pattern) for pattern in patterns)))


def _names(repo: Repo, patterns: tuple[str, ...]) -> tuple[str, ...]:
    """File names for patterns: as given, or matched against the repository's listing (kept with the pin)."""
    if not any("*" in pattern for pattern in patterns):
        return patterns
    pin = cache.read_pin(repo)
    known = pin.files if pin else ()
    if not known:
        found = remote.at_pin(repo, remote.listing)
        known = found.files
        cache.write_pin(repo, found.commit, known)
    if matched := _matching(known, patterns):
        return matched
    if remote.only_script(repo, known):
        raise remote.script_error(repo)
    raise BadInput(f"'{repo.id}' has no file like '{patterns[0]}' at revision '{repo.revision}': it was moved or never there.")


def on_disk(place: HubFiles, split: str) -> list[Path] | None:
    """Files of a split if all of them are on disk, without any network."""
    repo = Repo(place.repo, "dataset", place.revision)
    patterns = place.files[split]
    if any("*" in pattern for pattern in patterns):
        pin = cache.read_pin(repo)
        patterns = _matching(pin.files, patterns) if pin else ()
    found = [cache.cached(repo, name) for name in patterns]
    return [path for path in found if path] if found and all(found) else None


def task_files(task: Task, split: str, progress: Progress | None = None) -> tuple[HubFiles, list[Path]]:
    """Local files of a split and the place they came from.

    A place whose files are on disk is used without asking; else the first one, in the registry's order, that has them.

    Raises:
        NotAvailable: the Hub cannot be reached, or no place has the files; each place's reason is named.
    """
    places = [place for place in task.hub if split in place.files]
    if not places:
        raise BadInput(f"Task '{task.id}' has no split '{split}' on the Hub.")
    for place in places:
        if files := on_disk(place, split):
            return place, files
    reasons: list[str] = []
    for place in places:
        repo = Repo(place.repo, "dataset", place.revision)
        try:
            return place, [fetch_file(repo, name, progress or Silent()) for name in _names(repo, place.files[split])]
        except Unreachable:
            raise
        except (BadInput, Damaged) as error:
            reasons.append(str(error))
    if len(reasons) == 1:
        raise NotAvailable(reasons[0])
    raise NotAvailable(f"None of the {len(places)} places of '{task.id}' has its files: {' | '.join(reasons)}")


def rows(task: Task, split: str, progress: Progress | None = None) -> Iterator[Mapping[str, Any]]:
    """Rows of a split, in the task's own column names, whichever place they came from.

    Raises:
        NotAvailable: see `task_files`.
        Damaged: a file that cannot be read as what it claims to be.
    """
    place, files = task_files(task, split, progress)
    names = {**{column: column for column in (*task.columns, "id")}, **place.columns}
    data = read_files(files)
    keep = [column for column in data.column_names if column in names]
    replaced = {names[column] for column in keep if names[column] != column}
    keep = [column for column in keep if column not in replaced or names[column] != column]
    for row in data.select_columns(keep) if keep else data:
        yield {names.get(column, column): value for column, value in row.items()}


def read_files(files: list[Path]) -> Any:
    """Open parquet, CSV or JSON-lines files with the `datasets` library's own readers. Raises Damaged."""
    remote.prepare()
    from datasets import disable_progress_bars, load_dataset
    from datasets.exceptions import DatasetsError

    disable_progress_bars()
    kind = {".parquet": "parquet", ".csv": "csv", ".json": "json", ".jsonl": "json"}.get(files[0].suffix)
    if kind is None:
        raise BadInput(f"'{files[0].name}' is neither parquet, CSV nor JSON. Convert it first.")
    try:
        return load_dataset(
            kind, data_files=[str(path) for path in files], split="train", cache_dir=str(paths.store_dir() / "arrow")
        )
    except (DatasetsError, ValueError) as error:
        raise Damaged(
            f"'{files[0].name}' cannot be read as {kind} ({str(error).splitlines()[0][:200]}). Delete it and fetch it again."
        ) from error


def commit_of(task: Task, split: str) -> str | None:
    """Commit that the split on disk came from; None when it is not on disk."""
    for place in task.hub:
        if split in place.files and on_disk(place, split):
            pin = cache.read_pin(Repo(place.repo, "dataset", place.revision))
            return pin.commit if pin else None
    return None


def model_on_disk(spec: BackboneSpec, offline: bool | None = None) -> Path | None:
    """Folder with everything to load a backbone, without any network; None where something is missing.

    Args:
        offline: whether files that another program fetched count as complete; default: while the offline switch is on.
    """
    if spec.source != "hub":
        return Path(spec.location)
    repo = Repo(spec.location, "model", spec.revision)
    pin, here = cache.read_pin(repo), cache.cached_names(repo)
    if pin is None:
        return None
    if not pin.files:  # fetched by another program: the configuration and one format of the weights are there
        try:
            whole = (remote.offline() if offline is None else offline) and bool(_model_names(repo, here))
        except PtlibError:
            whole = False
    else:
        whole = set(pin.files) <= set(here)
    return repo.folder / "snapshots" / pin.commit if whole else None


def model_folder(spec: BackboneSpec, progress: Progress | None = None) -> Path:
    """Folder with everything to load a backbone: its own folder, or a snapshot from the Hub.

    Only the configuration, the tokenizer and one format of the weights are fetched (safetensors if there is one).

    Raises:
        BadInput: unknown repository or revision, or one without weights.
        NotAvailable: gated, private, offline or unreachable.
    """
    if found := model_on_disk(spec):
        return found
    repo, progress = Repo(spec.location, "model", spec.revision), progress or Silent()
    if remote.offline():
        _model_names(repo, cache.cached_names(repo))  # raises: says what is missing
    found = remote.at_pin(repo, remote.listing)
    names = _model_names(repo, found.files)
    cache.write_pin(repo, found.commit, names)
    for number, name in enumerate(names):
        progress.phase(f"files of {repo.id}", number, len(names))
        fetch_file(repo, name, progress)
    return repo.folder / "snapshots" / found.commit


def _model_names(repo: Repo, files: tuple[str, ...]) -> tuple[str, ...]:
    for patterns in _WEIGHTS:
        weights = [name for name in files if any(fnmatch(name, pattern) for pattern in patterns)]
        shards = max((int(found[1]) for name in weights if (found := re.search(r"-of-(\d+)\.", name))), default=0)
        if "config.json" in files and patterns[0] in weights and len(weights) > shards:
            return tuple(
                dict.fromkeys((*(name for name in files if "/" not in name and any(fnmatch(name, p) for p in _CONFIG)), *weights))
            )
    if remote.offline():
        raise remote.offline_error(repo)
    raise BadInput(
        f"The model '{repo.id}' has no config.json or no PyTorch weights. Choose a repository in the transformers format."
    )
