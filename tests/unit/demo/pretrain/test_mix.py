"""The curriculum: stages, which family is taught, and gates that close where answers leak."""

from ptlib.demo.pretrain.mix import LEARNED, PATIENCE, Curriculum
from ptlib.demo.pretrain.probe import Scores, families_of
from ptlib.demo.world.corpus import tasks_of
from ptlib.tasks.task import Task

TASKS = tasks_of("mlm")


def scores(cue: float, without: float = 0.0, **other: float) -> Scores:
    """Every task's score with and without a query, as gain over chance; `other`: of a family, with a query."""

    def row(task: Task) -> dict[str, float]:
        chance = task.chance or 0.0
        gains = {"cue": other.get(task.family, cue), **dict.fromkeys(("words", "noise", "none", "cross"), without)}
        return {name: chance + (1 - chance) * value for name, value in gains.items()}

    return {task.id: row(task) for task in TASKS}


def test_the_second_stage_begins_when_all_families_left_chance_or_time_runs_out() -> None:
    slow, quick = Curriculum(), Curriculum()
    slow.update(scores(0.9, ethics=0.0), TASKS, 0.1)
    assert slow.stage == 1 and slow.focus == "ethics"
    quick.update(scores(LEARNED + 0.1), TASKS, 0.1)
    assert quick.stage == 2 and quick.focus == ""
    slow.update(scores(0.9, ethics=0.0), TASKS, 0.8)
    assert slow.stage == 2


def test_a_family_in_focus_that_does_not_move_lets_another_one_try() -> None:
    curriculum, seen = Curriculum(), []
    for _ in range(3 * PATIENCE):
        curriculum.update(scores(0.0), TASKS, 0.1)
        seen.append(curriculum.focus)
    assert seen[:PATIENCE] == [families_of(TASKS)[0]] * PATIENCE and len(set(seen)) == 2


def test_what_is_taught_and_how_many_gates_there_are_follow_the_probes() -> None:
    curriculum = Curriculum()
    curriculum.update(scores(0.9, ethics=0.0), TASKS, 0.1)
    mix = curriculum.mix(TASKS, 0.1)
    weight = {family: sum(mix.tasks[task.id] for task in TASKS if task.family == family) for family in families_of(TASKS)}
    assert max(weight, key=weight.get) == "ethics" and mix.match < 0.3
    leaky, tight = Curriculum(), Curriculum()
    for _ in range(4):
        leaky.update(scores(0.9, 0.5), TASKS, 0.1)
        tight.update(scores(0.9), TASKS, 0.1)
    assert leaky.mix(TASKS, 0.2).gate > tight.mix(TASKS, 0.2).gate and leaky.mix(TASKS, 0.2).cross > tight.mix(TASKS, 0.2).cross
