"""Fetch everything a run needs before anything is loaded, so that downloads show as progress and fail early."""

from collections.abc import Iterable

from ptlib.backbones import BackboneSpec
from ptlib.hub.download import model_folder, task_files
from ptlib.progress import Progress
from ptlib.tasks import Task


def fetch_all(backbone: BackboneSpec, training: Iterable[Task], evaluation: Iterable[Task], progress: Progress) -> None:
    """Bring the backbone and the splits of the Hub's tasks to disk; what is there already is not asked for.

    Args:
        training, evaluation: tasks whose training or evaluation split is needed; tasks from elsewhere are passed over.

    Raises:
        NotAvailable: offline, unreachable, gated, or moved everywhere; what came is kept.
        Cancelled: somebody asked to stop.
    """
    model_folder(backbone, progress)
    wanted = [*((task, task.train_split) for task in training), *((task, task.evaluation_split) for task in evaluation)]
    for task, split in dict.fromkeys((task.id, split) for task, split in wanted if task.source == "hub"):
        progress.check()
        task_files(next(known for known, _ in wanted if known.id == task), split, progress)
