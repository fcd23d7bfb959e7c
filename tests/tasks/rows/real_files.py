"""How a recipe reaches the gold in each of the real files of rows, by file."""

from dataclasses import dataclass, field
from typing import Any

ONE_ANSWER = (  # of a conversation of one question and one reply; nothing otherwise
    '{{% set turns = {turns} | rejectattr("{who}", "equalto", "system") | list %}}'
    '{{% if turns | map(attribute="{who}") | list in'
    ' [["user", "assistant"], ["human", "gpt"]] %}}{{{{ turns[1].{what} }}}}{{% endif %}}'
)
CHAT = ONE_ANSWER.format(turns="messages", who="role", what="content")
SHAREGPT = ONE_ANSWER.format(turns="conversations", who="from", what="value")
KEY_OF_ONE = "{% for k, v in target_scores.items() if v == 1 %}{{ k }}{% endfor %}"
PLACE_OF_ONE = (
    "{% for k, v in target_scores.items() %}"
    '{% if v == 1 %}{{ "ABCDEFGHIJ"[loop.index0] }}{% endif %}{% endfor %}'
)


@dataclass(frozen=True)
class RealFile:
    """A file's keys in a recipe: those of its split, and the gold's template.

    Attributes:
        gold: the template.
        by_kind: templates of kinds that need another one.
        split: keys beside the path.
        rows: how many rows it holds; None where it is not read without its key.
    """

    gold: str
    rows: int
    by_kind: dict[str, str] = field(default_factory=dict)
    split: dict[str, Any] = field(default_factory=dict)


FILES = {
    "bbh/date_understanding.json": RealFile("{{ target }}", 30, split={"records": "examples"}),
    "bbh/dyck_languages.json": RealFile("{{ target }}", 30, split={"records": "examples"}),
    "bbh/multistep_arithmetic_two.json": RealFile(
        "{{ target }}", 40, split={"records": "examples"}
    ),
    "bigbench/date_understanding_task.json": RealFile(
        KEY_OF_ONE, 24, {"choice": PLACE_OF_ONE}, {"records": "examples"}
    ),
    "agieval/math.jsonl": RealFile("{{ answer }}", 24),
    "agieval/gaokao-mathqa.jsonl": RealFile("{{ label }}", 19),
    "gaokao_bench/2010-2022_Physics_MCQs.json": RealFile(
        "{{ answer }}", 20, split={"records": "example"}
    ),
    "gaokao_bench/2010-2022_Math_II_Fill-in-the-Blank.json": RealFile(
        "{{ answer }}", 28, split={"records": "example[]"}
    ),
    "mathqa/test.jsonl": RealFile("{{ correct }}", 26),
    "minerva/test.jsonl": RealFile("{{ solution }}", 28),
    "olympiadbench/test.jsonl": RealFile("{{ final_answer }}", 13),
    "college_math/test.jsonl": RealFile("{{ answer }}", 41),
    "gaokao2023en/test.jsonl": RealFile("{{ answer }}", 37),
    "cn_middle_school/test.jsonl": RealFile(
        "{{ answer }}", 34, {"choice": "{{ choice_answer | default('') }}"}
    ),
    "mgsm/mgsm_de.tsv": RealFile("{{ answer }}", 28, split={"columns": ["question", "answer"]}),
    "gsm_hard/gsmhardv2.jsonl": RealFile("{{ target }}", 20),
    "faithful_cot/CLUTRR_test.jsonl": RealFile("{{ answer }}", 30),
    "faithful_cot/saycan_test.jsonl": RealFile("{{ answer }}", 8),
    "folio/folio-validation.jsonl": RealFile("{{ label }}", 16),
    "csqa2/CSQA2_dev.json.gz": RealFile("{{ answer }}", 40),
    "drop/drop_v0_dev.jsonl.gz": RealFile("{{ completion }}", 36, {"ref_text": "{{ ref_text }}"}),
    "tatqa/tatqa_dataset_dev.json": RealFile(
        "{{ answer }}", 42, split={"records": "[].questions[]"}
    ),
    "medqa/medqa_5options_sampled.jsonl": RealFile("{{ answer_idx }}", 20),
    "mmlu/high_school_computer_science_test.csv": RealFile('{{ "ABCD"[answer] }}', 31),
    "allennlp/commonsenseqa.jsonl": RealFile("{{ answerKey }}", 10),
    "allennlp/swag.csv": RealFile('{{ "ABCD"[label] }}', 11),
    "allennlp/piqa.jsonl": RealFile("{{ label }}", 10),
    "allennlp/boolq.jsonl": RealFile("{{ label }}", 5),
    "allennlp/drop.json": RealFile(
        "{{ answer.spans }}", 19, {"number": "{{ answer.number }}"}, {"records": "*.qa_pairs[]"}
    ),
    "allennlp/squad2.json": RealFile(
        '{{ answers | map(attribute="text") | list }}',
        6,
        split={"records": "data[].paragraphs[].qas[]"},
    ),
    "mrpc/train.tsv": RealFile("{{ Quality }}", 6),
    "mixeval/free-form.json": RealFile("{{ target }}", 25, split={"records": "*"}),
    "llama_factory/alpaca_en_demo.json": RealFile("{{ output }}", 28),
    "llama_factory/dpo_en_demo.json": RealFile("{{ chosen.value }}", 16),
    "llama_factory/glaive_toolcall_en_demo.json": RealFile(SHAREGPT, 13),
    "llama_factory/identity.json": RealFile("{{ output }}", 30),
    "self_instruct/seed_tasks.jsonl": RealFile("{{ instances[0].output }}", 29),
    "mlx/lora_test.jsonl": RealFile(r'{{ text.split("\nA: ")[-1] }}', 24),
    "anthropic_evals/self-awareness-general-ai.jsonl": RealFile(
        "{{ answer_matching_behavior }}", 40
    ),
    "axolotl/conversation.missingturns.json": RealFile(SHAREGPT, 1),
    "openai_chat/toy_chat_fine_tuning.jsonl": RealFile(CHAT, 4),
    "openbookqa/dev.tsv": RealFile('{{ row["Answer Key"] }}', 40),
    "quiz/fragen.csv": RealFile('{{ row["2"] }}', 2, {"choice": '{{ "ABCD"[row["2"]] }}'}),
    "survey/StarWars.csv": RealFile(
        '{{ row["Have you seen any of the 6 films in the Star Wars franchise?"] }}',
        40,
        {
            "label": "{{ Age }}",
            "empty": '{{ row["Do you consider yourself to be a fan of the Star Wars film'
            ' franchise?"] }}',
        },
        {"encoding": "cp1252"},
    ),
    "verl_arithmetic/test.parquet": RealFile("{{ answer }}", 200),
    "open_reasoner_zero/math500.json": RealFile("{{ final_answer }}", 41),
    "deepseek_r1/mmlu-pro_zero_shot.json": RealFile("{{ answer_idx }}", 14),
}
