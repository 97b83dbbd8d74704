"""Who works on what, where several machines do, as a table. Pure; no Streamlit."""

import time
from collections.abc import Mapping, Sequence

import pandas as pd

from pages.common import words
from ptlib.runs.cluster.places import Row

DEVICES = {"cpu": "processors", "cuda": "GPU"}
COLUMNS = ("Node", "Device", "Works on", "Part", "For", "Backbone")


def rows(places: Sequence[Row], titles: Mapping[str, str], now: float | None = None) -> pd.DataFrame:
    """One row a device, `COLUMNS`; busy ones first. titles: of runs, by id."""
    now = now or time.time()
    told = [
        (
            place.node,
            DEVICES.get(place.device, place.device),
            titles.get(place.run_id, place.run_id) or "nothing",
            place.part,
            words.duration(now - place.since) if place.run_id and place.since else "",
            place.backbone,
        )
        for place in sorted(places, key=lambda place: (not place.run_id, place.node))
    ]
    return pd.DataFrame(told, columns=list(COLUMNS))


def summary(places: Sequence[Row]) -> str:
    """`3 of 4 devices on 2 nodes are at work`."""
    busy, nodes = sum(bool(place.run_id) for place in places), len({place.node for place in places})
    return f"{busy} of {words.counted(len(places), 'device')} on {words.counted(nodes, 'node')} at work"
