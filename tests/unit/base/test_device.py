"""Devices by name: checked before any work; torch is asked only for those beside the CPU."""

import subprocess
import sys

import pytest
import torch

from ptlib.base import paths
from ptlib.base.device import device_name
from ptlib.base.errors import BadInput, NotAvailable


@pytest.mark.parametrize("name", ["auto", "cpu"])
def test_the_usual_ones_pass_without_torch(name: str) -> None:
    code = f"import sys; from ptlib.base.device import device_name; print(device_name({name!r}), 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=paths.ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [name, "False"]


@pytest.mark.parametrize("name", ["", "gpu", "cuda:", "cuda:x", "CPU", "cuda:1000", "cpu; rm"])
def test_what_is_no_device_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match="Unknown device"):
        device_name(name)


def test_a_device_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert device_name("cuda") == "cuda" and device_name("cuda:1") == "cuda:1"
    with pytest.raises(NotAvailable, match=r"no device 'cuda:2' \(2 of that kind\)"):
        device_name("cuda:2")
