"""Folders by the names of earlier versions, which knew them by place alone: results stay found while nothing there changed."""

from dataclasses import replace
from pathlib import Path

from ptlib.base.errors import PtlibError
from ptlib.base.identity import path_of
from ptlib.models.registry import backbone_of
from ptlib.models.spec import BackboneSpec
from ptlib.prompts.start import PROMPT, Start
from ptlib.results.store import Store

_FIRST = """
SELECT min(created) FROM (
  SELECT created FROM prompts WHERE backbone = ?1 OR init = ?2
  UNION ALL SELECT created FROM runs WHERE json_extract(spec, '$.data') = ?1 OR json_extract(spec, '$.backbone') = ?1)
"""


def known_as(name: str, store: Store | None = None) -> str:
    """The name of a folder (`/folder@sha256:...`), or its place where results are stored under that and it is as it was then."""
    place = path_of(name)
    try:
        first = (store or Store()).query(_FIRST, (place, str(Start(PROMPT, place))))
    except PtlibError:
        return name
    since = first[0][0] if first else None
    return place if since is not None and _last_change(Path(place)) <= since else name


def backbone_known_as(name: str) -> BackboneSpec:
    """A backbone as a user names it, under the name that its results have. Errors as in `get_backbone`."""
    return as_known(backbone_of(name))


def as_known(spec: BackboneSpec) -> BackboneSpec:
    """A backbone under the name that its results have."""
    return replace(spec, id=known_as(spec.id)) if spec.source == "folder" else spec


def _last_change(folder: Path) -> float:
    """Seconds since the epoch: of any file's content or entry."""
    stats = [path.stat() for path in folder.rglob("*") if path.is_file()]
    return max((max(stat.st_mtime, stat.st_ctime) for stat in stats), default=float("inf"))
