"""Backbones of the Hugging Face Hub, as data: sizes, room, contamination (fact sheet, section 4)."""

from typing import Any

from ptlib.models.spec import BackboneSpec
from ptlib.tasks.task import MASKED_LM, T5

_T5_SAW = ("sst2", "mnli", "qnli", "qqp", "mrpc", "squad")
_FLAN_SAW = ("imdb", *_T5_SAW, "snli", "nq_open", "multi_news", "samsum")
_MULTITASK = "Its pretraining included supervised tasks: results on them are not transfer to an unseen task."
_BIN_ONLY = "Its weights come in the older .bin format and are loaded without running any code in them."
_TINY = "Small enough for a CPU; made for quick trials, not for good scores."
_LOCAL = "In its local-attention layers (window 128) text far from the prompt cannot see it. Its FFN is gated."
_SPANS = "Pretrained only to fill in spans of text."
_SIZES = {"small": "small", "base": "base", "large": "large", "xl": "XL", "xxl": "XXL"}


def _sized(id: str, name: str, family: str, sizes: tuple[float, ...], **more: Any) -> BackboneSpec:
    """sizes: D, F, L, million parameters."""
    width, ffn, layers = map(int, sizes[:3])
    count = round(sizes[3] * 1e6)
    return BackboneSpec(
        id=id, name=name, family=family, location=id, width=width, ffn=ffn, layers=layers, parameters=count, **more
    )


def _masked(id: str, name: str, *sizes: float, positions: int = 512, notes: str = "") -> BackboneSpec:
    return _sized(id, name, MASKED_LM, sizes, max_positions=positions, notes=notes)


def _t5(id: str, name: str, *sizes: float, notes: str = "", saw: tuple[str, ...] = ()) -> BackboneSpec:
    return _sized(id, name, T5, sizes, notes=notes, saw_tasks=saw)


_GATED = {
    "small": (512, 1024, 8, 77),
    "base": (768, 2048, 12, 248),
    "large": (1024, 2816, 24, 783),
    "xl": (2048, 5120, 24, 2850),
    "xxl": (4096, 10240, 24, 11100),
}
"""size -> d_model, d_ff, decoder layers, million parameters of the gated T5 family."""

HUB_BACKBONES: tuple[BackboneSpec, ...] = (
    _masked("FacebookAI/roberta-base", "RoBERTa base", 768, 3072, 12, 124.7, notes="Used in the paper."),
    _masked("FacebookAI/roberta-large", "RoBERTa large", 1024, 4096, 24, 355, notes="Used in the paper."),
    _masked(
        "distilbert/distilroberta-base", "DistilRoBERTa", 768, 3072, 6, 82, notes="Same vocabulary as RoBERTa, half the layers."
    ),
    _masked("google-bert/bert-base-uncased", "BERT base", 768, 3072, 12, 109.5, notes="Used in the paper's code."),
    _masked("google-bert/bert-large-uncased", "BERT large", 1024, 4096, 24, 335),
    _masked("answerdotai/ModernBERT-base", "ModernBERT base", 768, 1152, 22, 150, positions=8192, notes=_LOCAL),
    _masked("answerdotai/ModernBERT-large", "ModernBERT large", 1024, 2624, 28, 396, positions=8192, notes=_LOCAL),
    _masked("google/bert_uncased_L-2_H-128_A-2", "BERT tiny", 128, 512, 2, 4.4, notes=_TINY),
    _masked("google/bert_uncased_L-4_H-256_A-4", "BERT mini", 256, 1024, 4, 11.2, notes=_TINY),
    _masked("google/bert_uncased_L-4_H-512_A-8", "BERT small", 512, 2048, 4, 28.8, notes=_TINY),
    _t5("google-t5/t5-small", "T5 small", 512, 2048, 6, 60.5, notes=f"Used in the paper's code. {_MULTITASK}", saw=_T5_SAW),
    _t5("google-t5/t5-base", "T5 base", 768, 3072, 12, 223, notes=f"Used in the paper's code. {_MULTITASK}", saw=_T5_SAW),
    _t5("google-t5/t5-large", "T5 large", 1024, 4096, 24, 738, notes=f"Used in the paper's code. {_MULTITASK}", saw=_T5_SAW),
    *(
        _t5(f"google/t5-{size}-lm-adapt", f"T5 {name}, LM-adapted", *_GATED[size], notes=_BIN_ONLY)
        for size, name in _SIZES.items()
    ),
    *(
        _t5(f"google/flan-t5-{size}", f"Flan-T5 {name}", *_GATED[size], notes=_MULTITASK, saw=_FLAN_SAW)
        for size, name in _SIZES.items()
    ),
    _t5("google/t5-efficient-tiny", "T5 efficient, tiny", 256, 1024, 4, 15.6, notes=f"{_TINY} {_SPANS}"),
    _t5("google/t5-efficient-mini", "T5 efficient, mini", 384, 1536, 4, 31.2, notes=f"{_TINY} {_SPANS}"),
)

REFUSED = {
    "prajjwal1/bert-tiny": "its config does not say what kind of model it is. Use google/bert_uncased_L-2_H-128_A-2",
    "microsoft/deberta-v3-small": "it has no usable masked-LM head. Use FacebookAI/roberta-base",
    "microsoft/deberta-v3-base": "it has no usable masked-LM head. Use FacebookAI/roberta-base",
    "microsoft/deberta-v3-large": "it has no usable masked-LM head. Use FacebookAI/roberta-large",
}
