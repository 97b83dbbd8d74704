"""Rules for the pages that a reader of the code can rely on."""

import ast
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from pages.common import data

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted((ROOT / "pages").glob("*.py"))
MODULES = [*sorted((ROOT / "pages").rglob("*.py")), ROOT / "app.py"]
HEAVY = ("torch", "transformers", "datasets", "umap", "sklearn")


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_page_enters_through_the_frame(path: Path) -> None:
    calls = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)]
    assert ast.unparse(calls[0]) == "frame.ensure()"


def test_no_page_reaches_a_heavy_import() -> None:
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts) for path in MODULES if path not in SCRIPTS and path.stem != "app"
    ]
    code = f"import sys, importlib; [importlib.import_module(m) for m in {modules!r}]; " + (
        f"print([m for m in sys.modules if m.split('.')[0] in {HEAVY!r}][:5])"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip().endswith("[]"), found.stdout


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_pages_are_short_typed_and_native(path: Path) -> None:
    text = path.read_text()
    tree = ast.parse(text)
    for word in ("time.sleep", "unsafe_allow_html", "use_container_width", "st.experimental", "st.html(", "run_every"):
        assert word not in text
    assert text.count("\n") <= 320
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno < 50, f"{node.name} is too long"
            assert node.returns is not None, f"{node.name} has no return type"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_every_cache_is_bounded(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            for decorator in node.decorator_list:
                if "st.cache_" in ast.unparse(decorator):
                    assert "max_entries" in ast.unparse(decorator)


SHARED_DATA = ("charts", "squares", "theme", "words", "plans")
"""Modules of `pages/common` that are made without Streamlit."""
GUESTS = {"start": {"transfer"}, "pair": {"transfer"}}
"""Rooms that may use another one's parts: both show pieces of the map."""
MOST_FILES = 14


def offences(room: str, name: str, text: str) -> list[str]:
    """What a file of a page room imports although its name, or the room it is in, says otherwise."""
    imports = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import | ast.ImportFrom)]
    modules = {alias.name for node in imports if isinstance(node, ast.Import) for alias in node.names}
    modules |= {f"{node.module}.{alias.name}" for node in imports if isinstance(node, ast.ImportFrom) for alias in node.names}
    tops = {module.partition(".")[0] for module in modules}
    kind = name.rpartition("_")[2]
    found = []
    if "streamlit" in tops and (name in SHARED_DATA if room == "common" else kind in ("charts", "view")):
        found.append("streamlit")
    if "plotly" in tops and room != "common" and kind in ("parts", "view"):
        found.append("plotly")
    rooms = {module.split(".")[1] for module in modules if module.startswith("pages.")}
    return found + sorted(rooms - {"common", room} - GUESTS.get(room, set()))


ROOMS = [path for path in MODULES if path not in SCRIPTS and path.stem != "app"]


@pytest.mark.parametrize("path", ROOMS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_file_holds_what_its_name_says_and_knows_no_sister_room(path: Path) -> None:
    assert path.parent.name == "common" or path.stem.rpartition("_")[2] in ("parts", "view", "charts")
    assert offences(path.parent.name, path.stem, path.read_text()) == []


@pytest.mark.parametrize(
    ("room", "name", "text", "what"),
    [
        ("neurons", "charts", "import streamlit as st", ["streamlit"]),
        ("neurons", "set_view", "def f():\n    import plotly.graph_objects as go", ["plotly"]),
        ("lab", "parts", "from plotly import graph_objects", ["plotly"]),
        ("neurons", "parts", "from pages.prompts import space_view", ["prompts"]),
        ("common", "charts", "from pages.transfer.cell_charts import CELL", ["transfer"]),
        ("common", "words", "import streamlit", ["streamlit"]),
        ("pair", "parts", "from pages.transfer import parts\nimport streamlit", []),
    ],
)
def test_planted_offenders_are_seen(room: str, name: str, text: str, what: list[str]) -> None:
    assert offences(room, name, text) == what


def test_no_room_is_overfull() -> None:
    for folder in {path.parent for path in MODULES}:
        assert len(list(folder.glob("*.py"))) <= MOST_FILES, folder


def test_the_names_of_a_map_ask_once_whether_own_tasks_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    index, asked = data.task_index(), []
    monkeypatch.setattr(data, "task_index", lambda: asked.append(1) or index)
    matrix = SimpleNamespace(sources=[*index, "untrained"], targets=[*index, "gone"])
    names = data.names_of(matrix)
    assert len(asked) == 1 and names["gone"] == "gone"
    assert names["untrained"] == data.task_name("untrained") and all(names[id] == task.name for id, task in index.items())
