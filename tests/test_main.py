import pytest

from iwsi import __main__, cli
from iwsi.runtime import signals


def test_ctrl_c_is_one_line_and_130_even_while_the_command_line_is_imported(monkeypatch, capsys):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(signals, "end_on_signals", lambda: None)
    monkeypatch.setattr(cli, "main", interrupted)
    with pytest.raises(SystemExit) as caught:
        __main__.main()
    assert caught.value.code == 130
    assert capsys.readouterr().err == "interrupted; the same command goes on from here\n"
