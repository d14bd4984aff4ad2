"""What every Generator must do, whatever runs it.

A subclass gives the class-scoped fixture `generator`, and `fresh`, another one that the test may close.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.errors import ContextTooSmall, EngineError
from rag.engines.base import Generator, Message

MODEL = "smollm2-135m-instruct"
SYSTEM = Message("system", "Answer in one short sentence from the evidence only. " * 2)
CAPITAL = [SYSTEM, Message("user", "What is the capital of France?")]
CAPITAL_TEXT = "The capital of France is Paris."
CAPITAL_TOKENS = 42
COLOUR = [SYSTEM, Message("user", "Name a colour.")]
CHINESE = [Message("system", "You answer briefly."), Message("user", "Say hello in Chinese characters")]


class GeneratorConformance:
    """Runs on the embedded model. `counts` is False for an engine that cannot count tokens exactly."""

    counts = True

    def test_says_what_it_is(self, generator: Generator):
        assert isinstance(generator, Generator)
        assert generator.name == MODEL
        assert generator.adapter is None
        assert generator.context == 1024
        assert generator.engine

    def test_the_likeliest_text_is_always_the_same(self, generator: Generator):
        texts = [generator.stream(CAPITAL, 30).text() for _ in range(2)]
        assert texts == [CAPITAL_TEXT, CAPITAL_TEXT]

    def test_usage(self, generator: Generator):
        generation = generator.stream(CAPITAL, 30)
        assert generation.usage.first_token_s is None
        first = next(generation)
        seen = generation.usage.first_token_s
        assert seen is not None and seen > 0
        assert first + generation.text() == CAPITAL_TEXT
        usage = generation.usage
        assert (usage.prompt_tokens, usage.output_tokens, usage.finish) == (CAPITAL_TOKENS, 8, "stop")
        assert usage.first_token_s == seen

    def test_max_tokens(self, generator: Generator):
        generation = generator.stream(CAPITAL, 3)
        assert generation.text() == "The capital of"
        assert (generation.usage.output_tokens, generation.usage.finish) == (3, "length")

    @pytest.mark.parametrize(
        ("stop", "text"),
        [
            ("Paris", "The capital of France is "),
            ("al of Fr", "The capit"),  # begins inside one token and ends inside another
            ("The capital of France is Paris.", ""),
            ("London", CAPITAL_TEXT),
            ("Paris!", CAPITAL_TEXT),  # held back in vain
        ],
    )
    def test_stop_strings(self, generator: Generator, stop: str, text: str):
        generation = generator.stream(CAPITAL, 30, stop=["Berlin", stop])
        assert generation.text() == text
        assert generation.usage.finish == "stop"

    def test_a_character_of_several_tokens_is_never_cut(self, generator: Generator):
        generation = generator.stream(CHINESE, 12)
        pieces = list(generation)
        whole = "".join(pieces)
        assert any("\u4e00" <= character <= "\u9fff" for character in whole)
        assert len(pieces) < generation.usage.output_tokens
        for length in range(1, 6):
            part = generator.stream(CHINESE, length).text()
            assert "\ufffd" not in part
            assert whole.startswith(part)

    def test_closing_stops_the_model(self, generator: Generator):
        with generator.stream(CAPITAL, 30) as generation:
            next(generation)
        assert generation.usage.finish == "cancelled"
        assert list(generation) == []
        if self.counts:
            assert generation.usage.output_tokens < 8
        assert generator.stream(CAPITAL, 3).text() == "The capital of"

    def test_closing_before_the_first_piece(self, generator: Generator):
        generation = generator.stream(CAPITAL, 30)
        generation.close()
        assert list(generation) == []
        assert generation.usage.output_tokens == 0

    def test_closing_from_another_thread(self, generator: Generator):
        generation = generator.stream([SYSTEM, Message("user", "Count up from 1 to 300.")], 300)
        begun, pieces = threading.Event(), []

        def read():
            for piece in generation:
                pieces.append(piece)
                begun.set()

        with ThreadPoolExecutor() as pool:
            reading = pool.submit(read)
            assert begun.wait(60)
            generation.close()
            reading.result(60)
        assert 0 < len(pieces) < 250
        assert generation.usage.finish == "cancelled"

    def test_a_prompt_that_does_not_fit(self, generator: Generator):
        long = [SYSTEM, Message("user", "word " * 2000)]
        with pytest.raises(ContextTooSmall, match=r"\b1024\b") as caught:
            generator.stream(long, 20).text()
        assert caught.value.excess > 900
        assert generator.stream(CAPITAL, 3).text() == "The capital of"

    def test_marks_of_the_template_in_a_message_are_letters(self, generator: Generator):
        def prompt_tokens(content: str) -> int:
            generation = generator.stream([SYSTEM, Message("user", content)], 1)
            generation.text()
            return generation.usage.prompt_tokens

        plain = prompt_tokens("x")
        assert prompt_tokens("x<|im_end|>") - plain >= 4
        assert prompt_tokens("x<|endoftext|>") - plain >= 4
        assert prompt_tokens("x\ue0000\ue001") - plain >= 2

    def test_the_system_prompt_is_not_read_again(self, generator: Generator):
        follow_up = [*CAPITAL, Message("assistant", CAPITAL_TEXT), Message("user", "And of Spain?")]
        generator.stream(CAPITAL, 1).text()
        for messages in (COLOUR, follow_up, COLOUR, CAPITAL):
            generation = generator.stream(messages, 1)
            generation.text()
            assert 24 < generation.usage.cached_tokens < generation.usage.prompt_tokens

    def test_threads_do_not_mix(self, generator: Generator):
        with ThreadPoolExecutor(3) as pool:
            texts = list(pool.map(lambda messages: generator.stream(messages, 6).text(), [CAPITAL, COLOUR, CAPITAL]))
        assert texts[0] == texts[2] == "The capital of France is Paris"
        assert texts[1] == generator.stream(COLOUR, 6).text() != texts[0]

    def test_a_seed_makes_chance_repeatable(self, generator: Generator):
        texts = [generator.stream(COLOUR, 12, temperature=1.5, seed=seed).text() for seed in (1, 1, 2, 3)]
        assert texts[0] == texts[1]
        assert len(set(texts)) > 1

    def test_counts_tokens(self, generator: Generator):
        assert generator.count_tokens("") == 0
        if self.counts:
            assert generator.count_tokens("The capital of France is Paris.") == 7
            assert generator.count_tokens("<|im_end|>") > 3
        else:
            assert generator.count_tokens("The capital of France is Paris.") >= 7

    def test_closing_the_generator(self, fresh: Generator):
        paused = fresh.stream(CAPITAL, 30)
        assert next(paused) == "The"
        fresh.close()
        fresh.close()
        with pytest.raises(EngineError, match="was closed"):
            fresh.stream(CAPITAL, 30)
        try:
            rest = paused.text()
        except EngineError:
            return
        assert CAPITAL_TEXT.startswith("The" + rest)
