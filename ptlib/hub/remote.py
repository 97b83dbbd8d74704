"""Talking to the Hub: one short question at a time, no retries before an answer, errors in plain words.

The Hub's own client waits 23 seconds before it admits that nobody answers; here a first question has `TIMEOUT_S`.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from ptlib.base.errors import BadInput, NotAvailable, PtlibError
from ptlib.base.exposure import WHY_READ_ONLY, read_only
from ptlib.hub.revisions import Repo, forget_pin, read_pin

T = TypeVar("T")
TIMEOUT_S = 5.0
"""For an answer to a question; also the longest silence during a download."""


class Unreachable(NotAvailable):
    """Nobody answers, or the offline switch is on: no other place needs to be tried."""


class Gone(BadInput):
    """The revision does not exist (any more)."""


@dataclass(frozen=True, slots=True)
class Meta:
    """What the Hub says of one file."""

    commit: str
    etag: str
    size: int | None
    url: str


@dataclass(frozen=True, slots=True)
class Listing:
    """All files of a repository at one commit."""

    commit: str
    files: tuple[str, ...]


def prepare() -> None:
    """Set what the Hugging Face libraries read when they are imported. Call it before importing any of them."""
    if offline():
        os.environ["HF_HUB_OFFLINE"] = "1"
    for name in (
        "HF_HUB_DISABLE_PROGRESS_BARS",
        "HF_DATASETS_DISABLE_PROGRESS_BARS",
        "DISABLE_SAFETENSORS_CONVERSION",
        "HF_HUB_DISABLE_TELEMETRY",
        "HF_HUB_DISABLE_UPDATE_CHECK",
    ):
        os.environ.setdefault(name, "1")


def offline() -> bool:
    """Whether the offline switch is on: `PTLIB_OFFLINE`, or one of the Hugging Face libraries' own; or read-only mode."""
    if read_only():
        return True
    names = ("PTLIB_OFFLINE", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
    return any(os.environ.get(name, "").strip().lower() in ("1", "true", "yes", "on") for name in names)


def endpoint() -> str:
    """Address of the Hub: `HF_ENDPOINT`, else the public one."""
    return (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")


def _page(repo: Repo) -> str:
    return f"{endpoint()}/{'datasets/' if repo.kind == 'dataset' else ''}{repo.id}"


def _explain_status(status: int, repo: Repo, what: str) -> PtlibError:
    """The message for an HTTP status that the Hub's client has no special error for."""
    if status in (401, 403):
        return NotAvailable(
            f"The Hub refuses access to {what} (HTTP {status}). Log in with `hf auth login` and make sure that "
            f"your account may read {_page(repo)}."
        )
    if status == 404:
        return BadInput(f"The Hub does not have {what}. Check the name at {_page(repo)}.")
    if status == 429:
        return Unreachable("The Hub asks to slow down (HTTP 429). Wait some minutes and try again; what was fetched is kept.")
    return Unreachable(f"The Hub cannot serve {what} right now (HTTP {status}). Try again later; what was fetched is kept.")


def explain(error: Exception, repo: Repo, name: str = "") -> PtlibError:
    """Turn an error of the Hub's client into one clear message."""
    import httpx2
    from huggingface_hub import errors as hub

    what = f"'{name}' of {repo.kind} '{repo.id}'" if name else f"{repo.kind} '{repo.id}'"
    status = getattr(getattr(error, "response", None), "status_code", None)
    if isinstance(error, hub.OfflineModeIsEnabled):
        return offline_error(repo, name)
    if isinstance(error, hub.GatedRepoError):
        return NotAvailable(
            f"The {repo.kind} '{repo.id}' is gated: its owner wants you to accept terms. "
            f"Accept them on {_page(repo)}, log in with `hf auth login`, and try again."
        )
    if isinstance(error, hub.RevisionNotFoundError):
        return Gone(f"The {repo.kind} '{repo.id}' has no revision '{repo.revision}'. Look at {_page(repo)} for what it has.")
    if isinstance(error, hub.EntryNotFoundError):
        return BadInput(
            f"There is no file {what} at revision '{repo.revision}': it was moved or never there. Look at {_page(repo)}."
        )
    if isinstance(error, hub.RepositoryNotFoundError):
        return BadInput(
            f"The Hub does not show the {repo.kind} '{repo.id}': it does not exist, or it is private and you are not "
            "logged in. Check the name, or log in with `hf auth login`."
        )
    if isinstance(status, int):
        return _explain_status(status, repo, what)
    if isinstance(error, hub.FileMetadataError):
        return _foreign()
    if isinstance(error, hub.HFValidationError):
        return BadInput(f"'{repo.id}' is no name of a Hub repository. Use the form owner/name.")
    if isinstance(error, (httpx2.HTTPError, OSError)):
        return Unreachable(
            f"Cannot reach the Hugging Face Hub at {endpoint()} ({type(error).__name__}). Check the connection, give local "
            "files with --data, or set PTLIB_OFFLINE=1 to use only what is on disk. The embedded demo needs no network."
        )
    raise error


def _foreign() -> Unreachable:
    return Unreachable(
        f"{endpoint()} does not answer like the Hugging Face Hub. Check HF_ENDPOINT, a proxy or a login page in between."
    )


def offline_error(repo: Repo, name: str = "") -> Unreachable:
    """The error for something that is not on disk while the offline switch is on."""
    what = f"'{name}' of {repo.kind} '{repo.id}'" if name else f"The {repo.kind} '{repo.id}'"
    if read_only():
        return Unreachable(f"{what} is not on disk. {WHY_READ_ONLY}")
    local = "local files with --data" if repo.kind == "dataset" else "the folder of a model that is on this machine"
    return Unreachable(
        f"{what} is not on disk and the offline switch is on (PTLIB_OFFLINE or HF_HUB_OFFLINE). "
        f"Fetch it once with the switch off, or give {local}."
    )


def headers() -> dict[str, str]:
    """Headers of a request: the user's token, if there is one."""
    from huggingface_hub.utils import build_hf_headers

    return {**build_hf_headers(library_name="ptlib"), "Accept-Encoding": "identity"}


@contextmanager
def _question(repo: Repo, name: str = "") -> Iterator[None]:
    """One question to the Hub: refused while the offline switch is on, its errors in plain words."""
    prepare()
    if offline():
        raise offline_error(repo, name)
    try:
        yield
    except Exception as error:
        raise explain(error, repo, name) from error


def ask(repo: Repo, name: str) -> Meta:
    """Ask for one file's commit, checksum and size. Raises PtlibError within about `TIMEOUT_S`."""
    with _question(repo, name):
        from huggingface_hub import get_hf_file_metadata, hf_hub_url

        url = hf_hub_url(repo.id, name, repo_type=repo.kind, revision=repo.revision, endpoint=endpoint())
        answer = get_hf_file_metadata(url, timeout=TIMEOUT_S, endpoint=endpoint(), library_name="ptlib")
    if not answer.commit_hash or not answer.etag:
        raise _foreign()
    return Meta(answer.commit_hash, answer.etag, answer.size, url)


def listing(repo: Repo) -> Listing:
    """Ask for the names of all files. Raises PtlibError within about `TIMEOUT_S`."""
    with _question(repo):
        from huggingface_hub import HfApi

        api = HfApi(endpoint=endpoint(), library_name="ptlib")
        info: Any = api.repo_info(repo.id, repo_type=repo.kind, revision=repo.revision, timeout=TIMEOUT_S)
    return Listing(info.sha, tuple(item.rfilename for item in info.siblings or ()))


def at_pin(repo: Repo, question: Callable[[Repo], T]) -> T:
    """Ask about the pinned commit; where the Hub has dropped it (exports are rewritten), the pin is given up for the branch."""
    pin = read_pin(repo)
    if pin and pin.commit != repo.revision:
        try:
            return question(replace(repo, revision=pin.commit))
        except Gone:
            forget_pin(repo)
    return question(repo)


def only_script(repo: Repo, files: tuple[str, ...]) -> bool:
    """Whether a data set consists of a loading script, which is never run."""
    data = any(name.endswith((".parquet", ".csv", ".json", ".jsonl", ".tsv", ".gz")) for name in files)
    return not data and any("/" not in name and name.endswith(".py") for name in files)


def script_error(repo: Repo) -> BadInput:
    """The error for a data set that could only be read by running its code."""
    return BadInput(
        f"The data set '{repo.id}' holds only a loading script, no data files; code from the Hub is never run. "
        "Download its data by hand and give the folder with --data."
    )
