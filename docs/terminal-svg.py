#!/usr/bin/env python3
"""Draw a terminal's screen as SVG, colours and all. How docs/install.svg is made:

  tmux capture-pane -e -p | docs/terminal-svg.py 'rbee-hive worker install whisper-server' > docs/install.svg
"""

import html
import re
import sys
import unicodedata

COLOURS = {
    30: "#3b4048", 31: "#e06c75", 32: "#98c379", 33: "#e5c07b", 34: "#61afef", 35: "#c678dd",
    36: "#56b6c2", 37: "#dcdfe4", 90: "#7f848e",
}  # fmt: skip
CELL, LINE, MARGIN = 8.4, 19, 16


def spans(line):
    """The pieces of a line, each with its style."""
    colour, dim, bold = None, False, False
    for number, piece in enumerate(re.split(r"\x1b\[([0-9;]*)m", line)):
        if number % 2 == 0:
            if piece:
                yield piece, colour, dim, bold
            continue
        codes = [int(code or 0) for code in piece.split(";")]
        while codes:
            code = codes.pop(0)
            if code == 0:
                colour, dim, bold = None, False, False
            elif code == 1:
                bold = True
            elif code == 2:
                dim = True
            elif code == 38 and codes[:1] == [5]:
                colour, codes = COLOURS.get(30 + codes[1]), codes[2:]
            elif code in COLOURS or code == 39:
                colour = COLOURS.get(code)


def cells(text):
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def main():
    lines = [f"$ {sys.argv[1]}", *sys.stdin.read().rstrip("\n").split("\n")]
    plain = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in lines]
    width = max(map(cells, plain)) * CELL + 2 * MARGIN
    height = len(lines) * LINE + 2 * MARGIN
    print(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}" '
        f'viewBox="0 0 {width:.0f} {height}" font-family="ui-monospace, DejaVu Sans Mono, monospace" '
        f'font-size="14">\n<rect width="100%" height="100%" rx="8" fill="#21252b"/>'
    )
    for row, line in enumerate(lines):
        column, y = 0, MARGIN + row * LINE + 14
        for text, colour, dim, bold in spans(line):
            style = f'fill="{colour or "#dcdfe4"}"'
            style += ' opacity="0.65"' if dim else ""
            style += ' font-weight="bold"' if bold else ""
            if text.strip():
                x, length = MARGIN + column * CELL, cells(text) * CELL
                print(
                    f'<text x="{x:.1f}" y="{y}" {style} xml:space="preserve" '
                    f'textLength="{length:.1f}">{html.escape(text)}</text>'
                )
            column += cells(text)
    print("</svg>")


main()
