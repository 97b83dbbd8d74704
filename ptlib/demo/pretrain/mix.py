"""The curriculum: which documents come next, decided by the probes.

Stage 1 teaches the families with few gates and concentrates on one family after another until it leaves chance; stage 2
closes the gates and keeps everything fresh. Where a probe without a query is above chance, its gate share rises.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ptlib.demo.pretrain.probe import Scores, families_of, gain
from ptlib.demo.world.corpus import Mix
from ptlib.tasks.task import Task

LEARNED = 0.4
"""Gain over chance with a query from which a family counts as off chance."""


COMPARING = ("inference", "paraphrase")
"""Families that compare two texts: until both left chance, their documents include word matching."""
PATIENCE = 4
"""Probes that one family may stay in focus without leaving chance."""


@dataclass(slots=True)
class Curriculum:
    """State of the curriculum; plain numbers, so that a checkpoint can hold it."""

    stage: int = 1
    focus: str = ""
    since: int = 0
    """Probes since the focus was chosen."""
    skill: dict[str, float] = field(default_factory=dict)
    """Task id -> smoothed gain over chance with a query."""
    leak: float = 0.0
    """Smoothed gain over chance without a query (worst of the ways to have none)."""
    crossed: float = 0.0
    """Smoothed gain over chance with another family's query."""

    def update(self, scores: Scores, tasks: Sequence[Task], progress: float, first: float = 0.7) -> None:
        """Take in a probe. Stage 2 begins when all families left chance, or at `first` of the time."""
        for task in tasks:
            now = max(0.0, gain(task, scores[task.id], "cue"))
            self.skill[task.id] = now if task.id not in self.skill else 0.5 * self.skill[task.id] + 0.5 * now
        asked = [task for task in tasks if task.is_classification]
        leaks = [sum(gain(task, scores[task.id], name) for task in asked) / len(asked) for name in ("words", "noise", "none")]
        self.leak = 0.5 * self.leak + 0.5 * max(leaks)
        self.crossed = 0.5 * self.crossed + 0.5 * sum(gain(task, scores[task.id], "cross") for task in asked) / len(asked)
        skills = self.by_family(tasks)
        if self.stage == 1 and (progress > first or min(skills.values()) > LEARNED):
            self.stage = 2
        self._choose(skills, tasks)

    def by_family(self, tasks: Sequence[Task]) -> dict[str, float]:
        """Family -> mean skill of its tasks."""
        found: dict[str, list[float]] = {}
        for task in tasks:
            found.setdefault(task.family, []).append(self.skill.get(task.id, 0.0))
        return {name: sum(values) / len(values) for name, values in found.items()}

    def _choose(self, skills: Mapping[str, float], tasks: Sequence[Task]) -> None:
        """Keep the focus until its family left chance; after four probes without success let another one try."""
        self.since += 1
        behind = [name for name in families_of(tasks) if skills[name] < LEARNED]
        if self.focus in behind and self.since < PATIENCE:
            return
        later = [name for name in behind if name != self.focus]
        self.focus, self.since = (later or behind or [""])[0], 0

    def mix(self, tasks: Sequence[Task], progress: float) -> Mix:
        """The mix of the next documents."""
        skills = self.by_family(tasks)
        weights: dict[str, float] = {}
        for task in tasks:
            siblings = sum(other.family == task.family for other in tasks)
            need = 0.35 + (1 - skills[task.family])
            if task.family == self.focus:
                need *= 2.0 if self.stage == 1 else 1.5
            weak = 0.5 + (1 - self.skill.get(task.id, 0.0))
            weights[task.id] = need / siblings * weak
        ramp = min(1.0, progress / 0.15)
        gate, cross = (0.07, 0.05) if self.stage == 1 else (0.14, 0.20)
        gate += 0.08 if self.leak > 0.1 else 0.0
        cross += 0.08 if self.crossed > 0.1 and self.stage == 2 else 0.0
        wild = 0.15 if self.stage == 1 else 0.08
        return Mix(
            gate=gate,
            cross=cross,
            wild=wild,
            tasks=weights,
            junk=0.25 if self.stage == 1 else 0.5,
            short=0.6 if self.stage == 1 else 0.2,
            second=0.05 + 0.1 * ramp if self.stage == 1 else 0.35,
            match=0.3 if min(skills.get(name, 1.0) for name in COMPARING) < LEARNED else 0.05,
        )
