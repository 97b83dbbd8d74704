"""Which source prompt to try first: the family, then the same answer words, then the cosine of mean tokens.

score(s, t) = [same family] * (1 + 0.4 r), with known answer words [same family] * (1 + [same words] / 2 + 0.2 r), where
r = (rank of S(s, t) among the sources of t - 1/2) / (n - 1) - 1/2 and S is the cosine of mean tokens, standardised and averaged
over all prompt sets and seeds at hand. Matrices are averaged, never prompts: independent initialisations cannot be compared.
Sources outside the family all get 0, which means "no evidence": ranking them by their prompts does worse than not ranking.
What is known about the rule was found on published prompts and tables of five backbones (`EVIDENCE`) and not confirmed blind.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ptlib.analysis import similarity
from ptlib.analysis.choosing.indicators import average
from ptlib.base.errors import BadInput
from ptlib.base.stats import ranks
from ptlib.results.catalogue import Catalogue
from ptlib.tasks.names import is_reference

INDICATOR = "cosine_mean"
FAMILY, NO_EVIDENCE = "family", "no_evidence"
CONSENSUS_SETS = 3
CHANCE_LOSS, FAMILY_LOSS = 27.7, 8.0
"""Mean loss in points of relative transfer over five published backbones: any source, any source of the family."""
EVIDENCE: Mapping[tuple[bool, bool], float] = {
    (False, False): 3.2,
    (True, False): 2.7,
    (False, True): 2.05,
    (True, True): 1.8,
}
"""(answer words known, three prompt sets or more of several backbones) -> mean loss of the first suggestion in the same study."""
OUTSIDE = (
    "No task of the same family is among the sources. Prompts give no evidence then: on five published backbones the most "
    "similar prompt outside the family lost 16.4 points on average, a random one 17.2."
)


@dataclass(frozen=True, slots=True)
class Donor:
    """How well a source does on targets outside its family, as measured."""

    source: str
    strength: float
    """Mean over targets, then tables, of the transfer, standardised over the sources outside the target's family."""
    n_targets: int
    n_tables: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """One source to try, and why."""

    source: str
    score: float
    same_answer_words: bool | None
    """None when the answer words of one of the two are not known."""
    similarity: float | None
    """Mean over the prompt sets of the indicator as it is; None when no set has both prompts."""
    place: int | None
    """1 = most similar of all sources of the target; equal ones share the better place."""
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """What the picker says about a target."""

    target: str
    status: str
    """"family", or "no_evidence" when no source has the target's family."""
    suggestions: tuple[Suggestion, ...] = ()
    donors: tuple[Donor, ...] = ()
    """General donors, only without evidence: no ranking for this target, but measured elsewhere."""
    note: str
    n_sets: int


def consensus(matrices: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Average of standardised similarity matrices over prompt sets or seeds: square, diagonal 0.

    Each matrix is standardised by its own pairs off the diagonal; a pair is averaged over the sets that have both tasks
    and is 0 when there is none.

    Raises:
        BadInput: no matrix at all.
    """
    if not matrices:
        raise BadInput("There is no similarity matrix to rank by. Tune prompts of at least two tasks first.")
    mean = average([_standardised(matrix) for matrix in matrices])
    return mean.fillna(0.0).mask(np.eye(len(mean), dtype=bool), 0.0)


def _standardised(matrix: pd.DataFrame) -> pd.DataFrame:
    values = matrix.to_numpy(float)
    off = values[~np.eye(len(values), dtype=bool)]
    spread = np.nanstd(off) if np.isfinite(off).any() else 0.0
    return (matrix - np.nanmean(off)) / spread if spread > 0 else matrix * 0.0


def scores(
    similarity: pd.DataFrame, families: Mapping[str, str], answer_words: Mapping[str, Hashable] | None = None
) -> pd.DataFrame:
    """The picker's score of every pair, as a square table that `ranking.compare` can judge; diagonal NaN.

    similarity: square, of one prompt set or from `consensus`.
    families: label -> family; labels that are absent have no family.
    answer_words: label -> anything that is equal for equal sets of answer words; None = not used.
    """
    names = list(similarity.index)
    table = np.full((len(names), len(names)), np.nan)
    for t, target in enumerate(names):
        others = [s for s in range(len(names)) if s != t]
        ranked = ranks(np.nan_to_num(similarity.to_numpy(float)[others, t], nan=-np.inf))
        for s, rank in zip(others, ranked, strict=True):
            r = (rank - 0.5) / len(others) - 0.5
            table[s, t] = _score(names[s], target, r, families, answer_words)
    return pd.DataFrame(table, index=names, columns=names)


def _score(source: str, target: str, r: float, families: Mapping[str, str], answer_words: Mapping[str, Hashable] | None) -> float:
    if not families.get(source) or families[source] != families.get(target):
        return 0.0
    if answer_words is None:
        return 1 + 0.4 * r
    return 1 + 0.5 * bool(_same_words(source, target, answer_words)) + 0.2 * r


def _same_words(source: str, target: str, answer_words: Mapping[str, Hashable]) -> bool | None:
    if source not in answer_words or target not in answer_words:
        return None
    return answer_words[source] == answer_words[target]


def pick(
    target: str,
    matrices: Sequence[pd.DataFrame],
    families: Mapping[str, str],
    answer_words: Mapping[str, Hashable] | None = None,
    *,
    sources: Iterable[str] | None = None,
    donors: Sequence[Donor] = (),
    n_backbones: int = 1,
    count: int = 3,
) -> Pick:
    """Suggest sources for a target.

    target: a label; a target without a prompt is ranked by family and answer words alone.
    matrices: the indicator (`INDICATOR` is recommended) on each prompt set or seed, square, labels as in `families`.
    sources: labels that may be chosen; all labels of the matrices when None.
    donors: measured donors (`general_donors`), offered when there is no evidence.
    n_backbones: how many backbones the matrices come from; it decides which evidence is quoted.

    Raises:
        BadInput: there is no source beside the target.
    """
    ranked = consensus(matrices)
    names = [name for name in (ranked.index if sources is None else dict.fromkeys(sources)) if name != target]
    if not names:
        raise BadInput(f"There is no source to choose from for '{target}'. Tune prompts of other tasks first.")
    square = ranked.reindex(index=[*names, target], columns=[*names, target])
    found = scores(square, families, answer_words)[target].drop(target)
    own = [name for name in names if found[name] > 0]
    if not own:
        offered = tuple(donor for donor in donors if donor.source in names)[:count]
        return Pick(target=target, status=NO_EVIDENCE, donors=offered, note=_outside(offered), n_sets=len(matrices))
    best = sorted(own, key=lambda name: -found[name])[:count]
    mean = average(matrices).reindex(index=names, columns=[target])[target].dropna()
    suggestions = tuple(_suggestion(name, target, float(found[name]), mean, answer_words) for name in best)
    note = _family_note(len(own), answer_words is not None, len(matrices), n_backbones)
    return Pick(target=target, status=FAMILY, suggestions=suggestions, note=note, n_sets=len(matrices))


def _suggestion(
    source: str, target: str, score: float, mean: pd.Series, answer_words: Mapping[str, Hashable] | None
) -> Suggestion:
    same = None if answer_words is None else _same_words(source, target, answer_words)
    similarity = float(mean[source]) if source in mean else None
    place = None if similarity is None else 1 + int((mean > similarity).sum())
    alike = f"mean-token similarity {similarity:.2f}, place {place} of {len(mean)}" if similarity is not None else ""
    words = {None: "", True: "same answer words", False: "other answer words"}[same]
    told = ", ".join(filter(None, ("same family", words, alike or "no prompt of both tasks to compare")))
    return Suggestion(source=source, score=score, same_answer_words=same, similarity=similarity, place=place, evidence=told)


def _family_note(members: int, with_words: bool, n_sets: int, n_backbones: int) -> str:
    """The evidence behind the order, in words."""
    if members == 1:
        return (
            f"One source has the target's family: there is nothing to order. On five published backbones a source of the "
            f"family lost {FAMILY_LOSS} points on average, any source {CHANCE_LOSS}."
        )
    loss = EVIDENCE[with_words, n_sets >= CONSENSUS_SETS and n_backbones > 1]
    rule = "family, then answer words, then mean tokens" if with_words else "family, then mean tokens"
    averaged = f", averaged over {n_sets} prompt sets" if n_sets > 1 else ""
    return (
        f"By {rule}{averaged}: mean loss {loss:g} points instead of {FAMILY_LOSS} over five published backbones, not "
        "confirmed blind; the order matters for 9 of their 17 tasks. Try all suggestions: the best of three sources of the "
        "plain family lost 1.6."
    )


def _outside(donors: Sequence[Donor]) -> str:
    if not donors:
        return f"{OUTSIDE} No transfer was measured yet that would tell which prompts are good general donors."
    return f"{OUTSIDE} As measured, these sources did best on targets outside their own family; this target was not among them."


def general_donors(transfers: Sequence[pd.DataFrame], families: Mapping[str, str], exclude: str | None = None) -> list[Donor]:
    """Sources by how well they do on targets outside their family, best first.

    transfers: square tables of transfer; reference rows are ignored.
    exclude: a target whose column must not be used, because it is the one to choose for.
    """
    found: dict[str, list[np.ndarray]] = {}
    for table in transfers:
        sources = [name for name in table.index if not is_reference(name)]
        here: dict[str, list[float]] = {}
        for target in (name for name in table.columns if name != exclude):
            outside = [
                name
                for name in sources
                if name != target and (families.get(name) is None or families.get(name) != families.get(target))
            ]
            values = table.loc[outside, target].dropna()
            spread = float(values.std(ddof=0)) if len(values) > 1 else 0.0
            for source, value in values.items() if spread > 0 else ():
                here.setdefault(source, []).append(float(value - values.mean()) / spread)
        for source, strengths in here.items():
            found.setdefault(source, []).append(np.array(strengths))
    donors = [
        Donor(source, float(np.mean([part.mean() for part in parts])), sum(map(len, parts)), len(parts))
        for source, parts in found.items()
    ]
    return sorted(donors, key=lambda donor: -donor.strength)


def matrices_of(catalogue: Catalogue, backbone: str, recipe: str | None = None, indicator: str = INDICATOR) -> list[pd.DataFrame]:
    """The indicator over tasks for every seed of a backbone's prompts, one square table a seed; labels are task ids.

    Seeds with prompts of fewer than two tasks are left out.
    """
    recipe = recipe or catalogue.main_recipe(backbone)
    rows = [row for row in catalogue.prompt_rows(backbone) if row.recipe == recipe and not row.start.is_warm]
    found = []
    for seed in sorted({row.seed for row in rows}):
        here = {row.task: catalogue.values(row.id) for row in rows if row.seed == seed}
        if len(here) > 1:
            prompts = similarity.stack(list(here.values()), list(here))
            found.append(similarity.frame(prompts, similarity.similarity(prompts, indicator)))
    return found
