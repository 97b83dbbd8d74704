"""The list of runs as a table: its rows, what can be looked for. Pure; no Streamlit."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd

from pages.common import words
from ptlib.runs.history.overview import about
from ptlib.runs.queue import Job

STATES: Mapping[str, tuple[str, ...]] = {
    "active": ("queued", "starting", "running"),
    "done": ("done",),
    "unfinished": ("failed", "cancelled", "lost"),
}
"""Choice in the filter -> states."""
STATE_NAMES = {"all": "All", "active": "Active", "done": "Finished", "unfinished": "Ended early"}
KINDS = {
    "transfer": "Piece of the map",
    "tune": "One prompt",
    "neurons": "Neurons",
    "mask": "Masking",
    "cluster": "Picture of prompts",
    "project": "Projector",
    "finetune": "Reference curves",
    "starts": "Starts",
}
MOST_COMPARED = 6


def kind_names(jobs: Iterable[Job]) -> dict[str, str]:
    """Kinds that occur, as shown, after the choice of all."""
    return {"any": "Any kind"} | {kind: KINDS.get(kind, kind.capitalize()) for kind in dict.fromkeys(job.kind for job in jobs)}


def wanted(jobs: Sequence[Job], state: str, kind: str, text: str) -> list[Job]:
    """Runs that a filter leaves; every word of the text stands in title, state, kind or seeds, in any order, or begins the id."""
    asked = text.casefold().split()
    return [
        job
        for job in jobs
        if job.state in STATES.get(state, (job.state,)) and kind in ("any", job.kind) and all(_says(job, word) for word in asked)
    ]


def _says(job: Job, word: str) -> bool:
    text = f"{job.title} {words.STATES[job.state].word} {KINDS.get(job.kind, job.kind)} seed {seeds(job)}".casefold()
    return job.id.startswith(word) or (word in text.replace(",", "").split() if word.isdigit() else word in text)


def seeds(job: Job) -> str:
    """`0, 1, 2`, `0 to 9`; empty where a run has none."""
    known = about(job)
    found = known.piece.seeds if known and known.piece else ()
    ordered = sorted(found)
    if len(ordered) > 3 and ordered == list(range(ordered[0], ordered[-1] + 1)):
        return f"{ordered[0]} to {ordered[-1]}"
    return ", ".join(map(str, ordered))


def name(job: Job, among: Sequence[Job]) -> str:
    """What a run is called among others: its title, with seeds and, if need be, its id where the title is not enough."""
    same = [other for other in among if other.title == job.title]
    told = f"{job.title}, seed {seeds(job)}" if len(same) > 1 and seeds(job) else job.title
    return told if len({seeds(other) for other in same}) == len(same) else f"{told} ({job.id})"


def rows(jobs: Sequence[Job], scores: Mapping[str, float], courses: Mapping[str, Sequence[float]]) -> pd.DataFrame:
    """One row a run: what, state in words, seeds, score in percent, course of the validation score, times, kind, id."""
    return pd.DataFrame([_row(job, scores.get(job.id), courses.get(job.id, ())) for job in jobs])


def _row(job: Job, score: float | None, course: Sequence[float]) -> dict[str, Any]:
    took = job.finished - job.started if job.finished and job.started else None
    return {
        "What": job.title,
        "State": words.STATES[job.state].word,
        "Seeds": seeds(job),
        "Score": None if score is None else round(100 * score, 1),
        "Curve": [round(100 * value, 1) for value in course] or None,
        "Started": datetime.fromtimestamp(job.started) if job.started else None,
        "Took": words.duration(took) if took is not None else "",
        "Kind": KINDS.get(job.kind, job.kind),
        "Run": job.id,
    }
