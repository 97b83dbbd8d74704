"""A link may name values by id; the address then holds them as shown, which is what a reload reads."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import Open, texts


def page() -> None:
    import streamlit as st

    from pages.common import address

    address.select("Model", "model", {"a/one": "One", "a/two": "Two"})
    st.text(f"asked: {address.named()}")


def shown(app: AppTest) -> tuple[str, str]:
    return app.selectbox[0].value, app.text[0].value


def test_a_value_named_by_id_is_written_into_the_address_in_the_run_after() -> None:
    app = AppTest.from_function(page)
    app.query_params["model"] = "a/two"
    assert shown(app.run()) == ("a/two", "asked: model")
    assert shown(app.run()) == ("a/two", "asked:") and app.query_params["model"] == "Two"


def test_an_unknown_value_is_said_as_long_as_the_address_is_settled_and_not_again() -> None:
    app = AppTest.from_function(page)
    app.query_params["model"] = "three"
    assert shown(app.run()) == ("a/one", "asked:") and any("three" in caption.value for caption in app.caption)
    assert not any("three" in caption.value for caption in app.run().caption)


def test_the_browser_knows_the_first_option_so_that_a_step_back_leaves_no_control_blank() -> None:
    def controls() -> None:
        from pages.common import address

        address.choice("Order", "order", {"family": "Family", "strength": "Strength"})
        address.select("Model", "model", {"a/one": "One", "a/two": "Two"})
        address.select("Task", "task", {"x": "X", "y": "Y"}, "y")

    app = AppTest.from_function(controls).run()
    assert not app.exception and list(app.button_group[0].proto.default) == [0]
    assert app.selectbox[0].proto.HasField("default") and app.selectbox[0].value == "a/one"
    assert not app.selectbox[1].proto.HasField("default") and app.selectbox[1].value == "y", "one that moves stays in the address"


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("prompts", {"hide": "Weather"}),
        ("prompts", {"sel": "'Weather'"}),
        ("neurons", {"question": "Many tasks", "tasks": "Weather"}),
        ("models", {"from": "demo/roberta-small", "to": "demo/roberta-small", "on": "choose", "tasks": "Weather"}),
    ],
)
def test_what_a_link_names_beside_the_options_of_a_box_of_several_is_said(
    open_page: Open, page: str, query: dict[str, str]
) -> None:
    app = open_page(page, backbone="demo/roberta-small", **query)
    assert not app.exception and "'Weather'" in texts(app)
