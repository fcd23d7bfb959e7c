"""Fine-tune a language model on its own answers, round by round, and know what each was worth."""

__version__ = "0.1.0"
