"""Which node works on what: a table while a cluster serves the queue; names from other machines are text."""

from pages.runs import nodes_view
from ptlib.results.store import Store
from ptlib.runs import queue
from ptlib.runs.cluster import places
from ptlib.runs.cluster.places import Row
from tests.app.conftest import Open, texts
from tests.app.runs.conftest import spec

IDLE = Row("**evil** [x](http://y)", "cuda", "")


def test_the_page_says_which_node_works_on_what(open_page: Open) -> None:
    job = queue.enqueue(spec(), "A run")
    assert not [frame for frame in open_page("runs").dataframe if "Node" in frame.value]
    places.write(Store(), [IDLE, Row("node a", "cpu", "demo/roberta-small", job.id, "stack 1 of 2: film", 5.0)])
    app = open_page("runs")
    assert not app.exception and "1 of 2 devices on 2 nodes at work." in texts(app)
    (table,) = [frame.value for frame in app.dataframe if "Node" in frame.value]
    assert list(table["Works on"]) == ["A run", "nothing"] and list(table["Part"]) == ["stack 1 of 2: film", ""]
    assert list(table["Node"]) == ["node a", IDLE.node] and "evil" not in texts(app)
    places.forget(Store())
    assert not [frame for frame in open_page("runs").dataframe if "Node" in frame.value]


def test_times_and_unknown_runs_are_said_plainly() -> None:
    found = nodes_view.rows([Row("n", "tpu", "b", "t1", "x", 100.0), Row("n", "cpu", "", "", "", None)], {}, now=140.0)
    assert found.iloc[0].tolist() == ["n", "tpu", "t1", "x", "40 s", "b"] and found.iloc[1]["For"] == ""
    assert nodes_view.rows([], {}).empty
