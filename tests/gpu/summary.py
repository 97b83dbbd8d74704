"""All parts' figures as one Markdown page: `python -m tests.gpu.summary OUTDIR`."""

import json
import sys
from pathlib import Path

from tests.gpu.measure import PARTS

HIDDEN = ("said", "least_s", "most_s", "needed_flops")


def summary(out: Path) -> str:
    """Tables of the JSON files in a folder."""
    found = [json.loads(path.read_text()) for name in PARTS if (path := out / f"{name}.json").exists()]
    lines = [_heading(found[0])] if found else ["No part has written anything."]
    for part in found:
        state = "" if part["complete"] else ", stopped before its end"
        lines.append(f"\n## {part['part']} ({part['seconds']} s{state})\n")
        lines += _tables(part["rows"])
    return "\n".join(lines) + "\n"


def _heading(facts: dict[str, object]) -> str:
    versions = ", ".join(f"{name} {value}" for name, value in facts["versions"].items())
    kind = " REHEARSAL with tiny shapes: no figure here means anything." if facts["rehearsal"] else ""
    return (
        f"# {facts['card']}, driver {facts.get('driver', 'none')}, {facts['date']}\n\nCommit {facts['commit']}; Python "
        f"{facts['python']}, CUDA {facts['cuda']}, {versions}.{kind}"
    )


def _tables(rows: list[dict[str, object]]) -> list[str]:
    """Rows with the same columns share a table."""
    lines, before = [], None
    for row in rows:
        shown = {name: value for name, value in row.items() if name not in HIDDEN}
        if list(shown) != before:
            before = list(shown)
            lines += ["", "| " + " | ".join(before) + " |", "|" + " --- |" * len(before)]
        lines.append("| " + " | ".join(_cell(name, value) for name, value in shown.items()) + " |")
    return lines


def _cell(name: str, value: object) -> str:
    if name.endswith("bytes") and isinstance(value, int):
        return f"{value / 2**30:.2f} GiB"
    if name.startswith("share") and isinstance(value, float):
        return f"{100 * value:.1f} %"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    print(summary(Path(sys.argv[1])))
