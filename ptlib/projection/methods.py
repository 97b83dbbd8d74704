"""What was done, as a sentence for a report: every number in it is read from the spec or the stored fits. Torch-free."""

from collections.abc import Callable

from ptlib.models.registry import get_backbone
from ptlib.projection.spec import WARM_UP, ProjectSpec
from ptlib.projection.stored import Projection
from ptlib.projection.table import OWN

FORMS = {
    "per_token": "one linear map for every token",
    "flattened": "one hidden layer over all tokens, then layer norm",
    "residual": "a linear map for every token and a small network beside it",
}
STARTS = {
    "vocabulary": "started at the least-squares map between the two vocabularies at the scale with the lowest training loss",
    "unscaled": "started at the least-squares map between the two vocabularies",
    "random": "started at random",
}
WAYS = {
    "vocabulary": "the least-squares map between the word embeddings that both models share (no training)",
    "orthogonal": "the best rotation and scale between the word embeddings that both models share (no training)",
    "relative": "relative space, in closed form: cosines to the words that both models share (no training)",
    "anchors": "a softmax over the target's own prompts of other tasks (no training)",
}


def methods(projection: Projection, name_of: Callable[[str], str] = str) -> str:
    """The paragraph. name_of: a task's id as a reader knows it."""
    spec, targets = projection.spec, projection.matrix.targets
    sides = [f"{get_backbone(name).name} ({name})" for name in (spec.source, spec.target)]
    own = [cell.scores.shape[1] for target in targets if (cell := projection.matrix.get(OWN, target, target))]
    span = f"{min(own)}" if own and min(own) == max(own) else f"{min(own)} to {max(own)}" if own else "the"
    held = (
        f"Every seed ({', '.join(map(str, spec.seeds))}) was held out once: fitted on the others, measured with the prompts of "
        "this one."
        if spec.learns_from_prompts
        else f"Prompts of the seeds {', '.join(map(str, spec.seeds))} were carried over."
    )
    return (
        f"Soft prompts of {sides[0]} were carried to {sides[1]} by {_way(spec, name_of)}. {held} They were evaluated "
        f"zero-shot on {len(targets)} target tasks, {span} evaluation examples a task and seed, beside the target's own and "
        "untrained prompts on the same examples. Gain kept is (score - untrained) / (own - untrained); intervals are 95 % "
        "bootstrap intervals over seeds, then examples (2,000 draws). Controls: untrained source prompts, also at tuned length, "
        f"prompts of other families, shuffled columns and a random projector. Run {spec.id}."
    )


def _way(spec: ProjectSpec, name_of: Callable[[str], str]) -> str:
    tasks = " and ".join(filter(None, [", ".join(map(name_of, spec.tasks[:-1])), *map(name_of, spec.tasks[-1:])]))
    if spec.method in WAYS:
        return WAYS[spec.method] + (f", its scale chosen on {tasks}" if spec.tasks else "")
    form = FORMS[spec.form]
    if spec.method == "distance":
        more = " and of untrained prompts" if spec.untrained else ""
        how = f", {spec.steps} steps of AdamW" if spec.trains else ", in closed form"
        return f"{form}, fitted to pairs of prompts of {tasks}{more} by least squares{how}"
    rate = spec.peak(get_backbone(spec.target).family)
    prompts = "one source prompt" if spec.prompts == "one" else "the source prompts and their checkpoints"
    against = [word for word, on in (("untrained prompts", spec.untrained), ("prompts of other families", spec.others)) if on]
    rows = f", with {' and '.join(against)} as counterexamples pulled to the uniform distribution" if against else ""
    return (
        f"{form}, {STARTS[spec.start]} and tuned through the frozen target on {tasks}: {spec.steps} steps of AdamW, batches of "
        f"{spec.batch_size}, peak learning rate {rate:g} ({WARM_UP} steps of warm-up, linear decay), {prompts} with noise of "
        f"{spec.noise:g} of their root mean square{rows}"
    )
