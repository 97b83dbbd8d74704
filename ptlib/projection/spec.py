"""Frozen spec of a projection: everything that changes a number and nothing else. Torch-free."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar

from ptlib.base.errors import BadInput, unknown
from ptlib.base.identity import VERSION, digest

CLOSED = ("vocabulary", "orthogonal", "relative", "anchors")
"""Maps without training; the first three need no prompt at all."""
METHODS = (*CLOSED, "distance", "task")
FORMS = ("per_token", "flattened", "residual")
STARTS = ("vocabulary", "unscaled", "random")
"""The map between the vocabularies, at the scale that the training tasks' loss chooses or as it is; random weights."""
PROMPTS = ("one", "many")
WARM_UP = 5
"""Steps until the learning rate is reached; it decays linearly to 0 after them."""
LEARNING_RATES = {"mlm": 2e-3, "t5": 2e-2}
"""Peak of AdamW by the target's family: a T5's prompts are about ten times as long."""

RECIPES: Mapping[str, Mapping[str, Any]] = {
    "paper": {"form": "flattened", "start": "random", "prompts": "one", "noise": 0.0, "untrained": False, "others": False},
    "many prompts": {"form": "flattened", "start": "random", "prompts": "many", "untrained": False, "others": False},
    "+ untrained": {"form": "flattened", "start": "random", "prompts": "many", "untrained": True, "others": False},
    "+ other families": {"form": "flattened", "start": "random", "prompts": "many", "untrained": True, "others": True},
    "per token": {"form": "per_token", "start": "unscaled", "prompts": "many", "untrained": True, "others": True},
}
"""The ladder of task tuning: the paper's form and what cures its collapse, step by step; the last is the default.

It starts at the vocabulary map as it is. Scaling it first by the training tasks' loss lost unseen tasks from wide to small.
Decided without an evaluated cell: fitted on one of three sentiment training tasks and one seed, judged on the validation
slices of the other two with another fitted seed's prompts (README, "How the recipe was chosen").
"""

DEFAULT = "per token"


@dataclass(frozen=True, slots=True)
class ProjectSpec:
    """One way to carry prompts from one model to another, fitted once for every held-out seed and measured on all targets."""

    kind: ClassVar[str] = "project"
    source: str
    """Backbone the prompts were tuned on."""
    target: str
    """Backbone they are carried to."""
    method: str = "task"
    """vocabulary, orthogonal, relative, anchors (no training); distance (pairs of prompts); task (through the target)."""
    tasks: tuple[str, ...] = ()
    """Training tasks; for the vocabulary map they only choose its scale."""
    seeds: tuple[int, ...] = (0, 1, 2)
    """Prompt seeds. Each is held out once: fitted on the others, measured with the prompts of this one."""
    form: str = "per_token"
    """per_token, flattened (the paper's: one hidden layer over all tokens, then layer norm) or residual."""
    start: str = "vocabulary"
    prompts: str = "many"
    """one = the first fitted seed's finished prompt of the first task; many = all fitted seeds and their checkpoints."""
    noise: float = 0.3
    """Standard deviation of the noise on source prompts, in units of their root mean square."""
    untrained: bool = True
    """Untrained prompts as negatives (task) or as pairs of the same words (distance)."""
    others: bool = True
    """Prompts of other families as negatives, on the training tasks' texts."""
    steps: int = 120
    batch_size: int = 16
    lr: float | None = None
    """Peak learning rate; None = by the target's family, see `LEARNING_RATES`."""
    clip: float | None = None
    """Largest norm of the gradient; None = not clipped."""
    hidden: int = 256
    """H of the flattened and the residual form."""
    seed: int = 0
    """Of weights, batches, noise and untrained prompts."""
    limit: int | None = 24
    """Measure on at most so many evaluation examples a target; None = all."""
    columns: tuple[str, ...] = ()
    """Targets to measure; empty = every classification task both models have prompts for."""

    def __post_init__(self) -> None:
        if self.source == self.target:
            raise BadInput(
                f"Source and target are both '{self.source}': nothing has to be carried over. Choose two models; within "
                "one model the transfer map measures it."
            )
        for what, value, known in (
            ("method", self.method, METHODS),
            ("form", self.form, FORMS),
            ("start", self.start, STARTS),
            ("number of prompts", self.prompts, PROMPTS),
        ):
            if value not in known:
                raise unknown(what, value, known)
        if self.method in ("task", "distance") and not self.tasks:
            raise BadInput(f"The method '{self.method}' learns from tasks, but none is named. Name at least one training task.")
        self._check_numbers()

    def _check_numbers(self) -> None:
        if len(self.seeds) < 2 and self.learns_from_prompts:
            raise BadInput(
                f"One seed ({', '.join(map(str, self.seeds)) or 'none'}) cannot be fitted on and held out at once. Give "
                "at least two seeds, for example 0 1 2."
            )
        if not self.seeds or len(set(self.seeds)) != len(self.seeds) or min(self.seeds) < 0:
            raise BadInput(f"The seeds are {list(self.seeds)}, but each must be zero or above and given once.")
        for name in ("steps", "batch_size", "hidden", "lr", "clip", "limit"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise BadInput(f"{name.replace('_', ' ')} is {value}, but it must be above zero. Give a positive value.")
        if self.noise < 0 or self.seed < 0:
            raise BadInput(f"noise is {self.noise} and seed {self.seed}, but neither may be negative.")

    @property
    def id(self) -> str:
        """Run id; with `-<held-out seed>` behind it the id of one fit and of its results."""
        return "x" + digest({"kind": self.kind, "v": VERSION, **asdict(self)})

    @property
    def backbone(self) -> str:
        """The model that results belong to."""
        return self.target

    @property
    def learns_from_prompts(self) -> bool:
        """Whether a fit sees tuned prompts, so that the seed it is measured with must be held out."""
        return self.method in ("anchors", "distance", "task")

    @property
    def trains(self) -> bool:
        """Whether a fit takes optimiser steps."""
        return self.method == "task" or (self.method == "distance" and self.form != "per_token")

    def fitted_seeds(self, held_out: int) -> tuple[int, ...]:
        """The seeds that a fit may see."""
        return tuple(seed for seed in self.seeds if seed != held_out)

    def peak(self, family: str) -> float:
        """Peak learning rate on a target of this family."""
        return LEARNING_RATES[family] if self.lr is None else self.lr


def fold_id(spec: ProjectSpec, held_out: int) -> str:
    """Id of one fit of a spec, of its curve and of its results."""
    return f"{spec.id}-{held_out}"


def carried_name(spec: ProjectSpec, held_out: int, prompt_id: str) -> str:
    """Name of a source prompt carried over by one fit: the predictor answers with it."""
    return f"{fold_id(spec, held_out)}:{prompt_id}"


def title(spec: ProjectSpec) -> str:
    """The projection in words, for lists of runs."""
    told = {"distance": f"distance, {spec.form.replace('_', ' ')}", "task": f"task tuning, {spec.form.replace('_', ' ')}"}
    on = f" on {', '.join(name.removeprefix('demo/') for name in spec.tasks)}" if spec.tasks else ""
    short = [name.removeprefix("demo/") for name in (spec.source, spec.target)]
    return f"{short[0]} to {short[1]}: {told.get(spec.method, spec.method)}{on}"


def recipe(source: str, target: str, tasks: tuple[str, ...], name: str = DEFAULT, **more: Any) -> ProjectSpec:
    """A rung of the ladder `RECIPES`; several training tasks get more steps. Raises BadInput for unknown names."""
    if name not in RECIPES:
        raise unknown("recipe", name, RECIPES)
    steps = 120 if len(tasks) == 1 else 300
    return replace(ProjectSpec(source, target, "task", tasks, steps=steps, **RECIPES[name]), **more)
