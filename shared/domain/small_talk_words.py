"""Words with which one greets, thanks, marvels or leaves, in many languages.

Words with which one mostly answers a question ("yes", "no", "sure", "please", "gut", "bitte", "si")
are not among them. Those that can answer one too ("evening", "okay") count as small talk where none
was asked.
"""

_TEXTWORDS = """
    hi hello hey howdy yo hiya greetings morning evening afternoon night good thanks thank you
    thx ty cheers ok okay great cool nice perfect awesome bye goodbye later see ya got it np
    welcome youre ur so much there lol haha hahaha hmm wow oh ah um everyone folks team cya
    ttyl gn thankyou hola buenos buenas días dias tardes noches gracias muchas adiós adios
    luego hasta encantado bonjour bonsoir salut coucou merci beaucoup au revoir bientôt
    bientot enchanté hallo moin servus danke dankeschön schön tschüss tschüß ciao wiedersehen
    vielen dank guten tag abend auf grüß gott buongiorno buonasera buonanotte grazie mille
    arrivederci salve olá ola oi bom boa dia tarde noite obrigado obrigada tchau dag dank je
    wel bedankt doei goedemorgen goedenavond goedemiddag hej tack hejdå takk hei moi kiitos
    tak cześć czesc dzień dobry dziękuję dziekuje dzięki привет здравствуйте здравствуй
    спасибо большое пока доброе утро добрый день вечер привіт дякую merhaba selam teşekkürler
    teşekkür ederim günaydın hoşça kal مرحبا السلام عليكم شكرا شكرًا جزيلا שלום תודה רבה
    नमस्ते धन्यवाद शुक्रिया γεια σου ευχαριστώ καλημέρα สวัสดี สวัสดีครับ สวัสดีค่ะ ขอบคุณ
    ขอบคุณครับ ขอบคุณค่ะ xin chào cảm ơn terima kasih halo selamat pagi asante habari jambo
"""
WORDS = frozenset(_TEXTWORDS.split())
# Scripts without spaces: a run of these, in any order.
PHRASES = (
    "你好",
    "您好",
    "早上好",
    "晚上好",
    "下午好",
    "晚安",
    "早安",
    "谢谢",
    "謝謝",
    "多谢",
    "再见",
    "再見",
    "拜拜",
    "哈哈",
    "你",
    "您",
    "了",
    "こんにちは",
    "こんばんは",
    "おはようございます",
    "おはよう",
    "ありがとうございます",
    "ありがとう",
    "ございました",
    "さようなら",
    "またね",
    "どうも",
    "안녕하세요",
    "안녕",
    "감사합니다",
    "고마워요",
    "고마워",
    "고맙습니다",
)
