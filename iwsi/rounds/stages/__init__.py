"""The stages of a run, one module a kind; the module's name is the kind's."""
