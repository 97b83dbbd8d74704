"""Whether families cluster, in the space itself and not in a picture of it.

Families are shuffled over tasks, not over prompts: seeds of one task are no independent witnesses. Prompts whose family is not
known are no family: they are left out of what is said of families, and counted.
"""

from collections.abc import Callable, Sequence

import numpy as np

from ptlib.analysis.references import UNKNOWN

PERMUTATIONS = 999


def statistics(
    apart: np.ndarray, tasks: Sequence[str], families: Sequence[str], permutations: int = PERMUTATIONS, seed: int = 0
) -> list[dict[str, object]]:
    """Silhouette and neighbour purity by family, and by task where tasks have several prompts.

    `apart`: dissimilarities [N, N] in the original space; `tasks` and `families`: those of each prompt.

    Returns:
        Rows with by ("family" or "task"), measure ("silhouette" or "neighbour purity"), value, chance (mean over shuffled
        labels), p (one-sided, never 0), n, groups, reason (why there is no value; "" when there is one), left_out (prompts
        without a known family).
    """
    known, rng = np.array([family != UNKNOWN for family in families]), np.random.default_rng(seed)
    if known.any():
        mine, theirs = ([value for value, there in zip(values, known, strict=True) if there] for values in (tasks, families))
        rows = _of_families(apart[np.ix_(known, known)], mine, theirs, permutations, rng)
    else:
        none = {"value": None, "chance": None, "p": None, "n": 0, "groups": 0, "reason": "The family of no prompt is known."}
        rows = [{"by": "family", "measure": name, **none} for name in ("silhouette", "neighbour purity")]
    rows = [row | {"left_out": int((~known).sum())} for row in rows]
    if len(set(tasks)) < len(tasks):
        of_task = np.unique(list(tasks), return_inverse=True)[1]
        drawn = [rng.permutation(of_task) for _ in range(permutations)]
        rows += [row | {"left_out": 0} for row in _judge("task", apart, of_task, drawn, np.arange(len(of_task)))]
    return rows


def _of_families(
    apart: np.ndarray, tasks: Sequence[str], families: Sequence[str], permutations: int, rng: np.random.Generator
) -> list[dict[str, object]]:
    names, of_task = np.unique(list(tasks), return_inverse=True)
    family_of = {task: family for task, family in zip(tasks, families, strict=True)}
    by_task = np.unique([family_of[task] for task in names.tolist()], return_inverse=True)[1]
    return _judge("family", apart, by_task[of_task], [rng.permutation(by_task)[of_task] for _ in range(permutations)], of_task)


def _judge(
    by: str, apart: np.ndarray, labels: np.ndarray, shuffled: Sequence[np.ndarray], units: np.ndarray
) -> list[dict[str, object]]:
    """Both measures for one labelling; purity looks only at neighbours of another unit (task)."""
    sizes = np.bincount(labels)
    reason = ""
    if len(sizes) < 2:
        reason = f"All prompts belong to one {by}."
    elif len(np.unique(np.stack([units, labels], 1), axis=0)) <= len(sizes):
        reason = f"No {by} has two {'tasks' if by == 'family' else 'prompts'}, so none can cluster."
    other = np.where(units[:, None] != units[None, :], apart, np.inf)
    near = other.argmin(axis=1)
    measures: dict[str, Callable[[np.ndarray], float]] = {
        "silhouette": lambda given: silhouette(apart, given),
        "neighbour purity": lambda given: float((given[near] == given).mean()),
    }
    whole = {"n": len(labels), "groups": len(sizes), "reason": reason}
    rows = []
    for name, measure in measures.items():
        tested: dict[str, object] = {"value": None, "chance": None, "p": None}
        if not reason:
            value, drawn = measure(labels), np.array([measure(given) for given in shuffled])
            tested = {
                "value": value,
                "chance": float(drawn.mean()),
                "p": float((1 + (drawn >= value - 1e-12).sum()) / (1 + len(drawn))),
            }
        rows.append({"by": by, "measure": name, **tested, **whole})
    return rows


def silhouette(apart: np.ndarray, labels: np.ndarray) -> float:
    """Mean silhouette from dissimilarities [N, N]; a point that is alone in its group counts 0 (as scikit-learn has it)."""
    groups = np.unique(labels, return_inverse=True)[1]
    member = np.eye(groups.max() + 1)[groups]  # [N, G]
    sums, sizes, own = apart @ member, member.sum(0), np.arange(len(groups))
    inside = sums[own, groups] / np.maximum(sizes[groups] - 1, 1)
    means = sums / sizes
    means[own, groups] = np.inf
    outside = means.min(axis=1)
    widest = np.maximum(inside, outside)
    found = np.divide(outside - inside, widest, out=np.zeros_like(widest), where=widest > 0)
    return float(np.where(sizes[groups] > 1, found, 0.0).mean())
