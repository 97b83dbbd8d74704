"""Everything of a task or a backbone, from disk or from the Hub: files, rows, model snapshots (see `fetching`)."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from ptlib import paths
from ptlib.backbones import BackboneSpec
from ptlib.errors import BadInput, Damaged, NotAvailable
from ptlib.hub import cache, remote
from ptlib.hub.cache import Repo
from ptlib.hub.fetching import fetch_file
from ptlib.hub.remote import Unreachable
from ptlib.progress import Progress, Silent
from ptlib.tasks import HubFiles, Task

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


def _names(repo: Repo, patterns: tuple[str, ...]) -> tuple[str, ...]:
    """File names for patterns: as given, or matched against the cache or the repository's listing."""
    if not any("*" in pattern for pattern in patterns):
        return patterns
    on_disk = cache.cached_names(repo)
    pin = cache.read_pin(repo)
    if (pin and pin.files) or remote.offline():
        known = pin.files if pin and pin.files else on_disk
    else:
        found = remote.listing(replace(repo, revision=pin.commit) if pin else repo)
        known = found.files
        cache.write_pin(repo, found.commit, known)
    matched = tuple(sorted(name for name in known if any(fnmatch(name, pattern) for pattern in patterns)))
    if matched:
        return matched
    if remote.offline():
        raise remote.offline_error(repo, patterns[0])
    if remote.only_script(repo, known):
        raise remote.script_error(repo)
    raise BadInput(f"'{repo.id}' has no file like '{patterns[0]}' at revision '{repo.revision}': it was moved or never there.")


def _files(place: HubFiles, split: str, progress: Progress) -> list[Path]:
    repo = Repo(place.repo, "dataset", place.revision)
    return [fetch_file(repo, name, progress) for name in _names(repo, place.files[split])]


def task_files(task: Task, split: str, progress: Progress | None = None) -> tuple[HubFiles, list[Path]]:
    """Local files of a split and the place they came from: the first place that has them, in the order of the registry.

    Raises:
        NotAvailable: the Hub cannot be reached, or no place has the files; each place's reason is named.
    """
    places = [place for place in task.hub if split in place.files]
    if not places:
        raise BadInput(f"Task '{task.id}' has no split '{split}' on the Hub.")
    reasons: list[str] = []
    for place in places:
        try:
            return place, _files(place, split, progress or Silent())
        except Unreachable as error:
            if not remote.offline():
                raise
            reasons = [str(error)]
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
    """Commit that a split on disk came from; None when it is not on disk."""
    for place in task.hub:
        pin = cache.read_pin(Repo(place.repo, "dataset", place.revision))
        if (
            pin
            and split in place.files
            and any(
                fnmatch(name, pattern)
                for name in cache.cached_names(Repo(place.repo, "dataset", place.revision))
                for pattern in place.files[split]
            )
        ):
            return pin.commit
    return None


def model_folder(spec: BackboneSpec, progress: Progress | None = None) -> Path:
    """Folder with everything to load a backbone: its own folder, or a snapshot from the Hub.

    Only the configuration, the tokenizer and one format of the weights are fetched (safetensors if there is one).

    Raises:
        BadInput: unknown repository or revision, or one without weights.
        NotAvailable: gated, private, offline or unreachable.
    """
    if spec.source != "hub":
        return Path(spec.location)
    repo, progress = Repo(spec.location, "model", spec.revision), progress or Silent()
    pin = cache.read_pin(repo)
    on_disk = cache.cached_names(repo)
    if pin and (set(pin.files) <= set(on_disk) if pin.files else remote.offline() and _model_names(repo, on_disk)):
        return repo.folder / "snapshots" / pin.commit
    found = remote.listing(replace(repo, revision=pin.commit) if pin else repo)
    names = _model_names(repo, found.files)
    cache.write_pin(repo, found.commit, names)
    for number, name in enumerate(names):
        progress.phase(f"files of {repo.id}", number, len(names))
        fetch_file(repo, name, progress)
    return repo.folder / "snapshots" / found.commit


def _model_names(repo: Repo, files: tuple[str, ...]) -> tuple[str, ...]:
    for patterns in _WEIGHTS:
        weights = [name for name in files if any(fnmatch(name, pattern) for pattern in patterns)]
        if "config.json" in files and patterns[0] in weights:
            return tuple(
                dict.fromkeys((*(name for name in files if "/" not in name and any(fnmatch(name, p) for p in _CONFIG)), *weights))
            )
    if remote.offline():
        raise remote.offline_error(repo)
    raise BadInput(
        f"The model '{repo.id}' has no config.json or no PyTorch weights. Choose a repository in the transformers format."
    )
