"""What Telegram makes of HTML: the text that is shown, or what is wrong with it."""

import re
from html import unescape

TAGS = {
    "b",
    "strong",
    "i",
    "em",
    "u",
    "ins",
    "s",
    "strike",
    "del",
    "a",
    "code",
    "pre",
    "blockquote",
}
TOKEN = re.compile(r"<(/?)([a-z-]*)((?:\s[^<>]*)?)>|<|&(?:lt|gt|amp|quot|#\d+|#x[0-9a-f]+);")


def parse(html: str) -> str:
    """The text without tags and entities. Raises ValueError, in the words of the API."""
    shown, opened, at = [], [], 0
    for token in TOKEN.finditer(html):
        shown.append(html[at : token.start()])
        at = token.end()
        closing, tag = token[1], token[2]
        if token[0].startswith("&"):
            shown.append(unescape(token[0]))
        elif tag is None or tag not in TAGS:
            raise ValueError(
                f'Unsupported start tag "{tag or ""}" at byte offset {_at(html, token)}'
            )
        elif not closing:
            opened.append(tag)
        elif not opened or opened.pop() != tag:
            raise ValueError(f"Unmatched end tag at byte offset {_at(html, token)}")
    if opened:
        raise ValueError(f'Can\'t find end tag corresponding to start tag "{opened[-1]}"')
    return "".join([*shown, html[at:]])


def _at(html: str, token: re.Match) -> int:
    return len(html[: token.start()].encode())
