"""One thread, as in pretraining, and tokenizers trained once for all files of this folder."""

from pathlib import Path

import pytest
import torch

from ptlib.demo.pretrain.run import tokenizer_for


@pytest.fixture(autouse=True)
def one_thread():
    """At this size, threads on a busy machine mostly wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder with both tokenizers."""
    folder = tmp_path_factory.mktemp("pretrain")
    for model in ("mlm", "t5"):
        tokenizer_for(model, folder, documents=1500)
    return folder
