"""demo pretrain, demo build, demo project, demo reference, demo start, demo check: making the embedded demo and checking it."""

import argparse
from pathlib import Path

from ptlib.base import listed, paths
from ptlib.base.bounds import check_number, check_seeds
from ptlib.base.errors import RunFailed
from ptlib.cli.options import add_device, add_verb, names_of, seeds_of
from ptlib.cli.output import Terminal, emit, note
from ptlib.demo import build as making
from ptlib.demo import projections, references, starts
from ptlib.models.registry import DEMO_FOLDERS, get_backbone
from ptlib.results.store import Store
from ptlib.tasks.registry import get_task


def register(verbs: argparse._SubParsersAction) -> None:
    """Add the verbs."""
    demo = verbs.add_parser("demo", help="make the embedded demo, or check it", allow_abbrev=False)
    steps = demo.add_subparsers(dest="step", metavar="STEP", required=True, parser_class=type(demo))
    build = add_verb(steps, "build", "tune and measure everything of the demo but its backbones", _build, json=False)
    build.add_argument("--backbones", help="comma-separated ids (default: all that are on disk)")
    build.add_argument("--tasks", help="comma-separated ids (default: all demo tasks the backbone can run)")
    build.add_argument("--seeds", default="0,1,2")
    build.add_argument("--splits-seed", type=int, default=11, help="seed of the generated examples (default 11)")
    add_device(build)
    build.add_argument("--work", metavar="DIR", help="keep the working store there, so that a stopped build goes on")
    build.add_argument(
        "--extend", action="store_true", help="keep what the demo holds of an unchanged backbone and measure only what it lacks"
    )
    project = add_verb(steps, "project", "fit and measure the demo's projections between its backbones", _project, json=False)
    reference = add_verb(
        steps, "reference", "measure prompt tuning, LoRA and full fine-tuning of three demo tasks", _reference, json=False
    )
    start = add_verb(steps, "start", "tune demo tasks from other prompts, projected ones too", _start, json=False)
    for parser in (project, reference, start):
        add_device(parser)
        parser.add_argument("--work", metavar="DIR", help="keep the working store there, so that a stopped build goes on")
    check = add_verb(steps, "check", "verify checksums and measure a sample of cells again", _check)
    check.add_argument("--cells", type=int, default=6, help="cells to measure again, a backbone (default 6)")
    add_device(check)
    _pretrain_options(add_verb(steps, "pretrain", "make the embedded backbones (hours)", _pretrain, json=False))


def _pretrain_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--backbone", choices=DEMO_FOLDERS, help="default: all, one after another")
    parser.add_argument("--minutes", type=float, default=60.0, help="training time for each backbone (default 60)")
    parser.add_argument("--steps", type=int, default=0, help="number of updates instead of minutes")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1, help="one is fastest on a CPU at this size (default 1)")
    parser.add_argument("--work", metavar="DIR", type=Path, help="folder for checkpoints; a stopped run goes on from there")
    parser.add_argument("--out", metavar="DIR", type=Path, help="folder for the finished backbones")
    add_device(parser, default="cpu")
    parser.add_argument("--lr", type=float, default=0.0, help="default: the backbone's")
    parser.add_argument("--muon", type=float, default=-1.0, help="step of the matrices under Muon, in --lr; 0: AdamW")
    parser.add_argument("--batch", type=int, default=0, help="default: the backbone's")
    parser.add_argument("--fresh", action="store_true", help="go on with a fresh optimiser")
    parser.add_argument("--graft", action="store_true", help="plant the first heads again in a continued run")
    parser.add_argument("--stage", type=int, default=0, choices=(0, 1, 2), help="set the curriculum's stage by hand")
    parser.add_argument("--note", default="", help="why the settings were changed; kept in the log")
    parser.add_argument(
        "--set", dest="shares", action="append", default=[], metavar="NAME=VALUE", help="set a share of the mix by hand"
    )


def _build(options: argparse.Namespace) -> None:
    for name in names_of(options.tasks):
        get_task(name)
    for name in names_of(options.backbones):
        get_backbone(name)
    check_seeds(seeds_of(options.seeds))
    for folder in making.build(
        names_of(options.backbones),
        names_of(options.tasks),
        seeds_of(options.seeds),
        options.device,
        options.work,
        progress=Terminal(),
        splits_seed=None if options.extend else options.splits_seed,
        extend=options.extend,
    ):
        note(f"Wrote {folder}.")


def _project(options: argparse.Namespace) -> None:
    with making.workplace(options.work) as place:
        for folder in projections.make(Terminal(), options.device, Store(place / "store")):
            note(f"Wrote {folder}.")


def _reference(options: argparse.Namespace) -> None:
    with making.workplace(options.work) as place:
        note(f"Wrote {references.make(Terminal(), options.device, Store(place / 'store'))}.")


def _start(options: argparse.Namespace) -> None:
    with making.workplace(options.work) as place:
        note(f"Wrote {starts.make(Terminal(), options.device, Store(place / 'store'))}.")


def _check(options: argparse.Namespace) -> None:
    check_number("cells", options.cells)
    rows = making.check(options.cells, options.device, Terminal())
    emit(rows, making.CHECKED, options.json)
    bad = [row for row in rows if not row["ok"]]
    if bad:
        raise RunFailed(f"{len(bad)} of {len(rows)} checks failed. Rebuild with `python -m ptlib demo build`.")


def _pretrain(options: argparse.Namespace) -> None:
    from ptlib.demo.pretrain import run as pretrain

    for name in ("minutes", "lr"):
        check_number(name, getattr(options, name), whole=False)
    for name in ("steps", "seed", "threads", "batch"):
        check_number(name, getattr(options, name))
    check_number("muon", options.muon, -1, whole=False)
    pretrain.main(**{name: value for name, value in vars(options).items() if name not in ("act", "verb", "step")})
    if options.out is None:
        listed.write(paths.demo_dir())
