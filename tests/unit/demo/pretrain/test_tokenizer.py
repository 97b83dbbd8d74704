"""The vocabulary of the embedded backbones: label words are single tokens, the cache changes nothing."""

import pytest

from ptlib.demo.pretrain.run import tokenizer_for
from ptlib.demo.pretrain.tokenizer import Encoder, frequent
from ptlib.tasks.demo import DEMO_TASKS


@pytest.mark.parametrize("model", ["mlm", "t5"])
def test_label_words_are_single_tokens(work, model):
    encoder = Encoder(tokenizer_for(model, work))
    for task in DEMO_TASKS:
        for word in task.words.get(model, ()):
            encoder.single(word)
    with pytest.raises(ValueError, match="tokens"):
        encoder.single("xylophonist")
    assert encoder.ids("the film is zzz .") == encoder.tokenizer.encode("the film is zzz .", add_special_tokens=False).ids


def test_the_most_frequent_tokens_are_found(work):
    encoder = Encoder(tokenizer_for("mlm", work))
    assert frequent(encoder, ["the film the plot", "the film"], 2) == {encoder.single("the"), encoder.single("film")}
