"""Is a label word one token of a model? Asked of its tokenizer file alone, so no model library is loaded."""

from pathlib import Path

from tokenizers import Tokenizer

from ptlib.models.fetch import model_on_disk
from ptlib.models.spec import BackboneSpec
from ptlib.tasks.own.checks import SingleToken
from ptlib.tasks.task import MASKED_LM


def single_token_of(spec: BackboneSpec) -> SingleToken | None:
    """A check for `own.check`; None where it cannot be made here.

    T5 scores whole word sequences, so nothing is asked of it. A masked LM whose tokenizer is not on disk, or is no
    `tokenizer.json`, is checked when the run starts.
    """
    folder = model_on_disk(spec, offline=True)
    if spec.family != MASKED_LM or folder is None or not (folder / "tokenizer.json").is_file():
        return None
    return _asking(folder / "tokenizer.json")


def _asking(path: Path) -> SingleToken:
    tokenizer = Tokenizer.from_file(str(path))
    unknown = {tokenizer.token_to_id(name) for name in ("<unk>", "[UNK]")} - {None}

    def single(family: str, word: str) -> bool:
        """As `ptlib.models.layout.single_token` decides, with and without a space in front."""
        for text in (f" {word.strip()}", word.strip()):
            ids = tokenizer.encode(text, add_special_tokens=False).ids
            if len(ids) == 1 and ids[0] not in unknown:
                return True
        return False

    return single
