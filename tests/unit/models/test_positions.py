"""Where tokens stand: masked LMs, T5, the published layout; what does not fit is cut or refused."""

from dataclasses import replace

import pytest
import torch

from ptlib.base.errors import BadInput
from ptlib.models.forward import label_log_probs
from ptlib.models.load import FrozenModel, load_model
from ptlib.models.positions import lay_out, pad, room_for_text, single_token, word_sequence
from ptlib.models.registry import get_backbone
from ptlib.tasks.task import Example
from tests.fixtures import tiny_models

PAIR = Example("x", "the film was good .", "we loved it .", 1)
SINGLE = Example("y", "the film was good .", "", 1)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, FrozenModel]:
    root = tmp_path_factory.mktemp("models")
    return {kind: load_model(get_backbone(tiny_models.make(root / kind, kind))) for kind in ("roberta", "bert", "t5")}


def words(frozen: FrozenModel, ids: tuple[int, ...]) -> str:
    return " ".join(frozen.tokenizer.convert_ids_to_tokens(ids)).replace("Ġ", "")


def test_masked_lm_rows_look_as_drawn(models: dict[str, FrozenModel]) -> None:
    task = tiny_models.task()
    for kind, between in (("roberta", "</s> </s>"), ("bert", "</s>")):
        frozen = models[kind]
        pair, single = lay_out(frozen, task, [PAIR, SINGLE], 4, 40)
        first, second = "the film was good .", "we loved it ."
        assert words(frozen, pair.ids) == f"<s> <mask> {first} {between} {second} </s>"
        assert words(frozen, single.ids) == f"<s> <mask> {first} </s>"
        assert [words(frozen, ids) for ids in pair.choices] == ["negative", "positive"] and pair.gold == 1


SPECIALS = "<s> </s> <mask> <unk> <pad>"


@pytest.mark.parametrize("kind", ["roberta", "bert", "t5"])
@pytest.mark.parametrize("room", [80, 14])
def test_special_tokens_in_a_text_are_read_as_written(models: dict[str, FrozenModel], kind: str, room: int) -> None:
    frozen, written = models[kind], Example("x", f"the {SPECIALS} film", f"we {SPECIALS} loved it", 1)
    plain, (row,) = (
        lay_out(frozen, tiny_models.task(), [PAIR], 4, room)[0],
        lay_out(frozen, tiny_models.task(), [written], 4, room),
    )
    special = [[id_ for id_ in ids if id_ in frozen.tokenizer.all_special_ids] for ids in (row.ids, plain.ids)]
    assert special[0] == special[1], "only what the layout puts there"
    shown = frozen.tokenizer.decode(row.ids)
    assert room == 14 or shown.count("<pad>") == 2
    task = replace(tiny_models.task(), t5_template="{text_a} </s> {text_b}")  # in a template it means the token
    ids = lay_out(frozen, task, [PAIR], 4, 80)[0].ids
    assert kind != "t5" or list(ids).count(frozen.tokenizer.eos_token_id) == 2


def test_a_label_word_of_several_tokens_is_refused_for_masked_lms_alone(models: dict[str, FrozenModel]) -> None:
    odd = ("horrible", "superb")
    task = replace(tiny_models.task(), words={"mlm": odd, "t5": odd})
    with pytest.raises(BadInput, match=r"'horrible' of 'toy/task0' is not one token of .* \(it is .+ \+ .+\)"):
        lay_out(models["roberta"], task, [SINGLE], 4, 40)
    (row,) = lay_out(models["t5"], task, [SINGLE], 4, 40)
    assert all(len(ids) > 2 and ids[-1] == 1 for ids in row.choices)


def test_a_prompt_that_leaves_no_room_is_refused(models: dict[str, FrozenModel]) -> None:
    assert models["roberta"].spec.max_positions == 80
    with pytest.raises(BadInput, match=r"A prompt of 73 soft tokens does not fit .* 80 positions .* at most 72"):
        lay_out(models["roberta"], tiny_models.task(), [SINGLE], 73, 40)
    assert room_for_text(models["t5"], 500, 40) > 40


@pytest.mark.parametrize("length", [4, 60, 72])
def test_a_long_text_is_cut_to_what_the_model_can_read(models: dict[str, FrozenModel], length: int) -> None:
    long = Example("z", "good " * 300, "we loved it .", 0)
    for kind in ("roberta", "bert"):
        (row,) = lay_out(models[kind], tiny_models.task(), [long], length, 128)
        assert length + len(row.ids) <= 80 and row.ids[-1] == models[kind].tokenizer.sep_token_id
        soft = torch.zeros(1, length, 16)
        assert torch.isfinite(label_log_probs(models[kind], soft, [row])).all()
        if length < 72:
            assert words(models[kind], row.ids).endswith("we loved it . </s>")  # the longer text lost its end


@pytest.mark.parametrize("first_is_long", [True, False])
def test_t5_keeps_field_names_and_the_other_text(models: dict[str, FrozenModel], first_is_long: bool) -> None:
    frozen = models["t5"]
    task = replace(tiny_models.task(), t5_template="yes : {text_a} and no : {text_b} ?")
    long, short = "film " * 200, "we loved it ."
    (row,) = lay_out(frozen, task, [Example("z", *((long, short) if first_is_long else (short, long)), 0)], 4, 40)
    text = frozen.tokenizer.decode(row.ids, skip_special_tokens=True)
    assert len(row.ids) <= room_for_text(frozen, 4, 40) and row.ids[-1] == 1
    assert short in text and "yes :" in text and "and no :" in text and text.endswith("?")
    assert 5 < text.count("film") < 40


def test_padding_is_on_the_right_and_told() -> None:
    ids, mask = pad([(5, 6, 7), (8,), (1,) * 2], 0, torch.device("cpu"))
    assert ids.tolist() == [[5, 6, 7], [8, 0, 0], [1, 1, 0]] and mask.tolist() == [[1, 1, 1], [1, 0, 0], [1, 1, 0]]


@pytest.mark.parametrize("word", ["<mask>", "</s>", "<unk>", "notaword"])
def test_a_label_word_is_one_token_that_can_be_an_answer(models: dict[str, FrozenModel], word: str) -> None:
    tokenizer = models["roberta"].tokenizer
    assert single_token(tokenizer, "good", "toy", "m") == tokenizer(" good", add_special_tokens=False)["input_ids"][0]
    with pytest.raises(BadInput, match=f"'{word}' of 'toy' is not one token of 'm'"):
        single_token(tokenizer, word, "toy", "m")


@pytest.mark.parametrize("word", ["<pad>", "good </s>"])
def test_a_label_word_of_a_t5_holds_no_special_token(models: dict[str, FrozenModel], word: str) -> None:
    tokenizer = models["t5"].tokenizer
    assert word_sequence(tokenizer, "good", "toy", "m") == tuple(tokenizer("good")["input_ids"])
    with pytest.raises(BadInput, match=f"'{word}' of 'toy' holds a special token of 'm'"):
        word_sequence(tokenizer, word, "toy", "m")
