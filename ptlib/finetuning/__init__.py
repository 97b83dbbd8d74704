"""Reference curves: what LoRA and full fine-tuning of the same backbone reach on the same data as a soft prompt, and cost.

Nothing made here is a soft prompt, so nothing here enters maps, clusters or neurons.
"""
