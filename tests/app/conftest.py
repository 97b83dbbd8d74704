"""Every test here runs the pages on synthetic results in a folder of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.common import frame
from ptlib.runs import ask

ROOT = Path(__file__).resolve().parents[2]

Open = Callable[..., AppTest]


@pytest.fixture
def places(synthetic_demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Point the app at the synthetic demo and an empty cache; returns the cache. No page warms a predictor: it reads torch."""
    monkeypatch.setenv("PTLIB_DEMO", str(synthetic_demo))
    monkeypatch.setenv("PTLIB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(ask, "ensure_running", lambda: None)
    yield tmp_path / "cache"


@pytest.fixture
def open_page(places: Path) -> Open:
    """Open a page through app.py, with query parameters."""

    def opened(name: str = "start", **query: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        for key, value in query.items():
            app.query_params[key] = value
        app.run()
        return app.switch_page(frame.script(name)).run() if name != "start" else app

    return opened


def texts(app: AppTest) -> str:
    """All words on the page."""
    kinds = (app.title, app.header, app.markdown, app.caption, app.warning, app.error, app.info)
    return "\n".join(str(element.value) for kind in kinds for element in kind)
