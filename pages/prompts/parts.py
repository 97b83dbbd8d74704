"""The Prompts page: views of the prompts of one backbone, chosen in the address; the space has a room of its own."""

from collections.abc import Callable

from pages.common import address, analyses, context, parts
from pages.common.analyses import PromptSet
from pages.prompts import beside_parts, pick_parts, token_parts

VIEWS = {
    "space": "The space",
    "two": "Two spaces",
    "pick": "Which source?",
    "tokens": "Single tokens",
    "beside": "Soft beside hand-written",
}


def page(space: Callable[[str, list[PromptSet], str | None], dict[str, str]], two: Callable[[str], dict[str, str]]) -> None:
    """The chosen view, or what to do when there is nothing to look at. space, two: draw one or two, return what links say."""
    fingerprint, backbone, recipe = analyses.here()
    sets = analyses.prompt_sets(fingerprint, backbone, recipe)
    if not sets:
        parts.no_results()
        return
    parts.damage_note(fingerprint)
    view, now = address.choice("View", "view", VIEWS, bare=True), context.current()
    more: dict[str, str] = {}
    if view == "space":
        more = space(fingerprint, sets, recipe)
    elif view == "two":
        more = two(fingerprint)
    elif now is None:
        parts.to_the_lab(
            "No transfer was measured with these prompts yet, so there is nothing to judge a choice by. The space of prompts can "
            "be seen; for the rest, run a piece of the map."
        )
        return
    elif view == "pick":
        pick_parts.section(now)
    elif view == "tokens":
        token_parts.section(now)
    else:
        beside_parts.section(now)
    parts.share("prompts", view=VIEWS[view], **more)
