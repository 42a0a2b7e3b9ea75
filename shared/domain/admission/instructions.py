"""Instructions to whoever reads a memory, which no memory may carry from an untrusted speaker."""

import re

from shared.domain.text import comparison_form

# Letters that look like Latin ones, which is how a word is hidden from a search.
_LOOKALIKES = str.maketrans(
    "аеорсухіѕјӏԁɡһԛԝтмкнвαεορτυνικχβγμηѵⅼı0134579@$",
    "aeopcyxisjldghqwtmkhbaeoptuvikxbyunvlioieastgas",
)
_SPACED_OUT = re.compile(r"\b(?:\w[ ._-]){4,}\w\b")
_ORDERS = (
    r"(?:instruction|prompt|rule|guideline|direction|directive|command|polic|restriction"
    r"|safeguard|filter|training|programming|constraint)"
)
_OVERRIDE = re.compile(
    rf"\b(?:previous|prior|above|earlier|all|system) .{{0,20}}{_ORDERS}\w*.{{0,20}}?"
    r"\b(?:ignored|disregarded|forgotten|overridden|bypassed|dropped)\b|"
    r"\b(?:ignor|disregard|forget|overrid|bypass|discard|neglect)\w*\b(?!.{0,12}\bmy\b).{0,40}?"
    rf"\b(?:previous|prior|above|earlier|preceding|all|any|your|its|the|these|those|system|safety"
    rf"|other|existing)\b.{{0,30}}?\b{_ORDERS}"
    r"|\b(?:reveal|print|show|output|repeat|leak|expose|dump)\w*\b.{0,30}"
    r"\b(?:system prompt|hidden prompt|initial prompt|(?:your|its) (?:system )?(?:instructions"
    r"|prompt))"
    r"|\b(?:you are|you're|act as|pretend to be|become) (?:now )?(?:dan\b|an? unrestricted"
    r"|jailbroken"
    r"|in developer mode|developer mode|root\b|an? (?:helpful|friendly|unfiltered)\b.{0,20}"
    r"\b(?:assistant|ai|chatbot|bot)\b)"
    r"|<\|?/?(?:im_start|im_end|system|endoftext|assistant|developer)\|?>|\[/?(?:inst|system)\]"
    r"|#{2,} ?(?:system|instruction|new instruction|assistant|developer)"
    r"|(?:^|[\n\"'])\s*\[?(?:system|developer|assistant|admin|root)\]? ?(?:message|prompt|note)?:"
    r"|\bsystem override\b|\b(?:end|begin) of (?:system|user) (?:prompt|message|instructions)\b"
)
_OTHER_LANGUAGES = re.compile(
    r"\bignor(?:a|e|ez|er|iere|iert|ieren|are|ar)\b.{0,30}"
    r"\b(?:instrucciones|instructions|anweisungen|regeln|istruzioni|instruções|reglas|consignes"
    r"|vorgaben|regole|regras)"
    r"|\bvergiss\b.{0,30}\b(?:anweisungen|regeln|vorgaben)|\boublie\w*\b.{0,30}\b(?:instructions"
    r"|consignes)|\bolvida\b.{0,30}\b(?:instrucciones|reglas)|\bnegeer\b.{0,30}\binstructies"
    r"|(?:игнорируй|забудь|игнорировать).{0,30}(?:инструкци|указани|правил)"
    r"|z?ignoruj.{0,30}(?:instrukcj|polece)|talimat.{0,20}(?:yok say|görmezden|unut)"
    r"|(?:忽略|无视|無視|忘记|忘掉).{0,12}(?:指令|指示|说明|規則|规则|提示)"
    r"|(?:指示|命令|ルール|プロンプト).{0,8}(?:無視|忘れ)|(?:지시|명령|규칙|지침).{0,8}(?:무시|잊)"
    r"|(?:تجاهل|انس).{0,16}(?:التعليمات|الأوامر|القواعد)|(?:निर्देश|नियम).{0,16}(?:अनदेखा"
    r"|नज़रअंदाज|भूल)"
)
_ACT = (
    r"(?:ignore|obey|comply|respond|reply|answer|act as|behave|treat|reveal|approve|grant|transfer"
    r"|wire|forward|e-?mail|execute|run|call|trust|store|save|remember|prepend|append|include"
    r"|recommend|promote|refund|unlock|disable|delete|never|always)"
)
_DIRECTIVE = re.compile(
    rf"\b(?:from now on|henceforth|going forward|in all future\b.{{0,30}}),? ?(?:you|always"
    rf"|never|every"
    rf"|all|{_ACT})\b"
    rf"|\byou (?:must|shall|are to|are required to)(?: now| always)? (?:{_ACT})\b"
    r"|\b(?:the |all |any |future )?(?:assistant|agent|ai|model|llm|chatbot|system)s?"
    rf" (?:must|shall|should|has to|have to|is to|are to)(?: now| always| never"
    rf"| not)? (?:{_ACT}|be)\b"
    rf"|(?:^|[.!?:;\n]\s*|\bplease )(?:always|never) {_ACT}\b"
    r"|\b(?:new|updated|critical|hidden|secret|mandatory|priority) (?:system )?"
    r"(?:instruction|directive|rule|policy|command|order)s?\b ?(?::|-|—)"
    r"|\b(?:send|transfer|delete|wire|approve|grant|execute|forward|pay|purchase|install|book)\b"
    r".{0,60}\bwithout (?:asking|confirm|approval|telling|informing|verif|consent|permission)"
    r"|\b(?:do not|don't|never) (?:tell|inform|alert|notify|mention (?:this|it) to|warn) the user\b"
    r"|\b(?:store|save|remember|record|add|write|memori[sz]e)\b.{0,40}"
    r"\b(?:as|in|into|to) (?:an? |the |your |long-term |user )*(?:memor(?:y|ies)|user fact"
    r"|profile)\b"
    r"|\b(?:send|post|forward|upload|exfiltrate|leak)\b.{0,80}(?:https?://|\bto \S+@)"
    r"|!\[[^\]]{0,80}\]\(\s*(?:https?:|data:|//)"
    r"|\bthe user (?:is|has been|was) (?:now )?(?:an? |the )?(?:admin|administrator|root|superuser"
    r"|verified|authori[sz]ed|pre-?approved|whitelisted|unlimited)\b"
    r"|\bthe user (?:has|is granted|is given|was granted) (?:unlimited|full|admin|root"
    r"|unrestricted)\b"
)


def overrides_instructions(text: str) -> bool:
    """Whether a text tells its reader to drop its rules, or poses as one that makes them."""
    return any(
        _OVERRIDE.search(form) or _OTHER_LANGUAGES.search(form) for form in _plain_forms(text)
    )


def directs_reader(text: str) -> bool:
    """Whether a text tells an agent how to act, or grants somebody rights, as only a user may."""
    return overrides_instructions(text) or any(
        _DIRECTIVE.search(form) for form in _plain_forms(text)
    )


def _plain_forms(text: str) -> tuple[str, ...]:
    """The text as compared; without look-alikes; and with spaced-out words closed up."""
    form = "\n".join(comparison_form(line) for line in text.splitlines())
    latin = form.translate(_LOOKALIKES)
    closed = _SPACED_OUT.sub(lambda found: re.sub(r"[ ._-]", "", found[0]), latin)
    return tuple(dict.fromkeys((form, latin, closed)))
