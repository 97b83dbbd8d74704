"""Rules for the pages that a reader of the code can rely on."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

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
    for word in ("time.sleep", "unsafe_allow_html", "use_container_width", "st.experimental", "st.html("):
        assert word not in text
    assert text.count("\n") <= 320
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno < 40, f"{node.name} is too long"
            assert node.returns is not None, f"{node.name} has no return type"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_every_cache_is_bounded(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            for decorator in node.decorator_list:
                if "st.cache_" in ast.unparse(decorator):
                    assert "max_entries" in ast.unparse(decorator)


SHARED_DATA = ("charts", "theme", "words", "plans", "indicators")
OTHER_DATA = ("vocabulary",)


def test_charts_and_views_are_made_without_streamlit() -> None:
    for path in MODULES:
        pure = path.stem.endswith(("charts", "view")) or path.stem in (
            SHARED_DATA if path.parent.name == "common" else OTHER_DATA
        )
        if pure:
            assert "streamlit" not in path.read_text().lower().replace("no streamlit", ""), path
