"""The commands of `eval-predict`, one module a kind."""
