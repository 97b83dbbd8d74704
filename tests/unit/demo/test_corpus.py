"""The corpus keeps held-out texts out, holds its gates, and pretraining goes on as if it had not been stopped."""

import json
import random
import re
from collections import Counter

import pytest

from ptlib.cli import main
from ptlib.demo.world import families
from ptlib.demo.world.corpora import corpus_documents, corpus_of
from ptlib.demo.world.corpus import Mix, Noise, Slot
from ptlib.demo.world.corpus_queries import BEFORE, CLASSIFYING, prior
from ptlib.tasks.demo import DEMO_TASKS

torch = pytest.importorskip("torch")

from ptlib.demo.pretrain.batches import Maker, collate  # noqa: E402
from ptlib.demo.pretrain.models import SHAPES, build, logits  # noqa: E402
from ptlib.demo.pretrain.run import CHECKPOINT, Run, Settings, tokenizer_for  # noqa: E402
from ptlib.demo.pretrain.tokenizer import Encoder  # noqa: E402
from ptlib.prompts import checkpoints  # noqa: E402


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """As in pretraining: at this size, threads on a busy machine mostly wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """A working folder with both tokenizers."""
    folder = tmp_path_factory.mktemp("pretrain")
    for model in ("mlm", "t5"):
        tokenizer_for(model, folder, documents=1500)
    return folder


@pytest.mark.parametrize("model", ["mlm", "t5"])
def test_documents_depend_on_the_seed_alone(model):
    first, again = list(corpus_documents(3, 200, model)), list(corpus_documents(3, 200, model))
    assert first == again
    assert first != list(corpus_documents(4, 200, model))


def plain(text: str) -> str:
    """Lower-case letters and digits only: what counts as the same text."""
    return re.sub(r"[^a-z0-9]+", " ", text.lower()).strip()


def _sentences(text):
    """Sentences long enough not to be a mere phrase."""
    found = (plain(part) for part in text.replace(" ? ", " . ").replace(" ! ", " . ").split(" . "))
    return {sentence for sentence in found if len(sentence.split()) > 4}


@pytest.mark.parametrize("model", ["mlm", "t5"])
def test_no_held_out_text_is_in_the_corpus(model):
    pieces = [piece for document in corpus_documents(11, 3000, model) for piece in document.pieces if isinstance(piece, str)]
    seen, said = {plain(piece) for piece in pieces}, {sentence for piece in pieces for sentence in _sentences(piece)}
    for task in DEMO_TASKS:
        rng = random.Random(5)
        for split in ("validation", "evaluation"):
            for _ in range(40):
                item = families.make(task.id, rng, split)
                texts = {plain(item.text_a), plain(f"{item.text_a} {item.text_b}")}
                assert not texts & seen, item
    for seed in range(100):
        for split in ("validation", "evaluation"):
            for make in (families.opinion, families.argument):
                text = make(random.Random(seed), seed % 2, split)
                assert text.count(" .") + text.count(" ?") > 1 or plain(text) not in said, text
    own = {sentence for seed in range(400) for sentence in _sentences(families.opinion(random.Random(seed), 1, "corpus"))}
    assert own & said, "corpus sentences should repeat, or this test compares nothing"


@pytest.mark.parametrize("model", ["mlm", "t5"])
def test_every_family_has_its_gates(model):
    mix = Mix(gate=0.2, cross=0.25, wild=0.1)
    documents = list(corpus_documents(1, 4000, model, mix))
    kinds = Counter(document.kind for document in documents)
    for kind, share in (("gate", 0.2), ("cross", 0.25), ("wild", 0.1), ("task", 0.45)):
        assert abs(kinds[kind] / 4000 - share) < 0.03
    closed = Counter(document.family for document in documents if document.kind in ("gate", "cross"))
    told = Counter(document.family for document in documents if document.kind == "task")
    for family in corpus_of(model).families:
        assert closed[family] * 2 >= told[family], family


def test_a_gate_says_nothing_about_its_text():
    for document in corpus_documents(2, 3000, "mlm"):
        if document.kind not in ("gate", "cross"):
            continue
        slot = next(piece for piece in document.pieces if isinstance(piece, Slot))
        assert len(slot.words) > 1 and abs(sum(slot.probabilities) - 1) < 1e-9
        if document.kind == "gate":
            assert slot.probabilities == prior(slot.words)


def test_noise_of_every_kind_is_shown():
    kinds = {piece.kind for document in corpus_documents(2, 2000, "mlm") for piece in document.pieces if isinstance(piece, Noise)}
    assert kinds == {"rows", "uniform", "normal", "scaled"}


def test_queries_are_many_and_belong_to_one_family():
    seen = Counter(text for group in BEFORE.values() for text in group)
    assert max(seen.values()) == 1
    assert all(len(BEFORE[family]) >= 6 for family in CLASSIFYING)


@pytest.mark.parametrize("model", ["mlm", "t5"])
def test_label_words_are_single_tokens(work, model):
    encoder = Encoder(tokenizer_for(model, work))
    for task in DEMO_TASKS:
        for word in task.words.get(model, ()):
            encoder.single(word)
    with pytest.raises(ValueError, match="tokens"):
        encoder.single("xylophonist")
    assert encoder.ids("the film is zzz .") == encoder.tokenizer.encode("the film is zzz .", add_special_tokens=False).ids


def test_the_training_pass_equals_the_library_forward(work):
    encoder, shape = Encoder(tokenizer_for("mlm", work)), SHAPES["roberta-small"]
    torch.manual_seed(0)
    model = build(shape, encoder.size).eval()
    rng, maker = random.Random(0), Maker(encoder, "mlm")
    rows = [maker.encode(document, rng) for document in corpus_documents(0, 16, "mlm")]
    batch = collate(rows, 1, "cpu")
    batch.noise.zero_()
    batch.scale.fill_(1.0)
    positions = torch.arange(batch.ids.shape[1])[None] + 2 + batch.shift[:, None]
    with torch.no_grad():
        mine = logits(model, batch, torch.Generator())
        given = model.roberta.embeddings.word_embeddings(batch.ids)
        theirs = model(inputs_embeds=given, attention_mask=batch.attention.long(), position_ids=positions).logits
    assert torch.allclose(mine, theirs.flatten(0, 1)[batch.where], atol=1e-4)


@pytest.mark.parametrize("backbone", ["roberta-small", "t5-small"])
def test_an_interrupted_run_ends_like_an_uninterrupted_one(work, tmp_path, monkeypatch, backbone):
    monkeypatch.setattr("ptlib.demo.pretrain.run.POOL", 1)

    def run(name, stop=None):
        place = tmp_path / name
        if not place.exists():
            place.mkdir()
            for model in ("mlm", "t5"):
                (place / f"tokenizer-{model}").symlink_to(work / f"tokenizer-{model}")
        made = Run(Settings(backbone, steps=3, batch=4, work=place, out=place / "out", probe_items=2))
        made.train(stop)
        return {key: value.clone() for key, value in made.model.state_dict().items()}

    whole = run("whole")
    run("parts", stop=1)
    assert checkpoints.load(tmp_path / "parts" / backbone / CHECKPOINT, torch.device("cpu"))["step"] == 1
    again = run("parts")
    assert all(torch.equal(value, again[key]) for key, value in whole.items())


def test_the_exported_folder_loads_in_the_library(work, tmp_path):
    transformers = pytest.importorskip("transformers")
    place = tmp_path / "run"
    place.mkdir()
    (place / "tokenizer-mlm").symlink_to(work / "tokenizer-mlm")
    Run(Settings("roberta-small", work=place, out=tmp_path, probe_items=6)).export()
    folder = tmp_path / "roberta-small"
    model = transformers.AutoModelForMaskedLM.from_pretrained(folder, dtype=torch.float32)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    assert model.config.max_position_embeddings == 260
    assert tokenizer.convert_ids_to_tokens(range(5)) == ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    assert tokenizer.mask_token_id == 4 and len(tokenizer) == model.config.vocab_size
    assert len(tokenizer(" positive", add_special_tokens=False).input_ids) == 1
    assert (folder / "model.safetensors").stat().st_size < 10_000_000
    assert json.loads((folder / "pretraining.json").read_text())["backbone"] == "roberta-small"


@pytest.mark.parametrize(("share", "told"), [("gates=1", "gate"), ("gate=much", "from 0 to 1"), ("gate=2", "from 0 to 1")])
def test_wrong_shares_are_refused(share: str, told: str, capsys):
    assert main(["demo", "pretrain", "--backbone", "roberta-small", "--set", share]) == 2
    assert told in capsys.readouterr().err


def test_the_command_trains_with_the_options_it_is_given(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr("ptlib.demo.pretrain.run.Run.__init__", lambda self, settings: asked.append(settings))
    monkeypatch.setattr("ptlib.demo.pretrain.run.Run.train", lambda self: None)
    asked_for = ["--backbone", "t5-small", "--minutes", "3", "--set", "gate=0.1", "--work", str(tmp_path)]
    assert main(["demo", "pretrain", *asked_for]) == 0
    (settings,) = asked
    assert (settings.backbone, settings.minutes, settings.forced, settings.work) == ("t5-small", 3.0, {"gate": 0.1}, tmp_path)
