"""Who may import what, measured in fresh processes."""

import ast
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ptlib.base import paths

HEAVY = ("torch", "transformers", "datasets", "umap", "peft", "sklearn")
LIGHT = (
    "ptlib.results.catalogue",
    "ptlib.runs.queue",
    "ptlib.transfer.matrix",
    "ptlib.transfer.export",
    "ptlib.runs.kinds",
    "ptlib.runs.execution",
    "ptlib.results.kind",
    "ptlib.transfer.plan",
    "ptlib.results.store",
    "ptlib.runs.processes",
    "ptlib.cli",
    "ptlib.runs.worker",
    "ptlib.runs.reporter",
    "ptlib.runs.ask",
    "ptlib.analysis.stored",
    "ptlib.analysis.overlap",
    "ptlib.analysis.specs",
    "ptlib.analysis.clusters",
    "ptlib.projection.run",
    "ptlib.projection.stored",
    "ptlib.projection.table",
)
PAGES = [*sorted((paths.ROOT / "pages").rglob("*.py")), paths.ROOT / "app.py"]


def _loaded_by(statement: str) -> tuple[set[str], float]:
    """Top-level packages that a fresh interpreter holds after `statement`, and how long the statement took."""
    program = (
        f"import sys, time; sys.path.insert(0, {str(paths.ROOT)!r}); begun = time.perf_counter(); {statement}; "
        "print(time.perf_counter() - begun, *{name.partition('.')[0] for name in sys.modules})"
    )
    seconds, *names = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    return set(names), float(seconds)


@pytest.mark.quiet
def test_importing_ptlib_loads_nothing_heavy_and_takes_no_time() -> None:
    names, seconds = min((_loaded_by("import ptlib") for _ in range(3)), key=lambda found: found[1])
    print(f"import ptlib: {1000 * seconds:.1f} ms")
    assert not names & {*HEAVY, "streamlit", "plotly", "pandas", "numpy"}
    assert seconds < 0.1


@pytest.mark.parametrize("module", LIGHT)
def test_light_modules_load_neither_models_nor_pages(module: str) -> None:
    names, _ = _loaded_by(f"import {module}")
    assert not names & {*HEAVY, "streamlit", "plotly"}


def _imports(path: Path) -> set[str]:
    """Modules a file imports, at the top or anywhere inside."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


@pytest.mark.parametrize("path", [path for path in PAGES if path.exists()], ids=lambda path: path.name)
def test_what_a_page_imports_loads_no_models(path: Path) -> None:
    assert not {name.partition(".")[0] for name in _imports(path)} & set(HEAVY)


def test_all_that_the_pages_import_of_ptlib_loads_no_models() -> None:
    names = {name for path in PAGES if path.exists() for name in _imports(path) if name.startswith("ptlib.")}
    modules = sorted(name for name in names if (paths.ROOT / (name.replace(".", "/") + ".py")).exists())
    loaded, _ = _loaded_by(f"import {', '.join(modules) or 'ptlib'}")
    assert not loaded & set(HEAVY)


def test_the_core_never_imports_the_app() -> None:
    for path in (paths.ROOT / "ptlib").rglob("*.py"):
        assert not {name.partition(".")[0] for name in _imports(path)} & {"streamlit", "pages", "app"}, path


def test_no_file_and_no_function_is_too_long() -> None:
    for path in (*(paths.ROOT / "ptlib").rglob("*.py"), *PAGES):
        if not path.exists():
            continue
        text = path.read_text(encoding="utf-8")
        assert text.count("\n") <= 400, f"{path} is too long"
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                assert node.end_lineno - node.lineno <= 60, f"{path}: {node.name} is too long"


def test_the_command_line_answers_quickly_when_it_needs_no_model() -> None:
    begun = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "ptlib", "--help"], cwd=paths.ROOT, capture_output=True, text=True)
    print(f"--help: {time.perf_counter() - begun:.2f} s")
    assert done.returncode == 0 and "transfer" in done.stdout and done.stderr == ""
