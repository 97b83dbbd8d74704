"""About: definitions, tasks, backbones, limits, how to cite."""

from pages.about import parts as aboutparts
from pages.common import context, parts

parts.header("About", "What every number means, what the tasks are, and what this app cannot tell you.")
aboutparts.definitions()
aboutparts.constructed_world()
aboutparts.task_table()
aboutparts.backbone_table()
aboutparts.limits()
aboutparts.citing(context.current())
aboutparts.versions()
