"""Runs looked back on: how their curves went, what they scored, how several differ."""
