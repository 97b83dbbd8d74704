"""Do published prompts cluster by family? Against the figures of an independent validation (skipped without the prompts).

Twin that always runs: silhouette and neighbours against scikit-learn in tests/unit/test_clusters.py.
"""

import os
from pathlib import Path

import pytest

from ptlib.analysis import clusters, separation
from ptlib.prompts.importing import find_prompts
from ptlib.tasks.registry import get_task

_GIVEN = os.environ.get("PTLIB_REFERENCE_DATA", "")
pytestmark = pytest.mark.skipif(not _GIVEN, reason="PTLIB_REFERENCE_DATA is not set")


@pytest.mark.parametrize(
    ("model", "silhouette", "purity", "chance"), [("roberta_base", 0.160, 0.77, 0.26), ("t5_base", 0.301, 0.88, 0.16)]
)
def test_families_cluster_as_published_with_mean_tokens(model: str, silhouette: float, purity: float, chance: float) -> None:
    found = [
        prompt for prompt in find_prompts(Path(_GIVEN) / "prompts" / f"{model}.safetensors").prompts if prompt.task != "random"
    ]
    names = [prompt.name for prompt in found]
    vectors = clusters.scaled(clusters.represent([prompt.values for prompt in found], "mean", names), "cosine", names)
    tested = separation.statistics(
        clusters.dissimilarity(vectors, "cosine"),
        [prompt.task for prompt in found],
        [get_task(prompt.task).family for prompt in found],
    )
    assert tested[0]["value"] == pytest.approx(silhouette, abs=0.0006) and tested[0]["p"] <= 0.002
    assert tested[1]["value"] == pytest.approx(purity, abs=0.006) and tested[1]["chance"] == pytest.approx(chance, abs=0.01)
