"""Where the files of each task lie on the Hub: the preferred place first, then fallbacks.

The layouts come from a fact sheet and were not seen from here; `python -m ptlib doctor --online` checks them all.
"""

from ptlib.tasks.task import HubFiles

CONVERTED = "refs/convert/parquet"
"""Branch on which the Hub keeps its own parquet export of a data set."""
NO_TEST_LABELS = (
    "The labels of GLUE's test split are hidden, so scores are measured on validation; early stopping uses a slice of train."
)


def sharded(folder: str, *splits: str) -> dict[str, tuple[str, ...]]:
    """File names of splits that are stored as one numbered parquet file each."""
    prefix = f"{folder}/" if folder else ""
    return {split: (f"{prefix}{split}-00000-of-00001.parquet",) for split in splits}


def converted(repo: str, config: str, *splits: str) -> HubFiles:
    """The Hub's own parquet export of one configuration (large splits come in several files)."""
    files = {split: (f"{config}/{split}/*.parquet",) for split in splits}
    return HubFiles(repo=repo, files=files, revision=CONVERTED, note="parquet export made by the Hub")


def parquet(repo: str, config: str, *splits: str) -> tuple[HubFiles, HubFiles]:
    """A repository with numbered parquet files in a folder named like its configuration, and its export."""
    return HubFiles(repo=repo, files=sharded(config, *splits)), converted(repo, config, *splits)


def setfit(name: str, columns: dict[str, str]) -> HubFiles:
    """A GLUE copy in JSON lines; its label numbers are not trusted, its label texts are."""
    return HubFiles(
        repo=f"SetFit/{name}",
        files={"train": ("train.jsonl",), "validation": ("validation.jsonl",)},
        columns={**columns, "label_text": "label"},
        note="copy of GLUE; labels are read by name",
    )


def glue(name: str, *columns: str, evaluation: str = "validation") -> tuple[HubFiles, ...]:
    """GLUE: the collection itself, its export, and a copy."""
    texts = ("text",) if len(columns) == 1 else ("text1", "text2")
    copy = setfit(name, dict(zip(texts, columns, strict=True))) if evaluation == "validation" else None
    return (*parquet("nyu-mll/glue", name, "train", evaluation), *((copy,) if copy else ()))


def ethics(name: str) -> tuple[HubFiles, ...]:
    """ETHICS: main holds a loading script, so the export is preferred; the CSV files lie beside the script."""
    files = {"train": (f"data/{name}/train.csv",), "validation": (f"data/{name}/test.csv",)}
    return converted("hendrycks/ethics", name, "train", "validation"), HubFiles(
        repo="hendrycks/ethics", files=files, note="CSV files beside the script"
    )


def semeval(domain: str) -> tuple[HubFiles, ...]:
    """SemEval 2014 task 4: one row for every aspect of a sentence."""
    repo = f"tomaarsen/setfit-absa-semeval-{domain}"
    return (
        HubFiles(repo=repo, files={split: (f"data/{split}-*.parquet",) for split in ("train", "test")}),
        converted(repo, "default", "train", "test"),
    )


IMDB = parquet("stanfordnlp/imdb", "plain_text", "train", "test")
SST2 = (
    *glue("sst2", "sentence"),
    HubFiles(repo="stanfordnlp/sst2", files={split: (f"data/{split}-*.parquet",) for split in ("train", "validation")}),
)
ROTTEN_TOMATOES = (
    HubFiles(repo="cornell-movie-review-data/rotten_tomatoes", files={"train": ("train.parquet",), "test": ("test.parquet",)}),
    converted("cornell-movie-review-data/rotten_tomatoes", "default", "train", "test"),
)
MOVIE_RATIONALES = (converted("eraser-benchmark/movie_rationales", "default", "train", "validation"),)
TWEETEVAL = parquet("cardiffnlp/tweet_eval", "sentiment", "train", "validation")
SNLI = parquet("stanfordnlp/snli", "plain_text", "train", "test")
SQUAD = parquet("rajpurkar/squad", "plain_text", "train", "validation")
NQ_OPEN = parquet("google-research-datasets/nq_open", "nq_open", "train", "validation")
MULTI_NEWS = (
    HubFiles(
        repo="Awesome075/multi_news_parquet",
        files={split: (f"*{split}*.parquet",) for split in ("train", "validation")},
        note="a personal account; the commit is pinned at the first download",
    ),
    converted("alexfabbri/multi_news", "default", "train", "validation"),
    converted("tau/multi_news", "default", "train", "validation"),
)
SAMSUM = (
    HubFiles(repo="knkarthick/samsum", files={"train": ("train.csv",), "validation": ("validation.csv",)}),
    converted("knkarthick/samsum", "default", "train", "validation"),
)
