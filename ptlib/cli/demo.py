"""demo pretrain, demo build, demo check: making the embedded demo and checking it."""

import argparse
import inspect

from ptlib.cli.options import add_verb, names_of, seeds_of
from ptlib.cli.output import Terminal, emit, note
from ptlib.errors import NotAvailable, RunFailed


def register(verbs: argparse._SubParsersAction) -> None:
    """Add the verbs."""
    demo = verbs.add_parser("demo", help="make the embedded demo, or check it", allow_abbrev=False)
    steps = demo.add_subparsers(dest="step", metavar="STEP", required=True, parser_class=type(demo))
    build = add_verb(steps, "build", "tune and measure everything of the demo but its backbones", _build, json=False)
    build.add_argument("--backbones", help="comma-separated ids (default: all that are on disk)")
    build.add_argument("--tasks", help="comma-separated ids (default: all demo tasks the backbone can run)")
    build.add_argument("--seeds", default="0,1,2")
    build.add_argument("--splits-seed", type=int, default=11, help="seed of the generated examples (default 11)")
    build.add_argument("--device", default="auto")
    build.add_argument("--work", metavar="DIR", help="keep the working store there, so that a stopped build goes on")
    check = add_verb(steps, "check", "verify checksums and measure a sample of cells again", _check)
    check.add_argument("--cells", type=int, default=6, help="cells to measure again, a backbone (default 6)")
    check.add_argument("--device", default="auto")
    pretrain = add_verb(steps, "pretrain", "make the embedded backbones (hours)", _pretrain, json=False)
    pretrain.add_argument("rest", nargs=argparse.REMAINDER, help="options of the pretraining script")


def _build(options: argparse.Namespace) -> None:
    from ptlib.demo import build

    for folder in build(names_of(options.backbones), names_of(options.tasks), seeds_of(options.seeds), options.device,
                        options.work, Terminal(), options.splits_seed):
        note(f"Wrote {folder}.")


def _check(options: argparse.Namespace) -> None:
    from ptlib.demo import CHECKED, check

    rows = check(options.cells, options.device, Terminal())
    emit(rows, CHECKED, options.json)
    bad = [row for row in rows if not row["ok"]]
    if bad:
        raise RunFailed(f"{len(bad)} of {len(rows)} checks failed. Rebuild with `python -m ptlib demo build`.")


def _pretrain(options: argparse.Namespace) -> None:
    try:
        from ptlib.world import pretrain
    except ImportError as error:
        raise NotAvailable(f"The pretraining script cannot be loaded ({error}).") from None
    act = pretrain.main if inspect.ismodule(pretrain) else pretrain
    if inspect.signature(act).parameters:
        act(options.rest)
    else:
        act()
