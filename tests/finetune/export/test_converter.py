"""llama.cpp's converter: pinned, run apart, its failures told."""

from __future__ import annotations

import io
import shutil
import tarfile

import pytest

from core.errors import EngineError, WeightsMismatch, WeightsMissing
from finetune.export import converter


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """The converter in a weights folder of this test's own."""
    shutil.copytree(converter.verify(), tmp_path / converter.place().name)
    monkeypatch.setenv("PINCITE_WEIGHTS", str(tmp_path))
    return converter.place()


def test_is_in_place_as_pinned():
    assert sorted(path.name for path in converter.verify().iterdir()) == [
        "LICENSE",
        "conversion",
        "convert_hf_to_gguf.py",
        "convert_lora_to_gguf.py",
        "gguf-py",
    ]


def test_not_in_place(tmp_path, monkeypatch):
    monkeypatch.setenv("PINCITE_WEIGHTS", str(tmp_path))
    with pytest.raises(WeightsMissing, match=r"llama\.cpp-0\.3\.36 is not there.*-m finetune\.export\.converter"):
        converter.verify()


def test_a_changed_file_is_refused_and_not_run(copied):
    (copied / "convert_hf_to_gguf.py").write_text("raise SystemExit('changed')")
    with pytest.raises(WeightsMismatch, match="pinned is 8760034a98"):
        converter.run("convert_hf_to_gguf.py", ["--help"])


def test_a_file_more_is_refused(copied):
    (copied / "conversion" / "other.py").touch()
    with pytest.raises(WeightsMismatch):
        converter.verify()


def test_what_python_caches_does_not_count(copied):
    (copied / "conversion" / "__pycache__").mkdir()
    (copied / "conversion" / "__pycache__" / "base.cpython-311.pyc").write_bytes(b"compiled")
    assert converter.verify() == copied


def test_install_leaves_what_is_in_place(copied):
    before = copied.stat().st_mtime_ns
    assert converter.install() == copied
    assert copied.stat().st_mtime_ns == before


def test_only_what_is_needed_is_taken(tmp_path):
    archive = tmp_path / "source.tar.gz"
    inside = "llama_cpp_python-0.3.36/vendor/llama.cpp"
    with tarfile.open(archive, "w:gz") as packed:
        for name in (
            f"{inside}/convert_hf_to_gguf.py",
            f"{inside}/gguf-py/gguf/lazy.py",
            f"{inside}/gguf-py/tests/test_quants.py",
            f"{inside}/conversion/../../../evil.py",
            f"{inside}/src/llama.cpp",
            "llama_cpp_python-0.3.36/LICENSE.md",
        ):
            member = tarfile.TarInfo(name)
            member.size = len(name)
            packed.addfile(member, io.BytesIO(name.encode()))
    converter._take(archive, tmp_path / "out")
    found = sorted(path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.*"))
    assert found == ["convert_hf_to_gguf.py", "gguf-py/gguf/lazy.py"]
    assert not list(tmp_path.rglob("evil.py"))


def test_says_why_a_converter_failed(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text('{"architectures": ["NoSuchModel"]}')
    with pytest.raises(EngineError, match=r"convert_hf_to_gguf\.py: .*NoSuchModel is not supported"):
        converter.run("convert_hf_to_gguf.py", [str(tmp_path / "model"), "--outfile", str(tmp_path / "out.gguf")])
    assert not (tmp_path / "out.gguf").exists()
