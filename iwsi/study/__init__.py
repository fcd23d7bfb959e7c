"""Studies: several filters over several seeds, from shared samples."""
