"""Sentiment: six tasks over four domains. The latent is 0 negative, 1 positive, 2 neutral."""

import random

from ptlib.demo.world.families.base import a, chance, held, join, other, pick
from ptlib.demo.world.families.lexicon import NAMES, filler, slots
from ptlib.demo.world.families.words import BAD, DOMAINS, FILM, GOOD, LAPTOP, LIFE, PLAIN, RESTAURANT, Domain, Group
from ptlib.demo.world.items import Split
from ptlib.demo.world.tables import read

_VERY = ("", "", "", "really", "so", "truly")
_LIKE = (("hate", "dislike", "do not like", "cannot stand"), ("love", "like", "really like", "adore"))
_PAST = (("hated", "disliked", "did not like", "could not stand"), ("loved", "liked", "really liked", "adored"))
_sentiment = read("sentiment")
_LEADS: tuple[str, ...] = _sentiment["leads"]
_OWN: tuple[str, ...] = _sentiment["own"]
_WORSE = ("worse", "better")
_STARS = (("one star", "two stars"), ("four stars", "five stars"))
_VERDICT = (
    ("do not bother", "avoid it", "not for me", "a clear no from me"),
    ("go and see it", "a must", "well done", "a clear yes from me"),
)


def _slots(rng: random.Random, text: str) -> str:
    return text.format(n=pick(rng, NAMES), **slots(rng)) if "{" in text else text


def _adjective(rng: random.Random, group: Group, polarity: int) -> str:
    """Half of the adjectives are shared by all domains."""
    if polarity == 2:
        return pick(rng, PLAIN)
    if chance(rng, 0.5):
        return pick(rng, GOOD if polarity else BAD)
    return pick(rng, group.good if polarity else group.bad)


def _predicate(rng: random.Random, group: Group, polarity: int) -> str:
    """An adjective with an intensifier, or a negated one of the other polarity, or two of them."""
    if polarity != 2 and chance(rng, 0.1):
        return f"{pick(rng, ('not', 'not at all', 'never'))} {_adjective(rng, group, 1 - polarity)}"
    first = _adjective(rng, group, polarity)
    if chance(rng, 0.2):
        return f"{first} and {other(rng, _pool(group, polarity), first)}"
    return first if polarity == 2 else f"{pick(rng, _VERY)} {first}".strip()


def _pool(group: Group, polarity: int) -> tuple[str, ...]:
    return PLAIN if polarity == 2 else (GOOD + group.good if polarity else BAD + group.bad)


def _subject(rng: random.Random, domain: Domain, group: Group) -> str:
    subject = pick(rng, group.subjects)
    if domain is FILM and chance(rng, 0.2):
        return f"the {subject} of this {pick(rng, domain.thing)}"
    return f"the {subject}"


def clause(rng: random.Random, domain: Domain, polarity: int) -> str:
    """One opinion without opener and full stop."""
    group = pick(rng, domain.groups)
    subject, draw = _subject(rng, domain, group), rng.random()
    be = {"is": "are", "was": "were"}[domain.verb] if group.plural else domain.verb
    if draw < 0.12 and polarity != 2:
        return f"i {pick(rng, (_LIKE if domain.verb == 'is' else _PAST)[polarity])} {subject}"
    if draw < 0.24:
        if domain is LIFE:
            return f"what {a(_adjective(rng, _ANY, polarity))} {pick(rng, domain.thing)}"
        return f"{pick(rng, ('i found', 'we found'))} {subject} {_adjective(rng, group, polarity)}"
    if draw < 0.3 and polarity != 2:
        return f"{subject} could not be {_WORSE[polarity]}"
    if draw < 0.4:
        return f"this {domain.verb} {a(_adjective(rng, _ANY, polarity))} {pick(rng, domain.thing)}"
    if draw < 0.5 and polarity != 2:
        called = f"{pick(rng, NAMES)} , " if chance(rng, 0.6) else ""
        return called + pick(rng, domain.good if polarity else domain.bad)
    if draw < 0.62 and polarity != 2:
        return _contrast(rng, domain, group, subject, be, polarity=polarity)
    return f"{subject} {be} {_predicate(rng, group, polarity)}"


_ANY = Group((), GOOD, BAD)


def _contrast(rng: random.Random, domain: Domain, group: Group, subject: str, be: str, *, polarity: int) -> str:
    """Two opposite halves about one subject; the second half counts."""
    before, after = _adjective(rng, group, 1 - polarity), _adjective(rng, group, polarity)
    it, them = ("they", "them") if group.plural else group.pronoun
    were = "were" if group.plural else "was"
    said = f"{pick(rng, ('they said', 'i heard', 'i thought', 'people said'))} that {subject} {were} {before}"
    return pick(
        rng,
        (
            f"{said} , but {it} {be} {after}",
            f"although {pick(rng, NAMES)} called {subject} {before} , i found {them} {after}",
            f"{subject} looked {before} at first , but in the end {it} {be} {after}",
        ),
    )


def sentence(rng: random.Random, domain: Domain, polarity: int) -> str:
    """One opinion as a sentence."""
    if polarity == 2 and chance(rng, 0.7):
        fact = _slots(rng, pick(rng, domain.facts))
        return f"{pick(rng, ('', '', 'by the way ,', 'update :', 'for your information ,'))} {fact} .".strip()
    opener = _slots(rng, pick(rng, domain.openers))
    text = clause(rng, domain, polarity)
    if " , " in text[:9] or (text.startswith(_OWN) and opener.endswith(_LEADS)):  # it begins with a name
        opener = ""
    if chance(rng, 0.25) and not text.startswith(("what", "although", "never")) and " but " not in text:
        second = _second(rng, domain, polarity)
        text = text if second.split(" is ")[0].split(" was ")[0] in text else f"{text} and {second}"
    return f"{opener} {text} {'!' if polarity != 2 and chance(rng, 0.15) else '.'}".strip()


def _second(rng: random.Random, domain: Domain, polarity: int) -> str:
    group = pick(rng, domain.groups)
    be = {"is": "are", "was": "were"}[domain.verb] if group.plural else domain.verb
    return f"the {pick(rng, group.subjects)} {be} {_adjective(rng, group, polarity)}"


def opinion(rng: random.Random, polarity: int, split: Split, domain: Domain | None = None) -> str:
    """One opinion of the split: 0 negative, 1 positive, 2 neutral."""
    chosen = domain or pick(rng, DOMAINS)
    return held(rng, split, lambda r: sentence(r, chosen, polarity))


def _fact(rng: random.Random, domain: Domain) -> str:
    return f"{_slots(rng, pick(rng, domain.facts))} ."


def _long(rng: random.Random, split: Split, polarity: int) -> str:
    """A review of three or four sentences; now and then the first opinion is the opposite of the rest."""
    parts = [opinion(rng, polarity, split, FILM) for _ in range(2)]
    if chance(rng, 0.15):
        against = opinion(rng, 1 - polarity, split, FILM)
        return f"{_fact(rng, FILM)} {against} {pick(rng, ('still , ', 'but overall , ', 'even so , '))}{parts[0]} {parts[1]}"
    if chance(rng, 0.3):
        parts.append(f"{pick(rng, _VERDICT[polarity])} .")
    elif chance(rng, 0.4):
        parts.append(opinion(rng, polarity, split, FILM))
    parts.insert(int(rng.random() * 2), _fact(rng, FILM))
    return " ".join(parts)


def _rated(rng: random.Random, split: Split, polarity: int) -> str:
    """An opinion, mostly with stars or a verdict."""
    text = opinion(rng, polarity, split, pick(rng, (FILM, FILM, RESTAURANT, LAPTOP)))
    if chance(rng, 0.5):
        text = f"{text} {filler(rng)}"
    if chance(rng, 0.45):
        stars = pick(rng, _STARS[polarity])
        text = join(rng, text, f"{pick(rng, ('i give it', 'my rating :', 'it gets'))} {stars} out of five .")
    elif chance(rng, 0.5):
        text = f"{text} {pick(rng, ('my verdict :', 'in short ,', 'so :'))} {pick(rng, _VERDICT[polarity])} ."
    return text


def body(task: str, rng: random.Random, split: Split, polarity: int) -> str:
    """The text of a task that has this sentiment."""
    if task == "demo/film_review":
        return _long(rng, split, polarity)
    if task == "demo/rated_review":
        return _rated(rng, split, polarity)
    domain = {"demo/film_snippet": FILM, "demo/laptop_aspect": LAPTOP, "demo/restaurant_aspect": RESTAURANT}.get(task, LIFE)
    text = opinion(rng, polarity, split, domain)
    return join(rng, text, _fact(rng, domain)) if chance(rng, 0.2) else text
