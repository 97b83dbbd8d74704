"""Widgets bound to the address, the one place for them: a link may name a value by id or as shown; unknown ones are said."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import streamlit as st

from pages.common import words
from ptlib.base.errors import unknown

_SEEN = "_address_seen"
"""Session key: parameter -> what the address held when it was last read."""
_NAMED, _WRITE, _SAID = "_address_named", "_address_write", "_address_said"
"""Session keys: parameters that a link gave by id; those of the run before; parameter -> what was wrong with it."""


def choice(
    label: str,
    key: str,
    names: Mapping[str, str],
    default: str | None = None,
    *,
    help: str | None = None,
    bare: bool = False,
    old: Mapping[str, str] = MappingProxyType({}),
    problems: list[str] | None = None,
) -> str:
    """A segmented control.

    names: option -> how it is shown, not empty; without a default the first option is it. bare: the label is for a screen
    reader alone. old: what links of earlier versions call an option -> the option. problems: collects what a link got wrong.

    The first option is told to the browser, too: a step back in its history to an address without the parameter would leave the
    control blank. A default that is given moves with the data: the address always spells the value.
    """
    first = _settle(label, key, names, default, problems=problems, old=old)
    more: dict[str, Any] = {"key": key, "help": help, "bind": "query-params", "required": True}
    more["default"] = first if default is None else None
    more["label_visibility"] = "collapsed" if bare else "visible"
    return str(st.segmented_control(label, list(names), format_func=names.__getitem__, **more) or first)


def select(
    label: str,
    key: str,
    names: Mapping[str, str],
    default: str | None = None,
    *,
    help: str | None = None,
    problems: list[str] | None = None,
) -> str:
    """A select box below its label. names, default: as for `choice`; problems: collects what a link got wrong.

    It keeps its value on pages that do not show it; there `held` reads it.
    """
    first = _settle(label, key, names, default, problems=problems)
    with st.container(gap=None):
        st.caption(label, help=help)  # the box's own label would be marked as required
        more: dict[str, Any] = {"key": key, "bind": "query-params", "required": True, "label_visibility": "collapsed"}
        more["persist_state"] = "session"
        more["index"] = 0 if default is None else None
        value = str(st.selectbox(label, list(names), format_func=names.__getitem__, **more) or first)
    st.session_state.setdefault(_SEEN, {})[key] = st.query_params.get(key)  # what the box wrote is no new link
    return value


def held(label: str, key: str, names: Mapping[str, str], default: str | None = None, *, problems: list[str]) -> str:
    """The value of a select box on a page that does not show it; a link's value counts there, too."""
    raw, fresh = st.query_params.get(key), _fresh(key)
    first = _settle(label, key, names, default, problems=problems)
    named = next((option for option, shown in names.items() if shown == raw), None)
    if named is not None and (fresh or st.session_state.get(key) not in names):
        st.session_state[key] = named
    return str(st.session_state.get(key) or first)


def strange(label: str, key: str, known: Mapping[str, str]) -> str:
    """What is wrong with a link's value for something that has nothing to choose from here; empty when nothing is.

    known: option -> how it is shown. It is said as long as the address holds the value, as nothing takes it away.
    """
    raw = st.query_params.get(key)
    return "" if raw is None or raw in known or raw in known.values() else str(unknown(label.lower(), raw, known))


def several(label: str, key: str, names: Mapping[str, str], *, problems: list[str] | None = None, **more: Any) -> list[str]:
    """Any of some options (option -> how it is shown, and how a link names it); what else a link names the box drops: it is said.

    more: as `st.multiselect` takes it; problems: collects what a link got wrong.
    """
    shown = list(names.values())
    wrong = [str(unknown(label.lower(), raw, shown)) for raw in st.query_params.get_all(key) if raw not in shown][:1]
    if problems is None:
        say(wrong)
    else:
        problems += wrong
    return list(st.multiselect(label, list(names), format_func=names.__getitem__, key=key, bind="query-params", **more))


def say(problems: Iterable[str]) -> None:
    """What a link got wrong."""
    for told in problems:
        st.caption(f":orange[{words.literal(told)}]")


def _fresh(key: str) -> bool:
    """Whether the address holds another value than when it was last read."""
    raw = st.query_params.get(key)
    return raw is not None and st.session_state.setdefault(_SEEN, {}).get(key) != raw


def _settle(
    label: str,
    key: str,
    names: Mapping[str, str],
    default: str | None,
    *,
    problems: list[str] | None = None,
    old: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Give a widget a value that it can have: what the link names, what it had, else the default. Returns the default."""
    first = default if default is not None and default in names else next(iter(names))
    raw, shown = st.query_params.get(key), set(names.values())
    state = st.session_state
    if raw is not None and _fresh(key):
        state[_SEEN][key] = raw
        raw = old.get(raw, raw)
        if raw in names:
            state[key] = raw
            if raw not in shown:
                state.setdefault(_NAMED, set()).add(key)
        elif raw not in shown:
            state[key] = first
            state.setdefault(_SAID, {})[key] = f"{unknown(label.lower(), raw, names)} Showing {names[first]} instead."
    elif key in state.get(_WRITE, ()) and state.get(key) in names:
        state[key] = state[key]  # a value set by code is written into the address
    if raw not in shown and state.get(key) not in names:
        state[key] = first
    if key in state.get(_SAID, ()):
        if problems is None:
            say([state[_SAID][key]])
        else:
            problems.append(state[_SAID][key])
    return first


def named() -> str:
    """After a page: what a link named by id. Once the browser answers, the run after writes it into the address as shown.

    A widget drops from the address what is none of its options as shown, so that a reload would open another view; and it
    writes what code sets only in a run that the browser asked for.
    """
    state = st.session_state
    state[_WRITE] = state.pop(_NAMED, set())
    if not state[_WRITE]:
        state.pop(_SAID, None)
    return " ".join(sorted(state[_WRITE]))
