"""What the pages are put together from: escaped text, tables, sections, and the style they share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

STYLE = """
:root { --ink: #1c2430; --soft: #5c6878; --line: #dfe4ea; --ground: #f6f7f9; --card: #ffffff; --accent: #1f5fbf;
  --good: #1a7f4b; --bad: #b3261e; --warn: #9a6700; --goodground: #e3f3ea; --badground: #fbe6e4; --warnground: #fdf1d6 }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ee; --soft: #99a4b3; --line: #323b47; --ground: #14181e;
  --card: #1c222a; --accent: #7db0ff; --good: #5fce94; --bad: #ff8a80; --warn: #f0c060; --goodground: #16341f;
  --badground: #41201d; --warnground: #3a2f12 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI",
  "Noto Sans", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif }
main { max-width: 1080px; margin: 0 auto; padding: 32px 24px 80px }
h1 { font-size: 26px; margin: 0 0 4px; letter-spacing: -.01em } h2 { font-size: 18px; margin: 40px 0 12px }
h3 { font-size: 14px; margin: 0 0 8px; color: var(--soft); font-weight: 600 }
p { margin: 4px 0 12px; max-width: 75ch } .soft { color: var(--soft) } .small { font-size: 13px }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 24px 0 0 }
.card, .panel, details { background: var(--card); border: 1px solid var(--line); border-radius: 10px }
.card { padding: 14px 16px } .card b { display: block; font-size: 28px; line-height: 1.2; font-weight: 650;
  font-variant-numeric: tabular-nums } .card span { color: var(--soft); font-size: 13px }
.panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(440px, 100%), 1fr)); gap: 12px }
.panel + .panel { margin-top: 12px } .panels .panel + .panel { margin-top: 0 }
.panel { padding: 16px; overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th, td { text-align: left; padding: 6px 10px; border-bottom: 1px solid var(--line); vertical-align: top }
tr:last-child td { border-bottom: 0 } th { color: var(--soft); font-weight: 600; font-size: 13px; white-space: nowrap }
td.n, th.n { text-align: right; white-space: nowrap } td b, .firm { white-space: nowrap }
.panels td, .panels th { padding: 6px }
details { margin: 8px 0; padding: 0 } summary { cursor: pointer; padding: 10px 14px; display: flex; flex-wrap: wrap;
  gap: 4px 10px; align-items: baseline } summary .what { flex: 1 1 16em }
summary::-webkit-details-marker { display: none } summary::before { content: "▸"; color: var(--soft) }
details[open] > summary::before { content: "▾" }
details > div { padding: 4px 16px 14px; border-top: 1px solid var(--line) }
.tag { font-size: 12px; font-weight: 600; padding: 1px 8px; border-radius: 20px; white-space: nowrap }
.tag.good { color: var(--good); background: var(--goodground) } .tag.bad { color: var(--bad);
  background: var(--badground) } .tag.warn { color: var(--warn); background: var(--warnground) }
.tag.plain { color: var(--soft); border: 1px solid var(--line) }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 16px; margin: 8px 0 } dt { color: var(--soft) }
dd p { margin: 0 0 8px; white-space: pre-line } a { color: var(--accent) }
dd { margin: 0; min-width: 0; overflow-wrap: anywhere } blockquote { margin: 4px 0 8px; padding: 2px 0 2px 12px;
  border-left: 3px solid var(--accent) } .place { color: var(--accent); font-size: 13px }
svg text { fill: var(--soft); font-size: 11px } svg { max-width: 100%; height: auto; display: block }
td svg { position: relative; top: 4px; max-width: none }
@media print { body { background: #fff } details { break-inside: avoid } }
"""


def page(title: str, subtitle: str, body: Iterable[str]) -> str:
    """A whole page. `title` and `subtitle` are plain text, `body` holds markup."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><main>"
        f'<h1>{escape(title)}</h1><p class="soft">{escape(subtitle)}</p>{"".join(body)}</main></body></html>\n'
    )


def section(title: str, *parts: str, about: str = "") -> str:
    """A heading, a line about it, and what stands under it; nothing where there is nothing."""
    held = "".join(parts)
    said = f'<p class="soft small">{escape(about)}</p>' if about else ""
    return f"<h2>{escape(title)}</h2>{said}{held}" if held else ""


def panel(*parts: str, title: str = "") -> str:
    """A framed part."""
    head = f"<h3>{escape(title)}</h3>" if title else ""
    return f'<div class="panel">{head}{"".join(parts)}</div>'


def table(header: Sequence[str], rows: Iterable[Sequence[str]], numbers: Iterable[int] = ()) -> str:
    """A table; `header` is plain text, the cells are markup, `numbers` the columns set to the right."""
    right = set(numbers)

    def cells(tag: str, row: Sequence[str]) -> str:
        return "".join(f"<{tag}{_class(at in right)}>{cell}</{tag}>" for at, cell in enumerate(row))

    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return (
        f"<table><thead><tr>{cells('th', [escape(name) for name in header])}</tr></thead><tbody>{body}</tbody></table>"
    )


def tag(text: str, tone: str = "plain") -> str:
    """A small label; `tone` is good, bad, warn or plain."""
    return f'<span class="tag {tone}">{escape(text)}</span>'


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """Names, plain, with what they are, markup."""
    return "<dl>" + "".join(f"<dt>{escape(name)}</dt><dd>{value}</dd>" for name, value in pairs) + "</dl>"


def unfolding(summary: str, content: str, opened: bool = False) -> str:
    """What opens when it is clicked; both are markup."""
    return f"<details{' open' if opened else ''}><summary>{summary}</summary><div>{content}</div></details>"


def number(value: float | None, places: int = 3) -> str:
    """A figure, with a dash where there is none."""
    return "–" if value is None else f"{value:.{places}f}"


def text(value: Any) -> str:
    """Anything as escaped text."""
    return escape(str(value))


def _class(right: bool) -> str:
    return ' class="n"' if right else ""
