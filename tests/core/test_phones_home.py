"""No package that runs inside Pincite carries the address of a collector of usage data."""

from importlib import metadata

import pytest

COLLECTORS = [b"mobile.events.data.microsoft.com", b"events.data.microsoft.com", b"browser.pipe.aria"]


@pytest.mark.parametrize("package", ["onnxruntime", "faiss-cpu", "tokenizers", "pypdfium2", "opencc", "rjieba"])
def test_binaries_name_no_collector(package):
    binaries = [file.locate() for file in metadata.files(package) if str(file).endswith(".so")]
    assert binaries
    for binary in binaries:
        content = binary.read_bytes()
        assert [name for name in COLLECTORS if name in content] == []
