"""Pretraining of the embedded backbones: `python -m ptlib demo pretrain`.

One process trains one backbone on one thread (two threads wait for each other more than they help at this size).
Documents are generated while training; probes steer the mix; a run that was stopped goes on from its last checkpoint.
"""

import json
import random
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from tokenizers import Tokenizer
from torch.nn.utils import clip_grad_norm_

from ptlib.base import paths
from ptlib.base.errors import BadInput, unknown
from ptlib.demo.pretrain import tokenizer as tokenizers_
from ptlib.demo.pretrain.batches import Maker, collate
from ptlib.demo.pretrain.heads import plant
from ptlib.demo.pretrain.mix import Curriculum
from ptlib.demo.pretrain.models import SHAPES, build, export, logits, loss_of
from ptlib.demo.pretrain.optimiser import MixedOptimiser
from ptlib.demo.pretrain.probe import Probe, line, summary
from ptlib.demo.world import families
from ptlib.demo.world.corpora import corpus_documents, corpus_of
from ptlib.demo.world.corpus import Mix
from ptlib.demo.world.corpus_queries import AFTER, BEFORE, CONNECTIVES
from ptlib.prompts import checkpoints

CHECKPOINT = "checkpoint.pt"
POOL = 10
"""Batches generated and sorted together; checkpoints are written between pools."""


@dataclass(slots=True)
class Settings:
    """What a run is asked to do."""

    backbone: str
    minutes: float = 60.0
    steps: int = 0
    """Number of updates; 0 = as many as fit into `minutes`."""
    seed: int = 0
    work: Path = Path("pretrain")
    out: Path = Path("backbones")
    device: str = "cpu"
    lr: float = 0.0
    """0 = the backbone's default."""
    muon: float = -1.0
    """Step of the matrices under Muon, as a multiple of `lr`; 0 = AdamW for everything; below 0 = the backbone's default."""
    batch: int = 0
    probe_every: int = 300
    probe_items: int = 64
    export_minutes: float = 8.0
    fresh: bool = False
    """Go on with a fresh optimiser."""
    graft: bool = False
    """Plant the first heads again in a continued run."""
    stage: int = 0
    """Set the curriculum's stage by hand."""
    note: str = ""
    """Why a run was continued with changed settings; kept in the log."""
    forced: dict[str, Any] = field(default_factory=dict)
    """Shares of the mix set by hand (gate, cross, wild, junk, short, second)."""


class Run:
    """One backbone's pretraining."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.shape = settings, SHAPES[settings.backbone]
        self.folder = settings.work / settings.backbone
        self.folder.mkdir(parents=True, exist_ok=True)
        self.tokenizer = tokenizer_for(self.shape.model, settings.work)
        encoder = tokenizers_.Encoder(self.tokenizer)
        self.corpus = corpus_of(self.shape.model)
        sample = [document.text for document in corpus_documents(1, 500, self.shape.model)]
        self.maker = Maker(encoder, self.shape.model, tokenizers_.frequent(encoder, sample))
        self.pad = encoder.special("<pad>")
        torch.manual_seed(settings.seed)
        self.model = build(self.shape, encoder.size)
        torch.nn.Module.to(self.model, settings.device)
        self.lr, self.batch = settings.lr or self.shape.lr, settings.batch or self.shape.batch
        self.muon = settings.muon if settings.muon >= 0 else self.shape.muon
        self.optimiser = MixedOptimiser(self._groups(), lr=self.lr)
        self.probe = Probe(self.corpus, self.maker, settings.probe_items, self.pad, settings.device)
        self.rng, self.generator = random.Random(settings.seed), torch.Generator().manual_seed(settings.seed)
        self.curriculum, self.step, self.warm, self.seconds = Curriculum(), 0, 0, 0.0
        self.log: dict[str, Any] = {"probes": [], "changes": []}
        self._resume()

    def _groups(self) -> list[dict[str, Any]]:
        """Matrices, vectors and embeddings apart: T5's embeddings start large (std 1) and need larger steps, its norms too."""
        groups: dict[tuple[float, bool], list[torch.nn.Parameter]] = {}
        t5 = self.shape.model == "t5"
        for name, value in self.model.named_parameters():
            table = "embeddings" in name or "shared" in name or "relative_attention_bias" in name
            matrix = value.ndim == 2 and not table
            factor = (5.0 if table else 1.0 if matrix else 2.0) if t5 else 1.0
            groups.setdefault((factor, matrix), []).append(value)
        muon = self.muon
        return [
            {
                "params": values,
                "factor": factor * (muon or 1.0) if matrix else factor,
                "matrix": matrix and muon > 0,
                "weight_decay": 0.01 if matrix else 0.0,
            }
            for (factor, matrix), values in groups.items()
        ]

    def _resume(self) -> None:
        state = checkpoints.load(self.folder / CHECKPOINT, torch.device(self.settings.device))
        if state is None:
            return
        fresh = self.settings.fresh
        self.model.load_state_dict(state["model"])
        if not fresh:
            self.optimiser.load_state_dict(state["optimiser"])
        if self.settings.graft:
            plant(self.model)
        self.rng.setstate(state["python"])
        self.generator.set_state(state["torch"].cpu())
        self.step, self.seconds, self.log = state["step"], state["seconds"], state["log"]
        self.warm = 0 if fresh else state["warm"]
        self.curriculum = Curriculum(**state["curriculum"])
        if self.settings.stage:
            self.curriculum.stage = self.settings.stage
        if self.settings.note or fresh:
            self.log["changes"].append(
                {
                    "step": self.step,
                    "seconds": round(self.seconds),
                    "note": self.settings.note,
                    "lr": self.lr,
                    "fresh_optimiser": fresh,
                    "stage": self.curriculum.stage,
                    "minutes": self.settings.minutes,
                    "shares": self.settings.forced,
                }
            )

    # ---- the loop

    @property
    def progress(self) -> float:
        """Share of the run that is done, 0..1."""
        if self.settings.steps:
            return self.step / self.settings.steps
        return self.seconds / (60 * self.settings.minutes)

    def train(self, stop_after: int | None = None) -> None:
        """Train to the end; `stop_after` updates ends early at the next checkpoint (tests)."""
        begun, saved, exported = self.step, self.seconds, self.seconds
        parts: list[dict[str, float]] = []  # losses by group of every update since the last probe
        while self.progress < 1:
            tick = time.perf_counter()
            if self.step % self.settings.probe_every < POOL:
                self._measure(parts)
            for rows in self.maker.batches(self.corpus, self.mix(), self.rng, self.batch, POOL, span=0.15):
                parts.append(self._update(rows))
            self.seconds += time.perf_counter() - tick
            if self.seconds - saved > 60 or self.settings.steps:
                self._save()
                saved = self.seconds
            if self.seconds - exported > 60 * self.settings.export_minutes:
                self.export()
                exported = self.seconds
            if stop_after is not None and self.step - begun >= stop_after:
                return
        self._measure(parts)
        self._save()
        self.export()

    def mix(self) -> Mix:
        """The curriculum's mix with what was set by hand."""
        mix = self.curriculum.mix(self.corpus.tasks, self.progress)
        return replace(mix, **self.settings.forced)

    def _update(self, rows: list) -> dict[str, float]:
        batch = collate(rows, self.pad, self.settings.device)
        rate = self.lr * min(1.0, (self.warm + 1) / 150) * min(1.0, max(0.05, (1 - self.progress) / 0.3))
        for group in self.optimiser.param_groups:
            group["lr"] = rate * group["factor"]
        loss, parts = loss_of(logits(self.model, batch, self.generator), batch)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        self.step, self.warm = self.step + 1, self.warm + 1
        return parts

    def _measure(self, parts: list[dict[str, float]]) -> None:
        scores = self.probe.run(self.model)
        self.curriculum.update(scores, self.corpus.tasks, self.progress)
        mix = self.mix()
        entry = {
            "step": self.step,
            "seconds": round(self.seconds),
            "stage": self.curriculum.stage,
            "focus": self.curriculum.focus,
            "loss": pd.DataFrame(parts).mean().round(3).to_dict(),
            "gain": summary(scores, self.corpus.tasks),
            "gate": round(mix.gate, 3),
            "cross": round(mix.cross, 3),
            "junk": round(mix.junk, 2),
            "short": round(mix.short, 2),
            "scores": scores,
        }
        parts.clear()
        self.log["probes"].append(entry)
        print(json.dumps({name: value for name, value in entry.items() if name != "scores"}), flush=True)
        print("    " + line(scores), flush=True)

    def _save(self) -> None:
        """Keep everything that the run needs to go on exactly as if it had not been stopped."""
        state = {
            "step": self.step,
            "seconds": self.seconds,
            "warm": self.warm,
            "log": self.log,
            "curriculum": asdict(self.curriculum),
            "model": self.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "python": self.rng.getstate(),
            "torch": self.generator.get_state(),
        }
        checkpoints.save(self.folder / CHECKPOINT, state)

    def export(self) -> None:
        """Write the backbone's folder with its log."""
        log = {
            "backbone": self.settings.backbone,
            "seed": self.settings.seed,
            "steps": self.step,
            "seconds": round(self.seconds),
            "finished": self.progress >= 1,
            "batch": self.batch,
            "lr": self.lr,
            "muon": self.muon,
            "torch": torch.__version__,
            "device": self.settings.device,
            "threads": torch.get_num_threads(),
            "parameters": sum(value.numel() for value in self.model.parameters()),
            "final": self.log["probes"][-1] if self.log["probes"] else {},
            **self.log,
        }
        export(self.model, self.tokenizer, self.shape, self.settings.out / self.settings.backbone, log)
        print(f"exported at update {self.step}", flush=True)


def tokenizer_for(model: str, work: Path, documents: int = 15_000) -> Tokenizer:
    """The model family's tokenizer, trained once per working folder."""
    folder = work / f"tokenizer-{model}"
    if not (folder / "tokenizer.json").exists():
        texts = [document.text for name in ("mlm", "t5") for document in corpus_documents(0, documents, name)]
        asked = [text.replace("{label}", "") for group in (BEFORE, AFTER) for texts_ in group.values() for text in texts_]
        answers = [word for task in corpus_of("mlm").tasks for word in task.label_words("mlm")]
        texts += 20 * [*families.WORDS, *asked, *answers, *CONNECTIVES.values()]
        tokenizers_.save(tokenizers_.train(texts, model), model, folder, 512)
    return tokenizers_.load(folder)


def main(backbone: str | None, threads: int, shares: Sequence[str], **settings: Any) -> None:
    """Pretrain one backbone, or all of them one after another.

    shares: `NAME=VALUE` for every share of the mix set by hand.
    settings: further fields of `Settings`; `work` and `out` may be None for the usual folders.

    Raises:
        BadInput: a share that does not exist or is no number from 0 to 1.
    """
    forced = dict(_share(text) for text in shares)
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    settings["work"] = settings.get("work") or paths.cache_dir() / "pretrain"
    settings["out"] = settings.get("out") or paths.demo_dir() / "backbones"
    for name in (backbone,) if backbone else SHAPES:
        Run(Settings(backbone=name, forced=forced, **settings)).train()


def _share(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    known = [field_ for field_ in Mix.__dataclass_fields__ if field_ != "tasks"]
    if name not in known:
        raise unknown("share of the mix", name, known)
    try:
        share = float(value)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise BadInput(f"The share '{text}' is no number from 0 to 1. Write it as {name}=0.1.")
    return name, share
