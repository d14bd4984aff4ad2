"""What is read together: every pair once a pass, limits kept, kinds drawn as asked."""

from collections import Counter

import torch

from finetune.training.batches import learnt_tokens, order, row, steps
from finetune.training.encoding import Encoded, Text


def encoded(*lengths: int, kind: str = "faq") -> list[Encoded]:
    return [Encoded(kind, Text(tuple(range(length)), 2)) for length in lengths]


def test_a_row_holds_its_texts_one_behind_the_other() -> None:
    one = Encoded("faq", Text((5, 6, 7, 8), 2), Text((5, 6, 9), 2))
    found = row([one, Encoded("faq", Text((3, 4), 1))])
    assert found.ids.tolist() == [[5, 6, 7, 8, 5, 6, 9, 3, 4]]
    assert found.positions.tolist() == [[0, 1, 2, 3, 0, 1, 2, 0, 1]]
    assert found.lengths == [4, 3, 2]
    assert found.learnt.tolist() == [1, 2, 5, 7]
    assert found.targets.tolist() == [7, 8, 9, 4]
    assert found.owner.tolist() == [0, 0, 1, 2]
    assert torch.equal(found.ids[0, found.learnt + 1], found.targets)


def test_steps_and_reads_keep_their_limits_and_leave_nothing_out() -> None:
    pairs = encoded(30, 40, 50, 60, 70, 20, 10)
    found = steps(pairs, range(7), 120, 80)
    assert [[[one.tokens for one in read] for read in step] for step in found] == [
        [[30, 40], [50]],
        [[60]],
        [[70], [20, 10]],
    ]
    assert [learnt_tokens(step) for step in found] == [114, 58, 94]


def test_a_pass_shuffles_by_its_seed() -> None:
    pairs = encoded(*[5] * 50)
    first = order(pairs, 0, 0, None)
    assert sorted(first) == list(range(50))
    assert order(pairs, 0, 0, None) == first != order(pairs, 0, 1, None) != order(pairs, 1, 1, None)


def test_a_temperature_brings_kinds_near_each_other() -> None:
    pairs = encoded(*[5] * 900) + encoded(*[5] * 100, kind="ticket")

    def tickets(temperature: float) -> float:
        return Counter(pairs[at].kind for at in order(pairs, 0, 0, temperature))["ticket"] / 1000

    assert abs(tickets(1.0) - 0.1) < 0.03
    assert abs(tickets(2.0) - 0.25) < 0.03  # 10 : 30
    assert abs(tickets(1e6) - 0.5) < 0.03
    drawn = Counter(at for at in order(pairs, 0, 0, 1e6) if pairs[at].kind == "ticket")
    assert max(drawn.values()) - min(drawn[at] for at in range(900, 1000)) <= 1
