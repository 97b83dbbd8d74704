"""Read tensors out of files that strangers wrote, without ever running what is in them.

A torch file must be a plain (uncompressed) zip whose pickle names nothing but torch's own tensor builders; it is
looked at opcode by opcode before torch opens it with `weights_only=True`. Bare pickles are never opened. A
safetensors file must have a header that fits the file. Every limit is checked before anything is read.
"""

import json
import pickle
import pickletools
import re
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError

from ptlib.base.errors import BadInput
from ptlib.base.tables.opening import seems

MAX_FILE_BYTES = 256 * 2**20
MAX_HEADER_BYTES = 4 * 2**20
MAX_ENTRIES = 2000
MAX_TOKENS, MAX_WIDTH = 4096, 32768
_BUILDERS = {
    "torch._utils _rebuild_tensor_v2",
    "torch._utils _rebuild_parameter",
    "torch.nn.parameter Parameter",
    "collections OrderedDict",
}


class Refused(BadInput):
    """A file that is not imported; nothing in it was executed."""


def check_place(path: Path, root: Path) -> Path:
    """Refuse links that lead out of `root`, devices, and files of unreasonable size. Returns the real path."""
    real = path.resolve()
    if not real.is_relative_to(root.resolve()):
        raise Refused(f"'{path.name}' is a link that leads out of the folder. It is not followed.")
    if not real.is_file():
        raise Refused(f"'{path.name}' is no ordinary file.")
    size = real.stat().st_size
    if size > MAX_FILE_BYTES:
        raise Refused(f"'{path.name}' has {size / 2**20:.0f} MB; a file of prompts has at most {MAX_FILE_BYTES // 2**20} MB.")
    return real


def load(path: Path, root: Path | None = None) -> dict[str, np.ndarray]:
    """All floating-point tensors of a file; see `load_all`."""
    return load_all(path, root)[0]


def load_all(path: Path, root: Path | None = None) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """(floating-point tensors by name, "" for a bare one, as float32; whole numbers and texts at the top of the file).

    Raises:
        Refused: none of the formats, too large, built to run code, or damaged.
    """
    real = check_place(path, root or path.parent)
    with real.open("rb") as handle:
        start = handle.read(4096)
    if start.startswith(b"\x93NUMPY"):
        return _numpy(real), {}
    if start[:4] == b"PK\x03\x04":
        return _torch_zip(real)
    plain = path.suffix == ".safetensors"
    if (what := seems(start)) and not (plain and _header_bytes(real, start[:8])):
        raise Refused(f"'{path.name}' is {what}.")
    if plain:
        return _safetensors(real, start[:8])
    if start[:1] == b"\x80" or _BASE64_PICKLE.search(start):
        raise Refused(f"'{path.name}' is a bare pickle, which can run code when it is opened, so it is not opened. {_CONVERT}")
    if _LINK.fullmatch(start.strip()):
        raise Refused(f"'{path.name}' is a link that was saved as text ({start.strip().decode()}). Give the file it leads to.")
    raise Refused(f"'{path.name}' is neither a torch file nor safetensors nor a NumPy array.")


_BASE64_PICKLE = re.compile(rb"\"gA[JKMNOQRSTU]")
"""A pickle in base64 inside a JSON text: its first byte is 0x80."""
_LINK = re.compile(rb"(\.\./)+[\w./-]{1,200}")
_CONVERT = (
    "To convert it, load it where you trust it and save its numbers alone: torch.save({'soft_prompt': tensor}, 'prompt.pt'), "
    "or safetensors."
)


def _numpy(path: Path) -> dict[str, np.ndarray]:
    try:
        values = np.load(path, allow_pickle=False)
    except (ValueError, OSError, EOFError, MemoryError) as error:
        hint = _CONVERT if "pickle" in str(error).lower() else f"It is damaged ({str(error)[:80]})."
        raise Refused(f"'{path.name}' is no plain array of numbers. {hint}") from None
    if not np.issubdtype(values.dtype, np.floating):
        return {}
    return {"": np.ascontiguousarray(values, dtype=np.float32)}


def _header_bytes(path: Path, start: bytes) -> int:
    """Length of the header that a safetensors file announces; 0 when it cannot be right."""
    length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
    return length if 2 <= length <= min(MAX_HEADER_BYTES, path.stat().st_size - 8) else 0


def _safetensors(path: Path, start: bytes) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    from safetensors.torch import load_file  # numpy has no bf16

    length = _header_bytes(path, start)
    if not length:
        said, size = int.from_bytes(start, "little"), path.stat().st_size
        raise Refused(f"'{path.name}' announces a header of {said:,} bytes, which cannot be right for a file of {size:,} bytes.")
    try:
        with path.open("rb") as handle:
            header = json.loads(handle.read(8 + length)[8:])
        names = [name for name in header if name != "__metadata__"]
        if len(names) > MAX_ENTRIES:
            raise Refused(f"'{path.name}' holds {len(names):,} tensors; at most {MAX_ENTRIES} are read.")
        return _as_arrays(load_file(path)), _facts(header.get("__metadata__"))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, SafetensorError) as error:
        raise Refused(f"'{path.name}' is no sound safetensors file ({str(error)[:120]}).") from None


def _torch_zip(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_ENTRIES:
                raise Refused(f"'{path.name}' holds {len(entries):,} entries; at most {MAX_ENTRIES} are read.")
            pickles = [entry for entry in entries if entry.filename.endswith("data.pkl")]
            if len(pickles) != 1:
                arrays = entries and all(entry.filename.endswith(".npy") for entry in entries)
                what = (
                    "a NumPy archive. Save its one array as .npy" if arrays else "a zip archive. Unpack it and give what it holds"
                )
                raise Refused(f"'{path.name}' is no torch file but {what}.")
            if (
                any(entry.compress_type != zipfile.ZIP_STORED for entry in entries)
                or sum(entry.file_size for entry in entries) > path.stat().st_size
            ):
                raise Refused(f"'{path.name}' would grow when unpacked, which torch files never do. It is not unpacked.")
            check_pickle(archive.read(pickles[0]), path.name)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as error:
        raise Refused(f"'{path.name}' is a damaged torch file ({str(error)[:120]}).") from None
    return _load_weights_only(path)


def _load_weights_only(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    import torch

    try:
        value = torch.load(path, map_location="cpu", weights_only=True)
        return _as_arrays(value), _facts(value)
    except (pickle.UnpicklingError, RuntimeError, ValueError, TypeError, KeyError, EOFError, AttributeError, IndexError) as error:
        raise Refused(f"'{path.name}' is no plain file of tensors ({type(error).__name__}). {_CONVERT}") from None


def check_pickle(data: bytes, name: str) -> None:
    """Refuse a pickle that names anything but torch's tensor builders; only looks, never runs. Raises Refused."""
    try:
        for opcode, argument, _ in pickletools.genops(data):
            if opcode.name == "GLOBAL" and not _is_harmless(str(argument)):
                wanted = str(argument).replace(" ", ".")
                raise Refused(
                    f"'{name}' wants to run '{wanted}' when it is opened. It was not opened; nothing was run. {_CONVERT}"
                )
            if opcode.name in ("STACK_GLOBAL", "INST", "OBJ", "EXT1", "EXT2", "EXT4"):
                raise Refused(
                    f"'{name}' builds objects as torch files never do ({opcode.name}). It was not opened; nothing was run."
                )
    except ValueError as error:
        raise Refused(f"'{name}' holds a damaged pickle ({str(error)[:120]}).") from None


def _is_harmless(name: str) -> bool:
    module, _, thing = name.partition(" ")
    return name in _BUILDERS or (
        module == "torch" and (thing.endswith("Storage") or thing in ("float32", "float16", "bfloat16", "float64"))
    )


def _facts(value: Any) -> dict[str, Any]:
    """Whole numbers and short texts at the top of a file: training step, epoch, model."""
    items = value.items() if isinstance(value, Mapping) else ()
    return {str(key): item for key, item in items if isinstance(item, (int, str)) and len(str(item)) <= 200}


def _as_arrays(value: Any, prefix: str = "") -> dict[str, np.ndarray]:
    """Flatten nested dictionaries and lists of tensors; everything else (step counts, names) is ignored."""
    import torch

    if isinstance(value, torch.Tensor):
        if not value.is_floating_point() or value.is_sparse:
            return {}
        if value.numel() > MAX_FILE_BYTES // 2:
            raise Refused(f"A tensor of shape {list(value.shape)} is far larger than any prompt.")
        return {prefix: value.detach().to(torch.float32).contiguous().numpy().copy()}
    if not isinstance(value, (Mapping, list, tuple)):
        return {}
    found: dict[str, np.ndarray] = {}
    for key, item in value.items() if isinstance(value, Mapping) else enumerate(value):
        found |= _as_arrays(item, f"{prefix}.{key}" if prefix else str(key))
    return found


def as_prompt(values: np.ndarray, name: str) -> np.ndarray:
    """A sound soft prompt [P, D] from a tensor; a leading axis of length 1 is dropped.

    Raises:
        Refused: another rank, an unreasonable size, NaN or infinity, or memory that was never filled.
    """
    if values.ndim == 3 and values.shape[0] == 1:
        values = values[0]
    if values.ndim != 2:
        raise Refused(f"'{name}' has the shape {list(values.shape)}; a soft prompt has two axes, [tokens, width].")
    tokens, width = values.shape
    if tokens > MAX_TOKENS:
        raise Refused(f"'{name}' has the shape {[tokens, width]}: as many rows as a vocabulary has, so it is no soft prompt.")
    if not (tokens >= 1 and 2 <= width <= MAX_WIDTH):
        raise Refused(f"'{name}' has the shape {[tokens, width]}, which is no soft prompt of any language model.")
    if not np.isfinite(values).all():
        raise Refused(f"'{name}' holds {int((~np.isfinite(values)).sum())} values that are not finite numbers.")
    if np.abs(values).max() < 1e-20:
        raise Refused(f"'{name}' holds no values, only memory that was never filled.")
    return np.ascontiguousarray(values, dtype=np.float32)
