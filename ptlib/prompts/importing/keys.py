"""Which tensor of a file is the prompt: by its name, never by its place. In doubt all are listed and one is asked for."""

import re
from collections.abc import Mapping

import numpy as np

from ptlib.base.safe_load import Refused

_PROMPT = re.compile(r"soft|prompt|virtual_token", re.IGNORECASE)
_OTHER = re.compile(
    r"classifier|score|head|lora|discrimin|domain_disc|optimi[sz]er|exp_avg|momentum|raw_embedding|word_embedding|"
    r"position|mlp|lstm|transform|layer_?norm|\bwte\b|\bln_|bias$|lm_head|scheduler|\bgrad$|mask$",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"(^|\.)(weight|embeddings?|embeds?|tensor|values?|arr_0)$", re.IGNORECASE)
_SHOWN = 8


def listed(tensors: Mapping[str, np.ndarray]) -> str:
    """`a [8, 128], b [2]`, for messages."""
    names = [f"{name or '(no name)'} {list(value.shape)}" for name, value in tensors.items()]
    return ", ".join(names[:_SHOWN]) + (" ..." if len(names) > _SHOWN else "")


def choose(tensors: Mapping[str, np.ndarray], file: str, key: str | None) -> tuple[str, tuple[str, ...]]:
    """(name of the prompt's tensor, what was decided).

    Raises:
        Refused: none or several could be it; all are listed.
    """
    if key is not None:
        if key not in tensors:
            raise Refused(f"'{file}' has no tensor '{key}'. It holds: {listed(tensors)}.")
        return key, ()
    if not tensors:
        raise Refused(f"'{file}' holds no floating-point tensor.")
    if set(tensors) == {""}:
        return "", ()
    matrices = {name: value for name, value in tensors.items() if value.size and _is_matrix(value)}
    named = {name: value for name, value in matrices.items() if _PROMPT.search(name) and not _OTHER.search(_last(name))}
    if not named and len(tensors) == 1:
        named = {name: value for name, value in matrices.items() if _PLAIN.search(name) and not _OTHER.search(name)}
    if len(named) != 1:
        problem = "no tensor that is named like a prompt" if not named else "several tensors that could be the prompt"
        raise Refused(f"'{file}' holds {problem}: {listed(tensors)}. Choose one with --key NAME.")
    (name,) = named
    rest = [other for other in tensors if other != name]
    said = (
        (f"'{name}' is taken as the prompt; not imported: {', '.join(rest[:4])}{' ...' if len(rest) > 4 else ''}.",)
        if rest
        else ()
    )
    return name, said


def _is_matrix(value: np.ndarray) -> bool:
    return value.ndim == 2 or (value.ndim == 3 and value.shape[0] == 1)


def _last(name: str) -> str:
    """The parts of a name behind the one that speaks of a prompt: `prompt_encoder.mlp_head.0.weight` is no prompt."""
    found = list(_PROMPT.finditer(name))
    return name[found[0].start() :] if found else name


def several(tensors: Mapping[str, np.ndarray]) -> bool:
    """Whether a safetensors file is a set of prompts: matrices of one width, none of them named like a prompt or a weight."""
    values = list(tensors.values())
    return (
        bool(values)
        and all(_is_matrix(value) for value in values)
        and len({value.shape[-1] for value in values}) == 1
        and not any(_PROMPT.search(name) or _OTHER.search(name) or _PLAIN.search(name) or "." in name for name in tensors)
    )
