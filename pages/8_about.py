"""About: definitions, tasks, backbones, limits, how to cite."""

from pages.common import context, frame

frame.ensure()

from pages.about import parts as aboutparts  # noqa: E402
from pages.common import parts  # noqa: E402

parts.header("About", "What every number means, what the tasks are, and what this app cannot tell you.")
aboutparts.definitions()
aboutparts.constructed_world()
aboutparts.task_table()
aboutparts.backbone_table()
aboutparts.limits()
aboutparts.citing(context.current())
aboutparts.versions()
