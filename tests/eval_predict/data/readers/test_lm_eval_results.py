import json
from pathlib import Path

from log_shapes import DATE, lm_sample
from log_shapes.lm_eval import write_lm_log

from eval_predict import read_matrix
from eval_predict.data.readers import read


def test_the_results_file_of_the_same_date_names_the_model(tmp_path: Path) -> None:
    file = write_lm_log(tmp_path / "anywhere", [lm_sample(0, acc=0.5)])
    results = tmp_path / "anywhere" / f"results_{DATE}.json"
    results.write_text(json.dumps({"model_name": "org/name__kept", "results": {}}))
    assert read_matrix(file).models == ("org/name__kept",)
    results.write_text("{broken")
    assert read_matrix(file).models == ("anywhere",)


def test_models_of_one_name_are_distinguished_by_what_differs(tmp_path: Path) -> None:
    for name in ("a", "b"):
        file = write_lm_log(tmp_path / name, [lm_sample(0, acc=1.0)])
        arguments = f"pretrained=base,lora_local_path=/adapters/{name},dtype=float16"
        results = {
            "model_name": "base",
            "results": {"gsm8k": {}},
            "config": {"model": "vllm", "model_args": arguments},
        }
        (file.parent / f"results_{DATE}.json").write_text(json.dumps(results))
    assert read_matrix(tmp_path).models == (
        "base (lora_local_path=/adapters/a)",
        "base (lora_local_path=/adapters/b)",
    )


def test_the_list_of_the_first_versions_is_read(tmp_path: Path) -> None:
    records = [{"doc_id": n, "doc": {}, "target": "a", "resps": [], "acc": n} for n in (0, 1)]
    file = tmp_path / "pretrained__org__m,dtype__float_arc_easy.jsonl"
    file.write_text(json.dumps(records, indent=2))
    config = {"model": "hf", "model_args": "pretrained=org/m,dtype=float"}
    results = {"results": {"arc_easy": {}, "easy": {}}, "config": config}
    (tmp_path / "results.json").write_text(json.dumps(results))
    reading = read(tmp_path)
    assert reading.models == ("org/m",)
    assert reading.matrix.stored_MN.tolist() == [[0, 1]]
