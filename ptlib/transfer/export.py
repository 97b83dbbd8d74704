"""Results as files: the long CSV of a map, and one self-contained HTML page with the map, its table and its terms."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from html import escape
from types import MappingProxyType

from ptlib.base.sheets import plain
from ptlib.results.answers import SECOND, SECOND_NAMES, mean_second
from ptlib.results.catalogue import Catalogue, Entry
from ptlib.tasks.names import REFERENCE_ROWS
from ptlib.tasks.scoring import ROUGE_VARIANT
from ptlib.transfer.matrix import Cell, TransferMatrix, build_cells

TOLD = ("source", "target", "backbone", "seed", "n", "score", "low", "high", "relative", "gain_kept", "run_id")
COLUMNS = (*TOLD, *SECOND)
"""Of the file; a terminal has room for `TOLD`."""
HAND_WRITTEN = "hand_written"
DEFINITIONS = (
    (
        "Score",
        "Mean over examples and seeds on the target's evaluation split: share of right answers (accuracy, exact match) or "
        f"ROUGE-L ({ROUGE_VARIANT}).",
    ),
    ("Relative", "100 × transfer / own, in percent: the paper's number. An untrained prompt is not at 0 here."),
    (
        "Gain kept",
        "(transfer − untrained) / (own − untrained), a fraction. Empty unless the 95 % interval of own minus untrained "
        "lies above 0.",
    ),
    (
        "Intervals",
        "95 %, percentile bootstrap over seeds, then examples, 2,000 draws, paired on the target's examples; with "
        "one seed over examples only.",
    ),
    (
        "Reference rows",
        "untrained: the same initialisation as tuning. untrained_uniform: uniform in [0, 1). hand_written: one prompt in words. "
        "commonest_class: no prompt, always the class that most of these examples have.",
    ),
    (
        "Second scores",
        "From the stored predictions of the same runs, means over seeds. Balanced accuracy: mean recall of the classes that "
        "occur. Macro-F1: mean F1 of the classes that occur or were answered. F1: of the last label, where the task declares it.",
    ),
)


def long_rows(
    catalogue: Catalogue,
    backbone: str,
    recipe: str,
    *,
    seeds: Sequence[int] | None = None,
    limit: int | None = None,
    sources: Iterable[str] | None = None,
    targets: Iterable[str] | None = None,
    everything: bool = False,
    looks: bool = False,
) -> list[dict[str, object]]:
    """The rows of a map, or of a part of it; see `entry_rows`.

    everything: with results that were left out of the map; looks: with first looks where nothing whole is known.
    """
    entries = [
        entry
        for entry in catalogue.entries(backbone, recipe, limit, everything=everything, looks=looks)
        if seeds is None or entry.seed in seeds or entry.source == HAND_WRITTEN
    ]
    wanted_sources = None if sources is None else {*sources, *REFERENCE_ROWS}
    wanted_targets = None if targets is None else set(targets)
    return [
        row
        for row in entry_rows(entries, catalogue.task_order())
        if (wanted_sources is None or row["source"] in wanted_sources or row["source"] == row["target"])
        and (wanted_targets is None or row["target"] in wanted_targets)
    ]


def entry_rows(entries: Sequence[Entry], task_order: Sequence[str]) -> list[dict[str, object]]:
    """One row a source, target and seed; fractions, `relative` in percent, None where a number is not defined.

    Within a row own and untrained are those of the same seed; the hand-written prompt has no seed of its own and is
    set against the mean over seeds (its row carries seed 0).
    """
    if not entries:
        return []
    found: list[tuple[int, Cell]] = []
    for seed in sorted({entry.seed for entry in entries if entry.source != HAND_WRITTEN}):
        cells, _ = build_cells([e for e in entries if e.seed == seed and e.source != HAND_WRITTEN])
        found += [(seed, cell) for cell in cells]
    found += [(0, cell) for cell in build_cells(list(entries))[0] if cell.source == HAND_WRITTEN]
    told = {(entry.prompt_id, entry.target): entry for entry in entries}
    rows = [_row(entries[0].backbone, seed, cell) | _second(told[cell.run_ids[0], cell.target]) for seed, cell in found]
    order = {name: place for place, name in enumerate((*task_order, *REFERENCE_ROWS))}
    last = len(order)
    return sorted(rows, key=lambda row: (*(order.get(str(row[side]), last) for side in ("source", "target")), row["seed"]))


def _row(backbone: str, seed: int, cell: Cell) -> dict[str, object]:
    return {
        "source": cell.source,
        "target": cell.target,
        "backbone": backbone,
        "seed": seed,
        "n": cell.n_examples,
        "score": cell.score,
        "low": cell.low,
        "high": cell.high,
        "relative": cell.relative,
        "gain_kept": cell.gain_kept,
        "run_id": cell.run_ids[0],
    }


def _second(entry: Entry) -> dict[str, object]:
    """Second scores of one result; None where there are none."""
    return {**dict.fromkeys(SECOND), **mean_second([entry.answers])}


def _field(value: object) -> object:
    """A value in a CSV: six digits, no formula; None becomes an empty field."""
    if isinstance(value, float):
        return f"{value:.6g}"
    return "" if value is None else plain(value)


def csv_text(rows: Iterable[Mapping[str, object]], columns: Sequence[str] = COLUMNS) -> str:
    """CSV with a header line."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([plain(name) for name in columns])
    writer.writerows([_field(row[name]) for name in columns] for row in rows)
    return out.getvalue()


def matrix_csv(catalogue: Catalogue, matrix: TransferMatrix) -> str:
    """The long CSV of a map as the pages show it: of the very results that its cells were made of."""
    return csv_text(entry_rows(list(matrix.behind.values()), catalogue.task_order()))


_LATEX = str.maketrans(
    {char: f"\\{char}" for char in "&%$#_{}"}
    | {"~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    | {"\\": r"\textbackslash{}"}
)


def booktabs(matrix: TransferMatrix, names: Mapping[str, str], value: str = "gain_kept") -> str:
    """A map as a LaTeX table (packages booktabs and graphicx): percent with its interval, a dash where it is not known.

    value: gain_kept, relative or score. names: task -> how it is called.
    """
    low, high, factor = _ENDS[value]
    rows = []
    for source in matrix.sources:
        cells = (matrix.get(source, target) for target in matrix.targets)
        told = [_in_latex([getattr(cell, name) for name in (value, low, high)] if cell else [], factor) for cell in cells]
        rows.append(" & ".join([names.get(source, source).translate(_LATEX), *told]) + r" \\")
    head = " & ".join(["Prompt of", *(rf"\rotatebox{{60}}{{{names.get(t, t).translate(_LATEX)}}}" for t in matrix.targets)])
    lines = (
        rf"\begin{{tabular}}{{l{'r' * len(matrix.targets)}}}",
        r"\toprule",
        head + r" \\",
        r"\midrule",
        *rows,
        r"\bottomrule",
    )
    return "\n".join([*lines, r"\end{tabular}", ""])


_ENDS = {
    "gain_kept": ("gain_low", "gain_high", 100),
    "relative": ("relative_low", "relative_high", 1),
    "score": ("low", "high", 100),
}


def _in_latex(numbers: Sequence[float | None], factor: float) -> str:
    if not numbers or numbers[0] is None:
        return "--"
    value, *ends = (None if number is None else f"${round(number * factor)}$" for number in numbers)
    return f"{value} {{\\tiny [{ends[0]}, {ends[1]}]}}" if None not in ends else str(value)


def html_page(
    matrix: TransferMatrix,
    catalogue: Catalogue,
    title: str | None = None,
    picture: str = "",
    *,
    names: Mapping[str, str] = MappingProxyType({}),
    told: Sequence[str] = (),
) -> str:
    """One HTML page that opens offline: the map, all numbers, terms, provenance.

    picture: the map as a part of a page, drawn by the caller; without one it is a plain table. names: task -> how it is called.
    told: what the map says, in sentences.
    """
    title, picture = escape(title or f"Transfer map of {matrix.backbone}"), picture or _square(matrix)
    notes = "".join(f"<li>{escape(note)}</li>" for note in matrix.lint())
    terms = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in DEFINITIONS)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>\n'
        f"<style>{_STYLE}</style></head><body>\n"
        f"<h1>{title}</h1>\n<p>Rows: the task a prompt was tuned on. Columns: the task it is used on.</p>\n"
        + "".join(f"<p>{escape(sentence)}</p>\n" for sentence in told)
        + f"{picture}\n"
        + (f"<h2>Read with care</h2><ul>{notes}</ul>\n" if notes else "")
        + f"<h2>Numbers</h2>\n{_table(matrix, names)}\n<h2>How they are defined</h2>\n<dl>{terms}</dl>\n"
        f"<h2>Where they come from</h2>\n{_provenance(matrix, catalogue)}\n</body></html>\n"
    )


_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem}"
    ".wide{overflow-x:auto}"
    "table{border-collapse:collapse;font-variant-numeric:tabular-nums}td,th{padding:.15rem .6rem;text-align:right;"
    "border-bottom:1px solid #8884}td:nth-child(-n+2),th:nth-child(-n+2){text-align:left}dt{font-weight:600}"
)


def _square(matrix: TransferMatrix) -> str:
    """Gain kept of every cell in percent, sources down, targets across; the darker, the more."""
    head = "".join(f"<th>{escape(target)}</th>" for target in matrix.targets)
    rows = []
    for source in matrix.sources:
        gains = [cell.gain_kept if (cell := matrix.get(source, target)) else None for target in matrix.targets]
        cells = (
            f'<td style="background:rgba(33,102,172,{max(gain or 0, 0):.2f})">{_number(gain, 100, 0)}</td>' for gain in gains
        )
        rows.append(f"<tr><th>{escape(source)}</th>{''.join(cells)}</tr>")
    return f"<p>Gain kept, %</p><table><tr><th></th>{head}</tr>{''.join(rows)}</table>"


def _number(value: float | None, scale: float = 1, digits: int = 1) -> str:
    return "" if value is None else f"{value * scale:.{digits}f}"


_NUMBERS = (
    ("Score %", "score", 100),
    ("low", "low", 100),
    ("high", "high", 100),
    ("Relative %", "relative", 1),
    ("low", "relative_low", 1),
    ("high", "relative_high", 1),
    ("Gain kept %", "gain_kept", 100),
    ("low", "gain_low", 100),
    ("high", "gain_high", 100),
)
"""Heading, field of a cell, factor."""


def _table(matrix: TransferMatrix, names: Mapping[str, str]) -> str:
    titles = (*(title for title, _, _ in _NUMBERS), *(f"{name} %" for name in SECOND_NAMES.values()))
    head = ("Source", "Target", "Seeds", "Examples", *titles, "Interval over", "Runs")
    rows = []
    for cell in (*matrix.cells, *matrix.commonest.values()):
        second = matrix.second(cell)
        numbers = [_number(getattr(cell, name), factor) for _, name, factor in _NUMBERS]
        numbers += [_number(second.get(name), 100) for name in SECOND]
        told = (
            *(names.get(task, task) for task in (cell.source, cell.target)),
            str(cell.n_seeds),
            str(cell.n_examples),
            *numbers,
            cell.over,
            " ".join(cell.run_ids),
        )
        rows.append("<tr>" + "".join(f"<td>{escape(text)}</td>" for text in told) + "</tr>")
    top = "".join(f"<th>{escape(text)}</th>" for text in head)
    return f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'


def _provenance(matrix: TransferMatrix, catalogue: Catalogue) -> str:
    settings = catalogue.recipes(matrix.backbone).get(matrix.recipe)
    facts: dict[str, object] = {"backbone": matrix.backbone, "recipe": matrix.recipe}
    facts |= asdict(settings) if settings else {}
    facts |= {f"demo: {key}": value for key, value in catalogue.provenance(matrix.backbone).items()}
    return "<dl>" + "".join(f"<dt>{escape(str(key))}</dt><dd>{escape(str(value))}</dd>" for key, value in facts.items()) + "</dl>"
