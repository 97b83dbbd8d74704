"""Prompts: which prompts are alike, which source to pick, and what single soft tokens are near to."""

from pages.common import frame

frame.ensure()

from pages.common import parts  # noqa: E402
from pages.prompts import parts as prompt_parts  # noqa: E402
from pages.space import parts as space_parts  # noqa: E402
from pages.space import two_parts  # noqa: E402

parts.header("Prompts", "See which prompts are alike, and find out whether that tells where they work.")
prompt_parts.page(space_parts.section, two_parts.section)
