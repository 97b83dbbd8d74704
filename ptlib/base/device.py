"""Names of devices, checked before any work is done for them."""

import re

from ptlib.base.errors import BadInput, NotAvailable

_KNOWN = re.compile(r"auto|cpu|mps|cuda(?::(\d{1,3}))?")


def device_name(text: str) -> str:
    """The same name, if it is one and this machine has such a device; torch is asked only for devices beside the CPU.

    Raises:
        BadInput: no name of a device.
        NotAvailable: there is no such device here.
    """
    found = _KNOWN.fullmatch(text)
    if not found:
        raise BadInput(f"Unknown device '{text[:40]}'. Use auto, cpu, cuda, cuda:1 or mps.")
    if text in ("auto", "cpu"):
        return text
    import torch

    count = torch.cuda.device_count() if text.startswith("cuda") else int(torch.backends.mps.is_available())
    if int(found[1] or 0) >= count:
        raise NotAvailable(f"This machine has no device '{text}' ({count or 'none'} of that kind). Use --device cpu, or auto.")
    return text
