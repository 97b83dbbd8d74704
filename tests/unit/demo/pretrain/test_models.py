"""The training pass equals the library's forward, and what is exported loads there."""

import json
import random

import torch

from ptlib.demo.pretrain.batches import Maker, collate
from ptlib.demo.pretrain.models import SHAPES, build, logits
from ptlib.demo.pretrain.run import Run, Settings, tokenizer_for
from ptlib.demo.pretrain.tokenizer import Encoder
from ptlib.demo.world.corpora import corpus_documents


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


def test_the_exported_folder_loads_in_the_library(work, tmp_path):
    import transformers

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
