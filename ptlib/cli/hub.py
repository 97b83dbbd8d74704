"""import, push: prompts of others, and prompts for others."""

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from ptlib.base.errors import BadInput
from ptlib.cli.options import add_device, add_verb
from ptlib.cli.output import emit, new_folder, note
from ptlib.hub.revisions import Repo
from ptlib.hub.upload import check_may_push, push_folder
from ptlib.models.registry import backbone_of
from ptlib.prompts.importing import Asked, import_prompts
from ptlib.results.prompts import soft_prompt

if TYPE_CHECKING:
    from ptlib.prompts.peft import RoundTrip

IMPORTED = ("id", "task", "backbone", "set", "tokens", "width", "layout", "source", "path")


def register(verbs: argparse._SubParsersAction) -> None:
    """Add the verbs."""
    imports = add_verb(verbs, "import", "prompts that others trained, as prompt folders", _import)
    imports.add_argument(
        "path",
        metavar="PATH",
        help="a checkout of the paper's code, one file, a safetensors of several prompts, or a PEFT adapter folder",
    )
    imports.add_argument("--key", metavar="NAME", help="the tensor that is the prompt, where a file holds several")
    imports.add_argument(
        "--layout",
        choices=("prepend", "published"),
        help="where the prompt stands: in front of the text, or as the paper's code put it",
    )
    imports.add_argument("--backbone", help="the model it was trained on, where nothing tells it")
    imports.add_argument(
        "--out", type=new_folder, metavar="DIR", help="write <set>/<task id> folders there (default: into the cache)"
    )
    push = add_verb(verbs, "push", "put a prompt on the Hub, as a stock PEFT adapter", _push, json=False)
    push.add_argument("run", metavar="RUN", help="a run id or a prompt folder")
    push.add_argument("repo", metavar="REPO", help="owner/name on the Hub; made if it is not there")
    push.add_argument("--public", action="store_true", help="make a new repository public (default: private)")
    add_device(push, "where it is checked: ")


def _import(options: argparse.Namespace) -> None:
    folders, found = import_prompts(options.path, options.out, Asked(options.key, options.layout, options.backbone))
    for file, reason in found.refused:
        note(f"Refused {file}: {reason}")
    for message in (
        *found.notes,
        *(f"{prompt.source} ({prompt.name}): {said}" for prompt in found.prompts for said in prompt.notes),
    ):
        note(message)
    rows = [
        {name: getattr(prompt, name, None) for name in IMPORTED}
        | dict(zip(("tokens", "width"), prompt.values.shape, strict=True))
        | {"path": str(folder)}
        for prompt, folder in zip(found.prompts, folders, strict=True)
    ]
    emit(rows, IMPORTED, options.json)


def export_checked(name: str, out: Path, device: str) -> "RoundTrip":
    """Write a prompt as a PEFT adapter after a round trip through PEFT on its backbone. Raises as `export_adapter`."""
    from ptlib.models.load import load_model, resolve_device
    from ptlib.prompts.peft import export_adapter

    prompt = soft_prompt(name)
    if not prompt.info.backbone:
        raise BadInput(
            f"Which backbone '{name}' belongs to is not known, so it cannot be checked. Import it from a folder that "
            "names its model."
        )
    return export_adapter(prompt, load_model(backbone_of(prompt.info.backbone), resolve_device(device)), out)


def _push(options: argparse.Namespace) -> None:
    check_may_push(Repo(options.repo, "model"))
    with tempfile.TemporaryDirectory() as folder:
        note(str(export_checked(options.run, Path(folder) / "adapter", options.device)))
        address = push_folder(Path(folder) / "adapter", options.repo, private=not options.public)
    print(address)
