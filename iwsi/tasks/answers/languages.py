"""How languages announce an answer, and their words for yes and no: one row a language."""

from typing import NamedTuple


class Language(NamedTuple):
    """A language's words; add a row to `LANGUAGES` to read another one.

    Attributes:
        name: for readers of the table.
        nouns: what an answer is called, in lower case. Before one any two words may stand, as in
            "la respuesta final".
        verbs: what links it with the answer; a colon always does.
        yes: words that mean yes.
        no: words that mean no.
        spaced: whether words are separated by spaces.
        choose: words in front of a chosen letter.
    """

    name: str
    nouns: tuple[str, ...]
    verbs: tuple[str, ...]
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    spaced: bool = True
    choose: tuple[str, ...] = ()


ENGLISH = Language(
    "English",
    nouns=("answer", "ans"),
    verbs=(
        *("is", "was", "are", "must be", "should be", "would be", "will be", "has to be"),
        *("seems to be", "appears to be", "equals", "comes to"),
    ),
    yes=("yes", "true", "yeah", "yep", "correct", "y", "affirmative"),
    no=("no", "false", "nope", "incorrect", "n", "negative"),
)

LANGUAGES = (
    Language(
        "Chinese",
        nouns=("答案", "正确选项", "正確選項", "结果", "結果"),
        verbs=("应该是", "應該是", "就是", "是", "为", "為", "选", "選"),
        yes=("是", "是的", "对", "對", "正确", "正確"),
        no=("否", "不是", "不", "错", "錯", "错误", "錯誤"),
        spaced=False,
        choose=("选择", "選擇", "应选", "應選", "故选", "故選", "选", "選"),
    ),
    Language(
        "Japanese",
        nouns=("答え", "答", "正解", "回答", "解答"),
        verbs=("は", "が"),
        yes=("はい",),
        no=("いいえ",),
        spaced=False,
    ),
    Language(
        "Korean",
        nouns=("정답", "답", "답변"),
        verbs=("은", "는", "이"),
        yes=("예", "네"),
        no=("아니요", "아니오"),
        spaced=False,
    ),
    Language(
        "Spanish",
        nouns=("respuesta", "opción correcta", "resultado final"),
        verbs=("es", "sería", "debe ser"),
        yes=("sí", "si", "verdadero"),
        no=("no", "falso"),
    ),
    Language(
        "Portuguese",
        nouns=("resposta", "opção correta"),
        verbs=("é", "seria"),
        yes=("sim", "verdadeiro"),
        no=("não", "falso"),
    ),
    Language(
        "French",
        nouns=("réponse", "bonne réponse"),
        verbs=("est", "serait"),
        yes=("oui", "vrai"),
        no=("non", "faux"),
    ),
    Language(
        "German",
        nouns=("antwort", "lösung", "endergebnis"),
        verbs=("ist", "lautet", "wäre"),
        yes=("ja", "wahr"),
        no=("nein", "falsch"),
    ),
    Language(
        "Italian",
        nouns=("risposta",),
        verbs=("è", "sarebbe"),
        yes=("sì", "vero"),
        no=("no", "falso"),
    ),
    Language("Dutch", nouns=("antwoord",), verbs=("is",), yes=("ja",), no=("nee",)),
    Language(
        "Russian",
        nouns=("ответ", "ответом"),
        verbs=("является", "равен", "это", "-", "—"),
        yes=("да", "верно"),
        no=("нет", "неверно"),
    ),
    Language(
        "Polish", nouns=("odpowiedź", "odpowiedz"), verbs=("to", "brzmi"), yes=("tak",), no=("nie",)
    ),
    Language("Turkish", nouns=("cevap", "yan\u0131t"), verbs=(), yes=("evet",), no=("hay\u0131r",)),
    Language(
        "Arabic", nouns=("الجواب", "الإجابة", "جواب"), verbs=("هو", "هي"), yes=("نعم",), no=("لا",)
    ),
    Language("Hindi", nouns=("उत्तर", "जवाब"), verbs=("है",), yes=("हाँ", "हां"), no=("नहीं",)),
    Language(
        "Vietnamese",
        nouns=("đáp án", "câu trả lời"),
        verbs=("là",),
        yes=("có", "đúng"),
        no=("không", "sai"),
    ),
    Language(
        "Indonesian", nouns=("jawaban", "jawabannya"), verbs=("adalah",), yes=("ya",), no=("tidak",)
    ),
)
