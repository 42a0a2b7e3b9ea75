"""Text that a program was to fill in or to interpret, and output of machines."""

import json
import re

_QUOTED = re.compile(r"`[^`]*`")
_LEAK = re.compile(
    r"\{\{.{0,80}?\}\}|\{%.{0,80}?%\}|\$\{\w+\}|%\(\w+\)s|<%.{0,80}?%>"
    r"|<\|[\w ]{1,40}\|>|\[/?INST\]|<</?SYS>>|</?s>|<(?:start|end)_of_turn>"
    r"|\[(?:INSERT|YOUR|USER|NAME|PLACEHOLDER|COMPANY|CUSTOMER|DATE|TODO|ENTER|FILL|RECIPIENT"
    r"|AGENT|CITY|PRODUCT)\b[^\]\n]{0,60}\]"
    r"|\[(?:Insert|Your|Enter|Recipient|Placeholder)\s[^\]\n]{1,60}\]"
    r"|<(?:user_?name|first_?name|last_?name|your[ _-][\w -]{1,40}|insert[ _-][\w -]{1,40}"
    r"|placeholder|customer_?name|company_?name)>"
    r"|\b__[A-Z][A-Z_]+__\b|\[object Object\]|\blorem ipsum\b"
    r"|(?:\b(?:is|named|called|name is|lives in|likes|to)|:) (?:undefined|null|NaN|None)[.!]?$"
)
_MACHINE = re.compile(
    r"^\s*Traceback \(most recent call last\)|^\s*at [\w.$<>]{2,} ?\([^)\n]*:\d+(?::\d+)?\)"
    r"|^\s*HTTP/\d(?:\.\d)? \d{3}|^\s*(?:npm|yarn) (?:ERR|WARN)\b"
    r"|^\s*\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*\]?\s+\[?(?:INFO|DEBUG|WARN|ERROR|TRACE)\b"
    r"|^\s*(?:INFO|DEBUG|WARN(?:ING)?|ERROR|TRACE)[:\s]+\[?[\w.]+\]?\s*[:-]"
    r"|^\s*File \"[^\"\n]+\", line \d+|^\s*</?(?:html|div|span|table|script|body|svg|xml|\?xml)\b"
    r"|^\s*(?:SELECT\s.{1,80}\sFROM|INSERT\sINTO|UPDATE\s\w+\sSET|DELETE\sFROM)\s"
    r"|^\s*(?:\$|>>>|C:\\>|PS>|#!)\s?\S|^\s*(?:diff --git|@@ -\d|\+\+\+ b/)"
    r"|^\s*(?:process |command )?exit(?:ed)? (?:with )?(?:code|status) \d+"
    r"|[A-Za-z0-9+/]{100,}|\bdata:[a-z]+/[\w.+-]+;base64,"
)


def leaks_template(text: str) -> bool:
    """Whether a placeholder or a model's own marker stands in the text, unless in backticks."""
    return bool(_LEAK.search(_QUOTED.sub("", text)))


def is_machine_output(text: str) -> bool:
    """Whether the text is JSON, a log, a stack trace, markup, a query, or encoded bytes."""
    if text.lstrip()[:1] in ("{", "["):
        try:
            return isinstance(json.loads(text), dict | list)
        except (ValueError, RecursionError):
            return bool(re.match(r"\s*[{\[]\s*\"[^\"]{1,60}\"\s*:", text))
    return bool(_MACHINE.search(text))
