"""Transfer map: every source prompt on every target; a click opens the cell. Published tables are the second view."""

from pages.common import context, frame

frame.ensure()

from pages.common import address, parts  # noqa: E402
from pages.transfer import parts as map_parts  # noqa: E402
from pages.transfer import published_parts, warm_parts  # noqa: E402

now = context.current()
parts.header("Transfer map", "See which prompts work on which tasks. Click a cell to choose it.")
shown = address.choice("", "show", map_parts.SHOWN)
if shown == "published":
    published_parts.section(now)
elif now is None:
    parts.no_results()
else:
    map_parts.reading_line(now)
    map_parts.chosen_strip(now)
    metric, order = map_parts.controls()
    map_parts.lint_banner(now)
    map_parts.picture(now, metric, order)
    map_parts.legend(metric)
    map_parts.details(now)
    warm_parts.section(now)
    map_parts.twin(now, metric)
    map_parts.exports(now, metric, order)
