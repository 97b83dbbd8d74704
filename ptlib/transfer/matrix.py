"""The transfer map: every source prompt on every target, with intervals, relative score and gain kept.

relative  = 100 * transfer / own                              (the paper's, in percent)
gain kept = (transfer - untrained) / (own - untrained)        (a fraction; None unless own is clearly above untrained)

Both from means over seeds. Intervals: 95 %, bootstrap over seeds then examples, paired on the target's examples.
Nothing missing is ever a number: it is None in a `Cell` and NaN in a frame.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache

import numpy as np
import pandas as pd

from ptlib.base import stats
from ptlib.results.answers import mean_second
from ptlib.results.catalogue import Catalogue, Entry
from ptlib.tasks.names import COMMONEST, REFERENCE_ROWS
from ptlib.transfer.comparing.whose import ALL, chosen

UNTRAINED = "untrained"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One source on one target. Scores and gains are fractions, relative values percent; None = not known."""

    source: str
    target: str
    n_seeds: int
    n_examples: int
    """Examples that were measured, in every seed."""
    score: float
    low: float | None = None
    high: float | None = None
    relative: float | None = None
    relative_low: float | None = None
    relative_high: float | None = None
    gain_kept: float | None = None
    gain_low: float | None = None
    gain_high: float | None = None
    over: str = stats.EXAMPLES_ONLY
    run_ids: tuple[str, ...] = ()
    """Ids of the prompts behind the cell, one a seed, in the order of `seeds`."""
    origin: str = "demo"
    """"own" as soon as one seed comes from an own run."""
    seeds: tuple[int, ...] = ()
    planned: int = 0
    """Of a first look: examples of the whole cell. 0 = it is whole."""

    @property
    def is_own(self) -> bool:
        """Whether the prompt was tuned on this very target (the diagonal)."""
        return self.source == self.target


@dataclass(frozen=True, slots=True)
class TransferMatrix:
    """All cells of one backbone and one recipe; rows are sources, columns targets."""

    backbone: str
    recipe: str
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    cells: tuple[Cell, ...]
    notes: tuple[str, ...] = ()
    """Why cells must not be compared without care; see `lint`."""
    commonest: Mapping[str, Cell] = field(default_factory=dict)
    """By target: what always answering its commonest class gives; absent for generated answers."""
    behind: Mapping[tuple[str, str], Entry] = field(default_factory=dict, repr=False, compare=False)
    """By prompt and target: the results that the cells were made of."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """By run: how many of its results are left out, see `ptlib.results.own.leave_out`."""
    _index: Mapping[tuple[str, str], Cell] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_index", {(cell.source, cell.target): cell for cell in self.cells})

    def get(self, source: str, target: str) -> Cell | None:
        """The cell, or None when it was not measured."""
        return self.commonest.get(target) if source == COMMONEST else self._index.get((source, target))

    def second(self, cell: Cell) -> dict[str, float]:
        """Second scores of a cell (see `results.answers`), means over seeds, from the predictions of the prompts behind it."""
        found = (self.behind.get((name, cell.target)) for name in cell.run_ids)
        return mean_second(entry.answers if entry else None for entry in found)

    def frame(self) -> pd.DataFrame:
        """Long table, one row a cell; what is not known is NaN."""
        frame = pd.DataFrame([asdict(cell) for cell in self.cells], columns=(names := list(Cell.__dataclass_fields__)))
        numbers = [n for n in names if n.startswith(("score", "low", "high", "relative", "gain"))]
        return frame.astype(dict.fromkeys(numbers, float))

    def square(self, value: str = "score") -> pd.DataFrame:
        """Table [sources, targets] of one value; NaN where it is not known."""
        rows = [[getattr(self.get(source, target), value, None) for target in self.targets] for source in self.sources]
        return pd.DataFrame(rows, index=list(self.sources), columns=list(self.targets), dtype=float)

    def part(self, sources: Iterable[str], targets: Iterable[str]) -> "TransferMatrix":
        """The same map cut to some rows and columns; reference rows and own prompts stay."""
        targets = tuple(name for name in self.targets if name in set(targets))
        wanted = {*sources, *targets, *REFERENCE_ROWS}
        rows = tuple(name for name in self.sources if name in wanted)
        cells = tuple(cell for cell in self.cells if cell.source in rows and cell.target in targets)
        commonest = {name: cell for name, cell in self.commonest.items() if name in targets}
        return TransferMatrix(self.backbone, self.recipe, rows, targets, cells, self.notes, commonest, self.behind, self.left_out)

    def lint(self) -> list[str]:
        """Reasons why the numbers of this map are not on one footing; empty when they are."""
        found = [*self._partial(), *self.notes, *self._absent()]
        tuned = [cell for cell in self.cells if cell.source not in REFERENCE_ROWS]
        counts = Counter(cell.n_seeds for cell in tuned)
        if len(counts) > 1:
            usual = counts.most_common(1)[0][0]
            others = sum(n for seeds, n in counts.items() if seeds != usual)
            found.append(f"{others} of {len(tuned)} cells have another number of seeds than the usual {usual}.")
        for target in self.targets:
            sizes = {cell.n_examples for cell in self.cells if cell.target == target and not cell.planned}
            if len(sizes) > 1:
                found.append(f"Scores on '{target}' rest on different numbers of examples: {', '.join(map(str, sorted(sizes)))}.")
        return found

    def _partial(self) -> list[str]:
        """Cells that are not measured whole yet, counted."""
        if not (looks := [cell for cell in self.cells if cell.planned]):
            return []
        told, whole = ("1 cell rests" if len(looks) == 1 else f"{len(looks)} cells rest"), max(cell.planned for cell in looks)
        sizes = " to ".join(str(size) for size in sorted({act(cell.n_examples for cell in looks) for act in (min, max)}))
        return [f"{told} on a first look: {sizes} of {whole} examples, with the wider intervals of two looks."]

    def _absent(self) -> list[str]:
        """What was left out on request, counted."""
        count, runs = sum(self.left_out.values()), ", ".join(self.left_out)
        told = "1 result of one's own is" if count == 1 else f"{count} results of one's own are"
        return [f"{told} left out on request (of {runs})."] if count else []


@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    """All seeds of one source on one target, on the same examples."""

    entries: tuple[Entry, ...]
    draws: np.ndarray  # [draws]
    mean: float
    """Over seeds, of the means over what was measured."""
    planned: int
    """Examples of the whole row, of a first look; else 0."""

    @property
    def seeds(self) -> tuple[int, ...]:
        return tuple(entry.seed for entry in self.entries)


def _common_examples(entries: list[Entry]) -> tuple[str, list[str]]:
    """The set of examples that most cells of a target share, and a note when some use another."""
    sets = Counter((entry.examples, len(entry.scores)) for entry in entries)
    (chosen, size), _ = max(sets.items(), key=lambda item: (item[1], item[0][1]))
    others, target = sum(entry.examples != chosen for entry in entries), entries[0].target
    note = f"{others} results on '{target}' are left out: they were measured on other examples than the {size} used here."
    return chosen, [note] if others else []


def _rows(entries: list[Entry], draws: int, seed: int) -> dict[str, _Row]:
    """Group the results on one target by source and draw all of them at once."""
    by_source: dict[str, list[Entry]] = {}
    for entry in sorted(entries, key=lambda e: (e.is_look, e.source, e.seed)):
        there = by_source.setdefault(entry.source, [])
        if not entry.is_look or not there or there[0].is_look:  # a look does not blur what whole seeds say
            there.append(entry)
    values = {source: np.stack([e.scores for e in found]) for source, found in by_source.items()}
    by_seed = _by_seed(np.concatenate(list(values.values())).astype(np.float32), draws, seed)
    rows, start = {}, 0
    for source, found in by_source.items():
        seeds = tuple(entry.seed for entry in found)
        part = by_seed[:, start : start + len(found)]
        start += len(found)
        weighted = part * stats.seed_weights(seeds, draws, seed)
        drawn = weighted.sum(axis=1, dtype=np.float64)
        scores, looked = values[source], any(entry.is_look for entry in found)
        mean = float(np.nanmean(scores, axis=1).mean() if looked else scores.mean())
        drawn = np.clip(drawn, np.nanmin(scores), np.nanmax(scores))  # a mean lies among its values; weights are rounded
        rows[source] = _Row(tuple(found), drawn, mean, scores.shape[1] if looked else 0)
    return rows


def _by_seed(scores: np.ndarray, draws: int, seed: int) -> np.ndarray:
    """Drawn means [draws, rows] of scores [rows, N], NaN where an example was not measured yet."""
    weights, known = stats.example_weights(scores.shape[1], draws, seed), ~np.isnan(scores)
    found = weights @ np.where(known, scores, np.float32(0)).T
    for place in np.flatnonzero(~known.all(axis=1)):
        with np.errstate(divide="ignore", invalid="ignore"):
            found[:, place] /= weights @ known[place].astype(np.float32)
    return found


def _relative(row: _Row, own: _Row | None) -> dict[str, float | None]:
    if own is None or own.mean <= 0:
        return {}
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = stats.percentiles(100 * row.draws / own.draws)
    return {"relative": 100 * row.mean / own.mean, "relative_low": low, "relative_high": high}


@lru_cache(maxsize=2)
def _room(own: _Row, untrained: _Row) -> tuple[np.ndarray, np.ndarray] | None:
    """Draws of what tuning gains, and which of them are above 0; None where the gain is not clear. Asked for every source."""
    room = own.draws - untrained.draws
    lowest = stats.percentiles(room)[0]
    return None if lowest is None or lowest <= 0 else (room, room > 0)


def _gain(row: _Row, own: _Row | None, untrained: _Row | None) -> dict[str, float | None]:
    if own is None or untrained is None or (gained := _room(own, untrained)) is None:
        return {}
    room, real = gained  # at most 2.5 % of the draws leave no room; the ratio means nothing there
    low, high = stats.percentiles((row.draws - untrained.draws)[real] / room[real])
    value = (row.mean - untrained.mean) / (own.mean - untrained.mean)
    return {"gain_kept": value, "gain_low": low, "gain_high": high}


def _cell(source: str, target: str, row: _Row, own: _Row | None, untrained: _Row | None) -> Cell:
    (low, high), count = stats.percentiles(row.draws), min(entry.n for entry in row.entries)
    if row.planned:  # few examples, alike in length, and a run may stop here: whatever their distribution, two looks
        first, last = stats.look_bounds(row.mean, count)
        low, high = min(first, first if low is None else low), max(last, last if high is None else high)
    return Cell(
        source=source,
        target=target,
        n_seeds=len(row.entries),
        n_examples=count,
        planned=row.planned,
        score=row.mean,
        low=low,
        high=high,
        over=stats.over(row.seeds),
        seeds=row.seeds,
        run_ids=tuple(entry.prompt_id for entry in row.entries),
        origin="own" if any(entry.origin == "own" for entry in row.entries) else "demo",
        **_relative(row, own),
        **_gain(row, own, untrained),
    )


def build_cells(entries: list[Entry], draws: int = stats.DRAWS, seed: int = 0) -> tuple[list[Cell], list[str]]:
    """Turn per-example results into cells. Returns the cells and the notes about what was left out."""
    targets = dict.fromkeys(entry.target for entry in entries)
    columns = [_column(tuple(entry for entry in entries if entry.target == target), draws, seed) for target in targets]
    return [cell for cells, _ in columns for cell in cells], [note for _, notes in columns for note in notes]


@lru_cache(maxsize=128)
def _column(here: tuple[Entry, ...], draws: int, seed: int) -> tuple[list[Cell], list[str]]:
    """Cells and notes of one target; kept, as a new result changes one column."""
    chosen, notes = _common_examples(list(here))
    rows = _rows([entry for entry in here if entry.examples == chosen], draws, seed)
    own, untrained = rows.get(here[0].target), rows.get(UNTRAINED)
    return [_cell(source, here[0].target, row, own, untrained) for source, row in rows.items()], notes


def commonest_cells(entries: Iterable[Entry], draws: int = stats.DRAWS, seed: int = 0) -> dict[str, Cell]:
    """By target: always the commonest class, on the examples and beside the own and untrained prompts of `build_cells`."""
    entries, found = list(entries), {}
    for target in dict.fromkeys(entry.target for entry in entries if entry.metric == "accuracy"):
        here = [entry for entry in entries if entry.target == target]
        chosen, _ = _common_examples(here)
        here = [entry for entry in here if entry.examples == chosen]
        whole = [entry for entry in here if not entry.is_look]
        told = next((told for entry in whole if (told := entry.answers) is not None), None)
        if told is None or told.is_commonest is None or len(told.is_commonest) != whole[0].n:
            continue
        ends = [entry for entry in here if entry.source in (target, UNTRAINED)]
        always = replace(whole[0], prompt_id="", source=COMMONEST, seed=0, origin="demo", scores=told.is_commonest)
        rows = _rows([*ends, always], draws, seed)
        found[target] = _cell(COMMONEST, target, rows[COMMONEST], rows.get(target), rows.get(UNTRAINED))
    return found


def _ordered(names: set[str], known: list[str]) -> tuple[str, ...]:
    """Tasks in the order of the registry, unknown ones after them, reference rows last."""
    tasks = [name for name in known if name in names]
    others = sorted(names - set(known) - set(REFERENCE_ROWS))
    return (*tasks, *others, *(name for name in REFERENCE_ROWS if name in names))


def build_matrix(
    catalogue: Catalogue,
    backbone: str,
    recipe: str | None = None,
    draws: int = stats.DRAWS,
    seed: int = 0,
    *,
    limit: int | None = None,
    whose: str = ALL,
    targets: Collection[str] | None = None,
) -> TransferMatrix:
    """Assemble the map of one backbone; `recipe` None takes the one most results have.

    limit: use the results on exactly the first `limit` examples; None = those on most examples.
    whose: which results count, as `ptlib.transfer.comparing.whose.chosen` has it.
    targets: only these columns; None = all. A column's numbers do not depend on the others.
    """
    recipe = recipe or catalogue.main_recipe(backbone)
    entries = chosen(catalogue.entries(backbone, recipe, limit, looks=limit is None), whose)
    entries = [entry for entry in entries if targets is None or entry.target in targets]
    cells, notes = build_cells(entries, draws, seed)
    known = catalogue.task_order()
    return TransferMatrix(
        backbone,
        recipe,
        _ordered({cell.source for cell in cells}, known),
        _ordered({cell.target for cell in cells}, known),
        tuple(cells),
        tuple(notes),
        commonest_cells(entries, draws, seed),
        {(entry.prompt_id, entry.target): entry for entry in entries},
        catalogue.left_out(backbone, recipe),
    )
