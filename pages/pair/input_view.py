"""How an input is built, as the slides show it: `<soft> x P, <mask>, text_a, text_b`. Text only; no model is loaded."""

from dataclasses import dataclass

from ptlib.tasks.task import MASKED_LM, Task


@dataclass(frozen=True, slots=True)
class InputStructure:
    """One task's input for one model family."""

    template: str
    rendered: str
    answers: tuple[tuple[str, str], ...]
    """(label, word that stands for it)."""


def scoring(task: Task, family: str) -> str:
    """How an answer is read off the model, in one sentence."""
    if not task.is_classification:
        return f"Answered in free text: greedy decoding, at most {task.max_target_tokens} tokens."
    if family == MASKED_LM:
        return "The label words compete at the mask; each is one token."
    return (
        "Each label scores the log-probability of its whole label word with its end token, not divided by its length; "
        "the labels compete."
    )


def structure(task: Task, family: str, prompt_length: int, text_a: str, text_b: str) -> InputStructure:
    """Template and one rendered example."""
    soft = f"<soft> × {prompt_length}"
    slots = f"[p1] [p2] … [p{prompt_length}]" if prompt_length > 2 else " ".join(f"[p{i + 1}]" for i in range(prompt_length))
    if family == MASKED_LM:
        pair = ", text_b" if text_b else ""
        template = f"{soft}, <mask>, text_a{pair}"
        second = f" </s></s> {text_b}" if text_b else ""
        rendered = f"{slots} <s> <mask> {text_a}{second} </s>"
    else:
        template = f"{soft}, {task.t5_template}"
        filled = task.t5_template.replace("{text_a}", text_a).replace("{text_b}", text_b)
        rendered = f"{slots} {filled} </s>"
    answers = (
        tuple(zip(task.labels, task.label_words(family), strict=True))
        if task.is_classification and task.words.get(family)
        else ()
    )
    return InputStructure(template, rendered, answers)
