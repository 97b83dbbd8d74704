"""About: definitions, tasks, backbones, limits, how to cite."""

from pages.common import context, frame

frame.ensure()

from pages.about import parts as about_parts  # noqa: E402
from pages.common import parts  # noqa: E402

parts.header("About", "What every number means, what the tasks are, and what this app cannot tell you.")
about_parts.definitions()
about_parts.constructed_world()
about_parts.task_table()
about_parts.backbone_table()
about_parts.limits()
about_parts.citing(context.current())
about_parts.versions()
