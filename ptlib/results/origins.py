"""The two places results come from: the demo's plain files and the own store. Used through `Catalogue`.

Demo: results/<backbone>/{prompts.safetensors, prompts.json, scores.parquet, predictions.parquet, curves.parquet,
manifest.json}, and neurons.safetensors, trails.safetensors and analyses/*.parquet
where they were made; the manifest holds the checksums of the others. Per-example scores travel as little-endian float32
bytes (`vector`), so that a whole map is read from one small file.
"""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ptlib.base.errors import Damaged, PtlibError
from ptlib.base.files import file_sha256, folder_sha256, sha256
from ptlib.prompts.soft import TENSOR, read_tensor
from ptlib.prompts.trails import TRAIL, TRAILS
from ptlib.prompts.trails import read as read_trail
from ptlib.results import artefacts
from ptlib.results.artefacts import Artefact
from ptlib.results.rows import DamagedItem, Entry, Part, PromptRow, entry_from, recipes_by_backbone, select
from ptlib.results.store import Store

if TYPE_CHECKING:
    import pandas as pd

DEMO_FILES = ("prompts.safetensors", "prompts.json", "scores.parquet", "predictions.parquet", "curves.parquet")
NEURONS_FILE = "neurons.safetensors"


class DemoResults:
    """The committed demo; never written by the app."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._checked: dict[Path, list[str]] = {}

    def folders(self) -> list[Path]:
        """Folders of all backbones with results."""
        return sorted(path.parent for path in self.root.glob("results/*/manifest.json"))

    def fingerprint(self) -> str:
        """Changes with any file of the demo results."""
        marks = []
        for folder in self.folders():
            more = sorted(f"analyses/{path.name}" for path in folder.glob("analyses/*.parquet"))
            for name in (*DEMO_FILES, NEURONS_FILE, TRAILS, *more, "manifest.json"):
                try:
                    stat = (folder / name).stat()
                    marks.append(f"{folder.name}/{name}:{stat.st_mtime_ns}:{stat.st_size}")
                except OSError:
                    marks.append(f"{folder.name}/{name}:none")
        return sha256("|".join(marks).encode())[:12]

    def problems(self, folder: Path) -> list[str]:
        """Names of the files that fail their checksum (checked once per object)."""
        if folder not in self._checked:
            sums = self._manifest(folder).get("files", {})
            self._checked[folder] = [name for name in DEMO_FILES if file_sha256(folder / name) != sums.get(name, "missing")]
        return self._checked[folder]

    def extras(self, folder: Path) -> dict[str, str]:
        """Checksums of the listed files that a demo may lack: neurons, analyses."""
        return {name: sha for name, sha in self._manifest(folder).get("files", {}).items() if name not in DEMO_FILES}

    def broken_extras(self, folder: Path) -> list[str]:
        """Names of those that fail their checksum."""
        return [name for name, sha in self.extras(folder).items() if file_sha256(folder / name) != sha]

    def artefacts(self) -> list[Artefact]:
        """Results of analyses, unchecked; none in demos of earlier versions."""
        found = []
        for folder in self._sound():
            manifest = self._manifest(folder)
            for row in manifest.get("artefacts", ()):
                found.append(
                    Artefact(
                        row["id"],
                        row["kind"],
                        manifest["backbone"],
                        row["title"],
                        row["spec"],
                        folder / row["path"],
                        manifest["files"].get(row["path"], ""),
                        row["created"],
                        "demo",
                    )
                )
        return found

    def neuron_ids(self) -> set[str]:
        """Prompts whose activated neurons are stored."""
        from safetensors import safe_open

        found: set[str] = set()
        for path in self._checked_files(NEURONS_FILE):
            with safe_open(path, framework="numpy") as file:
                found |= set(file.keys())
        return found

    def neurons(self, prompt_id: str) -> np.ndarray | None:
        """Activations [L, F] of one prompt; None when the demo lacks them."""
        found = (artefacts.neurons_of(path, prompt_id) for path in self._checked_files(NEURONS_FILE))
        return next((value for value in found if value is not None), None)

    def _checked_files(self, name: str) -> list[Path]:
        """The file of that name of every backbone that has it undamaged."""
        sums = {folder: self._manifest(folder).get("files", {}).get(name) for folder in self._sound()}
        return [folder / name for folder, sha in sums.items() if sha and file_sha256(folder / name) == sha]

    def _manifest(self, folder: Path) -> dict[str, Any]:
        try:
            return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}

    def _sound(self) -> list[Path]:
        return [folder for folder in self.folders() if not self.problems(folder)]

    def provenance(self, backbone: str) -> Mapping[str, object]:
        """Provenance of one backbone's results, as the manifest tells it."""
        for folder in self._sound():
            manifest = self._manifest(folder)
            if manifest.get("backbone") == backbone:
                return manifest.get("provenance", {})
        return {}

    def speeds(self) -> list[dict[str, Any]]:
        """Measured speeds of the demo's own build: backbone, kind, device, units, seconds."""
        return [speed for folder in self._sound() for speed in self._manifest(folder).get("speeds", [])]

    def read(self) -> Part:
        """Everything that passes its checksum."""
        import pyarrow.parquet as pq

        prompts, entries, settings, damaged = [], [], [], []
        for folder in self.folders():
            if self.problems(folder):
                names = ", ".join(self.problems(folder))
                damaged.append(
                    DamagedItem(
                        "demo",
                        folder.name,
                        str(folder),
                        f"Checksum does not match: {names}. These "
                        "results are not used; get the files again, or run the cells yourself.",
                        "demo",
                    )
                )
                continue
            damaged += [
                DamagedItem(
                    "demo",
                    f"{folder.name}/{name}",
                    str(folder / name),
                    "Checksum does not match. This analysis is not used; get the file again, or run it yourself.",
                    "demo",
                )
                for name in self.broken_extras(folder)
            ]
            rows = json.loads((folder / "prompts.json").read_text(encoding="utf-8"))
            prompts += [select(row, PromptRow, origin="demo") for row in rows]
            settings += [(row["backbone"], row["recipe"], row["settings"]) for row in rows]
            entries += [entry_from(row, "demo") for row in pq.read_table(folder / "scores.parquet").to_pylist()]
        return Part(tuple(prompts), tuple(entries), recipes_by_backbone(settings), tuple(damaged))

    def predictions(self, prompt_id: str, target: str) -> "pd.DataFrame | None":
        """Predictions of one cell; None when there are none."""
        import pyarrow.parquet as pq

        for folder in self._sound():
            wanted = [("prompt_id", "==", prompt_id), ("target", "==", target)]
            table = pq.read_table(folder / "predictions.parquet", filters=wanted)
            if table.num_rows:
                frame = table.drop_columns(["prompt_id", "target"]).to_pandas()
                return _tidy(frame)
        return None

    def curve(self, prompt_id: str) -> list[dict[str, Any]]:
        """Curve of one prompt."""
        import pyarrow.parquet as pq

        for folder in self._sound():
            rows = pq.read_table(folder / "curves.parquet", filters=[("prompt_id", "==", prompt_id)]).to_pylist()
            if rows:
                return rows
        return []

    def info(self, prompt_id: str) -> dict[str, Any]:
        """Metadata of one prompt, as `prompts.PromptInfo` holds it. Raises KeyError when the demo has none of that id."""
        for folder in self._sound():
            for row in json.loads((folder / "prompts.json").read_text(encoding="utf-8")):
                if row["prompt_id"] == prompt_id:
                    return dict(row["info"])
        raise KeyError(prompt_id)

    def values(self, prompt_id: str) -> np.ndarray | None:
        """One prompt [P, D]; None when the demo has none of that id."""
        for folder in self._sound():
            data = (folder / "prompts.safetensors").read_bytes()
            header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
            if prompt_id in header:
                return read_tensor(data, prompt_id, folder / "prompts.safetensors")
        return None

    def trail(self, prompt_id: str) -> dict[int, np.ndarray]:
        """Values [P, D] of one prompt by step, before it was done; empty when the demo lacks them."""
        return next((found for path in self._checked_files(TRAILS) if (found := read_trail(path, prompt_id))), {})

    def examples(self, task_id: str, split: str) -> list[dict[str, Any]] | None:
        """Examples of an embedded task; None when the task is not embedded."""
        path = self.root / "tasks" / task_id.removeprefix("demo/") / f"{split}.jsonl"
        if not task_id.startswith("demo/") or not path.exists():
            return None
        with path.open(encoding="utf-8") as lines:
            return [json.loads(line) for line in lines if line.strip()]


class OwnResults:
    """The user's store."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def fingerprint(self) -> str:
        """Changes with every result that is recorded or dropped."""
        try:
            rows = self.store.query("SELECT value FROM meta WHERE key IN ('made', 'results') ORDER BY key")
        except PtlibError:
            return "unreadable"
        return "-".join(str(row[0]) for row in rows) or "none"

    def read(self) -> Part:
        """Everything that passes its checksum. Raises Damaged when the database cannot be read."""
        prompts, settings, damaged = [], [], []
        for row in map(dict, self.store.query("SELECT * FROM prompts ORDER BY created")):
            if folder_sha256(self.store.prompt_folder(row["prompt_id"])) != row["sha256"]:
                damaged.append(self._damaged_prompt(row["prompt_id"]))
                continue
            prompts.append(select(row, PromptRow, origin="own"))
            settings.append((row["backbone"], row["recipe"], json.loads(row["settings"])))
        entries: list[Entry] = []
        for row in map(dict, self.store.query("SELECT * FROM scores ORDER BY n, created")):
            if file_sha256(self.store.root / row["path"]) != row["sha256"]:
                damaged.append(self._damaged_predictions(row))
                continue
            entries.append(entry_from(row, "own"))
        problem = "The file is missing or fails its checksum. It is not used; run the analysis again."
        damaged += [
            DamagedItem("analysis", item.title, str(item.path), problem, "own")
            for item in artefacts.own(self.store)
            if not item.is_sound
        ]
        return Part(tuple(prompts), tuple(entries), recipes_by_backbone(settings), (*damaged, *self._foreign()))

    def artefacts(self, kind: str | None = None) -> list[Artefact]:
        """Recorded results of analyses, unchecked; none when the database cannot be read."""
        try:
            return artefacts.own(self.store, kind)
        except PtlibError:
            return []

    def _damaged_prompt(self, prompt_id: str) -> DamagedItem:
        path = self.store.prompt_folder(prompt_id)
        return DamagedItem(
            "prompt",
            prompt_id,
            str(path),
            "The files are missing or fail their checksum. The prompt is not used; run it again to make it anew.",
            "own",
            prompt_id,
        )

    def _damaged_predictions(self, row: Mapping[str, Any]) -> DamagedItem:
        return DamagedItem(
            "predictions",
            f"{row['prompt_id']} on {row['target']}",
            str(self.store.root / row["path"]),
            "The file is missing or fails its checksum. The cell is not used; run it again to make it anew.",
            "own",
            row["prompt_id"],
            row["target"],
        )

    def _foreign(self) -> list[DamagedItem]:
        known = {row[0] for row in self.store.query("SELECT prompt_id FROM prompts")}
        folders = sorted((self.store.root / "prompts").glob("[!.]*"))
        problem = "No run of this store made it; it is not used. Move it away, or import it."
        return [DamagedItem("foreign", path.name, str(path), problem, "own") for path in folders if path.name not in known]

    def predictions(self, prompt_id: str, target: str) -> "pd.DataFrame | None":
        """Predictions of one cell; None when missing or damaged."""
        import pandas as pd

        rows = self._rows("SELECT path, sha256 FROM scores WHERE prompt_id = ? AND target = ? ORDER BY n DESC", prompt_id, target)
        for row in rows:
            try:
                data = (self.store.root / row["path"]).read_bytes()
            except OSError:
                continue
            if sha256(data) == row["sha256"]:
                return _tidy(pd.read_parquet(io.BytesIO(data)))
        return None

    def curve(self, prompt_id: str) -> list[dict[str, Any]]:
        """Curve of one prompt."""
        sql = "SELECT step, loss, validation, seconds FROM points WHERE series = ? ORDER BY step"
        return [dict(row) for row in self._rows(sql, prompt_id)]

    def values(self, prompt_id: str) -> np.ndarray | None:
        """One prompt [P, D]; None when the store has none of that id. Raises Damaged."""
        rows = self._rows("SELECT sha256 FROM prompts WHERE prompt_id = ?", prompt_id)
        if not rows:
            return None
        folder = self.store.prompt_folder(prompt_id)
        if folder_sha256(folder) != rows[0][0]:
            raise Damaged(self._damaged_prompt(prompt_id).problem.replace("The files", f"The files in {folder}"))
        path = folder / "adapter_model.safetensors"
        return read_tensor(path.read_bytes(), TENSOR, path)

    def trail(self, prompt_id: str) -> dict[int, np.ndarray]:
        """Values [P, D] of one prompt by step, before it was done; empty when none were kept. Raises Damaged."""
        return read_trail(self.store.prompt_folder(prompt_id) / TRAIL) if self.values(prompt_id) is not None else {}

    def _rows(self, sql: str, *values: str) -> list[Any]:
        try:
            return self.store.query(sql, values)
        except PtlibError:
            return []


def _tidy(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Half floats (compact files) become float32; columns that a task does not have are dropped."""
    frame = frame.dropna(axis=1, how="all")
    return frame.astype({name: np.float32 for name in frame.columns if frame[name].dtype == np.float16})
