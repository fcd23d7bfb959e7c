"""Which score finds the right votes on this task, by labelled rows that no model was trained on."""
