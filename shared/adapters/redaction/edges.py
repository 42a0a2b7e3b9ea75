"""Where a passage may begin and end.

What one looks for (numbers, keys, addresses) is of ASCII characters, so a character of another
script beside it is no part of it: Chinese, Japanese and Thai put no spaces between words, Korean
and Arabic put particles on them.
"""

BEFORE = r"(?<![A-Za-z0-9_])"
AFTER = r"(?![A-Za-z0-9_])"
# Thai to Myanmar, Khmer, Hangul, kana, ideographs: for use within a class of characters.
UNSPACED = (
    "\u0e00-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3040-\u9fff\uac00-\ud7ff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
SPACED = rf"[^\W{UNSPACED}]"  # a letter, digit or mark of a script that sets words apart
WORD_BEFORE = rf"(?<!{SPACED})"
WORD_AFTER = rf"(?!{SPACED})"
