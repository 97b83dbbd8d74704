"""Carrying a prompt to another model, and telling whether it was the prompt that did it.

    spec       ProjectSpec: which models, which recipe, which seeds (frozen; its content is its id)
    words      the words two vocabularies share, and their embeddings in both models
    forms      the shapes a projector may have: per token, flattened (the paper's), residual, anchors
    projector  the contract: apply, save, load; `fit.fit` makes one
    closed     fits without training: least squares, orthogonal, relative space, anchors, distance by ridge
    material   what a fit may see: prompts of the fitted seeds, untrained prompts, other families' prompts
    losses     cross-entropy and the pull towards the uniform distribution, through the frozen target
    training   the loop of every trained form: checkpoints, resume, cancel
    fit        ProjectSpec + material -> Projector
    matrix     source prompts and controls through a projector, on every target
    table      gains, intervals and the verdict in words (torch-free)
    methods    what was done, as a sentence for a report (torch-free)
    left_out   distance minimising on published pairs of prompts, every task left out once

Shape letters: P_s, D_s tokens and width of the source; P_t, D_t of the target; R rows, H hidden units, N examples,
C label words, V words that both vocabularies know.
"""
