"""Greedy answers of a T5 of the demo's size: answers a second, and how much of the time is the encoder.

    python -m tests.bench.bench_generate [--rounds 5] [--busy]

A greedy loop of our own around the decoder (same texts out) was measured as well: 3 to 7 % faster than `generate` on the
demo's T5, because the encoder takes about 70 % of the time. It was not kept.
"""

import argparse

import torch

from ptlib.models.positions import lay_out
from ptlib.models.t5 import generate, t5_encode
from tests.bench.common import add_busy_options, alternating, busy, examples, middle, show, t5, tiny_models

ROWS, TOKENS = 128, 28


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    add_busy_options(parser)
    options = parser.parse_args()
    busy(options)
    frozen = t5(128, 3, 384, 2000, 4)
    rows = lay_out(frozen, tiny_models.task(0), examples(ROWS, 28, 10), 20, 60)
    soft = torch.randn(ROWS, 20, 128, generator=torch.Generator().manual_seed(0))
    encode = torch.no_grad()(lambda: t5_encode(frozen, soft, rows))
    found = alternating({"all": lambda: generate(frozen, soft, rows, TOKENS), "encoder": encode}, options.rounds)
    whole, encoder = middle(found["all"]), middle(found["encoder"])
    show(
        f"{ROWS} greedy answers of at most {TOKENS} tokens, T5 3 + 3 x 128, P = 20, ~30 tokens",
        {
            "seconds (answers a second)": f"{whole:.2f} ({ROWS / whole:.0f})",
            "of which the encoder": f"{100 * encoder / whole:.0f} %",
        },
    )


if __name__ == "__main__":
    main()
