"""The demo's projections: what was measured still says what the README says of it, read through the public functions."""

from collections.abc import Callable, Iterator

import pytest

from ptlib.base import paths
from ptlib.base.stats import Interval
from ptlib.demo.projections import FAMILIES, INFERENCE, SENTIMENT, SMALL, T5, WIDE, specs
from ptlib.projection.carry import carried
from ptlib.projection.spec import ProjectSpec, carried_name, recipe
from ptlib.projection.stored import examples, folds, load
from ptlib.projection.table import CARRIES, ONE_PROMPT, Cell, Matrix, own_family_best, read
from ptlib.results import artefacts
from ptlib.results.catalogue import Catalogue

README = paths.ROOT / "README.md"
BOTH = [pytest.param(SMALL, WIDE, id="small-wide"), pytest.param(WIDE, SMALL, id="wide-small")]

pytestmark = pytest.mark.skipif(
    not any((paths.DEMO / "results").glob("*/analyses/x*.parquet")), reason="the demo has no projections"
)


@pytest.fixture(autouse=True)
def committed(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setenv("PTLIB_DEMO", str(paths.DEMO))
    monkeypatch.setenv("PTLIB_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


def matrix(spec: ProjectSpec) -> Matrix:
    found = load(spec, Catalogue())
    assert found is not None and found.is_complete, spec
    return found.matrix


def columns(one: Matrix, family: str, without: tuple[str, ...] = ()) -> tuple[str, ...]:
    return tuple(name for name in one.targets if one.families[name] == family and name not in without)


def own(one: Matrix, targets: tuple[str, ...]) -> list[Cell]:
    return [cell for name in targets for cell in one.rows("task", name) if cell.name == name]


def test_what_the_demo_holds_of_a_projection_is_whole() -> None:
    stored = {spec: set(folds(spec, Catalogue())) for spec in specs()}
    assert all(seeds == set(spec.seeds) for spec, seeds in stored.items())


@pytest.mark.parametrize(("source", "target"), BOTH)
def test_one_sentiment_task_carries_unseen_sentiment_tasks(source: str, target: str) -> None:
    one = matrix(recipe(source, target, SENTIMENT))
    unseen = columns(one, "sentiment", SENTIMENT)
    found = read(one, unseen)
    assert found.own.value is not None and found.own.value >= 0.85 and min(found.by_seed.values()) >= 0.6
    assert found.verdict == CARRIES
    for wrong, most in ((found.random, 0.10), (found.tuned_norm, 0.10), (found.other, 0.20)):
        assert wrong.value is not None and wrong.value <= most
    for group in ("random", "random_projector"):
        lead = one.difference(own(one, unseen), [cell for name in unseen for cell in one.rows(group, name)])
        assert lead.low is not None and lead.low > 0.5, group


@pytest.mark.parametrize(("source", "target"), BOTH)
def test_one_inference_task_carries_inference(source: str, target: str) -> None:
    one = matrix(recipe(source, target, INFERENCE))
    found = read(one, columns(one, "inference"))
    assert found.own.value is not None and found.own.value >= 0.75


@pytest.mark.parametrize(("source", "target"), BOTH)
def test_the_papers_form_collapses_and_negatives_cure_it(source: str, target: str) -> None:
    paper, cured = (matrix(recipe(source, target, SENTIMENT, name)) for name in ("paper", "+ other families"))
    before, after = (read(one, columns(one, "sentiment")) for one in (paper, cured))
    assert before.random.value is not None and before.random.value > 0.8 and before.verdict == ONE_PROMPT
    assert after.random.value is not None and after.random.value < 0.15


@pytest.mark.parametrize(("source", "target"), BOTH)
def test_one_task_of_each_family_makes_its_own_family_the_best_source(source: str, target: str) -> None:
    one = matrix(recipe(source, target, FAMILIES))
    for family in ("sentiment", "inference", "paraphrase"):
        found = one.gain(own(one, columns(one, family, FAMILIES)))
        assert found.value is not None and found.value >= 0.8, family
    assert own_family_best(one) >= 0.85


@pytest.mark.parametrize(("source", "target"), BOTH)
def test_relative_space_carries_without_training_and_shuffled_columns_do_not(source: str, target: str) -> None:
    one = matrix(ProjectSpec(source, target, "relative"))
    found = one.gain(own(one, one.targets))
    shuffled = one.gain([cell for name in one.targets for cell in one.rows("shuffled", name)])
    assert found.value is not None and found.value >= 0.75
    assert shuffled.value is not None and shuffled.value <= 0.05


def told(interval: Interval) -> str:
    """A gain with its interval; an own prompt that does not beat the untrained one leaves nothing to keep."""
    return "own gains nothing" if interval.value is None else f"{interval.value:.2f} [{interval.low:.2f}, {interval.high:.2f}]"


def texts(source: str, target: str) -> Iterator[tuple[str, str]]:
    """Rows of the README's table and what stands in the column of this direction; "–" where the demo has no such fit."""

    def cell(spec: ProjectSpec, say: Callable[[Matrix], str]) -> str:
        return say(matrix(spec)) if folds(spec, Catalogue()) else "–"

    def unseen(family: str, *fitted: str) -> Callable[[Matrix], str]:
        return lambda one: told(one.gain(own(one, columns(one, family, fitted))))

    def whole(group: str) -> Callable[[Matrix], str]:
        return lambda one: told(
            one.gain([found for name in one.targets for found in one.rows(group, name) if found.name == name])
        )

    def wrong(one: Matrix) -> str:
        found = read(one, columns(one, "sentiment", SENTIMENT))
        return f"{found.other.value:.2f} / {found.random.value:.2f}"

    def collapsed(one: Matrix) -> str:
        found = read(one, columns(one, "sentiment", SENTIMENT))
        return f"{found.own.value:.2f} / **{found.random.value:.2f}**"

    def families(one: Matrix) -> str:
        gains = (one.gain(own(one, columns(one, family, FAMILIES))).value for family in ("sentiment", "inference", "paraphrase"))
        return " / ".join(f"{gain:.2f}" for gain in gains)

    def shuffled(one: Matrix) -> str:
        return f"{one.gain([found for name in one.targets for found in one.rows('shuffled', name)]).value:.2f}"

    one, four = recipe(source, target, SENTIMENT), recipe(source, target, FAMILIES)
    yield "Recipe R on one sentiment task", cell(one, unseen("sentiment", *SENTIMENT))
    yield "… other families' / untrained prompts on sentiment", cell(one, wrong)
    yield "The paper's form", cell(recipe(source, target, SENTIMENT, "paper"), collapsed)
    yield "Recipe R on one inference task", cell(recipe(source, target, INFERENCE), unseen("inference"))
    yield "… sentiment, unseen family", cell(recipe(source, target, INFERENCE), unseen("sentiment"))
    yield "Recipe R on one task a family", cell(four, families)
    yield "… the unseen ethics task", cell(four, unseen("ethics", *FAMILIES))
    others = cell(
        ProjectSpec(source, target, "distance", FAMILIES),
        lambda one: told(one.gain(own(one, tuple(name for name in one.targets if name not in FAMILIES)))),
    )
    yield "Distance minimising", others
    for title, group in (("Vocabulary map", "vocabulary"), ("Anchors", "anchors"), ("Relative space", "relative")):
        yield title, cell(one, whole(group))
    yield "… shuffled columns", cell(ProjectSpec(source, target, "relative"), shuffled)
    yield "Orthogonal map", cell(ProjectSpec(source, target, "orthogonal"), whole("task"))


def test_the_readmes_table_is_what_is_stored() -> None:
    lines = README.read_text(encoding="utf-8").replace("-0.00", "0.00").splitlines()
    directions = [dict(texts(source, target)) for source, target in ((SMALL, WIDE), (WIDE, SMALL), (SMALL, T5), (T5, SMALL))]
    for title in directions[0]:
        line = next(line for line in lines if line.startswith(f"| {title}"))
        found = [cell.strip() for cell in line.strip("|").split("|")][1:]
        assert found == [texts[title].replace("-0.00", "0.00") for texts in directions], title


def test_the_readme_says_what_is_stored_of_the_ladder_into_the_t5_like() -> None:
    text = README.read_text(encoding="utf-8")
    for name, told in (
        ("paper", "form"),
        ("many prompts", "many prompts"),
        ("+ untrained", "ones"),
        ("+ other families", "families'"),
    ):
        one = matrix(recipe(SMALL, T5, SENTIMENT, name))
        found = read(one, columns(one, "sentiment", SENTIMENT))
        assert f"{told} {found.own.value:.2f} / {found.random.value:.2f}" in text, name


def test_a_cell_opens_its_examples_and_small_projectors_carry() -> None:
    spec, catalogue = recipe(SMALL, WIDE, SENTIMENT), Catalogue()
    found = load(spec, catalogue)
    assert found is not None and found.origin == "demo"
    frame = examples(found, catalogue, "task", SENTIMENT[0], target="demo/laptop_aspect", seed=1)
    assert frame is not None and len(frame) == spec.limit
    assert set(folds(spec, catalogue, artefacts.PROJECTOR)) == set(spec.seeds)
    prompt = next(row.id for row in catalogue.prompt_rows(SMALL) if (row.task, row.seed, row.init) == (SENTIMENT[0], 1, "vocab"))
    carried_over = carried(carried_name(spec, 1, prompt), catalogue)
    assert carried_over is not None and carried_over.values.shape == (20, 192)


def test_the_t5_like_target_is_reported_as_it_is() -> None:
    one = matrix(recipe(SMALL, T5, SENTIMENT))
    found = read(one, columns(one, "sentiment"))
    assert found.random.value is not None and found.random.value <= 0.10
    assert read(one, columns(one, "inference")).own.value is not None
