"""Tables of strangers, opened by the `datasets` library's own readers; nothing in them is ever executed."""

from pathlib import Path
from typing import Any

from ptlib.base import paths
from ptlib.base.errors import BadInput, Damaged
from ptlib.hub import remote


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
