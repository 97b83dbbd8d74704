"""The embedded backbones' vocabulary: byte-level BPE in Hugging Face's format, and a word cache for fast encoding.

Words are encoded with their leading space (`add_prefix_space`), so a word has the same id at the start of a text
and inside it. No foreign code is executed by loading: the files are plain JSON.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

MASKED_LM_SPECIAL = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
SENTINELS = 16
T5_SPECIAL = ("<pad>", "</s>", "<unk>", *(f"<extra_id_{i}>" for i in range(SENTINELS)))
VOCABULARY = 3072
"""Upper limit: merging ends earlier, at about 2,650 entries, when every word of the corpus is one token."""


def train(texts: Iterable[str], family: str, size: int = VOCABULARY) -> Tokenizer:
    """Learn a vocabulary of at most `size` entries. `family` is "mlm" or "t5" and decides the special tokens."""
    special = MASKED_LM_SPECIAL if family == "mlm" else T5_SPECIAL
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=[AddedToken(text, lstrip=text == "<mask>", special=True) for text in special],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    if family == "mlm":
        tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=True)
    else:
        tokenizer.post_processor = processors.TemplateProcessing(
            single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 1)]
        )
    return tokenizer


def save(tokenizer: Tokenizer, family: str, folder: Path, length: int) -> None:
    """Write tokenizer.json and tokenizer_config.json for `AutoTokenizer`."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    config: dict[str, object] = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": length,
        "clean_up_tokenization_spaces": False,
        "add_prefix_space": True,
        "pad_token": "<pad>",
        "eos_token": "</s>",
        "unk_token": "<unk>",
    }
    if family == "mlm":
        config |= {"bos_token": "<s>", "cls_token": "<s>", "sep_token": "</s>", "mask_token": "<mask>"}
    else:
        config |= {"extra_special_tokens": list(T5_SPECIAL[3:])}
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def load(folder: Path) -> Tokenizer:
    """Read a tokenizer that `save` wrote."""
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


class Encoder:
    """Words to ids with a cache: generated text has few word types, so a batch is mere dictionary look-ups."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        self.size = tokenizer.get_vocab_size()
        self._cache: dict[str, tuple[int, ...]] = {}

    def special(self, token: str) -> int:
        """Id of a special token, e.g. "<mask>"."""
        id = self.tokenizer.token_to_id(token)
        assert id is not None, token
        return id

    def ids(self, text: str) -> list[int]:
        """Ids of a text whose words are separated by spaces; equal to encoding it as a whole."""
        found: list[int] = []
        for word in text.split():
            ids = self._cache.get(word)
            if ids is None:
                sentinel = self.tokenizer.token_to_id(word) if word.startswith("<extra_id_") else None
                ids = tuple(self.tokenizer.encode(" " + word, add_special_tokens=False).ids) if sentinel is None else (sentinel,)
                self._cache[word] = ids
            found.extend(ids)
        return found

    def single(self, word: str) -> int:
        """Id of a label word. Raises ValueError when it is not one token."""
        ids = self.ids(word.strip())
        if len(ids) != 1:
            raise ValueError(f"The label word '{word.strip()}' is {len(ids)} tokens here. Choose a more frequent word.")
        return ids[0]


def frequent(encoder: Encoder, texts: Sequence[str], count: int = 14) -> frozenset[int]:
    """Ids of the most frequent tokens of `texts`: they are masked less, since they teach nothing."""
    seen: dict[int, int] = {}
    for text in texts:
        for token in encoder.ids(text):
            seen[token] = seen.get(token, 0) + 1
    return frozenset(sorted(seen, key=lambda token: -seen[token])[:count])
