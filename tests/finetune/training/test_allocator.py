import subprocess
import sys
from ctypes.util import find_library

INSTALLED = "tcmalloc" if find_library("tcmalloc_minimal") else "system"


def under(code: str) -> str:
    told = subprocess.run([sys.executable, "-c", code, "word"], capture_output=True, text=True, check=True)
    return told.stdout.strip()


def test_a_process_starts_anew_under_tcmalloc_where_it_is_installed_and_only_once():
    code = "import sys; from finetune.training import allocator as a; a.preload(); print(a.name(), sys.argv[1:])"
    assert under(code) == f"{INSTALLED} ['word']"


def test_without_it_the_name_is_the_systems():
    assert under("from finetune.training import allocator; print(allocator.name())") == "system"
