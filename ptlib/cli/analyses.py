"""neurons, mask, cluster, alone: what prompts do inside the model, how they lie in space, what they say without a text."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from itertools import combinations

import pandas as pd

from ptlib.analysis import overlap
from ptlib.analysis.alone import MOST_WORDS, WORDS, Alone
from ptlib.analysis.references import reference, resolve
from ptlib.analysis.specs import DRAWS, ENOUGH_DRAWS, METHODS, METRICS, RATIOS, REPRESENTATIONS, ClusterSpec, MaskSpec, NeuronSpec
from ptlib.analysis.stored import load_clusters, load_masking, neuron_stack, prompts_with_results
from ptlib.base.bounds import check_number
from ptlib.base.errors import BadInput, RunFailed
from ptlib.base.sheets import csv_of
from ptlib.cli.options import add_device, add_verb, check_limit, compute, data_of, task_of
from ptlib.cli.output import Terminal, emit_json, emit_table, new_file, note, write_text
from ptlib.models.fetch import fetch_all
from ptlib.models.registry import get_backbone
from ptlib.results.catalogue import Catalogue
from ptlib.results.earlier import backbone_known_as
from ptlib.results.prompts import soft_prompt

PAIRS = ("a", "b", "first", "last", "shared", "size_a", "size_b", "total", "overlap", "chance", "jaccard", "jaccard_chance", "z")
SETS = ("prompt", "task", "layer", "active", "total")
MASKED = ("condition", "other", "ratio", "neurons", "score", "loss", "random_loss", "more", "p", "p_corrected")
TESTED = ("by", "measure", "value", "chance", "p", "p_corrected", "n", "groups", "reason")
LISTED = ("word", "probability", "untrained")
ANSWERED = ("label", "word", "share", "untrained_share", "probability", "untrained_probability")


def register(verbs: argparse._SubParsersAction) -> None:
    """Add the verbs."""
    neurons = add_verb(verbs, "neurons", "activated neurons of prompts and their overlap, chance beside it", _neurons)
    _add_prompts(neurons)
    neurons.add_argument("--layers", metavar="0-2", help="only these layers, from 0 (default: all, each, and groups of 3)")
    neurons.add_argument("--top-k", type=int, metavar="K", help="sets are the K most active of a layer, not all above 0")
    mask = add_verb(verbs, "mask", "zero neurons and score a task: dose-response", _mask)
    mask.add_argument("prompt", metavar="PROMPT", help="a prompt folder or a run id")
    mask.add_argument("task", metavar="TASK")
    mask.add_argument("--other", metavar="PROMPT", nargs="+", default=[], help="also neurons shared with, or only of, these")
    mask.add_argument("--ratios", default=",".join(map(str, RATIOS)), help="shares of a set, the most active first")
    mask.add_argument("--draws", type=int, default=DRAWS, help=f"random sets of the same size per layer (default {DRAWS})")
    mask.add_argument("--seed", type=int, default=0, help="of the random sets")
    mask.add_argument("--limit", type=int, help="at most so many examples")
    mask.add_argument("--data", metavar="DIR", help="read DIR/<task>/validation.{parquet,jsonl,csv} instead of the Hub")
    _add_common(mask)
    cluster = add_verb(verbs, "cluster", "place prompts in 2-D or 3-D, and test whether families cluster", _cluster)
    _add_prompts(cluster)
    cluster.add_argument("--method", choices=METHODS, default="pca")
    cluster.add_argument("--dimensions", type=int, choices=(2, 3), default=2)
    cluster.add_argument("--on", choices=REPRESENTATIONS, default="mean", help="mean token, all tokens, or activated neurons")
    cluster.add_argument("--metric", choices=METRICS, default="cosine")
    cluster.add_argument("--neighbours", type=int, default=15, help="UMAP's n_neighbors; half of t-SNE's perplexity")
    cluster.add_argument("--seed", type=int, default=0)
    cluster.add_argument("--trails", action="store_true", help="also place where each tuned prompt was on its way")
    alone = add_verb(verbs, "alone", "what the model predicts with a prompt and no text, the untrained prompt beside it", _alone)
    alone.add_argument("prompt", metavar="PROMPT", help="a prompt folder or a run id")
    alone.add_argument("--words", type=int, default=WORDS, help=f"words of the vocabulary to list, 1 to {MOST_WORDS}")
    alone.add_argument("--backbone", help="the model of a prompt that names none")
    add_device(alone)


def _add_prompts(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "prompts", metavar="PROMPT", nargs="+", help="a prompt folder, a run id, or a backbone's id for all its prompts"
    )
    _add_common(parser)


def _add_common(parser: argparse.ArgumentParser) -> None:
    add_device(parser)
    parser.add_argument("--out", type=new_file, metavar="FILE.csv", help="write the whole table")


def _refs(names: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """How a spec names these prompts, and their backbone."""
    catalogue = Catalogue()
    backbones = catalogue.backbones()
    found: list[str] = []
    for name in names:
        found += prompts_with_results(name, catalogue) if name in backbones else [reference(name)]
    refs = tuple(dict.fromkeys(found))
    return refs, resolve(refs[0], catalogue).backbone


def _write(path: str | None, frame: pd.DataFrame) -> None:
    if path:
        write_text(path, csv_of(frame), f"{len(frame)} rows")


def _rows(frame: pd.DataFrame) -> list[dict[str, object]]:
    """Rows for JSON: numbers that do not exist are None."""
    return json.loads(frame.to_json(orient="records", double_precision=15))


def _neurons(options: argparse.Namespace) -> None:
    refs, backbone = _refs(options.prompts)
    if options.top_k is not None:
        check_number("top_k", options.top_k, above=True)
    if layers := get_backbone(backbone).layers:
        overlap.layer_range(options.layers, layers)  # before anything is read
    compute(NeuronSpec(backbone, refs), options.device)
    catalogue = Catalogue()
    stack, known = neuron_stack(refs, catalogue), [resolve(ref, catalogue) for ref in refs]
    if stack.missing:
        raise RunFailed(f"The neurons of {stack.missing[0]} were read but are not stored. Run the command again.")
    sets = overlap.active(stack.activation, options.top_k)
    first, last = overlap.layer_range(options.layers, sets.shape[1])
    counts = [
        {"prompt": ref.name, "task": ref.task, "layer": layer, "active": int(one[layer].sum()), "total": one.shape[1]}
        for ref, one in zip(known, sets, strict=True)
        for layer in range(first, last + 1)
    ]
    pairs = []
    for a, b in combinations(range(len(sets)), 2):
        table = (
            overlap.profile(sets[a], sets[b])
            if options.layers is None
            else pd.DataFrame([overlap.row(sets[a], sets[b], first, last)])
        )
        pairs.append(table.assign(a=known[a].name, b=known[b].name)[list(PAIRS)])
    frame = pd.concat(pairs, ignore_index=True) if pairs else pd.DataFrame(columns=list(PAIRS))
    _write(options.out, frame if pairs else pd.DataFrame(counts))
    rule = "activation > 0" if options.top_k is None else f"the {options.top_k} most active of every layer"
    if options.json:
        emit_json({"backbone": backbone, "rule": rule, "layers": [first, last], "sets": counts, "pairs": _rows(frame)})
    elif pairs:
        whole = frame[(frame["first"] == first) & (frame["last"] == last)] if options.layers is None else frame
        emit_table(_rows(whole.drop_duplicates(["a", "b"])), PAIRS)
    else:
        emit_table(counts, SETS)
        note("One prompt has nothing to overlap with. Name another one.")


def _mask(options: argparse.Namespace) -> None:
    check_limit(options.limit)
    refs, backbone = _refs([options.prompt, *options.other])
    spec = MaskSpec(
        backbone,
        refs[0],
        task_of(options.task).id,
        refs[1:],
        _ratios(options.ratios),
        options.draws,
        options.seed,
        options.limit,
        data_of(options),
    )
    compute(spec, options.device)
    found = load_masking(spec.id)
    if found is None:
        raise RunFailed("The result was computed but is not stored. Run the command again.")
    summary, examples = found.summary(), int(found.doses["n"].iloc[0])
    _write(options.out, found.doses)
    if options.json:
        told = {"unmasked": found.unmasked, "n": examples, "summary": _rows(summary)}
        emit_json({"id": spec.id, "spec": asdict(spec), **told})
        return
    note(
        f"Unmasked: {found.unmasked:.3f} on {examples} examples. `more` = loss beyond that of as many "
        f"random neurons ({spec.draws} draws); p is one-sided."
    )
    if spec.draws < ENOUGH_DRAWS:
        note(f"{spec.draws} draws are too few to call a p-value clear; --draws {ENOUGH_DRAWS} is enough.")
    emit_table(_rows(summary), MASKED)


def _ratios(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise BadInput(f"'{text}' is no list of ratios. Give numbers above 0 up to 1, e.g. 0.1,0.5,1.") from None


def _cluster(options: argparse.Namespace) -> None:
    refs, backbone = _refs(options.prompts)
    spec = ClusterSpec(
        backbone,
        refs,
        options.method,
        options.dimensions,
        options.on,
        options.metric,
        options.seed,
        options.neighbours,
        options.trails,
    )
    compute(spec, options.device)
    found = load_clusters(spec.id)
    if found is None:
        raise RunFailed("The picture was computed but is not stored. Run the command again.")
    _write(options.out, found.points)
    for message in filter(None, (found.reason, found.caution)):
        note(message)
    if options.json:
        told = {name: getattr(found, name) for name in ("method", "reason", "caution", "explained", "parameters", "stability")}
        tables = {name: _rows(getattr(found, name)) for name in ("statistics", "points", "neighbours")}
        emit_json({"id": spec.id, "spec": asdict(spec), **told, **tables})
        return
    if found.explained:
        note("Explained variance: " + ", ".join(f"{share:.1%}" for share in found.explained) + ".")
    axes = [name for name in "xyz" if name in found.points]
    emit_table(_rows(found.points), ("name", "task", "family", "seed", "step", *axes))
    print()
    emit_table(_rows(found.statistics), TESTED)


def _alone(options: argparse.Namespace) -> None:
    found = _read_alone(options.prompt, options.words, options.backbone, options.device)
    if options.json:
        emit_json(asdict(found))
        return
    note(
        f"{found.backbone}, tuned on {found.task}, seed {found.seed}; read at the {found.position}, no text. "
        f"{found.no_untrained}".strip()
    )
    emit_table([asdict(word) for word in found.words], LISTED)
    if found.answers:
        print()
        emit_table([asdict(answer) for answer in found.answers], ANSWERED)
    if found.continuation:
        print(f"\ngoes on     {found.continuation}\nuntrained   {found.untrained_continuation or '–'}")


def _read_alone(name: str, count: int, backbone: str | None, device: str) -> Alone:
    """Load the prompt and its model, and read it.

    Raises:
        BadInput: no such prompt, a number of words that cannot be listed, or a prompt of another backbone.
    """
    from ptlib.analysis.alone.reading import check_count, check_tuned_on, read_alone
    from ptlib.models.load import load_model, resolve_device

    check_count(count)
    prompt = soft_prompt(name)
    on = backbone or prompt.info.backbone
    if not on:
        raise BadInput(f"Which backbone '{name}' belongs to is not known. Name it with --backbone.")
    spec = backbone_known_as(on)
    check_tuned_on(prompt, spec)  # before anything is fetched or loaded
    fetch_all(spec, (), (), Terminal())
    return read_alone(load_model(spec, resolve_device(device)), prompt, count)
