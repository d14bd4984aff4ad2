import pytest

from rag.judge.windows import around, windows


def test_what_fits_is_one_window():
    assert windows([1], list(range(100)), 100) == [(0, 100)]
    assert windows([1], [], 100) == [(0, 0)]


def test_windows_overlap_and_cover():
    assert windows([1], list(range(250)), 100) == [(0, 100), (36, 136), (72, 172), (108, 208), (144, 244), (180, 250)]
    assert windows([1], list(range(101)), 100) == [(0, 100), (36, 101)]


def test_of_too_many_those_are_read_that_hold_what_is_asked_the_rarer_the_better():
    text = [0] * 1000
    text[505] = 7  # rare
    text[::10] = [8] * 100  # everywhere
    found = windows([7, 8], text, 100, most=2)
    assert len(found) == 2
    assert all(start <= 505 < end for start, end in found)
    assert windows([7, 8], text, 100, most=1) == found[:1]


def test_a_window_smaller_than_the_overlap_moves_on():
    assert windows([1], list(range(5)), 3) == [(0, 3), (1, 4), (2, 5)]


@pytest.mark.parametrize(
    ("place", "enough", "stretch"),
    [
        (12, 5, "Two two."),
        (12, 12, "One one. Two two."),
        (12, 20, "One one. Two two.\nThree three."),
        (0, 12, "One one. Two two."),
        (30, 25, "Two two.\nThree three. Four."),
        (34, 1000, "One one. Two two.\nThree three. Four."),
        (99, 1, "Four."),
    ],
)
def test_around_a_place_are_its_sentence_and_those_before_and_after_it_in_turn(place, enough, stretch):
    text = "One one. Two two.\nThree three. Four."
    start, end = around(text, place, enough)
    assert text[start:end] == stretch


def test_around_a_place_of_no_sentence_is_the_text():
    assert around("", 0, 300) == (0, 0)
    assert around(" \n", 0, 300) == (0, 2)
