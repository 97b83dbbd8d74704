"""From what the reader chooses to a projection's spec: ways, steps, training tasks, and what each does in words. No Streamlit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from pages.common import words
from pages.common.words import counted
from ptlib.projection.spec import DEFAULT, RECIPES, ProjectSpec, recipe

TASK, DISTANCE, CLOSED = "task", "distance", "closed"
METHODS = MappingProxyType({TASK: "Task tuning", DISTANCE: "Pairs of prompts", CLOSED: "Without training"})
STEPS = MappingProxyType(
    {
        TASK: {
            "paper": "Paper's form",
            "many prompts": "+ many prompts",
            "+ untrained": "+ untrained",
            "+ other families": "+ other families",
            "per token": "Per token",
        },
        DISTANCE: {"per_token": "Per token", "flattened": "Flattened", "residual": "Residual"},
        CLOSED: {
            "vocabulary": "Vocabulary map",
            "relative": "Relative space",
            "anchors": "Anchors",
            "orthogonal": "Orthogonal map",
        },
    }
)
"""Method -> what can be chosen within it."""
MEANINGS = MappingProxyType(
    {
        "paper": "The paper's form: one hidden layer over all tokens, learned from a single source prompt. Nothing tells it to "
        "listen to the prompt, so it can become one good prompt for everything.",
        "many prompts": "The paper's form, learned from the task's prompts of several seeds and their checkpoints.",
        "+ untrained": "Besides, untrained source prompts must lead to no answer (all label words alike).",
        "+ other families": "Besides, prompts of other families must lead to no answer on the training task's texts.",
        "per token": "The default: one linear map for every token, started at the map between the two vocabularies, with many "
        "prompts, untrained ones and other families as counterexamples.",
        "per_token": "Least squares between source and target prompts of the same task and seed, token by token.",
        "flattened": "The paper's form, trained until projected and target prompts of the same task and seed lie close.",
        "residual": "The vocabulary map plus a small network, trained on pairs of prompts of the same task and seed.",
        "vocabulary": "Least squares between the word embeddings that both models share, for every token. No prompt is needed; "
        "training tasks only choose its scale.",
        "relative": "Each token is described by its similarities to the shared words, and rebuilt from the target's words. No "
        "prompt, no training.",
        "anchors": "A weighted mean of the target's own prompts of other tasks, weighted by how near the source prompt lies to "
        "theirs. A look-up of the nearest family, and a bar to beat.",
        "orthogonal": "The rotation between the two vocabularies that fits best, with one scale.",
    }
)
COLLECT = "choose"
"""Option of the training tasks: choose them one by one."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the reader chose."""

    source: str
    target: str
    method: str
    step: str
    tasks: tuple[str, ...]
    steps: int | None = None
    """None = the recipe's."""
    limit: int | None = 24
    """Examples a target; None = all."""


def wanted(wish: Wish) -> ProjectSpec:
    """The projection. Raises BadInput with the message to show."""
    if wish.method == TASK:
        spec = recipe(wish.source, wish.target, wish.tasks, wish.step, limit=wish.limit)
    elif wish.method == DISTANCE:
        spec = ProjectSpec(wish.source, wish.target, "distance", wish.tasks, form=wish.step, limit=wish.limit)
    else:
        tasks = wish.tasks if wish.step == "vocabulary" else ()
        spec = ProjectSpec(wish.source, wish.target, wish.step, tasks, limit=wish.limit)
    return replace(spec, steps=wish.steps) if wish.steps is not None and spec.trains else spec


def place_of(spec: ProjectSpec) -> tuple[str, str]:
    """Method and step under which the page shows a projection; the nearest ones where settings were changed by hand."""
    if spec.method == "task":
        rung = next((name for name, form in RECIPES.items() if all(getattr(spec, k) == v for k, v in form.items())), DEFAULT)
        return TASK, rung
    return (DISTANCE, spec.form) if spec.method == "distance" else (CLOSED, spec.method)


def rungs(stored: Sequence[ProjectSpec], tasks: tuple[str, ...]) -> dict[str, ProjectSpec]:
    """Step of task tuning -> the stored projection with exactly its settings, in the order of the ladder."""
    if not stored or not tasks:
        return {}
    wanted = {name: recipe(stored[0].source, stored[0].target, tasks, name) for name in RECIPES}
    return {name: spec for name, spec in wanted.items() if spec in stored}


def task_sets(stored: Sequence[ProjectSpec], common: Sequence[str], families: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Training tasks on offer: what something was fitted on, most often first; one task of each family; every single task."""
    fitted = [spec.tasks for spec in stored if spec.method == "task" and set(spec.tasks) <= set(common)]
    sets = sorted(dict.fromkeys(fitted), key=lambda tasks: (-fitted.count(tasks), len(tasks)))
    order = list(dict.fromkeys(families[name] for name in common))
    if len(order) > 1 and not any(is_one_a_family(tasks, families, order) for tasks in sets):
        sets.append(tuple(next(name for name in common if families[name] == family) for family in order))
    singles = [(name,) for name in common if (name,) not in sets]
    return [*sets, *singles] if sets and len(sets[0]) == 1 else [*singles[:1], *sets, *singles[1:]]


def is_one_a_family(tasks: Sequence[str], families: Mapping[str, str], order: Sequence[str]) -> bool:
    """Whether there is exactly one task of every family."""
    return len(order) > 1 and sorted(families[name] for name in tasks) == sorted(order)


def set_name(tasks: Sequence[str], families: Mapping[str, str], names: Mapping[str, str], order: Sequence[str]) -> str:
    """How a set of training tasks is offered."""
    if len(tasks) == 1:
        return f"{names[tasks[0]]} ({words.family(families[tasks[0]]).lower()})"
    if is_one_a_family(tasks, families, order):
        return f"One task of each of {len(order)} families"
    kinds = {families[name] for name in tasks}
    if len(kinds) == 1:
        return f"{len(tasks)} {words.family(kinds.pop()).lower()} tasks"
    return words.listing((names[name] for name in tasks), 3)


def set_meaning(tasks: Sequence[str], common: Sequence[str], families: Mapping[str, str], names: Mapping[str, str]) -> str:
    """What a set of training tasks does, in one sentence."""
    if not tasks:
        return "Choose at least one training task."
    seen = {families[name] for name in tasks}
    unseen = sum(families[name] in seen for name in common if name not in tasks)
    others = sum(families[name] not in seen for name in common)
    family = f"the same {'family' if len(seen) == 1 else 'families'} {'stays' if unseen == 1 else 'stay'} unseen"
    rest = f"{counted(others, 'task')} of other families" if others else "no other family is left"
    return (
        f"Fitted on {words.listing((names[name] for name in tasks), 5)}; {counted(unseen, 'further task')} of {family}, {rest}."
    )


def shapes(source: tuple[str, int, int], target: tuple[str, int, int]) -> str:
    """Why a prompt needs a projector here. Each side: name of the model, soft tokens, width (0 = not known)."""
    (one, length, width), (other, far, wide) = source, target
    mine, theirs = f"[{length or '?'}, {width or '?'}]", f"[{far or '?'}, {wide or '?'}]"
    if width and wide and width != wide:
        why = f"a token of {one} has {width} numbers, {other} reads {wide}, so it does not fit as it is"
    else:
        why = "the shapes fit, but the numbers of the two models do not mean the same"
    return f"Prompts {mine} of {one} become prompts {theirs} of {other} (soft tokens × width): {why}."
