"""similarity, compare: how alike prompts are, and whether that predicts transfer."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from ptlib.analysis import overlap, similarity
from ptlib.analysis.choosing import ranking
from ptlib.analysis.choosing.ranking import Comparison, Judged
from ptlib.analysis.similarity import PromptStack
from ptlib.base.errors import BadInput, unknown
from ptlib.base.stats import holm
from ptlib.cli.options import add_device, add_verb, names_of
from ptlib.cli.output import emit, emit_json, new_file, note, write_text
from ptlib.models.published_layout import LAYOUT
from ptlib.models.registry import backbone_of
from ptlib.prompts.importing import find_prompts
from ptlib.results.catalogue import Catalogue
from ptlib.tasks.names import is_reference, task_id
from ptlib.transfer.tables import Choice, known_columns, read_groups, read_pairs, square_csv

INDICATORS = ("euclidean_concat", "euclidean_average", "cosine_concat", "cosine_average", "cosine_mean", "neurons")
UNITS = ("fraction", "percent", "points")
MOST_PERMUTATIONS = 1_000_000
JUDGED = (
    "spearman_pooled_offdiag",
    "spearman_pooled_with_diag",
    "spearman_mean_per_target_offdiag",
    "spearman_mean_per_target_with_diag",
    "spearman_mean_per_source_offdiag",
    "spearman_mean_per_source_with_diag",
    "top1_source_hit_rate",
    "mean_regret",
    "mean_regret_2",
    "mean_regret_3",
)
"""What `compare --json` says of the similarity, of chance and of the family flag."""


def register(verbs: argparse._SubParsersAction) -> None:
    """Add the verbs."""
    alike = add_verb(verbs, "similarity", "how alike prompts are, all pairs", _similarity)
    alike.add_argument(
        "prompts",
        metavar="PROMPT",
        nargs="+",
        help="a prompt folder, a run id, a file of several prompts, or a published checkout",
    )
    alike.add_argument("--indicator", choices=INDICATORS, required=True)
    alike.add_argument("--keep-row-0", action="store_true", help="use the idle first row of published masked-LM prompts too")
    alike.add_argument("--centred", action="store_true", help="take the mean prompt away first")
    alike.add_argument("--set", metavar="NAME", help="only this set, where a file or checkout holds several")
    alike.add_argument("--names", choices=("given", "task"), default="given", help="what rows and columns are called")
    add_device(alike, "for neurons: ")
    alike.add_argument("--out", type=new_file, metavar="FILE.csv", help="write a square CSV")
    compare = add_verb(verbs, "compare", "does a similarity predict transfer?", _compare)
    compare.add_argument("similarity", metavar="SIMILARITY.csv", help="square, or long: source, target and a number")
    compare.add_argument("transfer", metavar="TRANSFER.csv", help="square, or long as `transfer --out` writes it")
    compare.add_argument("--indicator", metavar="COLUMN", help="of a long SIMILARITY.csv with several columns of numbers")
    compare.add_argument("--value", metavar="COLUMN", help="of a long TRANSFER.csv (default: relative, else score)")
    compare.add_argument("--backbone", help="of a long CSV with several")
    compare.add_argument("--where", metavar="COLUMN=VALUE", action="append", default=[], help="only these rows of a long CSV")
    compare.add_argument("--average", metavar="COLUMN,COLUMN", help="average over these columns, too (seeds always are)")
    compare.add_argument("--unit", choices=UNITS, help="of TRANSFER.csv, where its values leave it open")
    compare.add_argument("--similarity-is", choices=("similarity", "distance"), help="where the table leaves it open")
    compare.add_argument("--groups", metavar="FILE.csv", help="families of the tasks: columns task and family")
    compare.add_argument("--permutations", type=int, default=2000, help="for the p-values (default 2000)")


@dataclass(frozen=True, slots=True)
class _Prompt:
    """A prompt with what is known of it, wherever it came from."""

    values: np.ndarray
    name: str
    task: str
    backbone: str
    set: str = ""
    row0_unused: bool = False


def _similarity(options: argparse.Namespace) -> None:
    prompts = _named(_collected(options.prompts, options.set), options.names)
    stacked = similarity.stack(
        [p.values for p in prompts], [p.name for p in prompts], [p.backbone for p in prompts], [p.row0_unused for p in prompts]
    )
    if options.indicator == similarity.NEURONS:
        matrix = _neurons(stacked, options)
    else:
        matrix = similarity.similarity(stacked, options.indicator, keep_row_0=options.keep_row_0, centred=options.centred)
        if stacked.row0_unused and not options.keep_row_0:
            note("Row 0 is left out: in the published masked-LM layout it was never used. --keep-row-0 keeps it.")
    if options.out:
        write_text(options.out, square_csv(similarity.frame(stacked, matrix)), f"{len(prompts)} x {len(prompts)} prompts")
    if options.json:
        values = [[None if value != value else value for value in row] for row in matrix.tolist()]
        emit_json({"indicator": options.indicator, "backbone": stacked.backbone, "names": list(stacked.names), "values": values})
    elif not options.out:
        rows = [
            {"": name, **dict(zip(stacked.names, map(float, row), strict=True))}
            for name, row in zip(stacked.names, matrix, strict=True)
        ]
        emit(rows, ("", *stacked.names), False)


def _collected(given: Sequence[str], wanted: str | None) -> list[_Prompt]:
    """All prompts behind the arguments, each named as given or, out of a file of several, as at its source."""
    found: list[_Prompt] = []
    for name in given:
        found += _from_path(name, wanted) if Path(name).exists() else [_from_id(name)]
    return found


def _from_path(name: str, wanted: str | None) -> list[_Prompt]:
    looked = find_prompts(name)
    for file, reason in looked.refused:
        note(f"Refused {file}: {reason}")
    sets = sorted({prompt.set for prompt in looked.prompts})
    if wanted is not None and wanted not in sets:
        raise BadInput(f"{name} holds no set '{wanted}', only {', '.join(sets)}. Choose one of them.")
    if wanted is None and len(sets) > 1:
        raise BadInput(f"{name} holds prompts of several backbones: {', '.join(sets)}. Choose one with --set.")
    kept = [prompt for prompt in looked.prompts if wanted in (None, prompt.set)]
    alone = len(looked.prompts) == 1
    return [
        _Prompt(prompt.values, name if alone else prompt.name, prompt.task, prompt.backbone, Path(name).stem, prompt.row0_unused)
        for prompt in kept
    ]


def _from_id(name: str) -> _Prompt:
    """A prompt of the own store or the demo."""
    catalogue = Catalogue()
    row = catalogue.prompt(name)
    if row is None and ("/" in name or "." in name):
        raise BadInput(f"There is nothing at '{name}'. Give a prompt folder, a run id, a file of prompts or a checkout.")
    values = catalogue.values(name)
    return _Prompt(values, name, row.task if row else name, row.backbone if row else "")


def _named(prompts: list[_Prompt], how: str) -> list[_Prompt]:
    """Prompts under distinct names: names that occur in two files get their file's in front."""
    if how == "task":
        return [replace(prompt, name=prompt.task) for prompt in prompts]
    names = [prompt.name for prompt in prompts]
    return [
        replace(prompt, name=f"{prompt.set}/{prompt.name}") if prompt.set and names.count(prompt.name) > 1 else prompt
        for prompt in prompts
    ]


def _neurons(stacked: PromptStack, options: argparse.Namespace) -> np.ndarray:
    """Overlap of activated neurons, each prompt in its own layout; needs the backbone."""
    from ptlib.analysis.neurons import capture
    from ptlib.models.load import load_model, resolve_device
    from ptlib.models.positions import OURS

    if not stacked.backbone:
        raise BadInput(
            "Which backbone these prompts belong to is not known, and neurons are measured in it. Give prompt folders or run ids."
        )
    if options.centred:
        raise BadInput("--centred does not go with neurons: a prompt goes into its model as it is. Leave it out.")
    model = load_model(backbone_of(stacked.backbone), resolve_device(options.device))
    layout = LAYOUT if stacked.row0_unused else OURS
    # one at a time: in a stack a sum may round differently, and a set must not depend on its company
    sets = np.concatenate([capture(model, value[None], layout) for value in stacked.values]) > 0
    return overlap.matrix(sets)[0]


def _compare(options: argparse.Namespace) -> None:
    if not 1 <= options.permutations <= MOST_PERMUTATIONS:
        raise BadInput(f"--permutations is {options.permutations}, but it must be above zero and at most {MOST_PERMUTATIONS:,}.")
    families = read_groups(options.groups) if options.groups else None
    where, average = _where(options), names_of(options.average)
    distance = None if options.similarity_is is None else options.similarity_is == "distance"
    alike = read_pairs(
        options.similarity, "similarity", Choice(value=options.indicator, distance=distance, where=where, average=average)
    )
    transfer = read_pairs(
        options.transfer, "transfer", Choice(value=options.value, unit=options.unit, where=where, average=average)
    )
    found = ranking.compare(alike.frame, transfer.frame, families, permutations=options.permutations)
    for message in dict.fromkeys((*alike.notes, *transfer.notes)):
        note(message)
    note(f"{found.n_labels} labels are common to both: {', '.join(found.labels)}. Reference rows are ignored.")
    for name, frame in ((options.similarity, alike.frame), (options.transfer, transfer.frame)):
        if left := _left_out(frame, found.labels):
            note(f"{Path(name).name} has {left}; only labels that are row and column in both tables are used.")
    if found.missing:
        note(f"{found.missing} pairs have no value on one side and are left out.")
    if families is not None and (lacking := [name for name in found.labels if name not in families]):
        note(f"{options.groups} names no family of {', '.join(lacking[:5])}{' ...' if len(lacking) > 5 else ''}.")
    if options.json:
        emit_json({**document(found), "unit": transfer.unit})
        return
    _table(found)


def _left_out(frame: pd.DataFrame, used: Sequence[str]) -> str:
    """Rows and columns of a table that are not used, counted and named, reference rows aside; empty when there are none."""
    told = []
    for kind, labels in (("rows", frame.index), ("columns", frame.columns)):
        known = {*used, *(task_id(name) for name in used)}
        left = [name for name in map(str, labels) if not is_reference(name) and name not in known and task_id(name) not in known]
        if left:
            told.append(f"{len(left)} more {kind} ({', '.join(left[:5])}{' ...' if len(left) > 5 else ''})")
    return " and ".join(told)


def _where(options: argparse.Namespace) -> dict[str, str]:
    """Column -> wanted value. Raises BadInput for what is no such pair, and for a column that neither table has."""
    found = {"backbone": options.backbone} if options.backbone is not None else {}
    for text in options.where:
        column, sign, value = text.partition("=")
        if not sign or not column.strip():
            raise BadInput(f"--where {text[:40]} is no choice of rows. Write --where COLUMN=VALUE, e.g. --where setting=large.")
        found[column.strip()] = value.strip()
    wanted = (set(found) - {"backbone"}) | set(names_of(options.average))
    known = known_columns((options.similarity, options.transfer)) if wanted else set()
    for column in sorted(wanted - known):
        raise unknown("column", column, known)
    return found


def document(found: Comparison) -> dict[str, object]:
    """What `compare --json` prints: the similarity's figures on top, `chance` and `same_family` beside them."""
    return {
        "n_labels": found.n_labels,
        "labels": list(found.labels),
        **_figures(found.indicator),
        "permutations": found.permutations,
        "p_pooled": found.pooled_p,
        "p_per_target": found.per_target_p,
        "p_per_source": found.per_source_p,
        "missing_pairs": found.missing,
        "chance": _figures(found.chance),
        "same_family": _figures(found.family) if found.family else None,
    }


def _figures(judged: Judged) -> dict[str, float | None]:
    values = (
        judged.pooled,
        judged.pooled_with_diagonal,
        judged.per_target,
        judged.per_target_with_diagonal,
        judged.per_source,
        judged.per_source_with_diagonal,
        judged.top1,
        *judged.regret,
    )
    return dict(zip(JUDGED, values, strict=True))


def _table(found: Comparison) -> None:
    beside = {"similarity": found.indicator, "same family": found.family, "chance": found.chance}
    columns = {title: _figures(judged) for title, judged in beside.items() if judged}
    p = dict(zip(JUDGED[:5:2], (found.pooled_p, found.per_target_p, found.per_source_p), strict=True))
    corrected = dict(zip(p, holm(list(p.values())), strict=True))
    rows = [
        {
            "": name,
            **{title: figures[name] for title, figures in columns.items()},
            "p": None if p.get(name) is None else f"{p[name]:.4f}",
            "p, corrected": None if corrected.get(name) is None else f"{corrected[name]:.4f}",
        }
        for name in JUDGED
    ]
    emit(rows, ("", *columns, "p", "p, corrected"), False)
