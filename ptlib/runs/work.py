"""What real runs work with: the frozen model, tuning, evaluation. Loads torch; see `ptlib.results.kind.Work`."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from ptlib.base.progress import LOADING, Progress
from ptlib.models.fetch import model_folder
from ptlib.models.load import FrozenModel, hold, resolve_device
from ptlib.models.registry import get_backbone
from ptlib.projection.carry import carried
from ptlib.prompts.evaluation import Answer, Predictions, evaluate
from ptlib.prompts.initial import reference_prompt
from ptlib.prompts.soft import SoftPrompt
from ptlib.prompts.spec import TuneSettings, TuneSpec
from ptlib.prompts.tuning import TuneJob, TuneResult, tune
from ptlib.results.catalogue import Catalogue
from ptlib.results.prompts import soft_prompt, start_of
from ptlib.results.store import Store
from ptlib.tasks.data import load_training
from ptlib.tasks.registry import resolve_task
from ptlib.tasks.task import Example, Task


def found(name: str, catalogue: Catalogue) -> SoftPrompt:
    """A prompt by id or folder; `FIT:ID`: one of another model, carried over by a stored projector."""
    return carried(name, catalogue) or soft_prompt(name, catalogue)


class TorchWork:
    """`Work` on this machine."""

    def __init__(self, progress: Progress, device: str, store: Store, catalogue: Catalogue) -> None:
        self.progress, self.store, self.catalogue = progress, store, catalogue
        self.device = resolve_device(device)
        self._models: dict[tuple[str, str], FrozenModel] = {}

    def model(self, backbone: str, dtype: str = "fp32") -> FrozenModel:
        """The frozen model; one run keeps all that it asked for, a process keeps the last."""
        key = (backbone, dtype)
        if key not in self._models:
            spec = get_backbone(backbone)
            model_folder(spec, self.progress)
            self.progress.phase(LOADING, 0, 1)
            self._models[key] = hold(spec, self.device, dtype)
            self.progress.phase(LOADING, 1, 1)
        return self._models[key]

    def prompt(self, name: str) -> SoftPrompt:
        """A prompt by id or folder, or as carried over from another model."""
        return found(name, self.catalogue)

    def reference(self, model: FrozenModel, row: str, task: Task, settings: TuneSettings, seed: int) -> SoftPrompt:
        """The prompt of a reference row."""
        return reference_prompt(model, row, task, settings, seed)

    def tune(self, model: FrozenModel, specs: Sequence[TuneSpec], checkpoint: Path, progress: Progress) -> list[TuneResult]:
        """Tune a stack of prompts."""
        return tune(model, [self._job(spec, model.spec.width) for spec in specs], progress, checkpoint)

    def _job(self, spec: TuneSpec, width: int) -> TuneJob:
        task, settings = resolve_task(spec.task), spec.settings
        data = load_training(
            task,
            spec.data,
            validation_size=settings.validation_size,
            train_size=settings.train_size,
            say=self.progress.note,
        )
        return TuneJob(spec, task, data, start_of(spec, width, self.catalogue, found, self.progress.note))

    def evaluate(
        self,
        model: FrozenModel,
        prompts: Sequence[SoftPrompt],
        task: Task,
        examples: Sequence[Example],
        progress: Progress,
        *,
        first: bool = False,
        known: Sequence[Mapping[int, Answer]] = (),
    ) -> Sequence[Predictions]:
        """What every prompt predicts."""
        return evaluate(model, prompts, task, examples, progress, first=first, known=known)
