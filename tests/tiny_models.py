"""Tiny random models in Hugging Face folders, with tokenizers trained on a few sentences, for tests."""

from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import (
    BertConfig,
    BertForMaskedLM,
    DistilBertConfig,
    DistilBertForMaskedLM,
    ModernBertConfig,
    ModernBertForMaskedLM,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaForMaskedLM,
    T5Config,
    T5ForConditionalGeneration,
)

from ptlib.tasks import Example, Task

_WORDS = (
    "the food was good bad fine awful great terrible film plot screen waiter yes no maybe positive negative neutral "
    "is it does follow that true false a an and but not very really i we they liked hated loved . , ?"
)
WORDS = tuple(_WORDS.split())
TEXTS = [f"the {thing} was {word} ." for thing in ("food", "film", "plot", "screen", "waiter") for word in WORDS]
GOOD, BAD = ("good", "great", "fine", "liked", "loved"), ("bad", "awful", "terrible", "hated", "not")


def _tokenizer(kind: str, words: tuple[str, ...] = ()) -> PreTrainedTokenizerFast:
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>") if kind == "t5" else models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<pad>", "</s>", "<unk>"] if kind == "t5" else ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    size, alphabet = 600 + 12 * len(words), pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=special, show_progress=False, initial_alphabet=alphabet)
    more = [f"the {thing} was {word} ." for thing in ("food", "film") for word in words]
    tokenizer.train_from_iterator(TEXTS * 3 + more * 9, trainer)
    end = ("</s>", tokenizer.token_to_id("</s>"))
    if kind == "t5":
        tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", pair="$A </s> $B </s>", special_tokens=[end])
        return PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>", unk_token="<unk>")
    start = ("<s>", tokenizer.token_to_id("<s>"))
    pair = "<s> $A </s> </s> $B </s>" if kind.endswith("roberta") else "<s> $A </s> $B </s>"
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A </s>", pair=pair, special_tokens=[start, end])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<s>",
        eos_token="</s>",
        cls_token="<s>",
        sep_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        mask_token="<mask>",
    )


def _model(kind: str, size: int) -> PreTrainedModel:
    same = {"vocab_size": size, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    if kind.endswith("roberta"):
        same["num_hidden_layers"] = 2 if kind == "roberta" else 1  # DistilRoBERTa is a RoBERTa of half the layers
        return RobertaForMaskedLM(
            RobertaConfig(**same, max_position_embeddings=82, type_vocab_size=1, pad_token_id=1, bos_token_id=0, eos_token_id=2)
        )
    if kind == "bert":
        return BertForMaskedLM(BertConfig(**same, max_position_embeddings=80, pad_token_id=1))
    if kind == "modernbert":
        return ModernBertForMaskedLM(
            ModernBertConfig(
                **same,
                max_position_embeddings=80,
                pad_token_id=1,
                bos_token_id=0,
                eos_token_id=2,
                cls_token_id=0,
                sep_token_id=2,
                global_attn_every_n_layers=2,
                local_attention=16,
            )
        )
    if kind == "distilbert":
        return DistilBertForMaskedLM(
            DistilBertConfig(
                vocab_size=size, dim=16, n_layers=2, n_heads=2, hidden_dim=32, pad_token_id=1, max_position_embeddings=80
            )
        )
    gated = {"feed_forward_proj": "gated-gelu", "tie_word_embeddings": False} if kind == "t5v11" else {}
    return T5ForConditionalGeneration(
        T5Config(
            vocab_size=size,
            d_model=16,
            d_ff=32,
            d_kv=8,
            num_layers=2,
            num_heads=2,
            pad_token_id=0,
            eos_token_id=1,
            decoder_start_token_id=0,
            **gated,
        )
    )


def make(folder: Path, kind: str = "roberta", seed: int = 0, words: tuple[str, ...] = (), vocabulary: int = 0) -> str:
    """Write a model folder; kinds: roberta distilroberta bert modernbert distilbert t5 t5v11. Returns its path.

    Args:
        words: more words that become one token each.
        vocabulary: rows of the word embeddings, where there must be more than the tokenizer has tokens.
    """
    torch.manual_seed(seed)
    tokenizer = _tokenizer("t5" if kind.startswith("t5") else kind, words)
    model = _model(kind, max(len(tokenizer), vocabulary)).eval()
    with torch.no_grad():  # as if trained: distinct rows, so that a wrong row or position shows
        for name, weight in model.named_parameters():
            if weight.ndim == 2 and "norm" not in name.lower():
                weight.normal_(0, 0.3 if "embed" not in name and "shared" not in name else 0.6)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return str(folder)


def task(number: int = 0, kind: str = "classification") -> Task:
    """A toy task: what do the words say? `number` makes tasks that differ in label words."""
    if kind != "classification":
        return Task(
            id=f"toy/text{number}",
            name="Toy text",
            family="summarisation",
            kind="summarisation",
            metric="rouge_l",
            hand_written={"t5": "in short"},
            max_target_tokens=6,
            second_metrics=("rouge_1",),
        )
    labels = (("negative", "positive"), ("no", "yes"), ("negative", "positive", "neutral"))[number]
    return Task(
        id=f"toy/task{number}",
        name="Toy",
        family="sentiment",
        labels=labels,
        words={"mlm": tuple(f" {word}" for word in labels), "t5": labels},
        t5_template="{text_a} {text_b}",
        hand_written={"mlm": "is it good", "t5": "is it good"},
    )


def examples(count: int, seed: int = 0, labels: int = 2) -> tuple[Example, ...]:
    """Sentences whose label is told by one word."""
    import random

    rng, out = random.Random(seed), []
    for number in range(count):
        label = number % labels
        word = rng.choice((BAD, GOOD, ("the", "a", "an"))[label])
        text = f"the {rng.choice(('food', 'film', 'plot', 'screen'))} was {word} {'very ' * rng.randrange(4)}."
        out.append(Example(f"e{number}", text, "i think so ." if rng.random() < 0.3 else "", label, (word,)))
    return tuple(out)
