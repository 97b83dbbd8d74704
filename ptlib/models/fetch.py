"""Everything a backbone needs, from disk or from the Hub; and everything a run needs, before anything is loaded."""

import json
import re
from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path

from ptlib.base.errors import BadInput, PtlibError
from ptlib.base.progress import Progress, Silent
from ptlib.base.tables.opening import seems
from ptlib.hub import cache, remote, revisions
from ptlib.hub.fetching import fetch
from ptlib.hub.remote import offline, offline_error
from ptlib.hub.revisions import Repo
from ptlib.models.spec import BackboneSpec
from ptlib.tasks.fetch import on_disk, task_files
from ptlib.tasks.task import Task

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


def model_on_disk(spec: BackboneSpec, offline: bool | None = None) -> Path | None:
    """Folder with everything to load a backbone, without any network; None where something is missing.

    offline: whether files that another program fetched count as complete; default: while the offline switch is on.
    """
    if spec.source != "hub":
        return Path(spec.location)
    repo = Repo(spec.location, "model", spec.revision)
    pin, here = revisions.read_pin(repo), cache.cached_names(repo)
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
    if here := model_on_disk(spec):
        return here
    repo, progress = Repo(spec.location, "model", spec.revision), progress or Silent()
    if remote.offline():
        _model_names(repo, cache.cached_names(repo))  # raises: says what is missing
    listing = remote.at_pin(repo, remote.listing)
    names = _model_names(repo, listing.files)
    revisions.write_pin(repo, listing.commit, names)
    for number, name in enumerate(names):
        progress.phase(f"files of {repo.id}", number, len(names))
        fetch(repo, name, progress)
    return repo.folder / "snapshots" / listing.commit


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


def fetch_all(backbone: BackboneSpec, training: Iterable[Task], evaluation: Iterable[Task], progress: Progress) -> None:
    """Bring the backbone and the splits of tasks to disk; what is there already, or not of the Hub, is not asked for.

    Raises:
        NotAvailable: offline, unreachable, gated, or moved everywhere; what came is kept.
        Cancelled: somebody asked to stop.
    """
    model_folder(backbone, progress)
    for task, split in _splits(training, evaluation):
        if task.source == "hub":
            progress.check()
            task_files(task, split, progress)


def _splits(training: Iterable[Task], evaluation: Iterable[Task]) -> list[tuple[Task, str]]:
    return [*((task, task.train_split) for task in training), *((task, task.evaluation_split) for task in evaluation)]


def refuse_offline(backbone: BackboneSpec, training: Iterable[Task], evaluation: Iterable[Task]) -> None:
    """Raise NotAvailable when the offline switch is on and something of the Hub is not on disk; else do nothing."""
    if not offline():
        return
    if model_on_disk(backbone) is None:
        raise offline_error(Repo(backbone.location, "model", backbone.revision))
    for task, split in _splits(training, evaluation):
        places = [place for place in task.hub if split in place.files]
        if task.source == "hub" and not any(on_disk(place, split) for place in places):
            raise offline_error(Repo(places[0].repo, "dataset", places[0].revision), f"{split} split")


_VOCABULARY = (
    "tokenizer.json",
    "spiece.model",
    "sentencepiece*.model",
    "*.spm",
    "spm.model",
    "vocab.txt",
    "vocab.json",
    "*.tiktoken",
)
_GLOBAL = re.compile(r"GLOBAL ([\w.]+)")


def check_files(spec: BackboneSpec, folder: Path) -> None:
    """Look at a model's files before any is loaded: pointers, pages and cut files are named, and so is a missing tokenizer.

    Raises:
        BadInput: a file is not what its name says, or there is no tokenizer.
    """
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.suffix in (".json", ".safetensors", ".bin", ".model", ".txt") and path.is_file():
            _check_file(spec, path)
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    bytes_alone = "ByT5" in _text(folder / "tokenizer_config.json")  # it reads bytes and needs no vocabulary
    if not bytes_alone and not any(fnmatch(name, pattern) for name in names for pattern in _VOCABULARY):
        raise BadInput(f"There are no tokenizer files in {folder}. Put the tokenizer of '{spec.id}' beside its weights.")


def _check_file(spec: BackboneSpec, path: Path) -> None:
    with path.open("rb") as handle:
        start = handle.read(4096)
    what = seems(start) if path.suffix != ".bin" or not start.startswith(b"PK") else ""
    if path.suffix in (".safetensors", ".bin", ".model") and what.startswith("UTF-16"):
        what = ""  # numbers at the start of a binary file can look like it
    if what and (path.suffix != ".txt" or "git-lfs" in what):
        raise BadInput(f"'{path.name}' of '{spec.id}' is {what}.")
    if path.suffix == ".json" and path.name.startswith(("tokenizer", "config", "special", "vocab", "added")):
        try:
            json.loads(path.read_text(encoding="utf-8-sig"))
        except (ValueError, RecursionError) as error:
            raise BadInput(
                f"'{path.name}' of '{spec.id}' is cut off or no JSON ({str(error)[:60]}). Download it again."
            ) from None
    if path.suffix == ".safetensors":
        _check_safetensors(spec, path, start[:8])


def _check_safetensors(spec: BackboneSpec, path: Path, start: bytes) -> None:
    size, length = path.stat().st_size, int.from_bytes(start, "little")
    try:
        if not 2 <= length <= size - 8:
            raise ValueError("its header is longer than the file")
        with path.open("rb") as handle:
            header = json.loads(handle.read(8 + length)[8:])
        whole = [
            name for name, entry in header.items() if name.endswith("weight") and entry["dtype"].startswith(("I", "U", "F8"))
        ]
        if whole:
            raise BadInput(
                f"'{path.name}' of '{spec.id}' holds quantised weights ({whole[0]}), which cannot be used here. Give the "
                "unquantised model."
            )
        end = max((entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"), default=0)
        if size != 8 + length + end:
            raise ValueError(f"it has {size:,} bytes, but its header speaks of {8 + length + end:,}")
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise BadInput(f"'{path.name}' of '{spec.id}' is cut off or damaged ({str(error)[:100]}). Download it again.") from None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""


def reason(error: Exception) -> str:
    """An error of the model libraries in one line, without their advice to turn a protection off."""
    text = str(error)
    if "weights_only" in text or "Weights only" in text or "pickle" in type(error).__name__.lower():
        wanted = _GLOBAL.search(text)
        named = f" (it names {wanted[1]})" if wanted else ""
        return f"its .bin file holds more than plain tensors{named}; nothing in it was run; give safetensors weights"
    if "trust_remote_code" in text:
        return "it needs code of its own, and code that comes with a model is never run"
    return (text.strip().splitlines() or [type(error).__name__])[0][:200]
