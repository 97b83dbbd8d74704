"""Files as other people make them."""

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

VALUES = np.random.default_rng(5).normal(size=(5, 16)).astype("float32")


def adapter(folder: Path, tensors: dict[str, np.ndarray] | None = None, **config: object) -> Path:
    """A PEFT adapter folder."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors or {"prompt_embeddings": VALUES}, folder / "adapter_model.safetensors")
    usual = {"peft_type": "PROMPT_TUNING", "num_virtual_tokens": 5, "token_dim": 16, "base_model_name_or_path": "owner/model"}
    (folder / "adapter_config.json").write_text(json.dumps({**usual, **config}))
    return folder
