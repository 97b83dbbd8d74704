"""Parts of the About page."""

from importlib.metadata import PackageNotFoundError, version
from typing import Any

import pandas as pd
import streamlit as st

from pages.about import methods_view
from pages.common import data, parts, words
from pages.common.context import Context
from ptlib.models.registry import all_backbones
from ptlib.projection.fitting.published import VERDICT
from ptlib.tasks.task import FAMILY_NAMES

BIBTEX = """@inproceedings{su-etal-2022-transferability,
  title     = {On Transferability of Prompt Tuning for Natural Language Processing},
  author    = {Su, Yusheng and Wang, Xiaozhi and Qin, Yujia and Chan, Chi-Min and Lin, Yankai and
               Wang, Huadong and Wen, Kaiyue and Liu, Zhiyuan and Li, Peng and Li, Juanzi and
               Hou, Lei and Sun, Maosong and Zhou, Jie},
  booktitle = {Proceedings of the 2022 Conference of the North American Chapter of the
               Association for Computational Linguistics: Human Language Technologies},
  year      = {2022}
}"""
_FAMILIES = {"mlm": "masked language model", "t5": "T5 (encoder-decoder)"}
_PACKAGES = ("streamlit", "plotly", "torch", "transformers", "peft", "pandas", "numpy")


def definitions() -> None:
    """Formulas, in the words of the pages."""
    st.header("How the numbers are defined", anchor=False)
    left, right = parts.row(434, 434)
    with left:
        st.markdown("**Gain kept**: how much of the target's tuning gain the reused prompt brings along.")
        st.latex(r"\text{gain kept} = \frac{\text{transfer} - \text{untrained}}{\text{own} - \text{untrained}}")
        st.markdown(
            "0 %: no better than an untrained prompt. 100 %: as good as tuning on the target. It has no value unless the 95 % "
            "interval of *own − untrained* lies above 0, because nothing can be kept where nothing was gained."
        )
    with right:
        st.markdown("**Relative score**: the paper's ratio.")
        st.latex(r"\text{relative} = 100 \cdot \frac{\text{transfer}}{\text{own}}")
        st.markdown(
            "An untrained prompt is not at 0 here: on a balanced task with two classes it stands near 50 / own. Compare with the "
            "untrained row before calling a value high."
        )
    st.markdown(
        "- **Transfer** (zero-shot): the source's prompt is put before the target's input, with the target's template and "
        "label words, unchanged.\n"
        "- **Untrained**: the same initialisation as in tuning, without a step. **Untrained, uniform**: drawn from [0, 1], as "
        "the paper's published code did. **Hand-written**: one prompt in words for each task.\n"
        "- **Scores**: accuracy for classification, exact match for questions, ROUGE-L for summaries (F-measure, no "
        "stemming, Unicode words); measured on evaluation examples that tuning and early stopping never open.\n"
        "- **Intervals**: 95 %, bootstrap over seeds, then examples, 2,000 draws; paired where two prompts answer the same "
        "examples. With one seed: over examples only, drawn dotted. A missing value is never shown as a number.\n"
        "- **Across models**: a projector makes a prompt of another model out of a prompt. Each seed is held out once: fitted on "
        "the others, measured with the prompts of this one, on the same examples as the target's own and untrained prompts. It "
        "*carries the task* if own prompts' gain leads the best of other families' and untrained ones by 50 points; it is *one "
        "good prompt for everything* where a wrong prompt gets at least half of own's gain, and *carries nothing* below 30 %.\n"
        "- **Published prompts, T5-base to RoBERTa-base**, by minimising the distance, each of 13 tasks left out once: "
        f"{VERDICT} The table stands on Cross-model.\n"
        "- **Starts**: a task tuned from an untrained prompt and from others in one stack. Steps until the validation score that "
        "the untrained start had converged to; *share* of its steps, and *speed-up* = its mean steps / mean steps, of the runs "
        "that got there. *Forgotten*: (source's score before − after) / (before − untrained), on the task that a start comes "
        "from.\n"
        "- **Reference curves**: prompt, LoRA (stock PEFT) and all weights of the same backbone, fitted one after another by one "
        "loop with the same batches, steps and answer words, without dropout. Not soft prompts: they enter no map.\n"
        "- **Who gives and who receives most**: plain means of a row or column without its own prompt. Their places and ties "
        "come from a bootstrap over the tasks of the mean, the same draws for all (2,000, 95 %)."
    )


def constructed_world() -> None:
    """What the demo is, plainly."""
    with st.container(border=True):
        st.markdown(
            "**The demo is a constructed world.** Its backbones are small models that were pretrained on generated sentences, "
            "and its tasks are generated from the same vocabulary. They were built so that families of tasks exist and "
            "prompts can be reused within them. All its numbers are measured, none is drawn; but they say nothing about "
            "real language. For that, run the published tasks on RoBERTa or T5 from the Lab."
        )


def task_table() -> None:
    """All registered tasks."""
    st.header("Tasks", anchor=False)
    shortcuts = data.shortcut_scores()
    rows = [
        {
            "Task": t.name,
            "Family": FAMILY_NAMES[t.family],
            "What is asked": t.description,
            "Licence": t.licence,
            "Labels": ", ".join(t.labels),
            "Metric": t.metric.replace("_", " "),
            "Source": "generated" if t.source == "embedded" else t.hub[0].repo if t.hub else t.source,
            "Revision": t.hub[0].revision[:10] if t.hub else "",
            "Knowledge needed": t.facts.get("needs", ""),
            "Without understanding": ", ".join(f"{how} {words.percent(score)}" for how, score in shortcuts.get(t.id, {}).items()),
            "Id": t.id,
            "Version": t.version,
        }
        for t in data.task_index().values()
    ]
    _table(rows, "registered tasks", {"Task": 140, "Family": 140, "What is asked": 300, "Licence": 220})
    st.caption(
        "Without understanding: what a bag of words scores on the evaluation split, or guessing among the passage's "
        "answers of the right type. A reused prompt has to beat it to mean anything."
    )


def backbone_table() -> None:
    """All registered backbones."""
    st.header("Backbones", anchor=False)
    rows = [
        {
            "Backbone": b.name,
            "Kind": _FAMILIES.get(b.family, b.family),
            "Width": b.width or None,
            "Layers": b.layers or None,
            "Where": "this machine" if b.is_demo else f"Hub: {b.location}",
            "Saw in pretraining": ", ".join(b.saw_tasks),
            "Note": b.notes,
            "Id": b.id,
        }
        for b in all_backbones()
    ]
    if rows:
        _table(rows, "registered backbones", {"Where": 215, "Note": 280})
    else:
        st.markdown("No backbone is available: the demo's weights are missing.")


def _table(rows: list[dict[str, Any]], what: str, widths: dict[str, int]) -> None:
    columns = {name: st.column_config.TextColumn(width=width) for name, width in widths.items()}
    height = min(38 + parts.WRAPPED * len(rows), 460)
    parts.table(pd.DataFrame(rows), f"{len(rows)} {what}", height=height, row_height=parts.WRAPPED, column_config=columns)


def limits() -> None:
    """What the reader must not conclude."""
    st.header("Known limits", anchor=False)
    st.markdown(
        "- Re-tuning a prompt with another seed can move single cells a lot: judge blocks, not one cell, and look at the "
        "corner ticks.\n"
        "- Three seeds give a rough interval. It covers seeds and examples of this task, not other tasks, templates or label "
        "words.\n"
        "- The published tasks and backbones are fetched from the Hugging Face Hub; without a network only the demo can be run.\n"
        "- A T5 checkpoint that saw a task in its pretraining says little about prompts on that task; the table above names "
        "such tasks.\n"
        "- The slides' numbers in the Lab are quoted from the slides, not measured here."
    )


def citing(now: Context | None) -> None:
    """A methods paragraph for what is on screen, and the paper."""
    st.header("For your paper or slides", anchor=False)
    if now is not None:
        settings = data.recipes(data.catalogue().fingerprint(), now.backbone).get(now.recipe or "")
        told = methods_view.methods(now.matrix, data.backbone_name(now.backbone), settings, data.task_index(), data.task_name)
        st.code(told, language=None, wrap_lines=True)
    st.code(BIBTEX, language=None, wrap_lines=True)


def versions() -> None:
    """What is installed, for a bug report."""
    found = []
    for package in _PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            found.append(f"{package} missing")
    st.caption("  ·  ".join(found))
