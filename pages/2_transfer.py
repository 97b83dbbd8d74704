"""Transfer map: every source prompt on every target; a click opens the cell. Published tables are the second view."""

from pages.common import context, frame

frame.ensure()

from pages.common import parts  # noqa: E402
from pages.transfer import parts as mapparts  # noqa: E402
from pages.transfer import published_parts as publishedparts  # noqa: E402
from pages.transfer import warm_parts as warmparts  # noqa: E402

now = context.current()
parts.header("Transfer map", "See which prompts work on which tasks. Click a cell to choose it.")
shown = parts.choice("Show", ["own", "published"], "own", "show", mapparts.SHOWN, label_visibility="collapsed")
if shown == "published":
    publishedparts.section(now)
elif now is None:
    parts.no_results()
else:
    mapparts.reading_line(now)
    mapparts.chosen_strip(now)
    metric, order = mapparts.controls()
    mapparts.lint_banner(now)
    mapparts.picture(now, metric, order)
    mapparts.legend(metric)
    mapparts.details(now)
    warmparts.section(now)
    mapparts.twin(now, metric)
    mapparts.exports(now, metric, order)
