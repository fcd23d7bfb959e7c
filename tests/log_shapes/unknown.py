"""Files that no reader knows."""

from log_shapes.shape import Shape

SHAPES = [
    Shape("note.txt", "Dear reader, this is a letter.", says="text that is no table"),
    Shape("other.json", {"weights": [1, 2], "bias": 0.5}, says="a JSON object with weights, bias"),
    Shape("deep.json", "[" * 100_000, says="nested too deeply"),
    Shape("model.pkl", b"\x80\x04\x95\x00\x00\x00", says="a binary file"),
    Shape("bad.parquet", b"PAR1" + b"\x00" * 20, says="expected a Parquet file"),
    Shape("bad.eval", b"PK\x03\x04" + b"\x00" * 40, says="a binary file"),
    Shape("numbers.json", [1, 2, 3], says="without records"),
]
