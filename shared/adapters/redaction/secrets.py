"""Keys, tokens, passwords and other secrets, by the form that their issuers give them."""

import re
from collections.abc import Iterator

from shared.adapters.redaction.edges import BEFORE, SPACED

_ISSUED = re.compile(
    BEFORE
    + r"""(?:
      (?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}                       # AWS
    | gh[opusr]_[A-Za-z0-9]{30,255} | github_pat_\w{22,255}      # GitHub
    | gl(?:pat|dt|rt|soat|cbt|ptt|ft|imt|agent|oas)-[\w-]{20,64} # GitLab
    | xox[abeoprs]-[A-Za-z0-9-]{10,250} | xapp-[A-Za-z0-9-]{20,250}       # Slack
    | (?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10,250} | whsec_[A-Za-z0-9+/=]{20,250}  # Stripe
    | sk-(?:proj-|svcacct-|admin-|ant-[a-z0-9]{3,8}-|or-v1-)?[A-Za-z0-9_-]{20,250}   # model vendors
    | AIza[\w-]{35} | ya29\.[\w-]{20,250} | GOCSPX-[\w-]{20,64}  # Google
    | SG\.[\w-]{16,64}\.[\w-]{16,64}                             # SendGrid
    | (?:AC|SK)[0-9a-f]{32}                                      # Twilio
    | hf_[A-Za-z0-9]{30,64} | npm_[A-Za-z0-9]{36} | pypi-[\w-]{16,250}
    | do[opr]_v1_[0-9a-f]{64} | shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}
    | key-[0-9a-f]{32} | NRAK-[A-Z0-9]{27} | dckr_pat_[\w-]{20,64} | lin_api_\w{32,64}
    | glsa_\w{32,64} | secret_[A-Za-z0-9]{40,64} | ntn_[A-Za-z0-9]{40,64} | sq0[a-z]{3}-[\w-]{22,64}
    | EAA[A-Za-z0-9]{60,250} | dp\.pt\.[A-Za-z0-9]{40,64} | hvs\.[\w-]{20,250}
    | \d{8,10}:AA[\w-]{32,36}                                    # Telegram
    | [MNO][A-Za-z\d_-]{23,27}\.[\w-]{6}\.[\w-]{27,40}           # Discord
    | eyJ[\w-]{6,4000}\.eyJ[\w-]{6,8000}(?:\.[\w-]{0,2000})?     # JSON web tokens
    | [A-Za-z0-9_~.-]{3}8Q~[A-Za-z0-9_~.-]{31,34}                # Entra client secrets
    )""",
    re.VERBOSE,
)
_BLOCK = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?"
    r"(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|\Z)"
)
_IN_ADDRESS = re.compile(r"://(?P<value>[^\s:/@\"'<>]{0,128}+:[^\s/@\"'<>]{1,256}+)@")
_AUTHORIZATION = re.compile(
    BEFORE + r"(?:bearer|basic)\s+(?P<value>[A-Za-z0-9+/_~.-]{16,4000}=*)", re.IGNORECASE
)
_WORD_BEFORE = rf"(?<!(?!_){SPACED})"  # `DB_PASSWORD` names one
_NAME = (
    r"(?:pass(?:word|wd|phrase|code)|pwd|secret|secret[_ -]?(?:access[_ -]?)?key|api[_ -]?key"
    r"|access[_ -]?(?:key|token)|auth[_ -]?token|client[_ -]?secret|account[_ -]?key"
    r"|shared[_ -]?access[_ -]?key|private[_ -]?key|token|pin|credentials?"
    r"|passwort|kennwort|contrase(?:ñ|n)a|mot de passe|senha|wachtwoord|has[łl]o|пароль)"
)
_NAME_UNSPACED = r"(?:密[码碼]|口令|パスワード|暗証番号|비밀번호|암호|รหัสผ่าน)"
_VALUE = (
    r"(?:\"(?P<double>[^\"\n]{3,256})\"|'(?P<single>[^'\n]{3,256})'|(?P<bare>[^\s,\"'<>]{4,512}))"
)
_ASSIGNED = re.compile(rf"{_WORD_BEFORE}{_NAME}[\"']?\s{{0,2}}(?:=|:=|:|：)\s{{0,2}}{_VALUE}", re.I)
_TOLD = re.compile(
    rf"{_WORD_BEFORE}{_NAME}\s{{1,2}}(?:is|ist|es|est|é|är)(?:\s{{1,2}}now)?:?\s{{1,2}}{_VALUE}",
    re.I,
)
_IS = r"(?:是|[为為]|[はが]|[은는이가]|คือ)"
# Here a value ends where such a script goes on; what is counted ("8文字") is none.
_VALUE_UNSPACED = r"\s{0,2}[\"'「『]?(?P<bare>[!#-&(-~]{4,256}+)(?![年月日文字位個个자])"
_ASSIGNED_UNSPACED = re.compile(rf"{_NAME_UNSPACED}[\"'」』]?\s?(?:=|:=|:){_VALUE_UNSPACED}")
_TOLD_UNSPACED = re.compile(
    rf"(?:{_WORD_BEFORE}{_NAME}|{_NAME_UNSPACED}[\"'」』]?)\s?{_IS}{_VALUE_UNSPACED}", re.IGNORECASE
)
# "The password is wrong" tells none; "the password is hunter2" does, as does "password: hunter".
_NAMED = (
    (_ASSIGNED, True),
    (_TOLD, False),
    (_ASSIGNED_UNSPACED, True),
    (_TOLD_UNSPACED, False),
)
_SIGNATURE = re.compile(r"[?&](?:sig|signature|code|key|token)=(?P<value>[\w%+/=.-]{16,512})", re.I)
_NO_SECRET = re.compile(
    r"\[(?:email|phone|card|iban|secret)\]"
    r"|(?:required|optional|null|none|true|false|undefined|missing|empty|string|hidden|must|should"
    r"|invalid|expired|wrong|changed|reset|needed|not|str|bool|int|with|from|this|that|your"
    r"|\*+|\.+|x+|\[\w+\]|<\w+>|\{+\w+\}+|\$\{?\w+\}?)[.,;!?)]*$",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+[.,;!?)]*")


class Secrets:
    """Finds keys and tokens of known forms, private keys, and what is named as a password."""

    kind = "secret"

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """See Detector.find."""
        for pattern in (_BLOCK, _ISSUED):
            for match in pattern.finditer(text):
                yield match.span()
        for pattern in (_IN_ADDRESS, _AUTHORIZATION, _SIGNATURE):
            for match in pattern.finditer(text):
                yield match.span("value")
        for pattern, any_word_tells in _NAMED:
            for match in pattern.finditer(text):
                name, value, span = _value(match)
                told = any_word_tells or name != "bare" or not _WORD.fullmatch(value)
                if told and not _NO_SECRET.match(value):
                    yield span


def _value(match: re.Match[str]) -> tuple[str, str, tuple[int, int]]:
    """How the value stands there (`double` and `single` are quoted), the value, and its span."""
    name, value = next(item for item in match.groupdict().items() if item[1] is not None)
    start, end = match.span(name)
    if name == "bare":
        end = start + len(value.rstrip(".,;!?)"))
    return name, value, (start, max(end, start + 1))
