"""Lab: fit the same task as a prompt, by LoRA and as a whole, and compare what they cost."""

import streamlit as st

from pages.common import data, parts, words
from pages.common.plans import Plan
from pages.lab import cost_parts
from ptlib.base.errors import BadInput
from ptlib.finetuning.spec import METHODS, NAMES, RATES, FineTuneSpec
from ptlib.models.spec import BackboneSpec
from ptlib.prompts.spec import TuneSettings


def section(spec: BackboneSpec | None, plan: Plan, settings: TuneSettings | None) -> None:
    """A closed drawer; backbone, tasks, seeds and settings are those chosen above it."""
    box = parts.drawer("LoRA and full fine-tuning beside prompt tuning", ":material/balance:", "reference_open")
    if box is not None:
        with box:
            st.markdown("One task, fitted by each method with the same batches and steps in one run: curves, cost, score.")
            cost_parts.beside(spec, plan, settings, _choices, label="Measure", key="launch_reference")


def _choices(spec: BackboneSpec, plan: Plan, settings: TuneSettings) -> FineTuneSpec | None:
    """Task, seed, methods and their rates; None after saying what does not fit."""
    a, b, c = st.columns(3)
    task = a.selectbox("Task", plan.targets, format_func=data.task_name, key="reference_task")
    seed = a.selectbox("Seed of the fit", plan.seeds, key="reference_seed")
    methods = b.multiselect("Methods", METHODS, list(METHODS), format_func=NAMES.__getitem__, key="reference_methods")
    lora, full = RATES[spec.is_demo]
    rank = b.number_input("Rank of LoRA", 1, 1024, 8, key="reference_rank")
    rates = [
        c.number_input(f"Peak learning rate, {name}", 1e-7, 1.0, rate, format="%.4g", step=rate / 5, key=f"{key}|{spec.is_demo}")
        for name, rate, key in (("LoRA", lora, "lora_lr"), ("full", full, "full_lr"))
    ]
    order = tuple(method for method in METHODS if method in methods)
    try:
        return FineTuneSpec(spec.id, task, seed, settings, order, rank=rank, alpha=2 * rank, lora_lr=rates[0], full_lr=rates[1])
    except BadInput as error:
        st.caption(f":red[{words.literal(str(error))}]")
        return None
