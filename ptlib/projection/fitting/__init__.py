"""How projectors are fitted: closed forms, pairs of prompts, task tuning through the frozen target; `fit.fit` is the door."""
