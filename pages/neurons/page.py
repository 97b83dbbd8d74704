"""Neurons: what prompts switch on inside the frozen model, and whether that predicts transfer."""

from pages.common import parts
from pages.neurons import parts as neuronparts

parts.header("Neurons", "See which units of the frozen model a prompt switches on, and whether sharing them predicts transfer.")
neuronparts.page()
