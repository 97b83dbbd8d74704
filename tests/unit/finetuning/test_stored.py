"""Stored curves as the page reads them: grouped by seeds, own ones first, whatever is damaged or partly done left out."""

from dataclasses import replace

from ptlib.finetuning import stored
from ptlib.finetuning.spec import LORA, METHODS, FineTuneSpec
from ptlib.prompts.spec import TuneSettings
from ptlib.results.catalogue import Catalogue
from tests.fixtures import fake_finetuning

SPEC = FineTuneSpec("demo/roberta-small", "demo/film_snippet", 0, TuneSettings())


def test_runs_that_differ_in_their_seed_stand_together(cache: object) -> None:
    specs = [replace(SPEC, seed=seed) for seed in (1, 0)] + [replace(SPEC, methods=(LORA,)), replace(SPEC, task="demo/fairness")]
    for spec in specs:
        fake_finetuning.write(spec)
    fake_finetuning.write(replace(SPEC, rank=2), methods=(LORA,))  # the others were not fitted yet
    found = stored.listing(Catalogue(), SPEC.backbone, SPEC.task)
    assert set(found) == set(specs[:3])
    assert stored.seeds_together(found) == [[SPEC, replace(SPEC, seed=1)], [replace(SPEC, methods=(LORA,))]]
    assert list(stored.load(SPEC, Catalogue())) == list(METHODS)


def test_a_damaged_curve_is_left_out(cache: object) -> None:
    fake_finetuning.write(SPEC)
    stored.fits(SPEC, Catalogue())[LORA].path.write_bytes(b"changed")
    assert LORA not in stored.fits(SPEC, Catalogue()) and stored.listing(Catalogue(), SPEC.backbone) == []
