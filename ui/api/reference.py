"""Writes docs/api.md out of the API's own description: `python -m ui.api.reference > docs/api.md`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ui.api.app import describe

HEAD = """\
# The HTTP API

`pincite up` serves it on http://127.0.0.1:8000, and what stands here can be tried at http://127.0.0.1:8000/docs, which
needs no network. It is bound to loopback and has no passwords: who can log in to the machine can ask. Requests under
another host name, and from pages of other sites, are refused.

```sh
curl -s http://127.0.0.1:8000/api/ask -H 'Content-Type: application/json' \\
    -d '{"question": "What does error E-204 mean?"}'

curl -sN http://127.0.0.1:8000/api/ask -H 'Content-Type: application/json' \\
    -d '{"question": "What does error E-204 mean?", "stream": true}'

curl -s http://127.0.0.1:8000/api/documents -F files=@manual.pdf -F files=@prices.xlsx -F collection=pumps
```

Every failure is `{"error": {"kind", "message"}}`: `kind` as in `no_such_document`, `message` a sentence. 400 the
request makes no sense, 403 it may not come from there, 404 no such thing, 409 another process is writing, 413 too
large, 415 or 422 it cannot be read, 502 or 503 the model or the library cannot be used now. Bodies may have 2 MB,
uploads 512 MB.

Offsets are characters of a document's text, end exclusive; pages count from 1.
"""


def reference() -> str:
    """The whole of docs/api.md."""
    described = describe()
    lines = [HEAD]
    for path, methods in described["paths"].items():
        for method, route in methods.items():
            lines += _route(f"{method.upper()} {path}", route)
    lines += ["## Forms", ""]
    for name, schema in sorted(described["components"]["schemas"].items()):
        if name not in ("HTTPValidationError", "ValidationError"):
            lines += _form(name, schema)
    return "\n".join(lines).rstrip() + "\n"


def _route(title: str, route: dict[str, Any]) -> Iterator[str]:
    yield f"## {title}"
    yield ""
    yield f"{route['summary']}. {route.get('description', '').strip()}".strip()
    yield ""
    for parameter in route.get("parameters", []):
        needed = "" if parameter["required"] else ", may be left out"
        more = f": {parameter['description']}" if "description" in parameter else ""
        yield f"- `{parameter['name']}`, {_kind(parameter['schema'])}{needed}{more}"
    for content in route.get("requestBody", {}).get("content", {}).values():
        yield f"- takes {_kind(content['schema'])}"
    for status, response in route["responses"].items():
        for media_type, content in response.get("content", {}).items():
            if status.startswith("2"):
                what = _kind(content.get("schema", {})) if media_type == "application/json" else f"`{media_type}`"
                yield f"- gives {status}, {what}"
        if status == "204":
            yield "- gives 204, nothing"
    yield ""


def _form(name: str, schema: dict[str, Any]) -> Iterator[str]:
    yield f"### {name}"
    yield ""
    if "description" in schema:
        yield schema["description"].strip()
        yield ""
    for key, value in schema.get("properties", {}).items():
        given = f", {value['default']} unless given" if isinstance(value.get("default"), int) else ""
        yield f"- `{key}`: {_kind(value)}{given}"
    yield ""


def _kind(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(_kind(each) for each in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        return " or ".join(f"`{value}`" for value in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}"
    if schema.get("type") == "object":
        values = schema.get("additionalProperties")
        return f"map of {_kind(values)}" if isinstance(values, dict) else "object"
    if "contentMediaType" in schema:
        return "file"
    names = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}
    return names.get(schema.get("type", ""), "null" if schema.get("type") == "null" else "anything")


if __name__ == "__main__":
    print(reference(), end="")  # noqa: T201
