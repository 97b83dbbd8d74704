"""Cross-model: carry prompts to another model, see whether it is the prompt that works there, and launch a projection."""

from pages.common import frame

frame.ensure()

from pages.common import parts  # noqa: E402
from pages.models import parts as model_parts  # noqa: E402

parts.header("Cross-model", "Carry a prompt to another model, and see whether it is the prompt that does the work there.")
model_parts.page()
