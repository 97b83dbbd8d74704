"""The embedded world: generated tasks, their splits and the pretraining corpus."""
