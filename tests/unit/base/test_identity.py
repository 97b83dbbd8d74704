"""Ids: the same content has the same one, on every machine and in any order; hashlib and known digests are the oracle."""

import hashlib

import pytest

from ptlib.base.identity import canonical, digest


def test_the_canonical_form_is_sorted_ascii_json_without_spaces() -> None:
    assert canonical({"b": 1, "a": [True, None, "ü"]}) == '{"a":[true,null,"\\u00fc"],"b":1}'
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical({"a": float("nan")})


def test_a_digest_is_the_head_of_sha256_and_does_not_depend_on_order() -> None:
    assert digest({"x": 1, "y": 2}) == digest({"y": 2, "x": 1}) != digest({"x": 1, "y": 3})
    assert digest({"x": 1}, 16) == hashlib.sha256(b'{"x":1}').hexdigest()[:16]
    assert digest({}) == "44136fa355"  # as `printf '{}' | sha256sum` says
