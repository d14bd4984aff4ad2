import pytest

from core.errors import MissingDependency
from rag.evaluation import extras


def test_a_missing_package_says_what_installs_it():
    with pytest.raises(MissingDependency) as raised:
        extras.load("no_such_module", "no-such-package")
    assert str(raised.value) == (
        "Evaluating: no-such-package is not installed. `pip install 'pincite[evaluation]'` installs it."
    )


def test_what_is_there_is_given():
    assert extras.load("math", "math").floor(1.5) == 1
