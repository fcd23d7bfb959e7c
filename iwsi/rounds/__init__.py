"""The run directory, its ledger, and the loop over rounds."""
