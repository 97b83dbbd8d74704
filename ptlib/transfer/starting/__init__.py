"""Where tuning begins, side by side: an untrained prompt, other tasks' prompts, prompts carried over from another model."""
