import pytest

from ingestion.readers import sniff
from ingestion.readers.changes import CHANGES, outdated


@pytest.mark.parametrize(
    ("known", "media_types", "expected"),
    [
        (0, [sniff.HTML], True),
        (0, [sniff.PDF, sniff.EML], True),
        (0, [sniff.PDF], False),
        (0, [], False),
        (len(CHANGES), [sniff.HTML], False),
        (len(CHANGES) + 1, [sniff.HTML], False),
    ],
)
def test_what_is_read_otherwise_since(known, media_types, expected):
    assert outdated(known, media_types) is expected
