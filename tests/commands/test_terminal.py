from iwsi.commands.terminal import printable


def test_line_breaks_and_letters_of_all_scripts_are_printable():
    assert printable("a\n\tж 漢 é") == "a\n\tж 漢 é"
