"""A run of one's own on a demo's map: its page says what it measured; the map stays as it was until its numbers are asked for."""

import time

from pages.common import data
from ptlib.base.progress import Silent
from ptlib.models.registry import get_backbone
from ptlib.prompts.spec import default_settings
from ptlib.results.store import Store
from ptlib.runs import execution, queue
from ptlib.transfer.spec import TransferSpec
from tests.app.conftest import Open, texts
from tests.fixtures import fake_demo, fakes

SOURCE, TARGET, _ = fake_demo.family_of_three()
BACKBONE = "demo/roberta-small"


def test_a_run_says_what_it_measured_and_the_map_changes_only_when_asked(open_page: Open) -> None:
    before = texts(open_page("transfer", backbone=BACKBONE, source=SOURCE, target=TARGET))
    spec = TransferSpec(BACKBONE, (SOURCE,), (TARGET,), (7,), default_settings(get_backbone(BACKBONE)))
    job = queue.enqueue(spec)
    execution.execute(spec, Silent(), make=fakes.Work)
    with Store().writing() as connection:
        now = time.time()
        connection.execute("UPDATE runs SET state = 'done', started = ?, finished = ? WHERE id = ?", (now - 60, now, job.id))
    said = texts(open_page("runs", run=job.id))
    assert "This run measured" in said and "All other results say" in said and "4 seeds" in said
    app = open_page("transfer", backbone=BACKBONE, source=SOURCE, target=TARGET)
    assert not app.exception and "3 seeds; interval" in texts(app) and job.id not in texts(app)
    assert reading(before) == reading(texts(app)), "a run of one's own changed the map unasked"
    box = next(box for box in app.selectbox if box.label == "Whose numbers")
    mine = box.set_value(f"run:{job.id}").run()
    assert "1 seed; interval" in texts(mine) and any(job.id in caption.help for caption in mine.caption)
    assert "4 seeds; interval" in texts(next(box for box in app.selectbox if box.label == "Whose numbers").set_value("all").run())
    assert list(data.choices(data.catalogue().fingerprint(), "demo/t5-small", None)) == []


def reading(said: str) -> list[str]:
    """What the map says of the chosen cell."""
    return [line for line in said.splitlines() if "reused as it is" in line or "; interval over" in line]
