"""All results of a store, to be compared: files byte for byte, rows value for value, without how long it took and when."""

import json
from typing import Any

from ptlib.base import files
from ptlib.prompts.soft import INFO
from ptlib.results.store import CURVE, FOLDERS, Store

TIMES = ("created", "seconds", "finished", "seal", "made")


def stored(store: Store) -> dict[str, Any]:
    """By place or name."""
    found: dict[str, Any] = {}
    for path in sorted(path for name in FOLDERS for path in (store.root / name).rglob("*") if path.is_file()):
        data, name = path.read_bytes(), path.relative_to(store.root).as_posix()
        if path.name == CURVE:
            found[name] = [point[:-1] for point in json.loads(data)]
        elif path.name == INFO:
            found[name] = _timeless(json.loads(data))
        else:
            found[name] = files.sha256(data)
    for table in ("prompts", "scores", "artefacts", "points"):
        for row in map(dict, store.query(f"SELECT * FROM {table}")):
            named = [str(row.get(name)) for name in ("prompt_id", "target", "id", "series", "step")]
            gone = (*TIMES, "sha256") if table == "prompts" else TIMES
            found[f"{table} {' '.join(named)}"] = {key: value for key, value in row.items() if key not in gone}
    return found


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _timeless(one) for key, one in value.items() if key not in TIMES}
    return value


def differs(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """What is not the same."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
