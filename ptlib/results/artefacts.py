"""Results of analyses as files with a checksum: neuron sets, masking curves, cluster pictures. Torch-free.

Own store: the table `artefacts` beside neurons/<key>.safetensors and analyses/<spec id>.parquet. Demo: neurons.safetensors
with one tensor a prompt, and analyses/<spec id>.parquet, listed in the manifest. A Parquet file carries what is no
table (the spec, statistics) as JSON in its schema.
"""

import io
import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as save_tensors

from ptlib.base.errors import Damaged
from ptlib.base.files import Kept, write_atomically
from ptlib.base.identity import canonical, digest
from ptlib.results.store import Store, insert

NEURONS, MASK, CLUSTER, PROJECT, PROJECTOR = "neurons", "mask", "cluster", "project", "projector"
FINETUNE, ADAPTER, START = "finetune", "adapter", "start"
_TENSOR_FOLDERS = {NEURONS: "neurons", PROJECTOR: "projectors", ADAPTER: "adapters"}
"""Kinds whose files hold tensors; the others are tables."""
TENSOR = "activation"
_META = b"ptlib"
_HALF = np.finfo(np.float16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Artefact(Kept):
    """One stored result."""

    id: str
    """Spec id; neurons: the prompt's id ("@bf16" when the model ran in that format); projections: with the held-out seed;
    reference curves: with the method."""
    kind: str
    """neurons, mask, cluster, project (a matrix), projector, finetune (a curve), adapter or start."""
    backbone: str
    title: str
    spec_json: str
    created: float
    """Seconds since the epoch."""
    origin: str
    """demo or own."""
    run_id: str | None = None


def save(store: Store, kind: str, id: str, data: bytes, *, spec: Any, title: str) -> None:
    """Write a result of the run of a spec and record it, both or neither as far as a reader can tell.

    Raises:
        BadInput, RunFailed: the store cannot be written, or the disk is full.
    """
    folder, suffix = _TENSOR_FOLDERS.get(kind, "analyses"), "safetensors" if kind in _TENSOR_FOLDERS else "parquet"
    name = id if id.isalnum() else digest({"id": id}, 16)
    path = store.root / folder / f"{name}.{suffix}"
    with store.writing() as connection:
        sha = write_atomically(path, data)
        row = {"id": id, "kind": kind, "backbone": spec.backbone, "title": title, "sha256": sha, "run_id": spec.id}
        row |= {"spec": canonical(asdict(spec)), "path": path.relative_to(store.root).as_posix(), "created": time.time()}
        insert(connection, "artefacts", row)


def half(activation: np.ndarray) -> np.ndarray:
    """Activations as float16 whose sets (above 0) are those of the original: what would round to 0 keeps its sign."""
    halves = np.clip(activation, _HALF.min, _HALF.max).astype(np.float16)
    return np.where((activation > 0) & (halves == 0), _HALF.smallest_subnormal, halves)


def pack_neurons(activations: Mapping[str, np.ndarray]) -> bytes:
    """Activations [L, F] by name as a safetensors file, float16."""
    return save_tensors({name: half(value) for name, value in activations.items()})


def neurons_of(path: Path, name: str) -> np.ndarray | None:
    """One tensor [L, F] float32 of a checked safetensors file; None when the file lacks it."""
    try:
        with safe_open(path, framework="numpy") as file:
            return file.get_tensor(name).astype(np.float32) if name in file.keys() else None  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise Damaged(f"{path} cannot be read ({error}). Read these neurons again.") from None


def pack_table(frame: pd.DataFrame, meta: Mapping[str, Any]) -> bytes:
    """A table with its description as a Parquet file; the same content gives the same bytes."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    told = json.dumps(meta, sort_keys=True, allow_nan=False).encode()
    buffer = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({**(table.schema.metadata or {}), _META: told}), buffer, compression="zstd")
    return buffer.getvalue()


def unpack_table(data: bytes) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The table and its description. Raises Damaged when it is no file of ours."""
    try:
        table = pq.read_table(io.BytesIO(data))
        return table.to_pandas(), json.loads((table.schema.metadata or {})[_META])
    except (pa.ArrowException, KeyError, ValueError) as error:
        raise Damaged(f"A stored analysis cannot be read ({error}). Run it again.") from None
