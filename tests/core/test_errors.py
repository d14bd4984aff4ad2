import inspect

from core import errors


def test_the_tree_in_the_docstring_is_the_tree():
    drawn = {}
    path = []
    for line in errors.__doc__.splitlines():
        stem = line.replace("│", " ").replace("├──", "   ").replace("└──", "   ")
        name = stem.split()[0] if stem.split() else ""
        if hasattr(errors, name):
            depth = (len(stem) - len(stem.lstrip())) // 4 - 1
            path = [*path[:depth], name]
            drawn[name] = path[depth - 1] if depth else "Exception"
    real = {name: cls.__mro__[1].__name__ for name, cls in inspect.getmembers(errors, inspect.isclass)}
    assert drawn == real


def test_bad_usage_and_bad_settings_end_with_2_a_bad_document_with_1():
    assert errors.SettingsError.exit_status == errors.NotALibrary.exit_status == errors.WeightsMissing.exit_status == 2
    assert errors.DamagedFile.exit_status == errors.NoSuchDocument.exit_status == errors.EngineError.exit_status == 1
