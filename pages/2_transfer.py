"""Transfer map: every source prompt on every target, and beside it the chosen cell. Asymmetry and two maps are views."""

from pages.common import context, frame

frame.ensure()

from pages.common import parts  # noqa: E402
from pages.transfer import beside_parts, pattern_parts, warm_parts  # noqa: E402
from pages.transfer import parts as map_parts  # noqa: E402

now = context.current()
parts.header("Transfer map", map_parts.promise(now))
shown, metric, order, everything = map_parts.controls(now)
if shown == "two":
    beside_parts.section(now)
elif now is None:
    parts.no_results()
elif shown == "asymmetry":
    pattern_parts.asymmetry(now)
else:
    map_parts.map_and_panel(now, metric, order, everything)
    map_parts.legend(now, metric, everything)
    map_parts.whose(now)
    map_parts.lint_banner(now)
    pattern_parts.strips(now)
    pattern_parts.strengths(now)
    warm_parts.section(now)
    map_parts.twin(now, metric)
    map_parts.exports(now, metric, order)
