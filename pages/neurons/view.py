"""Activated neurons as data for pictures: profiles, pairs, sensitivity, what masking says. No Streamlit.

Sets of one task differ between seeds: pairs of tasks are compared seed by seed and then averaged; where one set a task is
needed (UpSet, barcode), it holds the neurons that more than half of the seeds activate.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from pages.common.words import SURE, counted, known, number, p_says, percent
from ptlib.analysis import overlap
from ptlib.analysis.specs import ENOUGH_DRAWS
from ptlib.base.stats import holm

LITTLE = 0.02
"""Loss of score below it is called little."""
SHARES = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3)
"""Most active share of every layer, for the sensitivity curve."""
RULE = "A neuron is one unit of a feed-forward's inner layer, activated when its activation is above 0 on the prompt alone"
CONDITIONS = {"own": "own neurons", "shared": "shared neurons", "other": "neurons of the other prompt only"}


Pairs = Sequence[tuple[np.ndarray, np.ndarray]]
"""Activations [L, F] of two tasks, one pair a seed."""


def pairs_of_sets(a: np.ndarray, b: np.ndarray, seeds_a: Sequence[int], seeds_b: Sequence[int]) -> Pairs:
    """Activations of two tasks seed by seed; where no seed is common, the first of each."""
    common = [(a[seeds_a.index(seed)], b[seeds_b.index(seed)]) for seed in seeds_a if seed in seeds_b]
    return common or [(a[0], b[0])]


def profile(pairs: Pairs) -> pd.DataFrame:
    """Layer by layer, mean over seeds: layer, overlap, low, high (over seeds), chance, sd, shared, only_a, only_b."""
    tables = []
    for a, b in pairs:
        left, right = overlap.active(a), overlap.active(b)
        rows = []
        for layer in range(len(left)):
            one = overlap.overlap(left, right, layer, layer)
            size = np.sqrt(one.size_a * one.size_b)
            sd = np.sqrt(one.variance) / size if size else np.nan
            rows.append((layer, one.overlap, one.chance, sd, one.shared, one.size_a - one.shared, one.size_b - one.shared))
        columns = ["layer", "overlap", "chance", "sd", "shared", "only_a", "only_b"]
        tables.append(pd.DataFrame(rows, columns=columns).astype(float))
    return _averaged(tables)


def _averaged(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Mean of several profiles, with the least and the largest overlap."""
    whole = pd.concat(tables).groupby("layer")
    return whole.mean().assign(low=whole.overlap.min(), high=whole.overlap.max()).reset_index()


def against_families(
    task: str, by_task: Mapping[str, np.ndarray], seeds: Mapping[str, tuple[int, ...]], families: Mapping[str, str]
) -> dict[str, pd.DataFrame]:
    """Mean profile of one task against its own family and against all others; absent where there is no such task."""
    groups = {
        "Its own family": [n for n in by_task if n != task and families.get(n) == families.get(task)],
        "Other families": [n for n in by_task if families.get(n) != families.get(task)],
    }
    found = {}
    for name, members in groups.items():
        tables = [profile(pairs_of_sets(by_task[task], by_task[n], seeds[task], seeds[n])) for n in members]
        if tables:
            found[name] = _averaged(tables)
    return found


def profile_reading(found: pd.DataFrame, first: str, second: str) -> str:
    """Where two tasks meet, in one sentence."""
    usable = found.dropna(subset=["overlap"])
    if usable.empty:
        return f"{first} and {second} have a layer without activated neurons everywhere, so overlap is undefined."
    above = usable.assign(above=usable.overlap - usable.chance)
    best = above.loc[above.above.idxmax()]
    clear = int((usable.overlap > usable.chance + 2 * usable.sd).sum())
    return (
        f"{first} and {second} share more neurons than chance in {clear} of {counted(len(found), 'layer')}, most in layer "
        f"{int(best.layer) + 1}: overlap {number(best.overlap)}, chance {number(best.chance)}."
    )


def pair_table(
    shared: pd.DataFrame, transfer: pd.DataFrame, families: Mapping[str, str], names: Mapping[str, str]
) -> pd.DataFrame:
    """Every ordered pair with overlap and transfer: source, target, pair, family ("" across families), overlap, transfer."""
    rows = []
    for source in shared.index:
        for target in shared.columns:
            if source == target or source not in transfer.index or target not in transfer.columns:
                continue
            x, y = shared.loc[source, target], transfer.loc[source, target]
            if np.isfinite(x) and np.isfinite(y):
                same = families.get(source) is not None and families.get(source) == families.get(target)
                family = families[source] if same else ""
                rows.append((source, target, f"{names[source]} → {names[target]}", family, float(x), float(y)))
    return pd.DataFrame(rows, columns=["source", "target", "pair", "family", "overlap", "transfer"])


def fit_band(pairs: pd.DataFrame, steps: int = 30) -> pd.DataFrame | None:
    """Straight line through the pairs, and the range of the lines without one task: x, y, low, high; None when too few."""
    if len(pairs) < 6 or pairs.overlap.nunique() < 3:
        return None
    x = np.linspace(pairs.overlap.min(), pairs.overlap.max(), steps)
    lines = []
    for task in dict.fromkeys([*pairs.source, *pairs.target]):
        rest = pairs[(pairs.source != task) & (pairs.target != task)]
        if rest.overlap.nunique() > 2:
            lines.append(np.polyval(np.polyfit(rest.overlap, rest.transfer, 1), x))
    if not lines:
        return None
    whole = np.polyval(np.polyfit(pairs.overlap, pairs.transfer, 1), x)
    return pd.DataFrame({"x": x, "y": whole, "low": np.min(lines, axis=0), "high": np.max(lines, axis=0)})


def numbered(found: pd.DataFrame) -> pd.DataFrame:
    """A profile with its layers counted from 1, as pictures and readers count."""
    return found.assign(layer=found.layer.astype(int) + 1)


def twin(shared: pd.DataFrame, transfer: pd.DataFrame, order: Sequence[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Transfer (mean of both directions) above the diagonal, overlap below, every task's mean rank difference (0 to 1)."""
    count = len(order)
    both = transfer.reindex(index=order, columns=order).to_numpy(float)
    mean = np.nanmean(np.stack([both, both.T]), axis=0) if count else both
    alike = shared.reindex(index=order, columns=order).to_numpy(float)
    upper, lower = np.triu(np.ones((count, count), bool), 1), np.tril(np.ones((count, count), bool), -1)
    ranks = [pd.Series(table[upper]).rank(pct=True).to_numpy() for table in (mean, alike.T)]
    apart = np.full((count, count), np.nan)
    apart[upper] = np.abs(ranks[0] - ranks[1])
    apart = np.where(np.isfinite(apart), apart, apart.T)
    with np.errstate(invalid="ignore"):
        there = np.isfinite(apart)
        strip = np.where(there, apart, 0).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
    return np.where(upper, mean, np.nan), np.where(lower, alike, np.nan), strip


def sensitivity(pairs: Pairs) -> pd.DataFrame:
    """Overlap and chance when the most active share of every layer is taken instead: share, overlap, chance; mean over seeds."""
    rows = []
    for share in SHARES:
        for a, b in pairs:
            k = max(1, round(share * a.shape[1]))
            one = overlap.overlap(overlap.active(a, top_k=k), overlap.active(b, top_k=k))
            rows.append((share, one.overlap, one.chance))
    return pd.DataFrame(rows, columns=["share", "overlap", "chance"]).astype(float).groupby("share").mean().reset_index()


def masking_table(summaries: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The largest dose of every stored curve: result, condition, other, ratio, loss, random_loss, more, p."""
    tables = [table[table.ratio == table.ratio.max()].assign(result=name) for name, table in summaries.items() if len(table)]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=["result", "condition"])


def masking_reading(found: pd.DataFrame) -> str:
    """Whether masking shared neurons hurts more than masking as many random ones, over all stored curves."""
    shared = found[found.condition == "shared"] if len(found) else found
    if shared.empty:
        return "Whether shared neurons matter more than random ones was not measured yet on this backbone."
    enough, corrected = shared.draws >= ENOUGH_DRAWS, np.array(holm(shared.p.to_list()), float)
    more, clear = float(shared.more.mean()), int((enough & (shared.more > 0) & (corrected < SURE)).sum())
    sizes = (
        f"it costs {number(100 * shared.loss.mean(), 1)} points, as many random ones {number(100 * shared.random_loss.mean(), 1)}"
    )
    count = counted(len(shared), "measured pair")
    many = f", corrected for {len(shared)} tests" if len(shared) > 1 else ""
    verdict = (
        "Masking shared neurons hurts more than masking as many random ones"
        if more > 0 and clear * 2 > len(shared)
        else "Masking shared neurons does not clearly hurt more than masking as many random ones"
    )
    told = (
        ""
        if enough.all()
        else f" Fewer than {ENOUGH_DRAWS} random sets, as in {int((~enough).sum())} of them, make nothing clear."
    )
    return f"{verdict}: {sizes}; clear (p < {SURE}{many}) in {clear} of {count}.{told}"


def doses(summary: pd.DataFrame, unmasked: float) -> pd.DataFrame:
    """A stored curve for a file: the unmasked score first, then every dose; `zeroed` is the share of the set."""
    told = summary.rename(columns={"ratio": "zeroed"})
    start = pd.DataFrame({"condition": ["unmasked"], "zeroed": [0.0], "score": [unmasked]})
    return pd.concat([start, told], ignore_index=True)[list(told)]


def overlap_verdict(spearman: float, p: float | None, duels: Sequence[tuple[float, float, int] | None]) -> str:
    """Whether shared neurons tell where a prompt works, in words. duels: with the family, then with the prompts' likeness."""
    if not known(p) or p >= SURE:
        return "**Shared neurons do not clearly tell where a prompt works.**"
    if spearman < 0:
        return "**The more neurons two prompts share, the worse they work for each other**, against what one would expect."
    names = ("knowing the family", "comparing the prompts themselves")
    words = [f"{_against(found)} {name}" for found, name in zip(duels, names, strict=False) if found is not None]
    beside = f" They tell it {' and '.join(words)}." if words else ""
    return f"**The more neurons two prompts share, the better one works for the other's task.**{beside}"


def _against(found: tuple[float, float, int]) -> str:
    difference, p, _ = found
    return ("better than" if difference > 0 else "less well than") if p < SURE else "about as well as"


def masking_verdict(found: pd.DataFrame) -> str:
    """What masking says so far, for somebody who wants no statistics; `masking_reading` has the numbers."""
    shared = found[found.condition == "shared"] if len(found) else found
    if shared.empty:
        return "**Whether shared neurons do the work** was not tested on this backbone yet."
    enough, corrected = shared.draws >= ENOUGH_DRAWS, np.array(holm(shared.p.to_list()), float)
    clear = int((enough & (shared.more > 0) & (corrected < SURE)).sum())
    gap = (
        f"switching them off costs {number(100 * shared.loss.mean(), 1)} points of score on average, "
        f"as many others {number(100 * shared.random_loss.mean(), 1)}"
    )
    if clear * 2 > len(shared):
        return f"**The shared neurons do the work**: {gap}."
    why = "" if enough.all() else f"; too few random sets were drawn to be sure (it takes {ENOUGH_DRAWS})"
    return f"**Whether the shared neurons do the work is open**: {gap}. Clear in {clear} of {counted(len(shared), 'pair')}{why}."


def effect(summary: pd.DataFrame) -> float:
    """How much more than as many random ones zeroing shared neurons costs at most; minus infinity where none was measured."""
    shared = summary[summary.condition == "shared"]
    return float(shared.more.max()) if len(shared) else -math.inf


def dose_verdict(summary: pd.DataFrame, unmasked: float, ratio: float, names: Mapping[str, str]) -> str:
    """One curve at one dose in a sentence: the set that costs most, beside as many random neurons. names: prompt -> its name."""
    rows = summary[np.isclose(summary.ratio, ratio)]
    if rows.empty:
        return "No dose was measured."
    row = rows.loc[rows.loss.idxmax()]
    other = names.get(row.other, row.other)
    which = {"own": "its own neurons", "shared": f"the neurons shared with {other}"}.get(
        row.condition, f"the neurons of {other} alone"
    )
    share = "all" if ratio >= 1 else percent(ratio)
    told = f"{percent(unmasked, 1)} → {percent(row.score, 1)}; as many random ones: {percent(row.random_score, 1)}"
    if row.loss < LITTLE:
        return f"**Zeroing {share} of any of these sets changes little** ({told})."
    return f"**Zeroing {share} of {which} costs {number(100 * row.loss, 1)} points** ({told})."


def dose_reading(summary: pd.DataFrame, ratio: float) -> str:
    """Every set of one curve at one dose, with its test."""
    told = [
        f"{CONDITIONS.get(row.condition, row.condition)} {percent(row.score, 1)} (as many random ones "
        f"{percent(row.random_score, 1)}, {_certainty(row.p_corrected, row.draws)})"
        for row in summary[np.isclose(summary.ratio, ratio)].itertuples()
    ]
    return f"{'; '.join(told)}.".capitalize()


def _certainty(p: float, draws: int) -> str:
    """What the draws can say of one of several doses: few can give no small p at all."""
    return f"{p_says(p)}, corrected" if draws >= ENOUGH_DRAWS else f"{draws} draws, too few to say whether that is clear"


def columns_of_sets(found: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Exclusive intersections that hold a neuron, the largest first: members, degree, count, expected, tasks, times."""
    rows = found[(found.degree > 0) & (found["count"] > 0)].reset_index(drop=True)
    shown = [", ".join(names[name] for name in one) for one in rows.members]
    return rows[["members", "degree", "count", "expected"]].assign(tasks=shown, times=rows["count"] / rows.expected)


def upset_reading(found: pd.DataFrame, count: int) -> str:
    """Which neurons are universal and which private, against independence."""
    active = found[found.degree > 0]
    total = int(active["count"].sum())
    everyone = active[active.degree == count]
    alone = int(active.loc[active.degree == 1, "count"].sum())
    if not total or everyone.empty:
        return "These tasks activate no neuron."
    row = everyone.iloc[0]
    share = alone / total if known(alone) else 0.0
    return (
        f"{row['count']} of {total} activated neurons are shared by all {count} tasks (independent sets of these sizes: "
        f"{row['expected']:.1f}); {percent(share)} belong to one task alone."
    )
