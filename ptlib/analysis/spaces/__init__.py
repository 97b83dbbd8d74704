"""Spaces of prompts looked at further: planes, selections, two spaces side by side, several in one picture. Light: no torch."""
