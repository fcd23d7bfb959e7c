from iwsi.tasks.proposal.chats import chat_of
from iwsi.tasks.proposal.leaves import leaves_of


def _turn(speaker, text):
    return {"role": speaker, "content": text}


def test_one_question_and_one_reply_are_a_row():
    rows = [
        {"messages": [_turn("system", "Be brief."), _turn("user", "1+1?"), _turn("assistant", "2")]}
    ]
    chat = chat_of(leaves_of(rows))
    assert (chat.speaker, chat.text) == ("role", "content")
    assert chat.unfit() is None
    assert not chat.ends_with_question


def test_the_first_conversation_of_several_turns_is_named():
    pair = [_turn("user", "a"), _turn("assistant", "b")]
    chat = chat_of(leaves_of([{"messages": pair}, {"messages": pair * 2}]))
    assert chat.unfit() == 2


def test_a_list_of_other_objects_is_no_conversation():
    assert chat_of(leaves_of([{"messages": [{"url": "x"}]}])) is None
