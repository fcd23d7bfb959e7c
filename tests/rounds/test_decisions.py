import json

from iwsi.evaluation.gate import Decision
from iwsi.rounds.decisions import read_decision


def test_a_decision_is_read_as_the_gate_wrote_it(tmp_path):
    decision = Decision(2, False, 0.4, 0.01, 1, False, 1, "no gain")
    (tmp_path / "round-2").mkdir()
    (tmp_path / "round-2" / "gate.json").write_text(json.dumps(decision.to_dict()))
    assert read_decision(tmp_path, 2) == decision
