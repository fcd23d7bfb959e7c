import json

import numpy as np
from audit.test_report import rng, world

from iwsi.audit.record import AuditRecord, VoteAudit
from iwsi.audit.report import audit
from iwsi.filter.probability import unfitted


def test_a_record_comes_back_from_json_as_it_was():
    record = AuditRecord(
        VoteAudit(200, 190, None), audit(world(), rng()), None, unfitted("few rows"), (0.5, 0.25)
    )
    again = AuditRecord.from_dict(json.loads(json.dumps(record.to_dict())))
    assert again.votes == record.votes
    assert again.report == record.report
    assert again.right_answer_nll == (0.5, 0.25)
    np.testing.assert_array_equal(again.probability.slope_F, record.probability.slope_F)


def test_an_audit_without_a_verdict_keeps_its_reason():
    record = AuditRecord(VoteAudit(3, 2, None), None, "2 rows", unfitted("few rows"), ())
    again = AuditRecord.from_dict(json.loads(json.dumps(record.to_dict())))
    assert (again.report, again.refused) == (None, "2 rows")
