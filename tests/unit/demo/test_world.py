"""The embedded world: reproducible, balanced, with splits that cannot mix and labels that one text does not give away."""

import json
import random
from collections import Counter
from itertools import pairwise

import pytest

from ptlib.demo.world import families
from ptlib.demo.world.families.base import a, held, split_of
from ptlib.demo.world.items import SPLITS
from ptlib.demo.world.measure import write_facts
from ptlib.demo.world.splits import build_splits, draw
from ptlib.tasks.demo import DEMO_TASKS
from ptlib.tasks.task import MASKED_LM, T5

PAIRS = ("scene_inference", "event_inference", "answer_inference", "question_pairs", "news_pairs")
OWN_LATENT = {"sentiment": "sentiment", "inference": "entailment", "ethics": "ethics", "paraphrase": "paraphrase"}
IDS = [task.id for task in DEMO_TASKS]


def by_id(name):
    return next(task for task in DEMO_TASKS if task.id == f"demo/{name}")


def texts(item):
    return item.text_a, item.text_b


def test_families_have_the_agreed_tasks():
    assert Counter(task.family for task in DEMO_TASKS) == {
        "sentiment": 6,
        "inference": 3,
        "ethics": 2,
        "paraphrase": 2,
        "question_answering": 2,
        "summarisation": 2,
    }
    assert all(task.id.startswith("demo/") and task.source == "embedded" for task in DEMO_TASKS)


def test_every_task_has_a_hand_written_prompt_for_each_model_it_supports():
    for task in DEMO_TASKS:
        for family in (MASKED_LM, T5):
            assert bool(task.hand_written.get(family)) == task.supports(family), (task.id, family)


def test_same_seed_same_bytes(tmp_path):
    for name in ("one", "two"):
        build_splits(tmp_path / name, 3, 12, 6, 6)
    first, second = (
        {path.relative_to(tmp_path / name): path.read_bytes() for path in (tmp_path / name).rglob("*.jsonl")}
        for name in ("one", "two")
    )
    assert len(first) == 3 * len(DEMO_TASKS) and first == second
    build_splits(tmp_path / "three", 4, 12, 6, 6)
    assert (tmp_path / "three/tasks/fairness/train.jsonl").read_bytes() != first[
        next(p for p in first if "fairness" in str(p) and p.name == "train.jsonl")
    ]


@pytest.mark.parametrize("task", DEMO_TASKS, ids=IDS)
def test_labels_are_even_and_texts_distinct(task):
    seen = set()
    items = draw(task, "train", 120, 0, seen) + draw(task, "evaluation", 60, 0, seen)
    assert len({texts(item) for item in items}) == 180
    if task.is_classification:
        assert set(Counter(item.label for item in items).values()) == {180 // len(task.labels)}
    else:
        assert all(item.label is None and item.targets and item.targets[0] for item in items)


@pytest.mark.parametrize("task", DEMO_TASKS, ids=IDS)
def test_held_out_texts_are_never_drawn_elsewhere(task):
    held_out = {text for split in ("validation", "evaluation") for item in draw(task, split, 60, 0) for text in _long(item)}
    rng = random.Random(1)
    others = {text for split in ("corpus", "train") for _ in range(400) for text in _long(families.make(task.id, rng, split))}
    assert held_out and not held_out & others


def _long(item):
    """Whole texts that are long enough to be one of a kind, and the pair."""
    return {text for text in texts(item) if len(text.split()) > 9} | {" | ".join(texts(item))}


def test_every_sentence_has_one_split():
    rng = random.Random(0)
    for split in SPLITS:
        assert all(split_of(families.opinion(rng, value, split)) == split for value in (0, 1, 2) for _ in range(20))
        assert all(split_of(families.argument(rng, value, split)) == split for value in (0, 1) for _ in range(20))
    assert split_of("the soup was bland .") == split_of("the soup was bland !")
    drawn = Counter(split_of(held(rng, split_of(str(n)), lambda r: str(r.randrange(10**9)))) for n in range(400))
    assert drawn["corpus"] > 200 and min(drawn[split] for split in SPLITS) > 10


@pytest.mark.parametrize("task", [task for task in DEMO_TASKS if task.is_classification], ids=lambda task: task.id)
def test_label_is_the_latent_of_the_family(task):
    rng, key = random.Random(0), OWN_LATENT[task.family]
    items = [families.make(task.id, rng, "train") for _ in range(300)]
    assert all(item.latents[key] == item.label and item.family == task.family for item in items)
    second = [item for item in items if len(item.latents) > 1]
    low, high = {"sentiment": (0.25, 0.45), "ethics": (0.35, 0.55)}.get(task.family, (0.15, 0.35))
    assert low < len(second) / len(items) < high
    agree = sum(item.label == next(value for name, value in item.latents.items() if name != key) for item in second)
    assert 0.2 < agree / len(second) < 0.8  # the second latent says nothing about the label


def test_labels_stand_for_the_same_words_in_all_families():
    for task in DEMO_TASKS:
        if task.family in ("inference", "ethics", "paraphrase"):
            assert task.labels[:2] == ("no", "yes") and task.words[MASKED_LM] == task.labels
        elif task.family == "sentiment":
            assert task.labels[:2] == ("negative", "positive")


def test_spans_of_the_answer_type_are_in_the_passage():
    for item in draw(by_id("passage_questions"), "train", 200, 0):
        assert item.targets[0] in item.candidates and len(set(item.candidates)) == len(item.candidates)
        assert all(f" {span} " in f" {item.text_a} " for span in item.candidates)
    rng = random.Random(0)
    facts = {families.fact_sentences(rng) for _ in range(4000)}
    item = families.make("demo/fact_questions", rng, "train")
    assert any(item.targets[0] in fact.split() for fact in facts)


def test_a_notes_summary_is_not_the_first_sentence():
    items = draw(by_id("notes_summary"), "train", 200, 0)
    first = sum(item.targets[0].split(" and ")[0].removesuffix(" .") in item.text_a.split("note two")[0] for item in items)
    assert first < 120


def test_words_and_articles():
    assert 900 < len(families.WORDS) < 1200
    assert a("unreasonable thing") == "an unreasonable thing" and a("usual day") == "a usual day"
    rng = random.Random(0)
    for task in DEMO_TASKS:
        for _ in range(100):
            words = " ".join(texts(families.make(task.id, rng, "corpus"))).split()
            wrong = [
                pair
                for pair in pairwise(words)
                if (pair[0] == "a" and pair[1][0] in "aeio")
                or (pair[0] == "an" and pair[1][0] not in "aeiou" and pair[1] != "hour")
            ]
            assert not wrong, " ".join(words)
            assert words == [word.lower() for word in words]


def test_bag_of_words_does_not_solve_what_needs_two_texts(tmp_path):
    tasks = [by_id(name) for name in (*PAIRS, "passage_questions")]
    build_splits(tmp_path, 0, 400, 2, 300, tasks=tasks)
    scores = write_facts(tmp_path, tasks)
    for name in PAIRS:
        limit = 1 / len(by_id(name).labels) + 0.12
        assert all(score < limit for score in scores[f"demo/{name}"].values()), (name, scores[f"demo/{name}"])
    assert 0.4 < scores["demo/passage_questions"]["guess"] < 0.7
    assert scores == json.loads((tmp_path / "tasks/facts.json").read_text())
