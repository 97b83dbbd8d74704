"""Neurons: what prompts switch on inside the frozen model, and whether that predicts transfer."""

from pages.common import frame

frame.ensure()

from pages.common import parts  # noqa: E402
from pages.neurons import parts as neuron_parts  # noqa: E402

parts.header("Neurons", "See which units of the frozen model a prompt switches on, and whether sharing them predicts transfer.")
neuron_parts.page()
