"""What is said without telling anything that lasts: refusals, waiting, greetings told as facts."""

import re

from shared.domain.admission.sentences import is_all
from shared.domain.small_talk import is_small_talk
from shared.domain.text import comparison_form

_REFUSAL = re.compile(
    r"(?:(?:i'm |i am |we're |we are )?(?:very |so |really |truly )?sorry,? ?(?:but "
    r"|about that,? )?"
    r"|i apologi[sz]e,? ?(?:but )?|unfortunately,? |regrettably,? |my apologies,? ?(?:but )?)?"
    r"(?:(?:i|we) (?:can't|cannot|can not|won't|will not|couldn't|(?:am|'m|are) (?:unable|not able)"
    r" to)|i'm (?:unable|not able|not allowed|not permitted) to) "
    r"(?:help|assist|comply|do that|answer|fulfil+|discuss|share (?:that|this)|generate|browse"
    r"|process (?:that|this|your)|engage|support (?:that|this)|provide (?:that|this|you|medical"
    r"|legal|financial|advice)|access (?:that|this|real|external|the internet|your)|continue with"
    r"|create that|complete (?:that|this))"
    r"|(?:i'm |i am )?(?:just |only )?(?:an? )?(?:as an )?(?:ai|artificial intelligence)"
    r"(?: (?:language )?(?:model|assistant|chatbot))?(?=[.,!;]|$| and | so | without )"
    r"|as an ai\b|i (?:don't|do not) have (?:access to (?:that|this|real|the internet|your"
    r"|external)"
    r"|the ability|personal (?:opinions|feelings|experiences))"
    r"|that(?:'s| is) (?:against|outside|beyond) (?:my|our|the) "
    r"|(?:is there|can i help with) (?:anything|something) else|please (?:consult|contact) a "
    r"|lo siento,? .{0,40}no puedo|no puedo (?:ayudar|hacer eso)"
    r"|.{0,20}d[eé]sol[eé]e?,? .{0,20}je (?:ne )?(?:peux|suis) pas|je ne (?:peux|suis) pas "
    r"(?:vous|t'|en mesure)|(?:es )?tut mir leid.{0,60}(?:kann|darf|nicht)"
    r"|(?:dabei|damit) kann ich .{0,30}nicht helfen|mi dispiace.{0,40}non posso"
    r"|(?:desculpe|sinto muito).{0,40}n[aã]o posso|sorry,? .{0,20}ik kan .{0,40}niet"
    r"|(?:извините|к сожалению|простите).{0,40}не могу|(?:przepraszam|niestety).{0,40}nie mogę"
    r"|(?:üzgünüm|maalesef|özür).{0,60}(?:amam|emem|amıyorum|emiyorum)"
    r"|.{0,6}(?:抱歉|对不起|對不起).{0,30}(?:无法|不能|無法)"
    r"|.{0,6}(?:申し訳|すみません|ごめん).{0,40}(?:できません|できかね|お答え|わかりません)"
    r"|.{0,6}(?:죄송|미안).{0,40}(?:수 없|없습니다|못)"
    r"|.{0,6}(?:عذر|آسف|أعتذر).{0,40}لا (?:يمكنني|أستطيع)|.{0,6}(?:माफ़|क्षमा|खेद).{0,40}नहीं"
)
_WAIT = re.compile(
    r"(?:please |ok(?:ay)?,? |sure,? |alright,? )*(?:hold on|hang on|bear with me|stand by"
    r"|(?:one|just a|a|just one) (?:moment|second|sec|minute|min)|give me (?:a|one) (?:moment"
    r"|second"
    r"|sec|minute)|wait a (?:moment|second|sec|minute)|brb|afk|(?:i'll )?be right back"
    r"|un momento|un instant|einen moment|moment|un attimo|um momento|een moment|секунд\w*"
    r"|минут\w*|chwilecz\w*|bir dakika)(?: for me| while .{0,60}| i(?:'m| am) (?:check|look"
    r"|search)ing.{0,60}| i'll (?:check|look|see|find|get) .{0,60})?"
    r"[ ,]*(?:please|por favor|bitte|s'il (?:vous|te) pla[iî]t|per favore|alstublieft|proszę|lütfen"
    r"|пожалуйста)?[.…! ]*$"
    r"|(?:请稍等|稍等|少々お待ち|ちょっと待|잠시만|لحظة|एक मिनट).{0,14}$"
)
_MATTER = (
    r"(?:that|this|it|your|the|now|again|on (?:it|that|this)|for (?:you|that|it|results|matches"
    r"|flights|hotels|available|the)|into (?:it|that|this|your|the)|up (?:your|the|that|it)"
    r"|through (?:your|the)|with (?:your|the))\b"
)
_WORKING = re.compile(
    r"(?:ok(?:ay)?,? |sure,? |alright,? |great,? )*(?:let me|i'll(?: just| now)?|i will(?: now)?"
    r"|i'm going to|now) (?:quickly |just )?(?:check|look|search|pull|fetch|find|get back|verify"
    r"|review|load|take a look|see if|see what) ?(?:"
    + _MATTER
    + r".{0,80}|out.{0,40}|back.{0,40})?[.…!]*$"
    r"|(?:i'm |i am |we're |we are |still |currently |now |just )*(?:searching|checking|looking"
    r"|loading|processing|fetching|working|retrying|analy[sz]ing|generating|querying|calling"
    r"|connecting|uploading|downloading|thinking)(?: " + _MATTER + r".{0,80})?[.…]*$"
    r"|(?:step \d+ of \d+|\d{1,3} ?% ?(?:done|complete|completed)?|progress: .{0,40}"
    r"|status: .{0,40}"
    r"|(?:the )?(?:build|job|task|upload|download|search|request|query|test run|deployment) "
    r"(?:is|has) (?:still |now |been )?(?:running|pending|queued|in progress|started|finished|done"
    r"|complete|completed|loading|processing))[.…!]*$"
)
_WHO = r"(?:the )?(?:{})(?: has| is| was)?(?: just| currently| now| still)? "
_TOLD = re.compile(
    _WHO.format("user|agent|assistant|customer|bot|speaker") + r"(?:"
    r"(?:greet(?:s|ed)|thank(?:s|ed)|welcom(?:es|ed))(?: the)?(?: user| agent"
    r"| assistant)?(?: back)?"
    r"|sa(?:id|ys) (?:hello|hi|hey|goodbye|bye|thanks|thank you|ok(?:ay)?|good (?:morning|night))"
    r"|(?:is )?waiting(?: for (?:the|an?|his|her|their) (?:response|reply|answer|result|results))?"
    r"|(?:is )?(?:checking|searching|processing|loading|fetching|typing|thinking)"
    r"(?: (?:for )?(?:the|that|this|his|her|their) .{0,60})?|(?:is )?looking (?:up|into) .{0,60}"
    r"|ask(?:s|ed)(?: the)?(?: user| agent| assistant)? (?:a question|for help|(?:if|whether"
    r"|how|what"
    r"|when|where|who|why|which)\b.{0,200})|offer(?:s|ed) (?:to )?help"
    r"|apologi[sz](?:es|ed)(?: for (?:the|any) (?:inconvenience|confusion|delay|misunderstanding))?"
    r"|acknowledg(?:es|ed)(?: (?:the|this|that|his|her|their) .{0,40})?)"
)
_TOLD_OF_AGENT = re.compile(
    _WHO.format("agent|assistant|bot") + r"(?:"
    r"(?:cannot|can't|can not|could not|couldn't|(?:is )?unable to|declin(?:es|ed) to"
    r"|refus(?:es|ed) to) (?:help|assist|comply|answer)\b.{0,80}"
    r"|(?:is )?an ai\b.{0,60}|does not have (?:access to|the ability).{0,80})"
)


def is_refusal(quote: str) -> bool:
    """Whether every sentence declines, or says that an AI speaks."""
    return is_all(comparison_form(quote), _matches_refusal)


def is_passing(quote: str) -> bool:
    """Whether every sentence only says that something goes on, or is small talk."""
    return is_all(comparison_form(quote), _is_passing_sentence)


def tells_courtesy(content: str) -> bool:
    """Whether a fact only reports a greeting, a question, a refusal or somebody at work."""
    told = comparison_form(content).rstrip(" .!…")
    return bool(_TOLD.fullmatch(told) or _TOLD_OF_AGENT.fullmatch(told))


def _matches_refusal(sentence: str) -> bool:
    return bool(_REFUSAL.match(sentence)) or is_small_talk(sentence)


def _is_passing_sentence(sentence: str) -> bool:
    return bool(_WAIT.match(sentence) or _WORKING.match(sentence)) or is_small_talk(sentence)
