from iwsi.tasks.answers.cleaning import plain, window, without_markdown, without_thinking


def test_what_is_thought_is_left_out():
    assert without_thinking("<think>5? no</think> 4").strip() == "4"
    assert without_thinking("it is 5</think> 4").strip() == "4"  # opened by the prompt
    assert without_thinking("<think>5").strip() == ""


def test_a_long_text_keeps_its_beginning_and_its_end():
    text = "a" * 10_000 + "b" * 10_000
    short = window(text)
    assert len(short) <= 16_002
    assert short[0] == "a"
    assert short[-1] == "b"
    assert window("short") == "short"


def test_markdown_and_html_leave_their_text():
    assert without_markdown("**four**").strip() == "four"
    assert plain("<b>4</b> &lt; 5").split() == ["4", "<", "5"]
    assert plain("4\u00a0000") == "4 000"
