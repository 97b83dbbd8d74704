"""Which maps can stand side by side: backbones, recipes, warm starts, projections, published tables; listed, chosen, read."""

from collections import Counter
from dataclasses import replace
from typing import cast

import pandas as pd
import streamlit as st

from pages.common import address, data, words
from pages.common.context import Context
from pages.transfer.beside_view import OWN, PROJECTED, PUBLISHED, WARM, Side
from ptlib.base.errors import PtlibError
from ptlib.projection import stored
from ptlib.projection.spec import RECIPES, ProjectSpec, recipe
from ptlib.transfer import published
from ptlib.transfer.comparing import sides
from ptlib.transfer.comparing.sides import Value


def first(now: Context | None, value: str) -> Side:
    """Let the reader pick the first map; it begins with the sidebar's."""
    return _pick("First map", "table", _with(value), f"{now.backbone}|{now.recipe}" if now is not None else None)


def begin_published() -> None:
    """Before any control: what a link of an earlier version leaves open is a published table and its value."""
    state, asked = st.session_state, st.query_params
    metric = published.ABSOLUTE if asked.get("value") in ("absolute", "Raw score") else published.RELATIVE
    state["value"] = "score" if metric == published.ABSOLUTE else "relative"
    if "table" not in asked:
        state["table"] = next(table.id for table in published.tables() if table.metric == metric)


def second(value: str, first: Side) -> Side | None:
    """The map beside it, of those of its kind first, published ones of the same model first; None when there is no other."""
    listed = [side for side in _with(value) if side.id != first.id]
    same = first.kind == PUBLISHED
    if not listed:
        return None
    return _pick(
        "Beside it",
        "beside",
        sorted(listed, key=lambda side: (side.kind != first.kind, (side.backbone == first.backbone) != same)),
    )


def _pick(label: str, key: str, listed: list[Side], start: str | None = None) -> Side:
    by_id = {side.id: side for side in listed}
    return by_id[address.select(label, key, {name: side.name for name, side in by_id.items()}, start)]


def _with(value: str) -> list[Side]:
    """Maps that have a value."""
    metric = {"relative": published.RELATIVE, "score": published.ABSOLUTE}.get(value)
    ids = {table.id for table in published.tables() if table.metric == metric}
    return [side for side in _listing(data.catalogue().fingerprint()) if side.kind != PUBLISHED or side.id in ids]


@st.cache_data(max_entries=4, show_spinner=False)
def _listing(fingerprint: str) -> list[Side]:
    """All maps; two that would be called alike carry their id."""
    found = [side for backbone in data.backbones(fingerprint) for side in _of_backbone(fingerprint, backbone)]
    found += [_projected(spec) for spec in stored.listing(data.catalogue())]
    found += [Side(table.id, table.name, PUBLISHED, table.backbone, table.id) for table in published.tables()]
    counts = Counter(side.name for side in found)
    return [side if counts[side.name] == 1 else replace(side, name=f"{side.name} ({side.of})") for side in found]


def _of_backbone(fingerprint: str, backbone: str) -> list[Side]:
    name, recipes = data.backbone_name(backbone), data.recipes(fingerprint, backbone)
    own = [Side(f"{backbone}|{one}", name, OWN, backbone, one, "Measured here, prompts reused as they are.") for one in recipes]
    if data.warm_scores(fingerprint, backbone).empty:
        return own
    told = "Measured here: each prompt was tuned on, on the target. Means over seeds."
    return own + [replace(side, id=f"warm|{side.id}", name=f"{name}, tuned on", kind=WARM, told=told) for side in own]


def _projected(spec: ProjectSpec) -> Side:
    rung = next((name for name in RECIPES if spec.method == "task" and _rung(spec, name) == spec), spec.form.replace("_", " "))
    how = f"task tuning, {rung}" if spec.method == "task" else spec.method
    on = f" on {words.listing(map(data.task_name, spec.tasks))}" if spec.tasks else ""
    name = f"{data.backbone_name(spec.source)} → {data.backbone_name(spec.target)}: {how}{on}"
    size = f"{spec.limit} examples a target" if spec.limit else "all examples"
    told = f"Measured here: prompts of the first model, carried to the second one; {size}."
    return Side(spec.id, name, PROJECTED, spec.target, spec.id, told)


def _rung(spec: ProjectSpec, name: str) -> ProjectSpec | None:
    try:
        return recipe(spec.source, spec.target, spec.tasks, name, limit=spec.limit, seeds=spec.seeds, columns=spec.columns)
    except PtlibError:
        return None


@st.cache_data(max_entries=32, show_spinner=False)
def table(fingerprint: str, _side: Side, id: str, value: str) -> pd.DataFrame:
    """A map [sources, targets] in percent; NaN = not known."""
    if _side.kind == PUBLISHED:
        return published.table(_side.of).load()
    books, of = data.catalogue(), cast(Value, value)
    if _side.kind == PROJECTED:
        spec = next(spec for spec in stored.listing(books, target=_side.backbone) if spec.id == _side.of)
        found = stored.load(spec, books)
        return found.matrix.square(value) if found is not None else pd.DataFrame(dtype=float)
    matrix = data.matrix(fingerprint, _side.backbone, _side.of)
    return sides.own(matrix, of) if _side.kind == OWN else sides.warm(books, matrix, of)
