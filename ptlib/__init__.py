"""ptlib: explore prompt transfer on frozen language models.

Importing this package is cheap: neither torch nor streamlit is loaded (tests/unit/test_structure.py).

Shape letters used in every docstring:
    B batch, S sequence, P prompt length (soft tokens), D model width, L layers, F feed-forward width,
    V vocabulary, N examples, C classes, K prompts tuned or evaluated together, T tasks.
Units: scores are fractions 0-1, seconds end in `_s`, bytes in `_bytes`; only `relative` is percent.
"""

__version__ = "0.1.0"
