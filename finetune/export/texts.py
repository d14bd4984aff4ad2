"""What a model's files are compared on: texts that cut tokenizers in awkward places, and short conversations.

All of it is in composed form (NFC), as Pincite's readers leave every text: some tokenizers of transformers compose
letters first, llama.cpp's do not.
"""

from __future__ import annotations

from collections.abc import Iterable

AWKWARD = (
    "The suction pressure stayed below P-210 for longer than P-211; see page 31.",
    "3 33 333 3333 33333 1,234,567.89 0.5 .5 5. 1e-9 0x1F 12:30:05 2024-02-29 +49 30 1234567",
    "don't DON'T I'll WE'VE he'd it's O'Neil 'tis rock'n'roll",
    "snake_case camelCase HTTPServer foo.bar(baz)[0] -> x != y && z; /usr/local/bin C:\\temp\\new",
    "  two spaces before\tand\ttabs\t\tand   three   spaces   and one after ",
    "a line\nanother\n\na paragraph\n\n\n\tindented\r\nWindows' ends",
    " ",
    "\n",
    "https://example.org/a?b=c&d=%20e#f user@example.org #tag @name",
    "naïve café Ångström Größe façade piñata œuvre Łódź İstanbul ñandú",
    "Привет, мир! Γειά σου Κόσμε. שלום עולם مرحبا بالعالم नमस्ते दुनिया สวัสดีชาวโลก",
    "😀 👍🏽 👩\u200d👩\u200d👧\u200d👦 🏳️\u200d🌈 🇩🇪🇨🇳 ❤️ text😀text 3️⃣",
    "合同自2024年3月1日起生效，有效期为三年。甲方应在30日内付款。",
    "泵显示错误代码E-104时，请检查吸入压力（P-210）是否低于0.3 MPa。",
    "《繁體中文》：軟體、資訊、「引號」、臺灣；全角ＡＢＣ１２３！？～",
    "混合 mixed 文本text中文English，第3章 chapter 3。",
    "日本語のテキスト、カタカナとひらがな。한국어 문장입니다.",
    "… “quoted” ‘single’ – en — em • bullet ½ ¼ ² ³ ° € £ ¥ § © ™ ∑ ≤ ≠ → ∞",
    "\u200bzero\u200bwidth\u00a0no-break\u3000ideographic space",
    "Aaaaaaaaaaaaaaaaaaaaaaaaa !!!!!!!!! ........ -------- ======== ________",
)

_SYSTEM = "Answer in one sentence from the evidence. If it is not there, say: Not found."
_FACTS = "[1] The lamp of the northern light burned oil until 1931.\n[2] It was lit by Maria Holt for twenty years."
_TREATY = "[1] 本合同自2024年3月1日起生效。\n[2] 任何一方可提前三个月书面通知终止合同。"
_ROLES = ("system", "user", "assistant")

Conversation = list[dict[str, str]]


def _spoken(*said: str) -> Conversation:
    """Messages by the system, the user and the assistant in turn."""
    roles = (_ROLES[0], *(_ROLES[1 + turn % 2] for turn in range(len(said) - 1)))
    return [{"role": role, "content": content} for role, content in zip(roles, said, strict=True)]


CONVERSATIONS: tuple[Conversation, ...] = (
    _spoken(_SYSTEM, f"{_FACTS}\n\nWho lit the lamp?", "Maria Holt lit the lamp for twenty years."),
    _spoken(_SYSTEM, f"{_FACTS}\n\nWhat does the tower weigh?", "Not found."),
    _spoken(_SYSTEM, f"{_TREATY}\n\n合同何时生效？", "合同自2024年3月1日起生效。"),
    _spoken("You are a helpful assistant.", "What is the capital of France?", "The capital of France is Paris."),
    _spoken(
        "You are a helpful assistant.",
        "Name three colours.",
        "Red, green and blue.",
        "Which of them is the sky?",
        "The sky is blue on a clear day, because the air scatters blue light more than red.",
    ),
    _spoken("你是一个有用的助手。", "水在多少度沸腾？ 😀", "在海平面上，水在100摄氏度沸腾。"),
)
"""Each ends with what the assistant says."""


def awkward(marks: Iterable[str]) -> list[str]:
    """The awkward texts, and each special token of a tokenizer alone, between words and beside Chinese."""
    return [*AWKWARD, *(text for mark in marks for text in (mark, f"one {mark} two", f"{mark}\n第3章{mark}"))]
