"""Rows of a dataset on the Hugging Face hub, through the datasets library."""

import logging

from eval_predict.errors import UserError
from iwsi.recipe import Split
from iwsi.tasks.rows import Row


def hub_rows(split: Split, field: str) -> list[Row]:
    """All rows of a hub dataset's split; without `split.split` that of the recipe's key.

    Raises:
        UserError: it cannot be loaded, is empty, or keys for files stand beside its id.
    """
    import datasets

    for key in ("records", "encoding", "columns"):
        if getattr(split, key):
            raise UserError(
                field=f"{field}.{key}",
                got=repr(getattr(split, key)),
                expected=f"nothing beside a hub id ({split.path}): it is for files",
            )
    datasets.disable_progress_bars()
    datasets.logging.set_verbosity(datasets.logging.CRITICAL)  # its errors are reported below
    logging.getLogger("huggingface_hub").setLevel(logging.CRITICAL)  # each of its retries
    try:
        rows: list[Row] = datasets.load_dataset(
            split.path,
            name=split.subset,
            revision=split.revision,
            split=split.split or field.rpartition(".")[2],
        ).to_list()
    except Exception as error:  # it raises a dozen unrelated types
        cause = error.__cause__ or error
        raise UserError(
            where=split.path,
            field=field,
            got=f"{type(cause).__name__}: {str(cause).splitlines()[0][:200] if str(cause) else ''}",
            expected="rows that the datasets library reads",
            fix=f"Without the hub, name a file: {field}='{{path: rows.jsonl}}' "
            "(HF_HUB_OFFLINE=1 shortens the wait).",
        ) from error
    if not rows:
        raise UserError(where=split.path, field=field, got="no rows", expected="at least one row")
    return rows
