"""Published tables: shapes, spellings, what relates them, and that their doubts are declared."""

import subprocess
import sys

import numpy as np
import pytest
from scipy.stats import spearmanr

from ptlib.analysis.choosing.ranking import judge
from ptlib.base import paths
from ptlib.base.errors import BadInput
from ptlib.tasks import names as labels
from ptlib.tasks.published.registry import HUB_TASKS
from ptlib.transfer import published
from ptlib.transfer.published import ABSOLUTE, CROSS_MODEL, RELATIVE, TABLES, PublishedTable
from tests.fixtures.published_words import published_answer_words

CLASSIFICATION = [
    "imdb",
    "sst2",
    "laptop",
    "restaurant",
    "movie_rationales",
    "tweeteval_sentiment",
    "mnli",
    "qnli",
    "snli",
    "ethics_deontology",
    "ethics_justice",
    "qqp",
    "mrpc",
]
ALL = [*CLASSIFICATION, "squad", "nq_open", "multi_news", "samsum"]


@pytest.mark.parametrize("table", published.tables(), ids=lambda table: table.id)
def test_every_map_is_square_in_our_ids(table: PublishedTable) -> None:
    frame = table.load()
    tasks = ALL if "t5" in table.id else CLASSIFICATION
    assert list(frame.columns) == tasks and list(frame.index)[: len(tasks)] == tasks
    assert list(frame.index)[len(tasks) :] == (
        [] if "roberta-large" in table.id and "code" in table.id else ["untrained_uniform"]
    )
    assert frame.notna().all(axis=None) and (frame >= 0).all(axis=None) and {dtype.kind for dtype in frame.dtypes} == {"f"}
    assert list(table.load(references=False).index) == tasks
    if table.metric == RELATIVE:
        assert (np.diag(frame.loc[tasks]) == 100).all()
    assert len(table.long()) == frame.size and list(table.long()) == ["source", "target", "value"]


@pytest.mark.parametrize("table", [table for table in published.tables() if table.metric == ABSOLUTE], ids=lambda table: table.id)
def test_relative_is_100_times_transfer_over_own(table: PublishedTable) -> None:
    absolute = table.load()
    relative = published.table(table.id.replace(ABSOLUTE, RELATIVE)).load()
    own = np.array([absolute.loc[task, task] for task in absolute.columns])
    error = 0.05 + 100 * 0.005 * (1 + relative.to_numpy() / 100) / own  # digits of the absolute values, scores near 2 % included
    assert (np.abs(100 * absolute.to_numpy() / own - relative.to_numpy()) <= error + 1e-6).all()


def test_known_cells_and_the_known_doubt() -> None:
    deck, code = published.table("deck-roberta-large"), published.table("code-roberta-large-relative")
    assert deck.load().loc["mnli", "snli"] == 62 and code.load().loc["mnli", "snli"] > 90
    assert any("62" in doubt for doubt in deck.doubts) and any("62" in doubt for doubt in code.doubts)
    assert published.table("deck-t5-xxl").load().loc["samsum", "multi_news"] == 67
    off = ~np.eye(13, dtype=bool)
    both = [table.load(references=False).to_numpy()[off] for table in (deck, code)]
    assert spearmanr(*both).statistic == pytest.approx(0.872, abs=0.005)


def test_cross_model_tables_keep_their_descriptions() -> None:
    deck, code = published.tables(CROSS_MODEL)
    frame = deck.load()
    assert frame.shape == (6, 9) and list(frame.columns) == CLASSIFICATION[:9]
    assert frame.loc["MNLI, Task Tuning", "snli"] == 88.2 and frame.loc["laptop, Distance Minimizing", "laptop"] == 76.6
    assert code.load().shape == (10, 13) and code.load().loc["T5-base -> RoBERTa-base via projector", "mnli"] == 81.85


def test_every_table_is_declared() -> None:
    assert len({table.id for table in TABLES}) == len(TABLES) == 14
    for table in TABLES:
        assert table.source and table.name and table.metric in (RELATIVE, ABSOLUTE)
        assert table.doubts or table.kind == CROSS_MODEL
    with pytest.raises(BadInput, match="Did you mean 'deck-t5-xxl'"):
        published.table("deck-t5-xl")


def test_families_and_chance_of_the_published_map_are_the_reported_ones() -> None:
    """Figures of the study on these tables: chance 26.78, family flag 8.74 points, .59 per target, .54 pooled."""
    truth = published.table("code-roberta-base-relative").load(references=False)
    families = labels.families_of(truth.index)
    assert families == {task.id: task.family for task in HUB_TASKS if task.id in CLASSIFICATION}
    from ptlib.analysis.choosing.ranking import family_flag

    flag = judge(family_flag(tuple(truth.index), families), truth.to_numpy())
    assert flag.regret[0] == pytest.approx(8.74, abs=0.01) and flag.pooled == pytest.approx(0.54, abs=0.005)
    assert flag.per_target == pytest.approx(0.59, abs=0.005) and flag.top1 == pytest.approx(0.52, abs=0.005)
    assert judge(0 * truth.to_numpy(), truth.to_numpy()).regret[0] == pytest.approx(26.78, abs=0.01)


def test_published_answer_words_beside_the_family_do_as_reported() -> None:
    """Family, then answer words, without any prompt: 3.24 points on RoBERTa-base, 2.80 on T5-base."""
    from ptlib.analysis.choosing.picker import scores

    for name, model, wanted in (("code-roberta-base-relative", "roberta", 3.24), ("code-t5-base-relative", "t5", 2.80)):
        truth = published.table(name).load(references=False)
        words = published_answer_words(truth.index, model)
        found = scores(0 * truth, labels.families_of(truth.index), words)
        assert judge(found.to_numpy(), truth.to_numpy()).regret[0] == pytest.approx(wanted, abs=0.01)


def test_general_donors_of_the_published_maps_are_the_reported_ones() -> None:
    from ptlib.analysis.choosing.picker import general_donors

    names = (
        "code-roberta-base-relative",
        "code-roberta-large-relative",
        "code-t5-base-relative",
        "code-t5-small-relative",
        "deck-t5-xxl",
    )
    found = {
        donor.source: donor.strength
        for donor in general_donors([published.table(name).load() for name in names], labels.families_of(ALL))
    }
    for task, strength in {
        "squad": 0.64,
        "samsum": 0.56,
        "nq_open": 0.53,
        "sst2": 0.50,
        "mnli": 0.25,
        "movie_rationales": 0.21,
        "snli": 0.19,
        "mrpc": -0.40,
        "restaurant": -0.41,
        "ethics_deontology": -0.42,
    }.items():
        assert found[task] == pytest.approx(strength, abs=0.0101)


def test_nothing_here_loads_torch_or_sklearn_even_when_used() -> None:
    program = (
        "import sys, numpy; from ptlib.analysis import similarity; from ptlib.analysis.choosing import picker, ranking; "
        "from ptlib.tasks import names as labels; "
        "from ptlib.transfer import published, tables; "
        "table = published.table('deck-roberta-large').load(); ranking.compare(table, table, permutations=2); "
        "similarity.similarities(similarity.stack(list(numpy.eye(12).reshape(3, 4, 12)), ['a', 'b', 'c'])); "
        "picker.pick('imdb', [table.loc[table.columns]], labels.families_of(table.columns)); "
        "print({name.partition('.')[0] for name in sys.modules} & {'torch', 'sklearn', 'transformers', 'umap'})"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=paths.ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
