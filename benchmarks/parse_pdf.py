"""Parsing PDFs with a text layer: pages a second of one process, and its largest resident memory.

    python benchmarks/parse_pdf.py [FILE.pdf ...] [--pages 1000] [--repeats 3]

Without a file it makes one of that many pages: headings, paragraphs, a table and a footer on each. Every file is read
in a process of its own, so that memory is that file's. Beside the wall clock stands the processor's time, which other
work on the machine disturbs less, and PDFium alone (text without places or structure) as the ceiling.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

PARAGRAPH = (
    "The circulation pump runs whenever the boiler asks for heat and for three minutes after it has stopped. If the "
    "flow falls below the limit that was set at commissioning, the controller closes the gas valve, shows the code of "
    "the fault and waits for somebody to press the reset button. "
)


def make(path: Path, pages: int) -> None:
    """A manual of that many pages, about 400 words each."""
    from fpdf import FPDF

    pdf = FPDF(format="A4")
    pdf.set_auto_page_break(False)
    for number in range(1, pages + 1):
        pdf.add_page()
        pdf.set_font("Helvetica", "B", 15)
        pdf.cell(0, 10, f"{number} Procedure {number}", new_x="LMARGIN", new_y="NEXT")
        pdf.set_font("Helvetica", "", 10)
        for _ in range(7):
            pdf.multi_cell(0, 5, PARAGRAPH, new_x="LMARGIN", new_y="NEXT")
            pdf.ln(2)
        with pdf.table() as table:
            for row in (
                ("Code", "Meaning", "Remedy"),
                *((f"E{code}", "Low flow", "Vent") for code in range(number, number + 5)),
            ):
                cells = table.row()
                for cell in row:
                    cells.cell(cell)
        pdf.set_y(-15)
        pdf.cell(0, 8, f"Page {number}")
    pdf.output(str(path))


def measure(path: Path) -> dict[str, float]:
    """Read the file in this process: pages, seconds by the clock and of the processor, peak memory in MB."""
    import pypdfium2

    from ingestion.readers.pdf import read_pdf

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, processor = time.perf_counter(), time.process_time()
    (reading,) = read_pdf(path, path.name)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    pages = len(reading.document.page_starts)
    alone = time.process_time()
    pdf = pypdfium2.PdfDocument(path)
    for page in pdf:
        text = page.get_textpage()
        text.get_text_range()
        text.close()
        page.close()
    return {
        "pages": pages,
        "characters": len(reading.document.text),
        "wall_s": wall,
        "processor_s": processor,
        "pdfium_s": time.process_time() - alone,
        "idle_mb": before / 1024,
        "peak_mb": peak / 1024,
    }


def report(path: Path, repeats: int) -> None:
    """The best of several runs, since whatever else the machine does only ever makes it slower."""
    command = [sys.executable, __file__, "--measure", str(path)]
    runs = [json.loads(subprocess.run(command, check=True, capture_output=True).stdout) for _ in range(repeats)]
    pages = runs[0]["pages"]
    best = {key: min(run[key] for run in runs) for key in runs[0]}
    print(
        f"{path.name[:50]:50} {pages:6.0f} pages  {pages / best['wall_s']:6.0f} pages/s by the clock  "
        f"{pages / best['processor_s']:6.0f} by the processor  {pages / best['pdfium_s']:6.0f} PDFium alone  "
        f"{best['peak_mb']:5.0f} MB at most"
    )


def main() -> None:
    """Measure the files given, or one that is made."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        print(json.dumps(measure(given.measure)))
        return
    with tempfile.TemporaryDirectory() as folder:
        files = given.files
        if not files:
            files = [Path(folder) / f"made-{given.pages}.pdf"]
            make(files[0], given.pages)
        for path in files:
            report(path, given.repeats)


if __name__ == "__main__":
    main()
