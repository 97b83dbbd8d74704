"""Tensors of strangers: what is sound is read as float32, the rest is refused in words, and nothing is executed."""

import io
import os
import pickle
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from ptlib.base.errors import BadInput
from ptlib.base.safe_load import Refused, as_prompt, check_place, load


class Bomb:
    """Runs a command when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple:
        return os.system, (f"touch {self.mark}",)


def test_tensors_of_both_formats_come_back_by_name_as_float32(tmp_path: Path) -> None:
    values = torch.arange(8.0).reshape(2, 4)
    torch.save({"a": values.half(), "deep": {"b": torch.nn.Parameter(values)}, "ids": torch.arange(3)}, tmp_path / "x.pt")
    save_file({"c": values.bfloat16(), "ids": torch.arange(3)}, tmp_path / "x.safetensors")
    zipped, plain = load(tmp_path / "x.pt"), load(tmp_path / "x.safetensors")
    assert set(zipped) == {"a", "deep.b"} and set(plain) == {"c"}
    for found in (*zipped.values(), *plain.values()):
        assert found.dtype == np.float32 and np.array_equal(found, values.numpy())


def test_a_bare_pickle_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "x.pkl").write_bytes(pickle.dumps(Bomb(tmp_path / "executed")))
    with pytest.raises(Refused, match="bare pickle"):
        load(tmp_path / "x.pkl")
    assert not (tmp_path / "executed").exists()


def test_a_place_outside_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "secret").write_text("x")
    (tmp_path / "in" / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(Refused, match="leads out of the folder"):
        check_place(tmp_path / "in" / "link", tmp_path / "in")
    with pytest.raises(Refused, match="no ordinary file"):
        check_place(tmp_path / "in", tmp_path)
    assert check_place(tmp_path / "secret", tmp_path) == tmp_path / "secret"


def test_a_pickle_that_hides_its_names_is_refused(tmp_path: Path) -> None:
    mark = tmp_path / "executed"
    for protocol in (2, 4, 5):
        path = tmp_path / f"p{protocol}.pt"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("archive/data.pkl", pickle.dumps(Bomb(mark), protocol))
            archive.writestr("archive/version", "3")
        with pytest.raises(Refused, match="was not opened"):
            load(path)
    assert not mark.exists()


@pytest.mark.parametrize("length", [2**32 - 1, 2**63, 0, 1])
def test_a_header_that_cannot_be_true_is_refused(tmp_path: Path, length: int) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(struct.pack("<Q", length) + b"{}" * 10)
    with pytest.raises(BadInput, match="announces a header of"):
        load(path)


@pytest.mark.parametrize(
    "header", [b"not json", b'{"a": 3}', b'{"a": {"dtype": "F32", "shape": [9, 9], "data_offsets": [0, 999999]}}', b"[" * 50]
)
def test_a_broken_header_is_refused(tmp_path: Path, header: bytes) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(64))
    with pytest.raises(BadInput, match="no sound safetensors"):
        load(path)


def test_a_zip_bomb_is_refused_without_unpacking(tmp_path: Path) -> None:
    path = tmp_path / "bomb.pt"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(50_000_000))
    with pytest.raises(BadInput, match="grow when unpacked"):
        load(path)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(2001):
            archive.writestr(str(number), b"")
    path.write_bytes(buffer.getvalue())
    with pytest.raises(BadInput, match="2,001 entries"):
        load(path)


def test_a_prompt_is_made_float32_with_two_axes() -> None:
    assert as_prompt(np.ones((1, 4, 8), "float16"), "x").dtype == np.float32
    with pytest.raises(Refused):
        as_prompt(np.ones((4, 1)), "x")
