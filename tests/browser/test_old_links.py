"""Links as earlier versions wrote them, by shown names or by ids, still open the view that they were sent for."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import screen
from tests.browser.conftest import Server
from tests.browser.test_analysis_pages import HERE
from tests.browser.test_looking import address

LINKS = [
    ("transfer", {"metric": "Relative (paper)", "order": "Strength"}, "Relative (paper)"),
    ("transfer", {"show": "Published", "value": "Raw score"}, "Raw score"),
    ("pair", {"flip": "Both right", "seed": "seed 1"}, "Both right"),
    ("prompts", {"view": "The space", "method": "t-SNE", "axes": "3-D", "of": "Mean token", "colour": "Own score"}, "t-SNE"),
    ("prompts", {"view": "Which source?", "mode": "Just show", "spearman": "All pairs"}, "All pairs"),
    ("prompts", {"view": "Soft beside hand-written", "which": "Both right"}, "Both right"),
    ("neurons", {"question": "Where two tasks meet", "compare": "Source against families"}, "Source against families"),
    ("neurons", {"question": "Does it predict transfer?", "layers": "All layers"}, "All layers"),
    ("lab", {"preset": "One row"}, "One row"),
]


@pytest.mark.parametrize(("page_name", "query", "chosen"), LINKS, ids=lambda value: str(value)[:24])
def test_a_link_of_the_old_form_opens_its_view(
    analysed: Server, chromium: Browser, page_name: str, query: dict[str, str], chosen: str
) -> None:
    page = screen.open_at(screen.new_page(chromium), address(analysed, page_name, **HERE, **query))
    expect(page.get_by_role("radio", name=chosen).first).to_be_checked()
    assert all(screen.sidebar(page)) and page.problems == []
