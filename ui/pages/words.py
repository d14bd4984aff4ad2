"""What the pages say, in English and Chinese."""

from __future__ import annotations

import streamlit as st

LANGUAGES = {"English": "en", "中文": "zh"}

WORDS: dict[str, tuple[str, str]] = {
    "chat": ("Ask", "提问"),
    "documents": ("Documents", "文档"),
    "models": ("Models", "模型"),
    "language": ("Language", "语言"),
    "new": ("New conversation", "新对话"),
    "look_in": ("Look in", "查找范围"),
    "all": ("all documents", "全部文档"),
    "figures": ("Documents: {documents}, passages: {passages}", "{documents} 份文档，{passages} 个段落"),
    "welcome": (
        "Ask a question. Every sentence of the answer carries the place it comes from; click it to see the page.",
        "请提问。回答中的每一句话都注明出处，点击即可查看原文页面。",
    ),
    "empty": (
        "The library is empty. Add documents, then ask about them here.",
        "资料库中还没有文档。请先添加文档，再在这里提问。",
    ),
    "your_question": ("Your question", "请输入问题"),
    "add_first": ("Add documents first", "请先添加文档"),
    "to_documents": ("Add documents", "添加文档"),
    "searching": ("Searching the documents", "正在查找文档"),
    "queued": ("Questions before yours: {position}", "前面还有 {position} 个问题"),
    "phrasing": ("Phrasing the answer", "正在组织回答"),
    "not_found": (
        "No answer was found in the documents, so none is given. The nearest places are these:",
        "文档中没有找到答案，因此不作回答。最接近的位置如下：",
    ),
    "nothing_near": (
        "No answer was found in the documents, so none is given.",
        "文档中没有找到答案，因此不作回答。",
    ),
    "failed": ("This question was not answered:", "这个问题没有得到回答："),
    "again": ("Ask again", "重新提问"),
    "copy": ("Copy", "复制"),
    "nearest": ("Nearest passages, which may not answer the question", "最接近的段落（未必能回答问题）"),
    "understood": ("Understood as: {question}", "理解为：{question}"),
    "passages": ("Passages that were read", "查阅的段落"),
    "also_in": ("also in {names}", "另见 {names}"),
    "page": ("p. {page}", "第 {page} 页"),
    "timing": (
        "evidence {retrieve_s:.2f} s, answer {total_s:.1f} s",
        "查找 {retrieve_s:.2f} 秒，回答 {total_s:.1f} 秒",
    ),
    "comment": ("What was wrong, or good?", "哪里不好，或者哪里好？"),
    "send": ("Send", "发送"),
    "thanks": ("Noted. Thank you.", "已记录，谢谢。"),
    "close": ("Close", "关闭"),
    "previous": ("Previous page", "上一页"),
    "next": ("Next page", "下一页"),
    "upload": ("Drop files here, or choose them", "将文件拖到这里，或者选择文件"),
    "upload_help": (
        "PDF, scans, Word, PowerPoint, Excel, HTML, mail, Markdown, text, CSV, JSONL and more",
        "PDF、扫描件、Word、PowerPoint、Excel、HTML、邮件、Markdown、文本、CSV、JSONL 等",
    ),
    "collection": ("Collection", "文档集"),
    "collection_help": (
        "A name to group these files under, for example a project",
        "为这些文件指定一个分组名称，例如项目名",
    ),
    "add": ("Add", "添加"),
    "no_files": ("Choose files first, or drop them above.", "请先选择文件，或将文件拖到上方。"),
    "adding": (
        "Adding: {done} of {total} done, passages: {passages}",
        "正在添加 {done}/{total} 个文件，{passages} 个段落",
    ),
    "added": ("Added in {seconds:.1f} s", "添加完成，用时 {seconds:.1f} 秒"),
    "adding_failed": ("Adding failed", "添加失败"),
    "find": ("Find by name", "按名称查找"),
    "remove": ("Remove {count} selected", "删除选中的 {count} 份"),
    "remove_title": ("Remove documents", "删除文档"),
    "remove_sure": (
        "Remove what is listed here from the library? Uploaded originals go too.",
        "确定要从资料库中删除以下 {count} 份文档吗？上传的原件也会一并删除。",
    ),
    "remove_yes": ("Remove", "删除"),
    "removed": ("Removed: {names}", "已删除：{names}"),
    "shown": ("Showing {first} to {last} of {total}", "第 {first} 至 {last} 份，共 {total} 份"),
    "pages": ("{count} pages", "{count} 页"),
    "one_page": ("1 page", "1 页"),
    "passages_of": ("{count} passages", "{count} 个段落"),
    "one_passage": ("1 passage", "1 个段落"),
    "none": ("No documents yet.", "还没有文档。"),
    "none_match": ("No document has this in its name.", "没有名称匹配的文档。"),
    "status_added": ("added", "已添加"),
    "status_updated": ("updated", "已更新"),
    "status_unchanged": ("unchanged", "未变化"),
    "status_partial": ("partly read", "部分读取"),
    "status_skipped": ("skipped", "已跳过"),
    "status_failed": ("failed", "失败"),
    "model": ("model", "模型"),
    "size": ("size", "大小"),
    "questions": ("questions", "问题数"),
    "in_use": ("in use", "使用中"),
    "figure_right": ("right", "正确"),
    "figure_rightly cited": ("rightly cited", "引用正确"),
    "figure_wrongly refused": ("wrongly refused", "误拒"),
    "figure_wrongly answered": ("wrongly answered", "误答"),
    "figure_draft kept": ("draft kept", "草稿保留"),
    "kind_embedded": ("comes with Pincite", "随 Pincite 提供"),
    "kind_tuned": ("tuned here", "在此调优"),
    "kind_file": ("added", "已添加"),
    "figures_meaning": (
        "Shares of the questions, with their 95 % intervals. Figures marked with ≠ were measured on other questions or "
        "documents than those of the model in use, and cannot be set beside them. A model without figures "
        "was not measured yet; it is when it is to be used.",
        "所占问题的比例及其 95% 区间。带 ≠ 的数值所用的问题或文档与当前模型不同，不能直接比较。"
        "没有数值的模型尚未测量，切换到它之前会先测量。",
    ),
    "unmeasured": (
        "None of them has been measured here yet. `pincite evaluate --new questions.csv` drafts questions from your "
        "documents, `pincite evaluate questions.csv` measures.",
        "尚未在此测量过这些模型。`pincite evaluate --new questions.csv` 根据您的文档起草问题，"
        "`pincite evaluate questions.csv` 进行测量。",
    ),
    "endpoint": (
        "An endpoint phrases the answers; [engine] in pincite.toml names it.",
        "回答由外部服务生成，见 pincite.toml 的 [engine]。",
    ),
    "other_model": ("Another model", "其他模型"),
    "use_model": ("Use", "使用"),
    "use_help": (
        "It is measured first, and not used if it measures worse than the model in use.",
        "切换前先进行测量；如果不如当前模型，则不切换。",
    ),
    "use_anyway": ("Use {name} all the same", "仍然使用 {name}"),
    "roll_back": ("Back to {name}", "恢复为 {name}"),
    "switching": ("Switching", "正在切换"),
    "switch_measuring": ("Measuring: {done} of {total} questions", "正在测量：{done}/{total} 个问题"),
    "switched": ("{wanted} phrases the answers now.", "现在由 {wanted} 组织回答。"),
    "not_switched": ("{wanted} measures worse than {before}: {losses}", "{wanted} 不如 {before}：{losses}"),
    "switch_failed": ("The model was not changed", "模型未更换"),
    "trained_pairs": ("pairs", "训练对"),
    "trained_tokens": ("tokens", "词元"),
    "trained_seconds": ("seconds", "秒"),
    "trained_loss": ("loss", "损失"),
    "trained_held_loss": ("loss of the hold-out", "留出集损失"),
    "trained_best_held_loss": ("its lowest", "留出集最低损失"),
    "trained_parity": ("the file beside what was trained", "文件与训练结果对比"),
    "training": ("How {name} was trained", "{name} 的训练过程"),
}


def say(key: str, **values: object) -> str:
    """The words of `key` in the reader's language, with `values` filled in."""
    english, chinese = WORDS[key]
    return (chinese if st.session_state.get("language") == "zh" else english).format(**values)
