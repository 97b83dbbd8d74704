"""warm: what starting from another task's prompt saves."""

import argparse

from ptlib.base.errors import BadInput, unknown
from ptlib.cli.options import add_verb
from ptlib.cli.output import emit
from ptlib.models.registry import backbone_of


def register(verbs: argparse._SubParsersAction) -> None:
    """Add the verb."""
    verb = add_verb(verbs, "warm", "how many steps a start from another task's prompt saved", _warm)
    verb.add_argument("backbone", metavar="BACKBONE", help="a registered id, a Hub id or a folder")
    verb.add_argument("--recipe", help="settings by their id (default: those of most results); others are never averaged in")
    verb.add_argument("--runs", action="store_true", help="one row a run instead of means")


def _warm(options: argparse.Namespace) -> None:
    from ptlib.results.catalogue import Catalogue
    from ptlib.transfer import warm

    backbone = backbone_of(options.backbone)
    catalogue = Catalogue()
    known = catalogue.recipes(backbone.id)
    recipe = options.recipe or (catalogue.main_recipe(backbone.id) if known else None)
    if options.recipe and options.recipe not in known:
        raise unknown("recipe", options.recipe, known)
    found = warm.comparisons(catalogue, backbone.id, recipe)
    if found.empty:
        others = [name for name in known if name != recipe and len(warm.comparisons(catalogue, backbone.id, name))]
        raise BadInput(
            f"There are none with recipe {recipe}; ask for --recipe {others[0]}."
            if others
            else f"No prompt of '{backbone.id}' was started from another task's yet. Make some with "
            f"`python -m ptlib transfer {backbone.id} TASK --targets TASK --warm-start`."
        )
    shown = found if options.runs else warm.summary(found)
    rows = shown.astype(object).where(shown.notna(), None).to_dict("records")
    emit(rows, warm.COLUMNS if options.runs else warm.SUMMARY, options.json)
