"""The house of packages: imports go down the staircase, no circles, small rooms. Planted faults are caught.

Every import of a file counts, at the top, inside a function, or under TYPE_CHECKING. A folder's size is its Python
files, `__init__.py` included; data files are not counted.
"""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

from ptlib.base import paths

ORDER = ("base", "hub", "tasks", "models", "prompts", "results", "transfer analysis projection finetuning", "runs", "demo", "cli")
"""From the ground up; packages of one floor do not know each other."""
FLOOR = {name: number for number, floor in enumerate(ORDER) for name in floor.split()}
LATE = ("torch", "transformers", "peft", "umap", "datasets", "sklearn", "rouge_score", "huggingface_hub", "httpx2", "ray")
"""Libraries that may be imported inside a function: loading them takes seconds, and most calls do without them (rouge_score
brings nltk and sklearn; ray need not be there). `huggingface_hub`, with its httpx2, reads the offline switch when it is loaded.
What loads torch counts as torch: `safetensors.torch`, and modules of ours."""
MOST_FILES, MOST_LINES, MOST_FUNCTION_LINES = 14, 320, 50
RUN_TIME = tuple(name for name in FLOOR if name not in ("demo", "cli"))
"""Packages that work while somebody explores; the demo is made before."""


@dataclass(frozen=True)
class Import:
    """One import statement of a file, of one module."""

    module: str
    late: bool
    for_types: bool
    """Under `if TYPE_CHECKING`: an arrow, but nothing is loaded."""


@dataclass(frozen=True)
class House:
    """The source files below a folder that holds `ptlib`, and what they import."""

    root: Path

    @cached_property
    def trees(self) -> dict[str, ast.Module]:
        """Module name -> syntax tree."""
        files = [file for top in ("ptlib", "pages") for file in sorted((self.root / top).rglob("*.py"))]
        return {self._name(file): ast.parse(file.read_text(encoding="utf-8")) for file in files}

    def _name(self, file: Path) -> str:
        return ".".join(file.relative_to(self.root).with_suffix("").parts).removesuffix(".__init__")

    @cached_property
    def imports(self) -> dict[str, list[Import]]:
        """Module name -> its imports; names of modules of ours are resolved to the module that is meant."""
        return {name: list(self._imports(tree)) for name, tree in self.trees.items()}

    def _imports(self, tree: ast.Module) -> Iterator[Import]:
        late = _inside(tree, lambda node: isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
        typed = _inside(tree, lambda node: isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test))
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                yield from (Import(alias.name, id(node) in late, id(node) in typed) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                given = node.module or ""
                whole = [name if (name := f"{given}.{alias.name}") in self.trees else given for alias in node.names]
                yield from (Import(name, id(node) in late, id(node) in typed) for name in dict.fromkeys(whole))

    def arrows(self) -> Iterator[tuple[str, Import]]:
        """All imports of a module of ours by another one."""
        for name, imports in self.imports.items():
            yield from ((name, item) for item in imports if item.module in self.trees and item.module != name)

    @cached_property
    def heavy(self) -> set[str]:
        """Modules of ours that load one of `LATE` when they are loaded."""
        tops = {
            name: {item.module for item in imports if not item.late and not item.for_types}
            for name, imports in self.imports.items()
        }
        found = {name for name, tops_ in tops.items() if any(_is_heavy(module) for module in tops_)}
        while more := {name for name, tops_ in tops.items() if tops_ & found} - found:
            found |= more
        return found


def _inside(tree: ast.Module, is_outer: Callable[[ast.AST], bool]) -> set[int]:
    """Identities of all nodes below the nodes that are asked for."""
    return {id(inner) for outer in ast.walk(tree) if is_outer(outer) for inner in ast.walk(outer)}


def _package(module: str) -> str:
    return module.partition(".")[0]


def _is_heavy(module: str) -> bool:
    return _package(module) in LATE or module.startswith("safetensors.torch")


def _floor(module: str) -> int | None:
    parts = module.split(".")
    return FLOOR.get(parts[1]) if parts[0] == "ptlib" and len(parts) > 1 else None


def upward(house: House) -> list[str]:
    """Imports that do not go down or stay in their package; pages stand above all."""
    found = []
    for name, item in house.arrows():
        here, there = _floor(name), _floor(item.module)
        if name in ("ptlib", "ptlib.__main__"):
            continue
        same = name.split(".")[:2] == item.module.split(".")[:2]
        if not same and (_package(item.module) == "pages" != _package(name) or (here is not None and (there or 0) >= here)):
            found.append(f"{name} -> {item.module}")
    return found


def circles(house: House) -> list[str]:
    """Groups of modules that import each other (strongly connected), late imports included."""
    edges: dict[str, set[str]] = {name: set() for name in house.trees}
    for name, item in house.arrows():
        edges[name].add(item.module)
    reached = {name: _reached(edges, name) for name in edges}
    groups = {tuple(sorted(b for b in reached[a] if a in reached[b])) for a in edges if a in reached[a]}
    return [" <-> ".join(group) for group in sorted(groups)]


def _reached(edges: dict[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        new = edges[waiting.pop()] - found
        found |= new
        waiting += new
    return found


def late(house: House) -> list[str]:
    """Imports inside functions that nothing on the list excuses."""
    found = []
    for name, imports in house.imports.items():
        for item in imports:
            excused = _is_heavy(item.module) or item.module in house.heavy
            if item.late and not excused:
                found.append(f"{name} -> {item.module}")
    return found


def crowded(root: Path) -> list[str]:
    """Folders with too many Python files."""
    folders = {file.parent for top in ("ptlib", "pages", "tests") for file in (root / top).rglob("*.py")}
    sizes = {folder.relative_to(root).as_posix(): len(list(folder.glob("*.py"))) for folder in folders}
    return [folder for folder, size in sorted(sizes.items()) if size > MOST_FILES]


def strangers(root: Path) -> list[str]:
    """What stands at the top of `ptlib` and is no room."""
    known = {*FLOOR, "__init__.py", "__main__.py", "__pycache__"}
    return sorted(path.name for path in (root / "ptlib").iterdir() if path.name not in known)


def untested(root: Path) -> list[str]:
    """Modules of `ptlib` without a test of their own at the same place under `tests/unit`.

    A module that defines no function holds words or numbers, which the tests of their users read.
    """
    found = []
    for file in sorted((root / "ptlib").rglob("*.py")):
        place = file.relative_to(root / "ptlib")
        mirror = root / "tests" / "unit" / place.parent / f"test_{place.name}"
        if not place.name.startswith("__") and not mirror.exists() and _defines_functions(file):
            found.append(place.as_posix())
    return found


def _defines_functions(file: Path) -> bool:
    return any(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) for node in ast.walk(ast.parse(file.read_text("utf-8"))))


def long_files(house: House) -> list[str]:
    """Modules with too many lines."""
    paths_ = {name: house.root.joinpath(*name.split(".")) for name in house.trees}
    files = {name: path / "__init__.py" if path.is_dir() else path.with_suffix(".py") for name, path in paths_.items()}
    return [name for name, file in files.items() if len(file.read_text(encoding="utf-8").splitlines()) > MOST_LINES]


def long_functions(house: House) -> list[str]:
    """Functions with too many lines."""
    return [
        f"{name}.{node.name}"
        for name, tree in house.trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or node.lineno) - node.lineno + 1 > MOST_FUNCTION_LINES
    ]


def demo_at_run_time(house: House) -> list[str]:
    """Imports of the demo's making by anything that runs while somebody explores."""
    return [
        f"{name} -> {item.module}"
        for name, item in house.arrows()
        if item.module.startswith("ptlib.demo")
        and (_package(name) == "pages" or any(name.startswith(f"ptlib.{room}") for room in RUN_TIME))
    ]


HOUSE = House(paths.ROOT)


@pytest.mark.parametrize(
    "check", [upward, circles, late, long_files, long_functions, demo_at_run_time], ids=lambda check: check.__name__
)
def test_the_house_keeps_its_order(check) -> None:
    assert check(HOUSE) == []


@pytest.mark.parametrize("check", [crowded, strangers, untested], ids=lambda check: check.__name__)
def test_no_folder_is_crowded_nothing_lies_in_the_hall_and_each_module_is_tested(check) -> None:
    assert check(paths.ROOT) == []


PLANTED = {
    "an arrow upward": (upward, {"ptlib/base/a.py": "from ptlib.runs import b", "ptlib/runs/b.py": ""}),
    "an arrow upward in a function": (
        upward,
        {"ptlib/base/a.py": "def f():\n    from ptlib.hub.b import x", "ptlib/hub/b.py": ""},
    ),
    "an arrow upward for a type": (
        upward,
        {"ptlib/tasks/a.py": "if TYPE_CHECKING:\n    from ptlib.prompts.b import X", "ptlib/prompts/b.py": ""},
    ),
    "two packages of one floor": (upward, {"ptlib/transfer/a.py": "import ptlib.analysis.b", "ptlib/analysis/b.py": ""}),
    "the core uses a page": (upward, {"ptlib/cli/a.py": "from pages.common import b", "pages/common/b.py": ""}),
    "a circle": (circles, {"ptlib/base/a.py": "import ptlib.base.b", "ptlib/base/b.py": "from ptlib.base import a"}),
    "a circle hidden by a late import": (
        circles,
        {
            "ptlib/base/a.py": "from ptlib.base.b import x",
            "ptlib/base/b.py": "import ptlib.base.c",
            "ptlib/base/c.py": "def f():\n    from ptlib.base.a import y",
        },
    ),
    "a late import of our own": (late, {"ptlib/runs/a.py": "def f():\n    from ptlib.runs.b import x", "ptlib/runs/b.py": ""}),
    "a late import of a light library": (late, {"ptlib/base/a.py": "class A:\n    def f(self):\n        import json"}),
    "a crowded folder": (crowded, {f"tests/unit/test_{number}.py": "" for number in range(MOST_FILES + 1)}),
    "a file in the hall": (strangers, {"ptlib/hall.py": ""}),
    "a module without a test": (
        untested,
        {
            "ptlib/base/a.py": "class A:\n    def f(self): ...",
            "ptlib/base/b.py": "def f(): ...",
            "ptlib/base/words.py": "WORDS = ('a',)",
            "tests/unit/base/test_b.py": "",
            "tests/unit/hub/test_a.py": "",
        },
    ),
    "a long file": (long_files, {"ptlib/base/a.py": "x = 1\n" * (MOST_LINES + 1)}),
    "a long function": (long_functions, {"pages/a.py": "def f():\n" + "    x = 1\n" * MOST_FUNCTION_LINES}),
    "the demo's making at run time": (
        demo_at_run_time,
        {"pages/a.py": "from ptlib.demo import build", "ptlib/demo/build.py": ""},
    ),
}


def _plant(root: Path, files: dict[str, str]) -> Path:
    (root / "ptlib").mkdir()
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_caught(tmp_path: Path, name: str) -> None:
    check, files = PLANTED[name]
    root = _plant(tmp_path, files)
    assert len(check(root if check in (crowded, strangers, untested) else House(root))) == 1


def test_what_is_allowed_is_not_taken_for_a_fault(tmp_path: Path) -> None:
    files = {
        "ptlib/base/a.py": "def f():\n    import torch",
        "ptlib/models/b.py": "import torch\nfrom ptlib.base import a",
        "ptlib/prompts/c.py": "from ptlib.models import b",
        "ptlib/runs/d.py": "import json\ndef f():\n    from ptlib.prompts.c import x",
        "ptlib/cli/e.py": "import ptlib.runs.d\ndef f():\n    import ptlib.prompts.c",
        "pages/g.py": "from ptlib.cli import e",
        **{f"tests/unit/test_{number}.py": "" for number in range(MOST_FILES)},
    }
    house = House(_plant(tmp_path, files))
    checks = (upward, circles, late, long_files, long_functions, demo_at_run_time)
    assert not any(check(house) for check in checks)
    assert not crowded(tmp_path) and not strangers(tmp_path)
