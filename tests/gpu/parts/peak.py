"""The card's own ceilings: large matrix products, products of the models' shapes, and a large copy."""

import statistics
from collections.abc import Callable

import torch

from tests.gpu.measuring import DEVICE, FULL, Report, forget, in_turn

PROMPT, TEXT, BATCH, STACK = 100, 65, 16, 13
KINDS = {"bf16": torch.bfloat16, "fp32": torch.float32}


def peak_tflops(dtype: str, rehearse: bool = False) -> float:
    """Rate of a large square product on random data, in 10^12 operations a second (2 n^3 a product)."""
    size, rounds = (256, 1) if rehearse else (8192, 10)
    return product_tflops(size, size, size, dtype, rounds)


def product_tflops(rows: int, inner: int, columns: int, dtype: str, rounds: int) -> float:
    """Rate of `[rows, inner] @ [inner, columns]`; median over rounds of several products, inputs changing in turn."""
    kind = KINDS[dtype]
    left = [torch.randn(rows, inner, device=DEVICE).to(kind) for _ in range(2)]
    right = torch.randn(columns, inner, device=DEVICE).to(kind)
    repeats = max(1, min(20, int(2e12 / (2 * rows * inner * columns)))) if DEVICE == "cuda" else 1

    def products() -> None:
        for number in range(repeats):
            torch.nn.functional.linear(left[number % 2], right)

    seconds = statistics.median(in_turn({"x": products}, rounds)["x"]) / repeats
    return 2 * rows * inner * columns / seconds / 1e12


def copy_bytes_s(rehearse: bool) -> float:
    """Bytes read and written a second by a large copy on the device."""
    source = torch.randn((1 << 20) if rehearse else (1 << 30), device=DEVICE)
    target = torch.empty_like(source)
    copy: Callable[[], object] = lambda: target.copy_(source)  # noqa: E731
    seconds = statistics.median(in_turn({"copy": copy}, 1 if rehearse else 10)["copy"])
    return 2 * source.numel() * source.element_size() / seconds


def measure(report: Report, rehearse: bool) -> None:
    report.add(what="copy", bytes_s=copy_bytes_s(rehearse))
    for dtype in KINDS:
        report.add(what="large product", dtype=dtype, size=256 if rehearse else 8192, tflops=peak_tflops(dtype, rehearse))
        for name, shape in FULL.items():
            if shape.family != "mlm" or (rehearse and name != "roberta-large"):
                continue
            for prompts in (1, STACK):
                tokens, d, f = prompts * BATCH * (PROMPT + TEXT), shape.width, shape.ffn
                if rehearse:
                    tokens, d, f = tokens // 100, 32, 64
                for inner, columns in ((d, d), (d, 3 * d), (d, f), (f, d)):
                    rate = product_tflops(tokens, inner, columns, dtype, 1 if rehearse else 5)
                    report.add(
                        what="model's product", shape=name, dtype=dtype, tokens=tokens, inner=inner, columns=columns, tflops=rate
                    )
                forget()
